package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How busy the machine is while nothing is measured: what other programs use now, they take from the rounds too. */
final class Others {
    private static final long LOOK_MILLIS = 200;

    /** The columns of the first line of /proc/stat, counted from its name. */
    private static final int IDLE = 4;

    private static final int IOWAIT = 5;
    private static final int STEAL = 8;

    private Others() {}

    /** The share of all processors that somebody used in a short time, from 0 to 1; the hypervisor's other guests count too. */
    static double share() throws IOException, InterruptedException {
        long[] before = ticks();
        Thread.sleep(LOOK_MILLIS);
        long[] after = ticks();
        long all = 0;
        long idle = 0;
        // guest time, behind steal, is in user time already
        for (int i = 1; i <= STEAL; i++) {
            long passed = after[i] - before[i];
            all += passed;
            idle += i == IDLE || i == IOWAIT ? passed : 0;
        }
        return all <= 0 ? 0 : 1 - (double) idle / all;
    }

    private static long[] ticks() throws IOException {
        String[] columns = Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
        long[] ticks = new long[columns.length];
        for (int i = 1; i < columns.length; i++) {
            ticks[i] = Long.parseLong(columns[i]);
        }
        return ticks;
    }
}
