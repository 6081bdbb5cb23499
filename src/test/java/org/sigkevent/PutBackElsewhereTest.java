package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.KEVENT_CTL_REQUIRED;
import static org.sigkevent.Kevent.KEVENT_NOWAIT;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.core.RingLayout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** What consumers that do not own a ring ask of its owner, and that they heed the required number. */
@Timeout(60)
class PutBackElsewhereTest {
    private int kfd;
    private KeventRing ring;
    private int other;
    private KeventRing there;

    @BeforeEach
    void open() {
        kfd = Support.queue(64);
        ring = Support.ring(kfd);
        Elsewhere.hideDuplicates(kfd);
        other = Linux.duplicate(kfd, 0);
        there = kevent_map_ringbuf(other, 1);
        assertNotNull(there, Errno::message);
    }

    @AfterEach
    void destroy() {
        kevent_destroy(kfd, null, 0);
        kevent_destroy(other, null, 0);
    }

    private void post(long cookie) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), KEVENT_NOWAIT, null));
    }

    private static KeventRecord next(int fd, KeventRing ring) {
        KeventRecord record = new KeventRecord();
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                return record;
            }
            if (kevent_wait(fd, state, null, null) < 0) {
                assertEquals(Errno.EWOULDBLOCK, Errno.errno(), Errno::message);
            }
        }
    }

    private static FutureTask<Integer> waiter(int fd, int state) {
        Thread[] thread = new Thread[1];
        FutureTask<Integer> waiter = Support.start(() -> {
            thread[0] = Thread.currentThread();
            return kevent_wait(fd, state, null, null) == 0 ? 0 : Errno.errno();
        });
        Support.until("it has begun", () -> thread[0] != null);
        Support.until("it sleeps", () -> inCall(thread[0]));
        return waiter;
    }

    /** Whether a thread sleeps on a ring: elsewhere on a futex, in the owner's process in the engine. */
    private static boolean inCall(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals("futex") || frame.getMethodName().equals("lead")) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aRecordThatWasTakenElsewhereComesAgainToAnOwnerThatSleeps() throws Exception {
        KeventEvent user = KeventEvent.user(SigVal.of(7));
        user.descriptor = 1;
        user.result = 2;
        user.error = 3;
        user.data0 = 4;
        user.data1 = 5;
        ok(kevent_submit(kfd, user, 0, null));
        KeventRecord taken = next(other, there);
        assertEquals(0, taken.flags);
        FutureTask<KeventRecord> owner = Support.start(() -> next(kfd, ring));
        LockSupport.parkNanos(20_000_000);
        ok(kevent_submit(other, KeventEvent.requeue(taken), 0, null));
        KeventRecord again = Support.get(owner);
        assertEquals(Kevent.KEVENT_REQUEUED, again.flags);
        assertEquals(7, again.cookie);
        assertEquals(1, again.descriptor);
        assertEquals(2, again.result);
        assertEquals(3, again.error);
        assertEquals(4, again.data0);
        assertEquals(5, again.data1);
        assertEquals(taken.sequence + 1, again.sequence);
    }

    @Test
    void itComesAgainToOthersThoughTheOwnerDoesNothing() throws Exception {
        FutureTask<Integer> waiter = waiter(other, there.state());
        post(1);
        assertEquals(0, Support.get(waiter));
        KeventRecord taken = next(other, there);
        ok(kevent_submit(other, KeventEvent.requeue(taken), 0, null));
        assertEquals(Kevent.KEVENT_REQUEUED, next(other, there).flags);
        // also when nothing has happened for a while
        LockSupport.parkNanos(1_200_000_000);
        ok(kevent_submit(other, KeventEvent.requeue(taken), 0, null));
        assertEquals(1, next(other, there).cookie);
    }

    @Test
    void whoMayNotWaitForAPlaceDoesNot() {
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, Kevent.KEVENT_DRIVER_OFF));
        post(1);
        KeventEvent back = KeventEvent.requeue(next(other, there));
        Support.until("all places are taken", () -> kevent_submit(other, back, KEVENT_NOWAIT, null) < 0);
        Thread.currentThread().interrupt();
        refused(Errno.EAGAIN, kevent_submit(other, back, KEVENT_NOWAIT, null));
        refused(Errno.EAGAIN, kevent_submit(other, back, 0, new TimeSpec()));
        // it would wait
        refused(Errno.EINTR, kevent_submit(other, back, 0, new TimeSpec(1, 0)));
        assertFalse(Thread.interrupted());
    }

    @Test
    void noneIsLostThatWasAccepted() {
        post(0);
        KeventRecord record = next(other, there);
        // the owner's look, so that it knows of others
        refused(Errno.ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(), null));
        int accepted = 0;
        for (; ; accepted++) {
            record.cookie = accepted;
            if (kevent_submit(other, KeventEvent.requeue(record), 0, null) < 0) {
                assertEquals(Errno.EAGAIN, Errno.errno());
                break;
            }
        }
        assertTrue(accepted >= 128, "the ring's slots: " + accepted);
        BitSet come = new BitSet();
        for (int i = 0; i < accepted; i++) {
            come.set((int) next(kfd, ring).cookie);
        }
        assertEquals(accepted, come.cardinality());
        assertFalse(ring.take(record));
        post(1);
        assertEquals(1, next(kfd, ring).cookie);
    }

    @Test
    void aNullEventWakesAWaiterElsewhereOrElseOneOfTheOwner() throws Exception {
        FutureTask<Integer> elsewhere = waiter(other, there.state());
        ok(kevent_submit(other, null, 0, null));
        assertEquals(0, Support.get(elsewhere));
        post(1);
        assertEquals(1, next(other, there).cookie);
        // the owner's look, so that it knows of others
        refused(Errno.ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(), null));
        int woken;
        do {
            FutureTask<Integer> owner = waiter(kfd, ring.state());
            ok(kevent_submit(other, null, 0, null));
            woken = Support.get(owner);
            // when the first waiter was not asleep yet the owner was asked, too, and may move the ring state only now
        } while (woken == Errno.EWOULDBLOCK);
        assertEquals(0, woken);
    }

    @Test
    void aNullEventOfOneThatNeverTookReachesAnOwnerThatSleeps() throws Exception {
        int state = ring.state();
        FutureTask<Integer> owner = waiter(kfd, state);
        // the driver has stopped looking by then
        LockSupport.parkNanos(1_500_000_000);
        ok(kevent_submit(other, null, 0, null));
        assertEquals(0, Support.get(owner));
        assertNotEquals(state, ring.state());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNullEventReachesAWaiterElsewhereThatIsOnItsWayToSleep(boolean fromTheOwner) throws Exception {
        ByteBuffer header;
        try (FileChannel file = FileChannel.open(Path.of("/proc/self/fd/" + kfd))) {
            header = file.map(FileChannel.MapMode.READ_ONLY, 0, RingLayout.RECORDS_AT);
        }
        header.order(ByteOrder.nativeOrder());
        AtomicInteger ended = new AtomicInteger();
        int rounds = 10_000;
        FutureTask<Void> waiter = Support.start(() -> {
            for (int i = 1; i <= rounds; i++) {
                int state = there.state();
                if (kevent_wait(other, state, null, null) < 0) {
                    assertEquals(Errno.EWOULDBLOCK, Errno.errno(), Errno::message);
                }
                ended.set(i);
            }
            return null;
        });
        for (int i = 1; i <= rounds; i++) {
            int round = i;
            while (!counted(header) && ended.get() < round) {
                Thread.onSpinWait();
            }
            ok(kevent_submit(fromTheOwner ? kfd : other, null, 0, null));
            Support.until("the wait ends", () -> ended.get() >= round || waiter.isDone());
        }
        Support.get(waiter);
    }

    /** Whether a waiter has said that it is about to sleep. */
    private static boolean counted(ByteBuffer header) {
        return Memory.getIntVolatile(header, RingLayout.FOREIGN_WAITERS_AT) > 0;
    }

    @Test
    void whoWaitsElsewhereHeedsTheRequiredNumber() throws Exception {
        ok(kevent_ctl(kfd, KEVENT_CTL_REQUIRED, 3));
        FutureTask<Integer> waiter = waiter(other, there.state());
        post(1);
        post(2);
        LockSupport.parkNanos(100_000_000);
        assertFalse(waiter.isDone());
        post(3);
        assertEquals(0, Support.get(waiter));
        assertEquals(3, there.unread());
        // time that is up with fewer
        assertEquals(1, next(other, there).cookie);
        refused(Errno.ETIMEDOUT, kevent_wait(other, there.state(), new TimeSpec(0, 20_000_000), null));
    }

    @Test
    void everythingElseIsTheOwnersToDo() {
        refused(Errno.EPERM, kevent_submit(other, KeventEvent.user(SigVal.of(1)), 0, null));
        refused(Errno.EPERM, kevent_submit(other, KeventEvent.fd(0, Poll.POLLIN, SigVal.of(1)), 0, null));
        refused(Errno.EINVAL, kevent_submit(other, null, 64, null));
        kevent_destroy(kfd, null, 0);
        refused(Errno.EBADF, kevent_submit(other, null, 0, null));
    }
}
