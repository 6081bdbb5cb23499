package bench;

import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_settime;

import io.netty.util.HashedWheelTimer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sigkevent.ItimerSpec;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/** A timer armed for an hour from now and disarmed, with nothing else pending. */
public class TimerJmh {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours {
        private final int[] id = new int[1];
        private final ItimerSpec arm = new ItimerSpec();
        private final ItimerSpec disarm = new ItimerSpec();

        @Setup
        public void open() {
            int kfd = Check.ok(kevent_init(16));
            Check.ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(1)), id));
            arm.it_value.tv_sec = 3600;
        }
    }

    /** Netty's. */
    @State(Scope.Thread)
    public static class Netty {
        private final HashedWheelTimer timer = new HashedWheelTimer(1, TimeUnit.MILLISECONDS);
    }

    @Benchmark
    @Jmh.Subject(value = "timer_settime", ours = true)
    public int ours(Ours ours) {
        return timer_settime(ours.id[0], 0, ours.arm, null) + timer_settime(ours.id[0], 0, ours.disarm, null);
    }

    @Benchmark
    @Jmh.Subject("Netty HashedWheelTimer, tick 1 ms")
    public boolean netty(Netty netty) {
        return netty.timer.newTimeout(timeout -> {}, 3600, TimeUnit.SECONDS).cancel();
    }
}
