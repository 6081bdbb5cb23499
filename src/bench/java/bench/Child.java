package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The JVM of one subject, so that no subject runs in code that was compiled for another. It opens the subject's work, warms up,
 * says "ready", and does a round for each line that it reads: lines "value, tab, unit", and an empty one behind them. When
 * something fails it says why, in a line "failed, tab, reason", and ends. At the end of its input it ends.
 */
final class Child {
    static final String FAILED = "failed\t";

    private Child() {}

    public static void main(String[] args) {
        PrintStream out = System.out;
        // what a library may print is no answer
        System.setOut(System.err);
        try {
            rounds(args, out);
        } catch (Throwable why) {
            why.printStackTrace();
            out.println(FAILED + words(why));
            System.exit(1);
        }
        // threads of a subject need not end by themselves
        System.exit(0);
    }

    /** What went wrong in the end, on one line. */
    static String words(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        boolean plain = cause.getClass() == IllegalStateException.class;
        String words = message == null || !plain
                ? cause.getClass().getSimpleName() + (message == null ? "" : ": " + message)
                : message;
        return words.replaceAll("\\s+", " ");
    }

    private static void rounds(String[] args, PrintStream out) throws Exception {
        Group group = Cases.groups(args[0]).get(Integer.parseInt(args[1]));
        Rounds rounds =
                new Rounds(group.subjects.get(Integer.parseInt(args[2])).opening.open(), group.unit);
        out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            rounds.round((value, unit) -> out.println(value + "\t" + unit));
            out.println();
        }
    }
}
