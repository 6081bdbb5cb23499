package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_take;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.sys.Linux;

/** kevent_take: takes, or waits and takes, of a queue of this process and of another's. */
@Timeout(120)
class KeventTakeTest {
    private static final TimeSpec ZERO = new TimeSpec();
    private static final TimeSpec SOON = TimeSpec.ofNanos(Support.SOON.toNanos());

    private final KeventRecord record = new KeventRecord();
    private int kfd;

    /** The queue as another process would have it. */
    private int other;

    @BeforeEach
    void open() {
        kfd = Support.queue(8);
        Elsewhere.hideDuplicates(kfd);
        other = Linux.duplicate(kfd, 0);
    }

    @AfterEach
    void close() {
        Kevent.kevent_destroy(kfd, null, 0);
        Kevent.kevent_destroy(other, null, 0);
    }

    private void post(Object value) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(value)), 0, null));
    }

    private void post(int value) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(value)), 0, null));
    }

    @Test
    void whatIsThereIsTakenInOrderWithAnyTimeLimit() {
        for (int fd : new int[] {kfd, other}) {
            post(1);
            post(2);
            post(3);
            int n = 1;
            for (TimeSpec timeout : new TimeSpec[] {null, ZERO, SOON}) {
                assertEquals(1, kevent_take(fd, record, timeout), Errno::message);
                assertEquals(n++, record.cookie);
            }
            assertEquals(0, kevent_take(fd, record, ZERO));
            assertEquals(3, record.cookie, "the record is untouched when there is none");
            assertEquals(0, kevent_take(fd, record, TimeSpec.ofNanos(1)));
            assertEquals(0, kevent_take(fd, record, TimeSpec.ofNanos(3_000_000)));
        }
    }

    @Test
    void anObjectComesBackToTheOwner() {
        Object cookie = new Object();
        post(cookie);
        assertEquals(1, kevent_take(kfd, record, null));
        assertSame(cookie, record.object);
    }

    @Test
    void whatComesLaterIsWaitedFor() throws Exception {
        for (int fd : new int[] {kfd, other}) {
            for (TimeSpec timeout : new TimeSpec[] {null, SOON}) {
                FutureTask<Long> waits = start(() -> {
                    KeventRecord into = new KeventRecord();
                    return kevent_take(fd, into, timeout) == 1 ? into.cookie : -1;
                });
                post(7);
                assertEquals(7L, get(waits));
            }
        }
    }

    @Test
    void aTimerThatNobodyElseDrivesIsTaken() {
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(5)), id));
        ItimerSpec value = new ItimerSpec();
        value.it_value.tv_nsec = 1_000_000;
        ok(Time.timer_settime(id[0], 0, value, null));
        assertEquals(1, kevent_take(kfd, record, SOON), Errno::message);
        assertEquals(Kevent.KEVENT_TIMER, record.id);
        ok(Time.timer_delete(id[0]));
    }

    @Test
    void fewerThanRequiredAreTakenWhenTheTimeIsUp() {
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 3));
        post(1);
        assertEquals(1, kevent_take(kfd, record, TimeSpec.ofNanos(1_000_000)));
        post(2);
        assertEquals(1, kevent_take(other, record, TimeSpec.ofNanos(1_000_000)));
        assertEquals(2, record.cookie);
    }

    @Test
    void anInterruptEndsTheWaitAndTakesNothing() throws Exception {
        for (int fd : new int[] {kfd, other}) {
            AtomicReference<Thread> waiter = new AtomicReference<>();
            FutureTask<Boolean> waits = start(() -> {
                waiter.set(Thread.currentThread());
                refused(Errno.EINTR, kevent_take(fd, new KeventRecord(), null));
                return Thread.currentThread().isInterrupted();
            });
            Support.until("the waiter runs", () -> waiter.get() != null);
            waiter.get().interrupt();
            assertFalse(get(waits), "the interrupt status is cleared");
            post(1);
            assertEquals(1, kevent_take(fd, record, ZERO));
        }
    }

    @Test
    void aRecordThatIsThereIsTakenByAnInterruptedThread() {
        post(1);
        Thread.currentThread().interrupt();
        int taken = kevent_take(kfd, record, null);
        assertTrue(Thread.interrupted());
        assertEquals(1, taken);
    }

    @Test
    void aNullEventWakesNobodyForGood() throws Exception {
        FutureTask<Integer> waits = start(() -> kevent_take(kfd, new KeventRecord(), null));
        for (int i = 0; i < 100 && !waits.isDone(); i++) {
            ok(kevent_submit(kfd, null, 0, null));
        }
        assertFalse(waits.isDone(), "there is nothing to take");
        post(1);
        assertEquals(1, get(waits));
    }

    @Test
    void theEndOfTheQueueEndsTheWait() throws Exception {
        for (boolean elsewhere : new boolean[] {false, true}) {
            int fd = elsewhere ? other : kfd;
            AtomicReference<Thread> waiter = new AtomicReference<>();
            FutureTask<Integer> waits = start(() -> {
                waiter.set(Thread.currentThread());
                return kevent_take(fd, new KeventRecord(), null) == -1 ? Errno.errno() : 0;
            });
            Support.until("the waiter runs", () -> waiter.get() != null);
            Support.destroy(kfd);
            assertEquals(Errno.EBADF, get(waits));
            refused(Errno.EBADF, kevent_take(fd, record, ZERO));
            Kevent.kevent_destroy(other, null, 0);
            open();
        }
    }
}
