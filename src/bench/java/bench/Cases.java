package bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The cases by name. A new one is a file and a line here. */
final class Cases {
    private static final Map<String, Supplier<List<Group>>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("aio", () -> join(AioCase.groups(file()), LioCase.groups(file())));
        ALL.put("cold", ColdCase::groups);
        ALL.put("direct", DirectCase::groups);
        ALL.put("aio-write", AioWriteCase::groups);
        ALL.put("timer", () -> join(join(TimerCase.groups(), TimerMemoryCase.groups()), LatenessCase.groups()));
        ALL.put("mq", MqCase::groups);
        ALL.put("ring", RingCase::groups);
        ALL.put("wake", () -> join(WakeCase.groups(), WaitCase.groups()));
        ALL.put("kinds", KindsCase::groups);
        ALL.put("signals", SignalsCase::groups);
        ALL.put("scale", ScaleCase::groups);
        ALL.put("start", () -> StartCase.groups(file()));
    }

    private Cases() {}

    private static List<Group> join(List<Group> first, List<Group> second) {
        List<Group> both = new ArrayList<>(first);
        both.addAll(second);
        return both;
    }

    static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** The groups of a case that is one of {@link #names}. */
    static List<Group> groups(String name) {
        return ALL.get(name).get();
    }

    /** The file that is read: long enough that its blocks are spread, short enough to stay in the page cache. */
    private static Path file() {
        return Path.of(System.getProperty(
                "bench.file",
                Path.of(System.getProperty("java.home"), "lib", "modules").toString()));
    }
}
