package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a process loads until its first completion: time and memory of the start are mostly classes. */
@Timeout(120)
class StartTest {
    private static final Pattern LOADED = Pattern.compile("\\[class,load *] (\\S+) source: (.*)");

    @TempDir
    Path directory;

    private record Loaded(String name, String source) {}

    /** The classes that a JVM loads until a first completion. */
    private List<Loaded> first() throws Exception {
        Path log = directory.resolve("classes.log");
        List<String> command = ChildJvm.command(StartMain.class.getName(), data());
        command.add(1, "-Xlog:class+load:file=" + log);
        ChildJvm.run(directory, command).succeeded(StartMain.FIRST);
        List<Loaded> loaded = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            Matcher matcher = LOADED.matcher(line);
            if (matcher.find()) {
                loaded.add(new Loaded(matcher.group(1), matcher.group(2)));
            }
        }
        assertFalse(
                those(loaded, each -> each.name.equals("org.sigkevent.core.Queue"))
                        .isEmpty(),
                "nothing was seen");
        return loaded;
    }

    private String data() throws Exception {
        return Files.write(directory.resolve("data"), new byte[10]).toString();
    }

    private static List<Loaded> those(List<Loaded> all, Predicate<Loaded> predicate) {
        return all.stream().filter(predicate).toList();
    }

    @Test
    void theFirstCompletionLoadsNothingOfFlightRecorderButItsSwitch() throws Exception {
        assertEquals(
                List.of("jdk.jfr.FlightRecorder"),
                those(first(), each -> each.name.startsWith("jdk.jfr.")).stream()
                        .map(Loaded::name)
                        .toList());
    }

    /** jffi calls the C library. jnr-ffi and jnr-posix, which generate classes for it, are for calls that come later, if at all. */
    @Test
    void theFirstCompletionGeneratesNoBinding() throws Exception {
        List<Loaded> loaded = first();
        assertEquals(
                List.of(),
                those(
                        loaded,
                        each -> each.name.startsWith("jnr.")
                                && !each.name.startsWith("jnr.constants.")
                                // whose public type is an argument of ours
                                && !each.name.equals("jnr.ffi.Pointer")));
        assertEquals(List.of(), those(loaded, each -> each.name.startsWith("org.objectweb.asm.")));
    }

    /** Each costs a third of a millisecond, or twice that where the JVM spins it for a lambda. Of 109 and 31 when this was written. */
    @Test
    void theFirstCompletionNeedsFewClassesOfThisLibrary() throws Exception {
        List<Loaded> ours = those(first(), each -> each.name.startsWith("org.sigkevent."));
        List<Loaded> lambdas = those(ours, each -> each.name.contains("$$Lambda"));
        assertTrue(lambdas.size() <= 36, () -> lambdas.size() + " lambdas: " + lambdas);
        assertTrue(ours.size() - lambdas.size() <= 125, () -> ours.size() - lambdas.size() + " classes: " + ours);
    }

    @Test
    void aRecordingThatBeginsLaterHasWhatComesThen() throws Exception {
        ChildJvm.run(directory, ChildJvm.command(StartMain.class.getName(), data(), "record"))
                .succeeded("1 recorded");
    }
}
