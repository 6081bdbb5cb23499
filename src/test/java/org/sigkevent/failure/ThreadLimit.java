package org.sigkevent.failure;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sigkevent.sys.ProcessLimits;

/** A JVM that RLIMIT_NPROC binds: that of another user where this one is root. */
final class ThreadLimit {
    private static final boolean ROOT = System.getProperty("user.name").equals("root");

    /** Nobody else has it, and no other run of the tests at the same time. */
    private static final long USER = 50_000 + ProcessHandle.current().pid() % 10_000;

    /** A JVM starts some twenty itself. */
    private static final int SOME = 50;

    private ThreadLimit() {}

    /** Whether no other process has the user: then the threads that it has are those of the JVM. */
    static boolean isAlone() {
        return ROOT;
    }

    /** What is put before the command of a JVM that may have some threads, and no more; the test is skipped where there is no way. */
    static List<String> command() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "prlimit (util-linux) is not installed");
        if (!ROOT) {
            return List.of("/usr/bin/prlimit", "--nproc=" + (ProcessLimits.threadsOfUser() + SOME));
        }
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "setpriv (util-linux) is not installed");
        List<String> other = List.of(
                "/usr/bin/setpriv",
                "--reuid=" + USER,
                "--inh-caps=-all,+dac_read_search",
                "--ambient-caps=-all,+dac_read_search",
                "/usr/bin/prlimit",
                "--nproc=" + SOME);
        List<String> look = new java.util.ArrayList<>(other);
        String first = System.getProperty("java.class.path").split(File.pathSeparator, 2)[0];
        look.addAll(List.of("/bin/ls", new File(first).getAbsolutePath()));
        int seen = new ProcessBuilder(look)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        assumeTrue(seen == 0, "another user cannot be had that reads the class path");
        return other;
    }
}
