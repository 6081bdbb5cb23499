package org.sigkevent.sys;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The lock lets one thread in at a time, and who comes in sees what the last one did. */
public final class LocksStress {
    private LocksStress() {}

    /** Both write. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "the first actor first")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "the second actor first")
    @State
    public static class Counting {
        private final AdaptiveSpinLock lock = new AdaptiveSpinLock();
        private int value;

        private int next() {
            lock.lock();
            try {
                int mine = ++value;
                lock.publish();
                return mine;
            } finally {
                lock.held = 0;
            }
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

    /** One writes two values and one reads them: the reads do not leave the section. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "the reader first")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "the writer first")
    @State
    public static class Reading {
        private final AdaptiveSpinLock lock = new AdaptiveSpinLock();
        private int one;
        private int two;

        @Actor
        public void write() {
            lock.lock();
            try {
                one = 1;
                two = 1;
                lock.publish();
            } finally {
                lock.held = 0;
            }
        }

        @Actor
        public void read(II_Result r) {
            lock.lock();
            try {
                r.r1 = one;
                r.r2 = two;
                lock.publish();
            } finally {
                lock.held = 0;
            }
        }
    }
}
