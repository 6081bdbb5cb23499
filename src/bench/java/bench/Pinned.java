package bench;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Binds whole subjects to the first of the processors that this process may use, with taskset. */
final class Pinned {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private Pinned() {}

    /**
     * What stands before a command so that it runs on so many processors; nothing for 0.
     *
     * @throws IllegalStateException when this machine cannot do that; says why
     */
    static List<String> prefix(int processors) throws IOException {
        if (processors == 0) {
            return List.of();
        }
        boolean installed = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "taskset")));
        if (!installed) {
            throw new IllegalStateException("taskset (util-linux) is not installed");
        }
        List<Integer> allowed = allowed();
        if (allowed.size() < processors) {
            throw new IllegalStateException("of " + processors + " processors this process may use " + allowed.size());
        }
        String list = allowed.stream().limit(processors).map(String::valueOf).collect(Collectors.joining(","));
        return List.of("taskset", "-c", list);
    }

    /** The processors of a list as the kernel writes it: "0-3,8". */
    private static List<Integer> allowed() throws IOException {
        List<Integer> all = new ArrayList<>();
        for (String line : Files.readAllLines(STATUS)) {
            if (line.startsWith(ALLOWED)) {
                for (String range : line.substring(ALLOWED.length()).strip().split(",")) {
                    String[] ends = range.split("-");
                    int last = Integer.parseInt(ends[ends.length - 1]);
                    for (int i = Integer.parseInt(ends[0]); i <= last; i++) {
                        all.add(i);
                    }
                }
            }
        }
        return all;
    }
}
