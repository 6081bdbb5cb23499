package bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Counts the system calls of all threads of this process, with the program {@code calls} in C, which traces them. */
final class Calls {
    /** The program; null where there is none, and then nothing is counted. */
    private static final String PROGRAM = System.getProperty("bench.calls");

    /** What is counted. */
    interface Counted {
        void run() throws Exception;
    }

    private Calls() {}

    /** How many calls were made meanwhile, with some of the JVM's own; -1 when they cannot be counted. */
    static long of(Counted counted) throws Exception {
        if (PROGRAM == null) {
            return -1;
        }
        String pid = Long.toString(ProcessHandle.current().pid());
        Process tracer = new ProcessBuilder(PROGRAM, pid)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(tracer.getInputStream(), StandardCharsets.UTF_8))) {
            if (lines.readLine() == null) {
                return -1;
            }
            counted.run();
            tracer.toHandle().destroy();
            String count = lines.readLine();
            if (count == null) {
                throw new IOException("the tracer gave no number");
            }
            return Long.parseLong(count);
        } finally {
            tracer.toHandle().destroy();
        }
    }
}
