package soak;

import java.io.PrintStream;
import org.sigkevent.KeventQueue;

/**
 * One JVM of the campaign: {@code Member SECONDS SEED}. It prints its ledger every second, for {@link Main}, and ends with 0 when all is
 * right. Each half minute it takes other desks, and measures itself between.
 */
final class Member {
    private static final long ERA_SECONDS = 30;
    private static final long WARM_UP_SECONDS = 60;
    private static final int FILES = 3;

    private final Ledger ledger = new Ledger();
    private final PrintStream out = System.out;
    private final long began = System.nanoTime();
    private final long seconds;
    private Level warm;
    private Level last;

    private Member(long seconds) {
        this.seconds = seconds;
    }

    public static void main(String[] args) throws Exception {
        Member member = new Member(Long.parseLong(args[0]));
        try (KeventQueue queue = KeventQueue.open(1)) {
            member.out.println("engine\t" + queue.stats().engine);
        }
        member.run(Long.parseLong(args[1]));
        System.exit(member.ledger.mistakes() == 0 ? 0 : 1);
    }

    private long passed() {
        return (System.nanoTime() - began) / 1_000_000_000;
    }

    private void run(long seed) throws Exception {
        Limits limits = new Limits(ledger);
        long warmUp = Math.min(WARM_UP_SECONDS, seconds / 4);
        long era = Math.min(ERA_SECONDS, Math.max(1, seconds / 4));
        try (Stage stage = new Stage(ledger, seed)) {
            play(stage);
            for (long next = era; passed() < seconds; ) {
                Thread.sleep(1000);
                ledger.print(out);
                if (passed() >= next) {
                    stage.newDesks(() -> {
                        limits.check();
                        measure(warmUp);
                    });
                    next = passed() + era;
                }
            }
            stage.newDesks(() -> measure(0));
        } catch (Throwable thrown) {
            ledger.wrong("the stage", thrown);
        }
        ledger.balance();
        if (warm != null && last != null) {
            boolean level = last.isLevelWith(warm);
            ledger.check(level, "not level: " + warm + " after the warm-up, " + last + " at the end");
        }
        ledger.print(out);
    }

    private void play(Stage stage) throws Exception {
        for (int i = 0; i < FILES; i++) {
            stage.play(new Files(stage));
        }
        stage.play(new Streams(stage));
        stage.play(new Timers(stage));
        stage.play(new Timers(stage));
        stage.play(new Messages(stage));
        stage.play(new Waits(stage, 0));
        stage.play(new Waits(stage, 1));
        stage.play(new SystemV(stage));
        stage.play(new Locks(stage));
        stage.play(new Sockets(stage));
        stage.play(new Processes(stage));
        stage.play(new Destroys(stage));
    }

    private void measure(long warmUp) throws Exception {
        last = new Level();
        if (warm == null && passed() >= warmUp) {
            warm = last;
            out.println("warm\t" + warm);
        }
        out.println("level\t" + last);
    }
}
