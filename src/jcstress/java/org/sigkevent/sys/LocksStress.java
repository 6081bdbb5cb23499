package org.sigkevent.sys;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The two locks let one thread in at a time, and who comes in sees what the last one did. */
public final class LocksStress {
    private LocksStress() {}

    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "the first actor first")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the second actor first")
    @State
    public static class Short {
        private final ShortLock lock = new ShortLock();
        private int value;

        private int next() {
            lock.lock();
            lock.lock(); // it is reentrant
            int mine = ++value;
            lock.unlock();
            lock.unlock();
            return mine;
        }

        @Actor
        public void first(II_Result r) {
            r.r1 = next();
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = next();
        }
    }

    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "the first actor first")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the second actor first")
    @State
    public static class Spin {
        private final SpinLock lock = new SpinLock();
        private int value;

        private int next() {
            lock.lock();
            int mine = ++value;
            lock.unlock();
            return mine;
        }

        @Actor
        public void first(II_Result r) {
            r.r1 = next();
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = next();
        }
    }
}
