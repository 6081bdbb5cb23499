package bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The JVM of one subject, so that no subject runs in code that was compiled for another. It opens the subject's work, warms up,
 * says "ready", and does a round for each line that it reads: lines "value, tab, unit", and an empty one behind them. At the
 * end of its input it ends.
 */
final class Child {
    private Child() {}

    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        // what a library may print is no answer
        System.setOut(System.err);
        Group group = Cases.groups(args[0]).get(Integer.parseInt(args[1]));
        Rounds rounds =
                new Rounds(group.subjects.get(Integer.parseInt(args[2])).opening.open(), group.unit);
        out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        while (in.readLine() != null) {
            rounds.round((value, unit) -> out.println(value + "\t" + unit));
            out.println();
        }
        // threads of a subject need not end by themselves
        System.exit(0);
    }
}
