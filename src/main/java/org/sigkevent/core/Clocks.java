package org.sigkevent.core;

import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;

/**
 * Where the time comes from. The library asks nobody else, so that a test can step CLOCK_REALTIME without being allowed to
 * set the machine's clock: it gives a queue its own clocks and calls {@link Deadlines#clockWasSet}.
 */
public interface Clocks {
    int CLOCK_REALTIME = 0;
    int CLOCK_MONOTONIC = 1;
    int CLOCK_PROCESS_CPUTIME_ID = 2;
    int CLOCK_THREAD_CPUTIME_ID = 3;
    int CLOCK_BOOTTIME = 7;
    int CLOCK_TAI = 11;

    /** The machine's clocks. */
    Clocks SYSTEM = Clocks::systemNow;

    /** Nanoseconds that {@code clock} shows: one of REALTIME, MONOTONIC, BOOTTIME and TAI. */
    long now(int clock);

    private static long systemNow(int clock) {
        if (clock == CLOCK_MONOTONIC) {
            return monotonic();
        }
        Scratch s = Scratch.get();
        Native.C.clock_gettime(clock, s.address);
        return s.buffer.getLong(0) * 1_000_000_000L + s.buffer.getLong(8);
    }

    /** CLOCK_MONOTONIC: on Linux the JVM's own nanosecond clock is that one, with the same origin. */
    static long monotonic() {
        return System.nanoTime();
    }
}
