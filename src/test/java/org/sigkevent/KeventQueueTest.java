package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOSYS;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Kevent.KEVENT_CTL_OVERFLOW;
import static org.sigkevent.Kevent.KEVENT_NOWAIT;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.nothing;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** A queue's making, its capacity, user records, cookies, overflow and its end. */
@Timeout(60)
class KeventQueueTest {
    private static final int SIZE = 8;
    private static final Duration QUIET = Duration.ofMillis(20);

    private int kfd;
    private KeventRing ring;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(SIZE);
        ring = Support.ring(kfd);
    }

    @AfterEach
    void destroyQueue() {
        kevent_destroy(kfd, null, 0);
    }

    private int post(long cookie) {
        return kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), KEVENT_NOWAIT, null);
    }

    @Test
    void aSizeOfZeroNegativeOrAbsurdIsEinval() {
        for (int num : new int[] {0, -1, Integer.MIN_VALUE, (1 << 24) + 1, Integer.MAX_VALUE}) {
            refused(EINVAL, kevent_init(num));
        }
        int one = kevent_init(1);
        assertTrue(one >= 0);
        Support.destroy(one);
    }

    @Test
    void theRingIsTheSameForEveryMapping() {
        assertSame(ring, kevent_map_ringbuf(kfd, SIZE));
        assertEquals(SIZE, ring.capacity());
        for (long num : new long[] {0, -1, SIZE + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertNull(kevent_map_ringbuf(kfd, num));
            assertEquals(EINVAL, Errno.errno());
        }
        assertNull(kevent_map_ringbuf(-1, 1));
        assertEquals(EBADF, Errno.errno());
    }

    @Test
    void theDescriptorIsARealOneAndClosedOnExec() throws Exception {
        String flags = java.nio.file.Files.readString(java.nio.file.Path.of("/proc/self/fdinfo/" + kfd));
        // O_CLOEXEC is 02000000
        assertTrue(flags.contains("flags:\t02"), flags);
    }

    @Test
    void aUserRecordArrivesAsItWasPosted() {
        KeventEvent event = new KeventEvent();
        event.descriptor = 42;
        event.value = SigVal.of(0x8000_0000_0000_0001L);
        event.result = -5;
        event.error = 7;
        event.data0 = Long.MIN_VALUE;
        event.data1 = Long.MAX_VALUE;
        ok(kevent_submit(kfd, event, 0, null));
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_USER, record.id);
        assertEquals(42, record.descriptor);
        assertEquals(0x8000_0000_0000_0001L, record.cookie);
        assertEquals(-5, record.result);
        assertEquals(7, record.error);
        assertEquals(Long.MIN_VALUE, record.data0);
        assertEquals(Long.MAX_VALUE, record.data1);
        assertEquals(0, record.time_ns);
        assertEquals(0, record.flags);
        assertNull(record.object);
    }

    @Test
    void cookiesComeBackBitForBit() {
        Pointer pointer = Memory.allocateDirect(Runtime.getSystemRuntime(), 8);
        long[] bits = {
            0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0x5555_5555_5555_5555L, 0xaaaa_aaaa_aaaa_aaaaL, 1L << 32
        };
        for (long one : bits) {
            ok(post(one));
            assertEquals(one, Support.take(kfd).cookie);
        }
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(-7)), 0, null));
        assertEquals(-7, (int) Support.take(kfd).cookie);
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(pointer)), 0, null));
        assertEquals(pointer.address(), Support.take(kfd).cookie);
        Object object = new Object();
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(object)), 0, null));
        KeventRecord record = Support.take(kfd);
        assertSame(object, record.object);
        assertEquals(0, record.cookie);
    }

    @Test
    void anObjectCookieIsReleasedWhenItsRecordWasTaken() throws Exception {
        WeakReference<Object> reference = postObject();
        System.gc();
        assertFalse(reference.refersTo(null), "it is held while the record can arrive");
        takeObject(reference);
        collected(reference);
    }

    private WeakReference<Object> postObject() {
        Object object = new Object();
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(object)), 0, null));
        return new WeakReference<>(object);
    }

    private void takeObject(WeakReference<Object> reference) {
        assertSame(reference.get(), Support.take(kfd).object);
    }

    @Test
    void anObjectCookieIsReleasedWhenTheQueueIsDestroyed() throws Exception {
        WeakReference<Object> reference = postObject();
        Support.destroy(kfd);
        ring = null;
        collected(reference);
    }

    static void collected(WeakReference<?> reference) throws InterruptedException {
        Support.until("the cookie is collected", () -> {
            Support.collect();
            return reference.refersTo(null);
        });
    }

    @Test
    void theRegistrationBeyondTheLastSlotIsEagainAndAFreedSlotIsUsableAtOnce() {
        for (int i = 0; i < SIZE; i++) {
            ok(post(i));
        }
        refused(EAGAIN, post(99));
        assertEquals(SIZE, ring.unread());
        for (int round = 0; round < 100; round++) {
            assertEquals(round, Support.take(kfd).cookie);
            ok(post(round + SIZE));
            refused(EAGAIN, post(99));
        }
    }

    @Test
    void aFullQueueHoldsASubmitterUntilASlotIsFree() throws Exception {
        for (int i = 0; i < SIZE; i++) {
            ok(post(i));
        }
        FutureTask<Integer> submitter = start(() -> kevent_submit(kfd, KeventEvent.user(SigVal.of(77)), 0, null));
        refused(ETIMEDOUT, kevent_submit(kfd, new KeventEvent(), 0, new TimeSpec(0, 30_000_000)));
        refused(EAGAIN, kevent_submit(kfd, new KeventEvent(), 0, new TimeSpec(0, 0)));
        assertFalse(submitter.isDone());
        Support.take(kfd);
        assertEquals(0, get(submitter));
    }

    @Test
    void aSubmitterThatWaitsIsEndedByInterruptAndByDestroy() throws Exception {
        for (int i = 0; i < SIZE; i++) {
            ok(post(i));
        }
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<Integer> interrupted = start(() -> {
            thread.set(Thread.currentThread());
            return kevent_submit(kfd, new KeventEvent(), 0, null) == 0 ? 0 : Errno.errno();
        });
        Support.until("runs", () -> thread.get() != null);
        thread.get().interrupt();
        assertEquals(EINTR, get(interrupted));
        thread.set(null);
        FutureTask<Integer> abandoned = start(() -> {
            thread.set(Thread.currentThread());
            return kevent_submit(kfd, new KeventEvent(), 0, null) == 0 ? 0 : Errno.errno();
        });
        Support.until("runs", () -> thread.get() != null);
        Support.untilAsleep(thread.get());
        Support.destroy(kfd);
        assertEquals(EBADF, get(abandoned));
    }

    @Test
    void badSubmissionsSayWhatIsWrong() {
        refused(EBADF, kevent_submit(-1, new KeventEvent(), 0, null));
        refused(EINVAL, kevent_submit(kfd, new KeventEvent(), 2, null));
        refused(EINVAL, kevent_submit(kfd, new KeventEvent(), 0, new TimeSpec(0, -1)));
        refused(EINVAL, kevent_submit(kfd, new KeventEvent(), 0, new TimeSpec(-1, 0)));
        KeventEvent unknown = new KeventEvent();
        for (int id : new int[] {0, -1, 999}) {
            unknown.id = id;
            refused(ENOSYS, kevent_submit(kfd, unknown, 0, null));
        }
        refused(ENOSYS, kevent_ctl(kfd, 999, 1));
        refused(ENOSYS, kevent_ctl(kfd, 999, new KeventStats()));
        refused(ENOSYS, kevent_ctl(kfd, 999, new SigEvent()));
        refused(EBADF, kevent_ctl(-1, KEVENT_CTL_OVERFLOW, new SigEvent()));
        assertEquals(0, ring.unread());
    }

    @Test
    void successLeavesErrnoAlone() {
        refused(EBADF, kevent_submit(-1, null, 0, null));
        ok(post(1));
        assertEquals(EBADF, Errno.errno());
    }

    @Test
    void aRequeuedRecordKeepsItsFieldsAndIsMarked() {
        ok(post(5));
        KeventRecord first = Support.take(kfd);
        first.result = 17;
        ok(kevent_submit(kfd, KeventEvent.requeue(first), 0, null));
        KeventRecord second = Support.take(kfd);
        assertEquals(Kevent.KEVENT_REQUEUED, second.flags);
        assertEquals(5, second.cookie);
        assertEquals(17, second.result);
        assertNotEquals(first.sequence, second.sequence);
        // also another kind, which cannot be posted otherwise
        first.id = Kevent.KEVENT_TIMER;
        ok(kevent_submit(kfd, KeventEvent.requeue(first), 0, null));
        assertEquals(Kevent.KEVENT_TIMER, Support.take(kfd).id);
    }

    @Test
    void anOverflowIsReportedOncePerEpisodeWithQueueAndCookie() {
        int reports = Support.queue(2);
        ok(kevent_ctl(kfd, KEVENT_CTL_OVERFLOW, SigEvent.kevent(reports, SigVal.of(0x1234_5678_9abc_def0L))));
        for (int episode = 0; episode < 3; episode++) {
            while (post(1) == 0) {
                // until it is full
            }
            refused(EAGAIN, post(2));
            refused(EAGAIN, post(3));
            KeventRecord report = Support.take(reports);
            assertEquals(Kevent.KEVENT_OVERFLOW, report.id);
            assertEquals(kfd, report.descriptor);
            assertEquals(0x1234_5678_9abc_def0L, report.cookie);
            nothing(reports, QUIET);
            Support.take(kfd);
        }
        refused(EINVAL, kevent_ctl(kfd, KEVENT_CTL_OVERFLOW, SigEvent.kevent(kfd, new SigVal())));
        refused(EINVAL, kevent_ctl(kfd, KEVENT_CTL_OVERFLOW, SigEvent.kevent(-1, new SigVal())));
        ok(kevent_ctl(kfd, KEVENT_CTL_OVERFLOW, (SigEvent) null));
        while (post(1) == 0) {
            // until it is full again
        }
        nothing(reports, QUIET);
        Support.destroy(reports);
    }

    @Test
    void anOverflowReportThatIsUnreadIsNotFollowedByAnother() {
        int reports = Support.queue(4);
        ok(kevent_ctl(kfd, KEVENT_CTL_OVERFLOW, SigEvent.kevent(reports, SigVal.of(1))));
        for (int episode = 0; episode < 3; episode++) {
            while (post(1) == 0) {
                // until it is full
            }
            Support.take(kfd);
            ok(post(1));
        }
        assertEquals(1, Support.ring(reports).unread());
        Support.take(reports);
        refused(EAGAIN, post(2));
        assertEquals(1, Support.ring(reports).unread(), "the next episode");
        Support.destroy(reports);
    }

    @Test
    void theDriverIsAutoUntilItIsSetAndThenOffOrOn() {
        try (KeventQueue queue = KeventQueue.open(4);
                KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(1))) {
            timer.once(java.time.Duration.ofNanos(1));
            // figures do not drive the queue
            Support.until("auto: the driver lets it expire", () -> queue.stats().posted == 1);
            assertTrue(queue.poll(new KeventRecord()));
            queue.driver(false);
            timer.once(java.time.Duration.ofNanos(1));
            java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
            assertEquals(1, queue.stats().posted, "off");
            queue.driver(true);
            Support.until("on", () -> queue.stats().posted == 2);
        }
    }

    @Test
    void oneThreadDrivesAllQueues() {
        for (int i = 0; i < 5; i++) {
            Support.destroy(Support.queue(4));
        }
        assertEquals(
                1,
                Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().equals("sigkevent-driver"))
                        .count());
    }

    @Test
    void figuresTellWhatHappened() {
        for (int i = 0; i < 5; i++) {
            ok(post(i));
        }
        Support.take(kfd);
        KeventStats stats = new KeventStats();
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(SIZE, stats.capacity);
        assertEquals(4, stats.unread);
        assertEquals(5, stats.highWater);
        assertEquals(5, stats.posted);
        assertEquals(0, stats.armed);
        assertEquals(0, stats.refused);
        assertTrue(stats.engine.length() > 0);
    }

    @Test
    void aDestroyedQueueIsEbadfForEveryCall() {
        ok(post(1));
        Support.destroy(kfd);
        refused(EBADF, kevent_destroy(kfd, null, 0));
        refused(EBADF, post(1));
        refused(EBADF, kevent_wait(kfd, 0, null, null));
        refused(EBADF, kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, 1));
        assertNull(kevent_map_ringbuf(kfd, 1));
        assertFalse(ring.take(new KeventRecord()));
        assertEquals(0, ring.unread());
    }

    @Test
    void destroyWithAForeignRingOrSizeIsEinval() {
        int other = Support.queue(4);
        refused(EINVAL, kevent_destroy(kfd, Support.ring(other), 1));
        refused(EINVAL, kevent_destroy(kfd, ring, 0));
        refused(EINVAL, kevent_destroy(kfd, ring, SIZE + 1));
        ok(kevent_destroy(other, Support.ring(other), 4));
    }

    @Test
    void aNumberThatIsHandedOutAgainEndsTheQueueThatWasClosedBehindOurBack() throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        int seen = ring.state();
        FutureTask<Integer> waiter = start(() -> {
            thread.set(Thread.currentThread());
            return kevent_wait(kfd, seen, null, null) == 0 ? 0 : Errno.errno();
        });
        Support.until("runs", () -> thread.get() != null);
        Support.untilAsleep(thread.get());
        ok(Unistd.close(kfd));
        int again = queueWithNumber(kfd);
        assertEquals(EBADF, get(waiter));
        ok(kevent_submit(again, new KeventEvent(), 0, null));
    }

    /** A queue that gets this number, which is free now. */
    private static int queueWithNumber(int number) {
        List<Integer> lower = new ArrayList<>();
        int[] made = {-1};
        Support.until("the number comes back", () -> {
            int filler = (int) ok(Fcntl.open("/dev/null", Fcntl.O_RDONLY));
            if (filler < number) {
                lower.add(filler);
                return false;
            }
            ok(Unistd.close(filler));
            made[0] = Support.queue(1);
            // a lower one became free meanwhile
            if (made[0] != number) {
                Support.destroy(made[0]);
            }
            return made[0] == number;
        });
        lower.forEach(filler -> ok(Unistd.close(filler)));
        return made[0];
    }

    @Test
    void aThousandQueuesLeakNoDescriptorAndNoThread() {
        // whatever is made once is made now
        Support.destroy(Support.queue(4));
        long descriptors = Support.openDescriptors();
        int threads = Thread.activeCount();
        for (int i = 0; i < 1000; i++) {
            int one = Support.queue(4);
            ok(kevent_submit(one, new KeventEvent(), 0, null));
            Support.destroy(one);
        }
        Support.until("descriptors are closed", () -> Support.openDescriptors() <= descriptors);
        Support.until("threads end", () -> Thread.activeCount() <= threads);
    }

    @Test
    void aForgottenQueueIsDestroyed() {
        // starts the thread that will see to them
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 1));
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 0));
        long before = Support.openDescriptors();
        for (int i = 0; i < 8; i++) {
            KeventQueue.open(4);
        }
        Support.until("their descriptors are closed", () -> {
            Support.collect();
            return Support.openDescriptors() <= before;
        });
    }

    @Test
    void theObjectFaceSaysWhichArgumentAndWhy() {
        KeventException refused = assertThrows(KeventException.class, () -> KeventQueue.open(0));
        assertEquals(EINVAL, refused.errno());
        assertTrue(refused.getMessage().contains("0"), refused.getMessage());
        KeventQueue queue = KeventQueue.open(2);
        assertTrue(queue.offer(SigVal.of(1)));
        assertTrue(queue.offer(SigVal.of(2)));
        assertFalse(queue.offer(SigVal.of(3)));
        List<Long> drained = new ArrayList<>();
        assertEquals(1, queue.drain(record -> drained.add(record.cookie), 1));
        assertEquals(1, queue.drain(record -> drained.add(record.cookie), 10));
        assertEquals(List.of(1L, 2L), drained);
        assertNull(queue.poll());
        queue.close();
        queue.close();
        assertEquals(
                EBADF,
                assertThrows(KeventException.class, () -> queue.offer(SigVal.of(1)))
                        .errno());
        assertEquals(EBADF, assertThrows(KeventException.class, queue::poll).errno());
        assertEquals(EBADF, assertThrows(KeventException.class, queue::take).errno());
    }

    @Test
    void aConsumerThatThrowsHasTakenItsRecordAndTheRestStays() {
        try (KeventQueue queue = KeventQueue.open(4)) {
            for (int i = 0; i < 3; i++) {
                queue.offer(SigVal.of(i + 1));
            }
            assertThrows(
                    IllegalStateException.class,
                    () -> queue.drain(
                            record -> {
                                throw new IllegalStateException();
                            },
                            10));
            assertEquals(2, queue.poll().cookie);
            assertEquals(3, queue.poll().cookie);
        }
    }

    @Test
    void postingAndTakingAllocatesNothing() {
        KeventEvent event = new KeventEvent();
        KeventRecord record = new KeventRecord();
        int warm = 20_000;
        int rounds = 100_000;
        long before = 0;
        for (int i = 0; i < warm + rounds; i++) {
            if (i == warm) {
                before = Support.allocatedBytes();
            }
            event.value.sival_long = i + 1;
            kevent_submit(kfd, event, KEVENT_NOWAIT, null);
            ring.take(record);
        }
        long bytes = Support.allocatedBytes() - before;
        assertTrue(bytes <= rounds, bytes + " bytes for " + rounds + " records");
    }

    @Test
    void destroyAgainstEverythingNeitherHangsNorCrashes() throws Exception {
        for (int round = 0; round < 60; round++) {
            int fd = Support.queue(16);
            AtomicBoolean stop = new AtomicBoolean();
            List<FutureTask<Void>> all = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int kind = t;
                all.add(start(() -> {
                    KeventRing mine = kevent_map_ringbuf(fd, 1);
                    KeventRecord record = new KeventRecord();
                    while (!stop.get()) {
                        if (kind == 0) {
                            kevent_submit(fd, KeventEvent.user(SigVal.of(1)), KEVENT_NOWAIT, null);
                        } else if (kind == 1 && mine != null) {
                            kevent_wait(fd, mine.state(), new TimeSpec(0, 100_000), null);
                        } else if (kind == 2 && mine != null) {
                            mine.take(record);
                        } else {
                            kevent_ctl(fd, Kevent.KEVENT_CTL_WAKE, 2);
                            kevent_ctl(fd, Kevent.KEVENT_CTL_STATS, new KeventStats());
                        }
                    }
                    return null;
                }));
            }
            for (int spin = 0; spin < round * 1000; spin++) {
                Thread.onSpinWait();
            }
            Support.destroy(fd);
            stop.set(true);
            for (FutureTask<Void> one : all) {
                get(one);
            }
        }
    }

    @Test
    void severalRecordsArePostedAndTakenInOneStep() throws Exception {
        try (KeventQueue queue = KeventQueue.open(10);
                KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(100L))) {
            SigVal[] cookies = new SigVal[12];
            for (int i = 0; i < cookies.length; i++) {
                cookies[i] = SigVal.of(i + 1L);
            }
            int before = queue.stats().armed;
            KeventRing ring = Kevent.kevent_map_ringbuf(queue.fd(), 1);
            int state = ring.state();
            assertEquals(3, queue.offer(cookies, 3));
            assertEquals(state + 3, ring.state(), "the state moves with every event");
            timer.once(Duration.ZERO);
            Support.until("it expires", () -> {
                queue.stats();
                Kevent.kevent_wait(queue.fd(), ring.state() - 1, new TimeSpec(), null);
                return queue.stats().unread == 4;
            });
            assertEquals(6, queue.offer(cookies, 12), "9 slots besides the timer's, 3 of them taken");
            assertEquals(1, queue.stats().refused);
            KeventRecord[] into = new KeventRecord[7];
            for (int i = 0; i < into.length; i++) {
                into[i] = new KeventRecord();
            }
            assertEquals(7, queue.poll(into));
            long[] expected = {1, 2, 3, 100, 1, 2, 3};
            for (int i = 0; i < into.length; i++) {
                assertEquals(expected[i], into[i].cookie);
                assertEquals(into[0].sequence + i, into[i].sequence);
            }
            assertEquals(3, queue.poll(into));
            assertEquals(6, into[2].cookie);
            assertEquals(0, queue.poll(into));
            assertEquals(0, queue.offer(cookies, 0));
            assertEquals(0, queue.poll(new KeventRecord[0]));
            assertEquals(before, queue.stats().armed);
            cookies[1] = SigVal.of("an object");
            KeventException refused = assertThrows(KeventException.class, () -> queue.offer(cookies, 2));
            assertEquals(EINVAL, refused.errno());
            assertThrows(KeventException.class, () -> queue.offer(cookies, 13));
            assertEquals(0, queue.stats().unread);
        }
    }

    @Test
    void aClosedQueueDoesNotReachTheOneThatGotItsNumber() throws Exception {
        KeventQueue closed = KeventQueue.open(4);
        SigEvent into = closed.sigevent(SigVal.of(1));
        KeventTimer timer = closed.timer(Time.CLOCK_MONOTONIC, SigVal.of(1));
        int fd = (int) ok(Fcntl.open("/dev/zero", Fcntl.O_RDONLY));
        AioFile file = AioFile.of(closed, fd);
        KeventEvent delay = KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(1));
        closed.close();
        try (KeventQueue other = KeventQueue.open(4);
                MessageQueue messages =
                        MessageQueue.open("/sigkevent-closed", Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, null)) {
            MessageQueue.unlink("/sigkevent-closed");
            assertEquals(closed.fd(), other.fd(), "something else got the number");
            List<Executable> calls = List.of(
                    () -> closed.submit(delay),
                    () -> closed.cancel(delay),
                    () -> closed.onOverflow(new SigEvent()),
                    () -> file.read(ByteBuffer.allocate(1), 0, SigVal.of(1)),
                    () -> file.sync(true, SigVal.of(1)),
                    () -> closed.timer(Time.CLOCK_MONOTONIC, SigVal.of(1)),
                    () -> timer.once(Duration.ofHours(1)),
                    () -> timer.remaining(),
                    () -> messages.notifyInto(closed, SigVal.of(1)));
            for (Executable call : calls) {
                KeventException refused = assertThrows(KeventException.class, call);
                assertEquals(EBADF, refused.errno(), refused::getMessage);
            }
            assertEquals(-1, Time.timer_create(Time.CLOCK_MONOTONIC, into, new int[1]));
            assertEquals(EINVAL, Errno.errno(), Errno::message);
            KeventStats stats = other.stats();
            assertEquals(0, stats.armed + stats.unread, stats::toString);
        } finally {
            Unistd.close(fd);
        }
    }

    @Test
    void aRequestIsCancelledInItsOwnQueueOnly() {
        try (KeventQueue one = KeventQueue.open(4);
                KeventQueue other = KeventQueue.open(4)) {
            KeventEvent delay = KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(1));
            one.submit(delay);
            assertEquals(
                    EINVAL,
                    assertThrows(KeventException.class, () -> other.cancel(delay))
                            .errno());
            assertEquals(-1, Kevent.kevent_ctl(other.fd(), Kevent.KEVENT_CTL_CANCEL, delay));
            assertEquals(EINVAL, Errno.errno());
            assertEquals(1, one.stats().armed);
            assertTrue(one.cancel(delay));
        }
    }

    @Test
    void recordsThatSeveralThreadsPostAloneAndInBatchesArriveOnceAndInOrder() throws Exception {
        int each = 40_000;
        try (KeventQueue queue = KeventQueue.open(100)) {
            List<FutureTask<Void>> posters = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                long from = (long) t * each;
                posters.add(Support.start(() -> {
                    SigVal[] cookies = new SigVal[7];
                    for (int sent = 0; sent < each; ) {
                        int n = Math.min(cookies.length, each - sent);
                        for (int i = 0; i < n; i++) {
                            cookies[i] = SigVal.of(from + sent + i + 1);
                        }
                        // now and then one by itself: threads share the record that it is made of
                        sent += sent % 3 == 0 ? queue.offer(cookies[0]) ? 1 : 0 : queue.offer(cookies, n);
                    }
                    return null;
                }));
            }
            AtomicInteger left = new AtomicInteger(2 * each);
            AtomicIntegerArray seen = new AtomicIntegerArray(2 * each);
            List<FutureTask<Void>> takers = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                takers.add(Support.start(() -> {
                    KeventRecord[] into =
                            Stream.generate(KeventRecord::new).limit(5).toArray(KeventRecord[]::new);
                    long[] last = new long[2];
                    while (left.get() > 0) {
                        int n = queue.poll(into);
                        for (int i = 0; i < n; i++) {
                            int number = (int) into[i].cookie - 1;
                            seen.incrementAndGet(number);
                            assertTrue(number >= last[number / each], "out of order");
                            last[number / each] = number;
                        }
                        left.addAndGet(-n);
                    }
                    return null;
                }));
            }
            for (FutureTask<Void> poster : posters) {
                Support.get(poster);
            }
            for (FutureTask<Void> taker : takers) {
                Support.get(taker);
            }
            for (int i = 0; i < 2 * each; i++) {
                assertEquals(1, seen.get(i));
            }
        }
    }
}
