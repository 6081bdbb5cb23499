package soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Other processes that take from a desk's queue, in C and one in Java: each for some seconds, then it is killed and another one comes. A
 * thread reads their logs.
 */
final class Consumers {
    private static final int LIFE_MILLIS = 4_000;

    private final Desk desk;
    private final SplittableRandom random;
    private final List<Consumer> all = new ArrayList<>();
    private final Thread reader;
    private volatile boolean over;

    /** A process, its log and when it is killed. */
    private static final class Consumer {
        final Process process;
        final Log log;
        final Path path;
        final boolean java;
        final long end;

        Consumer(Process process, Path path, boolean java, long end) throws IOException {
            this.process = process;
            this.path = path;
            this.java = java;
            this.end = end;
            log = new Log(path);
        }

        @Override
        public String toString() {
            return "in " + (java ? "Java" : "C") + ", status " + (process.isAlive() ? "none" : process.exitValue())
                    + ", " + (end - System.nanoTime()) / 1_000_000 + " ms before it would have been killed";
        }
    }

    Consumers(Desk desk, int inC, SplittableRandom random) throws IOException {
        this.desk = desk;
        this.random = random;
        for (int i = 0; i < inC; i++) {
            all.add(start(false));
        }
        all.add(start(true));
        reader = new Thread(this::read, "soak-log-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private Consumer start(boolean java) throws IOException {
        Path path = Files.createTempFile(Setting.directory(), "log", ".bin");
        new Log(path);
        String ring = "/proc/" + ProcessHandle.current().pid() + "/fd/" + desk.queue.fd();
        List<String> command = new ArrayList<>(
                java
                        ? Setting.java("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
                        : List.of(Setting.binary("consumer")));
        if (java) {
            command.add(ConsumerMain.class.getName());
        }
        command.add(ring);
        command.add(path.toString());
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // one in Java takes a second to come into being
        long life = (java ? 3 : 1) * (LIFE_MILLIS / 2 + random.nextInt(LIFE_MILLIS)) * 1_000_000L;
        return new Consumer(process, path, java, System.nanoTime() + life);
    }

    private void read() {
        try {
            while (!over) {
                Thread.sleep(1);
                for (int i = 0; i < all.size(); i++) {
                    Consumer consumer = all.get(i);
                    drain(consumer);
                    if (System.nanoTime() - consumer.end > 0) {
                        kill(consumer);
                        all.set(i, start(consumer.java));
                    } else if (!consumer.process.isAlive()) {
                        desk.ledger.wrong("a consumer ended by itself: " + consumer + "\n" + desk.queue.dump());
                        all.set(i, start(consumer.java));
                    }
                }
            }
        } catch (Throwable thrown) {
            desk.ledger.wrong("reading logs", thrown);
        }
    }

    private void drain(Consumer consumer) {
        consumer.log.drain(record -> desk.taken(record, true));
    }

    private void kill(Consumer consumer) throws IOException, InterruptedException {
        consumer.process.destroyForcibly().waitFor();
        desk.ledger.count(Ledger.Event.KILLS, 1);
        drain(consumer);
        if (consumer.java) {
            desk.killedUnnamed();
        } else {
            desk.killed(consumer.log.uncounted());
        }
        Files.delete(consumer.path);
    }

    /** Before the queue is destroyed: no more of them are killed, and they may end. */
    void ending() throws InterruptedException {
        over = true;
        reader.join();
    }

    /** After the queue was destroyed: they notice, and end. */
    void close() throws Exception {
        for (Consumer consumer : all) {
            boolean ended = false;
            for (long end = System.nanoTime() + Desk.PATIENCE_MILLIS * 1_000_000; !ended && System.nanoTime() < end; ) {
                drain(consumer);
                ended = consumer.process.waitFor(1, TimeUnit.MILLISECONDS);
            }
            if (!ended) {
                desk.ledger.wrong("a consumer does not notice that its queue was destroyed");
                kill(consumer);
                continue;
            }
            drain(consumer);
            int status = consumer.process.exitValue();
            boolean noticed = status == 0 || status == ConsumerMain.NO_RING;
            desk.ledger.check(noticed, "a consumer whose queue was destroyed: " + consumer);
            Files.delete(consumer.path);
        }
    }
}
