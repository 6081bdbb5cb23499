package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Errnos;

/** Waiting for a free slot of a full ring. */
@Timeout(60)
@Tag("any-engine")
class FreeSlotsTest {
    private final Ring ring = Ring.create(1);
    private final FreeSlots free = new FreeSlots(ring);

    @AfterEach
    void close() {
        ring.close(true);
    }

    @Test
    void whereOneIsFreeNobodyWaits() {
        assertEquals(0, free.await(Long.MIN_VALUE / 2));
        assertEquals(0, free.waiting);
    }

    @Test
    void whoWaitsInVainIsToldWhenTheTimeIsOver() {
        assertTrue(ring.reserve(1));
        long deadline = System.nanoTime() + 30_000_000;
        assertEquals(-Errnos.ETIMEDOUT, free.await(deadline));
        assertTrue(System.nanoTime() >= deadline);
        assertEquals(0, free.waiting);
    }

    @Test
    void whoWaitsHasASlotWhenOneBecomesFree() throws Exception {
        assertTrue(ring.reserve(1));
        FutureTask<Integer> waits = Support.start(() -> free.await(Long.MAX_VALUE));
        Support.until("it waits", () -> free.waiting == 1);
        assertFalse(waits.isDone());
        ring.release(1);
        free.freed();
        assertEquals(0, Support.get(waits));
        assertEquals(0, free.waiting);
    }

    @Test
    void aTakerThatTellsNobodyIsFoundAllTheSame() throws Exception {
        assertTrue(ring.reserve(1));
        FutureTask<Integer> waits = Support.start(() -> free.await(System.nanoTime() + 50_000_000_000L));
        Support.until("it waits", () -> free.waiting == 1);
        ring.release(1);
        assertEquals(0, Support.get(waits));
    }

    @Test
    void whoHasWaitedIsInNobodysWay() throws Exception {
        assertEquals(0, free.await(Long.MAX_VALUE));
        assertEquals(0, Support.get(Support.start(() -> {
            free.freed();
            return free.await(Long.MAX_VALUE);
        })));
    }

    @Test
    void theEndOfTheQueueEndsTheWait() {
        assertTrue(ring.reserve(1));
        ring.closing = true;
        assertEquals(-Errnos.EBADF, free.await(Long.MAX_VALUE));
        assertEquals(0, free.waiting);
    }

    @Test
    void anInterruptEndsTheWait() {
        assertTrue(ring.reserve(1));
        Thread.currentThread().interrupt();
        assertEquals(-Errnos.EINTR, free.await(Long.MAX_VALUE));
        assertFalse(Thread.interrupted());
        assertEquals(0, free.waiting);
    }
}
