package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.core.RingLayout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * Consumers that do not own the queue: here the same process under a duplicate of the descriptor, with the library made to treat it as
 * it treats another process.
 */
@Timeout(60)
class SharedRingTest {
    private static final Duration TICK = Duration.ofMillis(2);

    private int kfd;
    private int other;
    private KeventRing there;

    @TempDir
    private Path directory;

    @BeforeEach
    void makeQueue() {
        open(64);
    }

    private void open(int num) {
        kfd = Support.queue(num);
        Elsewhere.hideDuplicates(kfd);
        other = Linux.duplicate(kfd, 0);
        there = kevent_map_ringbuf(other, 1);
        assertNotNull(there, Errno::message);
    }

    @AfterEach
    void destroyQueue() {
        Kevent.kevent_destroy(kfd, null, 0);
        Kevent.kevent_destroy(other, null, 0);
    }

    private void reopen(int num) {
        destroyQueue();
        open(num);
    }

    private void post(long cookie) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), 0, null));
    }

    /** The next record that comes elsewhere. */
    private KeventRecord takeThere() {
        KeventRecord record = new KeventRecord();
        for (; ; ) {
            int state = there.state();
            if (there.take(record)) {
                return record;
            }
            if (kevent_wait(other, state, TimeSpec.ofNanos(Support.SOON.toNanos()), null) < 0) {
                assertEquals(Errno.EWOULDBLOCK, Errno.errno(), Errno::message);
            }
        }
    }

    @Test
    void everyRecordGoesToExactlyOneOfAllWhoTake() throws Exception {
        int records = 100_000;
        BitSet seen = new BitSet(records);
        AtomicLong left = new AtomicLong(records);
        List<FutureTask<Void>> takers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            KeventRing ring = i < 2 ? there : Support.ring(kfd);
            takers.add(start(() -> {
                KeventRecord record = new KeventRecord();
                long last = -1;
                while (left.get() > 0) {
                    if (!ring.take(record)) {
                        Thread.yield();
                        continue;
                    }
                    assertTrue(record.cookie > last, "one consumer sees the order of posting");
                    last = record.cookie;
                    left.decrementAndGet();
                    synchronized (seen) {
                        assertFalse(seen.get((int) record.cookie), "twice: " + record);
                        seen.set((int) record.cookie);
                    }
                }
                return null;
            }));
        }
        for (int i = 0; i < records; i++) {
            post(i);
        }
        for (FutureTask<Void> taker : takers) {
            get(taker);
        }
        assertEquals(records, seen.cardinality());
    }

    @Test
    void whatOnlyTheOwnerCanDoIsEperm() {
        refused(Errno.EPERM, kevent_submit(other, KeventEvent.user(SigVal.of(1)), 0, null));
        refused(Errno.EPERM, kevent_ctl(other, Kevent.KEVENT_CTL_REQUIRED, 2));
        refused(Errno.EPERM, kevent_ctl(other, Kevent.KEVENT_CTL_STATS, new KeventStats()));
        refused(Errno.EPERM, Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(other, SigVal.of(1)), new int[1]));
        assertNull(kevent_map_ringbuf(other, 65));
        assertEquals(Errno.EINVAL, Errno.errno());
        refused(Errno.EINVAL, kevent_wait(other, there.state(), null, new SigSet()));
        refused(
                Errno.EINVAL,
                kevent_wait(other, there.state(), Time.CLOCK_TAI, Time.TIMER_ABSTIME, new TimeSpec(1, 0), null));
    }

    @Test
    void anAioRequestWhoseRecordIsTakenElsewhereCanBeMadeAgainForEver() throws Exception {
        reopen(2);
        // for a read that the cache has not
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 1));
        Path file = Files.write(directory.resolve("file"), new byte[4096]);
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = ByteBuffer.allocateDirect(4096);
        cb.aio_nbytes = 4096;
        for (int i = 0; i < 20_000; i++) {
            cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(i));
            ok(Aio.aio_read(cb));
            KeventRecord record = takeThere();
            assertEquals(i, record.cookie);
            assertEquals(4096, record.result);
            ok(Aio.aio_return(cb));
        }
        post(1);
        post(2);
        refused(Errno.EAGAIN, kevent_submit(kfd, KeventEvent.user(SigVal.of(3)), Kevent.KEVENT_NOWAIT, null));
        ok(Unistd.close(fd));
    }

    @Test
    void aCookieObjectIsLetGoWhenItsRecordIsTakenElsewhere() {
        WeakReference<Object> cookie = postObject();
        KeventRecord taken = takeThere();
        assertEquals(Kevent.KEVENT_USER, taken.id);
        assertNull(taken.object, "the taker gets the bits alone");
        KeventRecord nothing = new KeventRecord();
        Support.until("the cookie is collected", () -> {
            assertFalse(Support.ring(kfd).take(nothing));
            kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(), null);
            Support.collect();
            return cookie.get() == null;
        });
    }

    private WeakReference<Object> postObject() {
        Object object = new Object();
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(object)), 0, null));
        return new WeakReference<>(object);
    }

    /** The driver turns away while a thread leads for a second; that thread then leaves an unread record, and nothing armed. */
    @Test
    void aTimersRecordThatIsLeftUnreadByTheLastWaiterIsFoundTakenElsewhere() {
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 2));
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(5)), timer));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = TICK.toNanos();
        spec.it_interval.tv_nsec = TICK.toNanos();
        ok(Time.timer_settime(timer[0], 0, spec, null));
        TimeSpec twoSeconds = new TimeSpec(2, 0);
        int state = Support.ring(kfd).state();
        while (kevent_wait(kfd, state, twoSeconds, null) < 0 && Errno.errno() == Errno.EWOULDBLOCK) {
            state = Support.ring(kfd).state();
        }
        assertEquals(Errno.ETIMEDOUT, Errno.errno(), Errno::message);
        for (int i = 0; i < 3; i++) {
            // not by a wait, which would need the two records that the queue requires
            KeventRecord record = new KeventRecord();
            Support.until("the timer goes on", () -> there.take(record));
            assertEquals(5, record.cookie);
        }
        ok(Time.timer_delete(timer[0]));
    }

    @Test
    void aTimerWhoseRecordWasOverwrittenGoesOn() throws Exception {
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(5)), timer));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = 1_000_000;
        spec.it_interval.tv_nsec = 1_000_000;
        ok(Time.timer_settime(timer[0], 0, spec, null));
        takesOverwritten(10, () -> {});
        ok(Time.timer_delete(timer[0]));
    }

    @Test
    void aLevelDescriptorWhoseRecordWasOverwrittenGoesOn() throws Exception {
        int[] ends = EventSource.pipe();
        assertEquals(1, Native.C.write(ends[1], Memory.address(Memory.allocate(1)), 1));
        KeventEvent level = KeventEvent.fdLevel(ends[0], Poll.POLLIN, SigVal.of(5));
        ok(kevent_submit(kfd, level, 0, null));
        takesOverwritten(10, () -> {});
        endsOverwritten(level);
        Linux.close(ends[0]);
        Linux.close(ends[1]);
    }

    @Test
    void aRepeatingSignalWhoseRecordWasOverwrittenGoesOn() throws Exception {
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, Signal.SIGURG));
        KeventEvent repeating = KeventEvent.signals(set, false, SigVal.of(5));
        ok(kevent_submit(kfd, repeating, 0, null));
        takesOverwritten(10, () -> ok(Linux.call(Native.X86_64 ? 62 : 129, Native.C.getpid(), Signal.SIGURG)));
        endsOverwritten(repeating);
        Support.giveBack(Signal.SIGURG);
    }

    /** Its last record is known as that whatever its bytes are: the slot is free. */
    private void endsOverwritten(KeventEvent event) throws Exception {
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, event));
        takesOverwritten(1, () -> {});
        for (int i = 0; i < 64; i++) {
            ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(6)), 0, null));
        }
        for (int i = 0; i < 64; i++) {
            assertEquals(6, Support.take(kfd).cookie);
        }
    }

    /** Takes so many records, with all that a record says overwritten but its cookie. */
    private void takesOverwritten(int rounds, Runnable cause) throws Exception {
        KeventRing ring = Support.ring(kfd);
        KeventRecord record = new KeventRecord();
        try (FileChannel memory = FileChannel.open(
                Path.of("/proc/self/fd/" + other), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (int round = 0; round < rounds; round++) {
                cause.run();
                Support.until("there is a record", () -> Support.kick(kfd) || ring.unread() == 1);
                ByteBuffer wrong = ByteBuffer.allocate(40);
                while (wrong.hasRemaining()) {
                    wrong.put((byte) 0x55);
                }
                for (int at = RingLayout.RECORDS_AT; at < memory.size(); at += RingLayout.RECORD_SIZE) {
                    memory.write(wrong.rewind(), at + RingLayout.RESULT);
                }
                assertTrue(ring.take(record));
                assertEquals(5, record.cookie);
            }
        }
    }

    @Test
    void aPeriodicTimerThatIsTakenElsewhereTellsOfEveryExpiry() {
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 1));
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(5)), timer));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = TICK.toNanos();
        spec.it_interval.tv_nsec = TICK.toNanos();
        ok(Time.timer_settime(timer[0], 0, spec, null));
        // the record's time is that of its first expiry or, with overruns, of the last one that it tells of
        KeventRecord record = takeThere();
        long end = record.time_ns;
        for (int i = 0; i < 200; i++) {
            record = takeThere();
            assertEquals(5, record.cookie);
            end += (1 + record.result) * TICK.toNanos();
            assertEquals(end, record.time_ns, "every expiry is told once");
        }
        ok(Time.timer_delete(timer[0]));
    }

    /** Posting tells sources first what was taken elsewhere, and these post themselves: here a descriptor's last record. */
    @Test
    void aRecordIsPostedAsItWasGivenWhenASourceIsToldInBetween() throws Exception {
        try (KeventQueue queue = KeventQueue.open(8)) {
            int name = Linux.duplicate(queue.fd(), 0);
            KeventRing elsewhere = kevent_map_ringbuf(name, 1);
            assertNotNull(elsewhere, Errno::message);
            int[] ends = EventSource.pipe();
            assertEquals(1, Native.C.write(ends[1], Memory.address(Memory.allocate(1)), 1));
            KeventRecord record = new KeventRecord();
            KeventRecord former = new KeventRecord();
            former.id = Kevent.KEVENT_SYNC;
            former.cookie = 8;
            for (int round = 0; round < 300; round++) {
                KeventEvent level = KeventEvent.fdLevel(ends[0], Poll.POLLIN, SigVal.of(7));
                queue.submit(level);
                Support.until("readable", () -> elsewhere.unread() > 0 || Support.kick(queue.fd()));
                assertTrue(elsewhere.take(record));
                // unless the owner has learned of the take already, the last record is posted when it does
                assertTrue(queue.cancel(level));
                switch (round % 3) {
                    case 0 -> ok(kevent_submit(queue.fd(), KeventEvent.user(SigVal.of(8)), 0, null));
                    case 1 -> assertEquals(1, queue.offer(new SigVal[] {SigVal.of(8)}, 1));
                    default -> assertTrue(queue.requeue(former));
                }
                int posted = round % 3 == 2 ? Kevent.KEVENT_SYNC : Kevent.KEVENT_USER;
                boolean last = false;
                boolean given = false;
                while (!last || !given) {
                    assertTrue(queue.poll(record, Support.SOON));
                    boolean ofTheDescriptor = record.id == Kevent.KEVENT_FD && record.cookie == 7;
                    last |= ofTheDescriptor && record.error == Errno.ECANCELED;
                    boolean asGiven = record.id == posted && record.cookie == 8 && record.error == 0;
                    given |= asGiven;
                    // one more of the descriptor when the owner had learned of the take
                    assertTrue(ofTheDescriptor || asGiven, record::toString);
                }
                assertNull(queue.poll());
            }
            Unistd.close(ends[0]);
            Unistd.close(ends[1]);
            Kevent.kevent_destroy(name, null, 0);
        }
    }

    @Test
    void whoWaitsElsewhereIsWokenForARecordThatAThreadOfTheOwnerLeaves() throws Exception {
        int state = there.state();
        FutureTask<Integer> elsewhere = start(() -> waited(other, state));
        FutureTask<Integer> here = start(() -> waited(kfd, state));
        // both wait by then
        java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
        post(7);
        assertEquals(0, Support.get(here));
        assertEquals(0, Support.get(elsewhere));
    }

    /** 0 also when the ring had moved on before the wait. */
    private static int waited(int fd, int state) {
        return kevent_wait(fd, state, null, null) == 0 || Errno.errno() == Errno.EWOULDBLOCK ? 0 : Errno.errno();
    }

    @Test
    void aTimerThatIsArmedWhileTheDriverSleepsFiresThoughAnotherThreadReaps() {
        int[] far = new int[1];
        int[] near = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(1)), far));
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(2)), near));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_sec = 3600;
        ok(Time.timer_settime(far[0], 0, spec, null));
        KeventRecord record = new KeventRecord();
        for (int i = 0; i < 20; i++) {
            ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 1));
            // it sleeps until the far one by then
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            spec.it_value = new TimeSpec(0, 30_000_000);
            ok(Time.timer_settime(near[0], 0, spec, null));
            Support.kick(kfd);
            Support.until("it fires in the driver", () -> there.unread() == 1);
            assertTrue(there.take(record));
            assertEquals(2, record.cookie);
            ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 0));
        }
    }

    @Test
    void aTimerThatWasDeletedDeliversNothingElsewhere() throws Exception {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("SharedRingTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong newest = new AtomicLong();
        FutureTask<Long> taker = start(() -> {
            long n = 0;
            KeventRecord record = new KeventRecord();
            while (!stop.get()) {
                long before = newest.get();
                if (there.take(record)) {
                    n++;
                    assertTrue(record.cookie >= before, "the timer was deleted before: " + record);
                }
            }
            return n;
        });
        int[] timer = new int[1];
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        KeventStats stats = new KeventStats();
        for (int i = 0; i < 50_000; i++) {
            ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(i)), timer));
            ok(Time.timer_settime(timer[0], 0, soon, null));
            kevent_wait(kfd, 0, new TimeSpec(), null);
            for (int spin = random.nextInt(50); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            ok(Time.timer_delete(timer[0]));
            newest.set(i + 1);
        }
        stop.set(true);
        System.out.println("taken elsewhere: " + get(taker) + " of 50000");
        KeventRecord rest = new KeventRecord();
        while (there.take(rest)) {
            assertEquals(49_999, rest.cookie);
        }
        kevent_wait(kfd, 0, new TimeSpec(), null);
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.armed);
        assertEquals(0, stats.unread);
        for (int i = 0; i < 64; i++) {
            post(i);
        }
    }

    @Test
    void aWaiterElsewhereIsWokenByAPost() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            int state = there.state();
            FutureTask<Integer> waiter = start(() -> kevent_wait(other, state, null, null) == 0 ? 0 : Errno.errno());
            post(i);
            int answer = get(waiter);
            assertTrue(answer == 0 || answer == Errno.EWOULDBLOCK);
            assertEquals(i, takeThere().cookie);
        }
    }

    @Test
    void aWaitElsewhereEndsAtItsTimeOnAnInterruptAndWithTheQueue() throws Exception {
        long begin = System.nanoTime();
        refused(Errno.ETIMEDOUT, kevent_wait(other, there.state(), new TimeSpec(0, 20_000_000), null));
        assertTrue(System.nanoTime() - begin >= 20_000_000);
        refused(Errno.ETIMEDOUT, kevent_wait(other, there.state(), new TimeSpec(), null));
        refused(Errno.EWOULDBLOCK, kevent_wait(other, there.state() - 1, null, null));
        refused(
                Errno.ETIMEDOUT,
                kevent_wait(other, there.state(), Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, new TimeSpec(1, 0), null));
        for (int i = 0; i < 2; i++) {
            Thread[] thread = new Thread[1];
            int state = there.state();
            FutureTask<Integer> waiter =
                    new FutureTask<>(() -> kevent_wait(other, state, null, null) == 0 ? 0 : Errno.errno());
            thread[0] = new Thread(waiter);
            thread[0].start();
            Support.until("it waits", () -> stack(thread[0], "futex"));
            if (i == 0) {
                thread[0].interrupt();
                assertEquals(Errno.EINTR, get(waiter));
            } else {
                Support.destroy(kfd);
                assertEquals(Errno.EBADF, get(waiter));
            }
        }
        assertFalse(there.take(new KeventRecord()));
        assertEquals(0, there.unread());
    }

    private static boolean stack(Thread thread, String method) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals(method)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void aRingElsewhereIsTheSameForEveryMappingAndRefusesWhatAQueueRefuses() throws Exception {
        assertSame(there, kevent_map_ringbuf(other, 2));
        int limit = there.capacity();
        refused(Errno.EINVAL, Kevent.kevent_destroy(other, there, 0));
        refused(Errno.EINVAL, Kevent.kevent_destroy(other, there, limit + 1));
        refused(Errno.EINVAL, Kevent.kevent_destroy(other, Support.ring(kfd), limit));
        refused(Errno.EINVAL, kevent_submit(other, null, 2, null));
        refused(Errno.EINVAL, kevent_submit(other, null, 0, new TimeSpec(0, -1)));
        ok(Kevent.kevent_destroy(other, there, limit));
    }

    @Test
    void threadsThatMapARingElsewhereAtTheSameTimeGetTheSame() throws Exception {
        for (int round = 0; round < 100; round++) {
            int another = Linux.duplicate(kfd, 0);
            CyclicBarrier together = new CyclicBarrier(2);
            FutureTask<KeventRing> first = Support.start(() -> {
                together.await();
                return kevent_map_ringbuf(another, 1);
            });
            together.await();
            KeventRing second = kevent_map_ringbuf(another, 1);
            assertSame(second, Support.get(first));
            ok(Kevent.kevent_destroy(another, second, 1));
        }
    }

    @Test
    void lettingGoOfARingLeavesTheQueueAlone() {
        Support.destroy(other);
        refused(Errno.EBADF, Kevent.kevent_destroy(other, null, 0));
        post(1);
        assertEquals(1, Support.take(kfd).cookie);
        assertFalse(there.take(new KeventRecord()));
    }

    @Test
    void aFileThatIsNoRingIsEbadf() throws Exception {
        assertNull(kevent_map_ringbuf(-1, 1));
        assertEquals(Errno.EBADF, Errno.errno());
        Path file = Files.write(directory.resolve("file"), new byte[8192]);
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        assertNull(kevent_map_ringbuf(fd, 1));
        assertEquals(Errno.EBADF, Errno.errno());
        ok(Unistd.close(fd));
        int zeros = Linux.sealedMemfd("zeros", 8192);
        assertNull(kevent_map_ringbuf(zeros, 1));
        assertEquals(Errno.EBADF, Errno.errno());
        Linux.close(zeros);
    }

    @Test
    void writingIntoTheFileIsWhatAConsumerWithoutMannersDoes() {
        POSIX posix = POSIXFactory.getNativePOSIX();
        ByteBuffer bytes = org.sigkevent.sys.Memory.allocate(8);
        long at = org.sigkevent.sys.Memory.address(bytes);
        post(1);
        assertEquals(
                RingLayout.OVERFLOWS_AT, posix.lseekLong(kfd, RingLayout.OVERFLOWS_AT, 0), "the file position moves");
        assertEquals(8, Native.C.write(kfd, at, 8), "a word that the owner does not read");
        assertEquals(1, Support.take(kfd).cookie);
        // a read index far beyond the write index
        bytes.putLong(0, 1L << 40);
        assertEquals(RingLayout.READ_AT, posix.lseekLong(kfd, RingLayout.READ_AT, 0));
        assertEquals(8, Native.C.write(kfd, at, 8));
        KeventRing ring = Support.ring(kfd);
        assertFalse(ring.take(new KeventRecord()));
        refused(Errno.EBADF, kevent_submit(kfd, KeventEvent.user(SigVal.of(2)), 0, null));
        assertTrue(Errno.message().contains("broken"), Errno::message);
    }

    /** The owner shows a record to its own threads first: one of them may have taken what is not shown to others yet. */
    @Test
    void aRingWhoseOwnerIsBetweenTwoStoresIsNotGone() throws Exception {
        ByteBuffer bytes = Memory.allocate(8);
        long at = Memory.address(bytes);
        post(1);
        assertEquals(1, Support.take(kfd).cookie);
        assertEquals(8, Native.C.pread(kfd, at, 8, RingLayout.WRITE_AT));
        long shown = bytes.getLong(0);
        shown(bytes, shown - 1);
        assertEquals(0, there.unread());
        KeventRecord record = new KeventRecord();
        AtomicBoolean looks = new AtomicBoolean();
        FutureTask<Boolean> take = start(() -> {
            looks.set(true);
            return there.take(record);
        });
        Support.until("it looks", looks::get);
        LockSupport.parkNanos(20_000_000);
        shown(bytes, shown);
        assertFalse(get(take));
        post(2);
        assertTrue(there.take(record));
        assertEquals(2, record.cookie);
    }

    /** Has other processes see this write index. */
    private void shown(ByteBuffer bytes, long index) {
        bytes.putLong(0, index);
        POSIX posix = POSIXFactory.getNativePOSIX();
        assertEquals(RingLayout.WRITE_AT, posix.lseekLong(kfd, RingLayout.WRITE_AT, 0));
        assertEquals(8, Native.C.write(kfd, Memory.address(bytes), 8));
    }

    @Test
    void theMemoryIsAFileThatNeitherShrinksNorGrowsAndHasManyNames() {
        ByteBuffer header = org.sigkevent.sys.Memory.allocate(64);
        long at = org.sigkevent.sys.Memory.address(header);
        assertEquals(16, Native.C.read(kfd, at, 16), "the memory is a file: it can be read at the file position");
        assertEquals(RingLayout.MAGIC, header.getInt(0));
        assertEquals(-1, Native.C.ftruncate(kfd, 0), "it cannot shrink");
        assertEquals(Errno.EPERM, Native.errno());
        assertEquals(-1, Native.C.ftruncate(kfd, 1L << 30), "nor grow");
        assertEquals(Errno.EPERM, Native.errno());
        post(7);
        int third = Linux.duplicate(kfd, 0);
        KeventRing again = kevent_map_ringbuf(third, 1);
        assertEquals(1, again.unread(), "a duplicate is the same ring");
        Support.destroy(third);
        assertEquals(7, Support.take(kfd).cookie);
    }

    @Test
    void aTimerWithTheSmallestPeriodDoesNotHoldUpTheQueueWhileItsRecordIsUnread() {
        post(0);
        assertEquals(0, takeThere().cookie, "others take from this ring");
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(7)), id));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = new TimeSpec(0, 1);
        spec.it_interval = new TimeSpec(0, 1);
        ok(Time.timer_settime(id[0], 0, spec, null));
        for (int i = 0; i < 1000; i++) {
            kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(), null);
        }
        assertEquals(7, takeThere().cookie);
        ok(Time.timer_delete(id[0]));
    }

    @Test
    void whoLetsGoOfARingWakesNobodyElse() throws Exception {
        int second = Linux.duplicate(kfd, 0);
        assertNotNull(kevent_map_ringbuf(second, 1), Errno::message);
        FutureTask<Integer> wait = start(() -> kevent_wait(other, there.state(), null, null));
        Support.until("it sleeps", () -> header(RingLayout.FOREIGN_WAITERS_AT) == 1);
        int word = header(RingLayout.FOREIGN_FUTEX_AT);
        ok(Kevent.kevent_destroy(second, null, 0));
        assertEquals(word, header(RingLayout.FOREIGN_FUTEX_AT), "nothing is told to those who sleep");
        post(7);
        assertEquals(0, get(wait));
        assertEquals(7, takeThere().cookie);
    }

    private int header(int at) {
        ByteBuffer bytes = Memory.allocate(4);
        assertEquals(4, Native.C.pread(kfd, Memory.address(bytes), 4, at));
        return bytes.getInt(0);
    }
}
