package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sigkevent.Support;

/** One thread at a time, the same one as often as it likes. */
@Tag("any-engine")
class ShortLockTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 100_000;

    private final ShortLock lock = new ShortLock();
    private long guarded;

    @Test
    void whatItGuardsIsChangedByOneThreadAtATime() throws Exception {
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            tasks.add(Support.start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    lock.lock();
                    lock.lock();
                    guarded++;
                    lock.unlock();
                    guarded++;
                    lock.unlock();
                }
                return null;
            }));
        }
        for (FutureTask<Void> task : tasks) {
            Support.get(task);
        }
        assertEquals(2L * THREADS * ROUNDS, guarded);
    }

    @Test
    void itIsFreeWhenItWasLetGoAsOftenAsItWasTaken() throws Exception {
        lock.lock();
        lock.lock();
        assertTrue(lock.heldAgain());
        lock.unlock();
        assertFalse(lock.heldAgain());
        assertTrue(lock.heldByCurrentThread());
        FutureTask<Boolean> other = Support.start(() -> {
            lock.lock();
            boolean mine = lock.heldByCurrentThread();
            lock.unlock();
            return mine;
        });
        assertFalse(lock.heldAgain());
        lock.unlock();
        assertTrue(Support.get(other));
        assertFalse(lock.heldByCurrentThread());
    }
}
