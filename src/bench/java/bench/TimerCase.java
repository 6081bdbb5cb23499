package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Time limits as servers have them: many are pending, and the one that is moved is any of them. Beside that one timer that is armed and
 * disarmed alone, which is what locks with a time limit do.
 */
final class TimerCase {
    private static final int[] PENDING = {100_000, 1_000_000};

    /** What is done to one timer at random. */
    private interface Change {
        void of(Timers timers, int i, long nanos);
    }

    private TimerCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (int pending : PENDING) {
            for (boolean spread : new boolean[] {true, false}) {
                String name = "timer, any of many re-armed, " + (spread ? "1 to 2 h, " : "1 h, ") + pending;
                groups.add(subjects(name, "timer_settime", pending, spread, Timers::arm)
                        .other(
                                "no timers: one of as many objects of 96 bytes found, read and written",
                                () -> changes(new Timers.Objects(pending), pending, spread, Timers::arm))
                        .program("timer_heap", "rearm", spread ? "spread" : "same", pending)
                        .program("timer_kernel", "rearm", spread ? "spread" : "same", pending));
            }
        }
        for (int pending : PENDING) {
            String name = "timer, any of many deleted, another created and armed, " + pending;
            groups.add(subjects(name, "timer_delete, timer_create, timer_settime", pending, true, Timers::replace)
                    .program("timer_heap", "replace", "spread", pending)
                    .program("timer_kernel", "replace", "spread", pending));
        }
        groups.add(Group.ofJmh("timer alone, armed and disarmed, nothing else pending", TimerJmh.class)
                .ours("timer_settime", () -> alone(1, Timers.Ours::new)));
        int pending = 1_000_000;
        groups.add(new Group("timer alone, armed and disarmed, others pending, " + pending, Unit.NANOS)
                .ours("timer_settime", () -> alone(pending, Timers.Ours::new))
                .other(
                        "Netty HashedWheelTimer, 512 ticks of 1 ms",
                        () -> alone(pending, n -> new Timers.Netty(n, 1, 512)))
                .other("ScheduledThreadPoolExecutor, remove on cancel", () -> alone(pending, Timers.Executor::new))
                .other(
                        "Agrona DeadlineTimerWheel, 65,536 ticks",
                        () -> alone(pending, n -> new Timers.Agrona(n, 1 << 16)))
                .program("timer_kernel", "alone", "spread", pending));
        return groups;
    }

    /**
     * Wheels are configured twice: as they are by default but with a tick of 1 ms, and for so many. All ticks of Agrona's grow with the
     * fullest: where all limits are the same, many ticks are no way to configure it.
     */
    private static Group subjects(String name, String ours, int pending, boolean spread, Change change) {
        Group group = new Group(name, Unit.NANOS)
                .ours(ours, () -> changes(new Timers.Ours(pending), pending, spread, change))
                .other(
                        "Netty HashedWheelTimer, 512 ticks of 1 ms",
                        () -> changes(new Timers.Netty(pending, 1, 512), pending, spread, change))
                .other(
                        "Netty HashedWheelTimer, 16,384 ticks of 10 ms",
                        () -> changes(new Timers.Netty(pending, 10, 1 << 14), pending, spread, change))
                .other(
                        "Agrona DeadlineTimerWheel, 1,024 ticks of 1 ms",
                        () -> changes(new Timers.Agrona(pending, 1 << 10), pending, spread, change));
        if (spread) {
            group.other(
                    "Agrona DeadlineTimerWheel, 65,536 ticks of 1 ms",
                    () -> changes(new Timers.Agrona(pending, 1 << 16), pending, spread, change));
        }
        return group.other(
                "ScheduledThreadPoolExecutor, remove on cancel",
                () -> changes(new Timers.Executor(pending), pending, spread, change));
    }

    private static Work changes(Timers timers, int pending, boolean spread, Change change) {
        Draw draw = new Draw();
        return new Resting(timers, pending, spread) {
            @Override
            public void run(int operations, Stopwatch watch) {
                for (int i = 0; i < operations; i++) {
                    int which = draw.below(pending);
                    change.of(timers, which, draw.limit(spread));
                }
            }
        };
    }

    /** The last of them is armed and disarmed again and again, the others rest. */
    private static Work alone(int count, IntFunction<Timers> making) {
        Timers timers = making.apply(count);
        return new Resting(timers, count - 1, true) {
            @Override
            public void run(int operations, Stopwatch watch) {
                for (int i = 0; i < operations; i++) {
                    timers.arm(count - 1, Draw.HOUR + i);
                    timers.disarm(count - 1);
                }
            }
        };
    }

    /** Has the first of some timers armed during a round, and at rest between rounds. */
    private abstract static class Resting implements Work {
        private final Timers timers;
        private final int pending;
        private final boolean spread;
        private final Draw draw = new Draw();
        private boolean armed;

        Resting(Timers timers, int pending, boolean spread) {
            this.timers = timers;
            this.pending = pending;
            this.spread = spread;
        }

        @Override
        public void begin() throws InterruptedException {
            if (armed) {
                return;
            }
            for (int i = 0; i < pending; i++) {
                draw.below(pending);
                timers.arm(i, draw.limit(spread));
            }
            timers.settle();
            armed = true;
        }

        @Override
        public void end() {
            armed = !timers.rest();
        }
    }
}
