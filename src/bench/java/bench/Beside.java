package bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What runs beside a subject while it is measured; closing it ends it. */
interface Beside extends AutoCloseable {
    @Override
    void close() throws InterruptedException;

    /** Nothing. */
    static Beside nothing() {
        return () -> {};
    }

    /** Two processes that always want a processor. They end by themselves too, should this one be killed. */
    static Beside busyProcesses() throws IOException {
        List<Process> all = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            all.add(new ProcessBuilder("timeout", "30", "sh", "-c", "while :; do :; done").start());
        }
        return () -> {
            for (Process one : all) {
                one.destroy();
            }
            for (Process one : all) {
                one.waitFor();
            }
        };
    }

    /** A thread that allocates as fast as it can, and keeps some 100 MB of it for a while, so that the collector has to copy. */
    static Beside garbage() {
        Thread thread = new Thread(Beside::litter, "garbage");
        thread.setDaemon(true);
        thread.start();
        return () -> {
            thread.interrupt();
            thread.join();
        };
    }

    private static void litter() {
        byte[][] kept = new byte[200_000][];
        Draw draw = new Draw();
        while (!Thread.currentThread().isInterrupted()) {
            kept[draw.below(kept.length)] = new byte[512];
        }
    }
}
