package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sigkevent.Support;

/** One thread at a time, and the next one when the holder has written the field. */
@Tag("any-engine")
class AdaptiveSpinLockTest {
    /** More than there are processors: holders are preempted, and who waits has to nap. */
    private static final int MANY = 64;

    private static final int ROUNDS = 5_000;

    private final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    // not volatile: the lock is what makes them seen
    private long guarded;
    private long twin;

    /** False when the two fields were found to differ: somebody else was in the section. */
    private boolean count() {
        for (int round = 0; round < ROUNDS; round++) {
            lock.lock();
            try {
                if (guarded != twin) {
                    return false;
                }
                guarded++;
                twin++;
                lock.publish();
            } finally {
                lock.held = 0;
            }
        }
        return true;
    }

    private void allCounted(List<FutureTask<Boolean>> tasks) throws Exception {
        for (FutureTask<Boolean> task : tasks) {
            assertTrue(Support.get(task), "two threads were in the section");
        }
        assertEquals((long) MANY * ROUNDS, guarded);
        assertFalse(lock.isHeld());
    }

    @Test
    void whatItGuardsIsChangedByOneThreadAtATime() throws Exception {
        List<FutureTask<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            tasks.add(Support.start(this::count));
        }
        allCounted(tasks);
    }

    @Test
    void virtualThreadsContendForItAsWell() throws Exception {
        Assumptions.assumeTrue(Runtime.version().feature() >= 21, "virtual threads: JDK 21 or later");
        List<FutureTask<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            FutureTask<Boolean> task = new FutureTask<>(this::count);
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
            tasks.add(task);
        }
        allCounted(tasks);
    }

    @Test
    void theStoreOfItsHolderReleasesIt() throws Exception {
        lock.lock();
        assertTrue(lock.isHeld());
        Thread[] waiter = new Thread[1];
        FutureTask<Long> other = Support.start(() -> {
            waiter[0] = Thread.currentThread();
            lock.lock();
            try {
                return guarded;
            } finally {
                lock.held = 0;
            }
        });
        Support.until("it naps", () -> waiter[0] != null && waiter[0].getState() == Thread.State.TIMED_WAITING);
        guarded = 7;
        lock.publish();
        lock.held = 0;
        assertEquals(7, Support.get(other));
        assertFalse(lock.isHeld());
    }

    @Test
    void whoTriedOftenNapsBeforeTheNextTry() throws Exception {
        AtomicBoolean seen = new AtomicBoolean();
        Thread[] trier = new Thread[1];
        FutureTask<Void> tries = Support.start(() -> {
            trier[0] = Thread.currentThread();
            while (!seen.get()) {
                AdaptiveSpinLock.pause(AdaptiveSpinLock.YIELDS);
            }
            return null;
        });
        try {
            Support.until("it naps", () -> trier[0] != null && trier[0].getState() == Thread.State.TIMED_WAITING);
        } finally {
            seen.set(true);
        }
        Support.get(tries);
    }

    @Test
    void itIsReleasedByASectionThatThrows() {
        try {
            failing();
        } catch (IllegalStateException expected) {
            // what counts is the lock
        }
        assertFalse(lock.isHeld());
        lock.lock();
        lock.held = 0;
    }

    private void failing() {
        lock.lock();
        try {
            throw new IllegalStateException();
        } finally {
            lock.held = 0;
        }
    }
}
