package org.sigkevent.core;

import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;

/**
 * Where the time comes from. The library asks nobody else, so that a test can step CLOCK_REALTIME without being allowed to
 * set the machine's clock: it gives a queue its own clocks and calls {@link Deadlines#clockWasSet}. Only CLOCK_MONOTONIC is asked of the
 * JVM: on Linux System.nanoTime is that clock, with the same origin.
 */
public interface Clocks {
    /** The machine's clocks. */
    Clocks SYSTEM = Clocks::systemNow;

    /** Nanoseconds that {@code clock} shows: one of REALTIME, MONOTONIC, BOOTTIME and TAI. */
    long now(int clock);

    private static long systemNow(int clock) {
        if (clock == Linux.CLOCK_MONOTONIC) {
            return System.nanoTime();
        }
        Scratch s = Scratch.get();
        Native.C.clock_gettime(clock, s.address);
        return Memory.getTime(s.buffer, 0);
    }
}
