package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Bad input and faults: an errno with words, nothing half done, nothing left behind. */
@Timeout(120)
class FaultsTest {
    private int kfd;
    private int[] pipe;

    @BeforeEach
    void open() {
        kfd = Support.queue(64);
        ok(Kevent.kevent_ctl(
                // its thread is made once, and has descriptors of its own
                kfd, Kevent.KEVENT_CTL_DRIVER, 1));
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 0));
        pipe = EventSource.pipe();
    }

    @AfterEach
    void close() {
        Kevent.kevent_destroy(kfd, null, 0);
        Unistd.close(pipe[0]);
        Unistd.close(pipe[1]);
    }

    private SigEvent event(long cookie) {
        return SigEvent.kevent(kfd, SigVal.of(cookie));
    }

    private Aiocb reading(int fd, Object buffer, long length) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = buffer;
        cb.aio_nbytes = length;
        cb.aio_sigevent = event(1);
        return cb;
    }

    private static long write(int fd, int bytes) {
        return Native.C.write(fd, Memory.address(Memory.allocate(bytes)), bytes);
    }

    private void nothingIsOutstanding() {
        KeventStats stats = new KeventStats();
        Support.until("nothing is outstanding", () -> {
            ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
            return stats.armed + stats.unread + stats.inFlight == 0;
        });
    }

    // ---- what cannot be meant

    @Test
    void aNullStructIsRefusedByEveryCall() {
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event(1), timer));
        refused(EINVAL, Time.timer_create(Time.CLOCK_MONOTONIC, event(1), null));
        refused(EINVAL, Time.timer_create(Time.CLOCK_MONOTONIC, event(1), new int[0]));
        refused(EINVAL, Time.timer_settime(timer[0], 0, null, null));
        ItimerSpec half = new ItimerSpec();
        half.it_interval = null;
        refused(EINVAL, Time.timer_settime(timer[0], 0, half, null));
        refused(EINVAL, Time.timer_gettime(timer[0], null));
        ok(Time.timer_delete(timer[0]));
        refused(EINVAL, Time.clock_gettime(Time.CLOCK_REALTIME, null));
        refused(EINVAL, Time.clock_settime(Time.CLOCK_REALTIME, null));
        assertEquals(EINVAL, Time.clock_getcpuclockid(0, null));
        assertEquals(EINVAL, Time.clock_nanosleep(Time.CLOCK_MONOTONIC, 0, null, null));
        refused(EINVAL, Time.nanosleep(null, null));
        refused(EINVAL, Aio.aio_read((Aiocb) null));
        refused(EINVAL, Aio.aio_write((Aiocb) null));
        refused(EINVAL, Aio.aio_readv((Aiocb) null));
        refused(EINVAL, Aio.aio_fsync(Fcntl.O_SYNC, null));
        refused(EINVAL, Aio.aio_error(null));
        refused(EINVAL, Aio.aio_return(null));
        refused(EINVAL, Aio.aio_suspend(null, 1, null));
        refused(EINVAL, Aio.lio_listio(Aio.LIO_NOWAIT, null, 1, null));
        refused(EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, (KeventStats) null));
        refused(EINVAL, Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, (KeventEvent) null));
        refused(EINVAL, Mqueue.mq_getattr(0, null));
        refused(EINVAL, Mqueue.mq_setattr(0, null, null));
        refused(EFAULT, Mqueue.mq_unlink(null));
        refused(EFAULT, Fcntl.open(null, 0));
        refused(EINVAL, Signal.sigaddset(null, 1));
        refused(EINVAL, Signal.sigemptyset(null));
        refused(EINVAL, Signal.sigtimedwait(null, null, null));
        assertEquals(EINVAL, Signal.sigwait(new SigSet(), null));
        nothingIsOutstanding();
    }

    @Test
    void nanosecondsOutOfRangeAreEinvalInEveryCall() {
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event(1), timer));
        Aiocb pending = reading(pipe[0], ByteBuffer.allocateDirect(1), 1);
        ok(Aio.aio_read(pending));
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, Signal.SIGRTMIN + 20));
        for (TimeSpec bad : new TimeSpec[] {
            new TimeSpec(0, -1),
            new TimeSpec(0, 1_000_000_000),
            new TimeSpec(1, Long.MAX_VALUE),
            new TimeSpec(1, Long.MIN_VALUE),
            new TimeSpec(-1, 0),
            new TimeSpec(Long.MIN_VALUE, 0)
        }) {
            ItimerSpec spec = new ItimerSpec();
            spec.it_value = bad;
            refused(EINVAL, Time.timer_settime(timer[0], 0, spec, null));
            refused(EINVAL, Time.timer_settime(timer[0], Time.TIMER_ABSTIME, spec, null));
            spec.it_value = new TimeSpec(1, 0);
            spec.it_interval = bad;
            refused(EINVAL, Time.timer_settime(timer[0], 0, spec, null));
            assertEquals(EINVAL, Time.clock_nanosleep(Time.CLOCK_MONOTONIC, 0, bad, null));
            refused(EINVAL, Time.nanosleep(bad, null));
            refused(EINVAL, Time.clock_settime(Time.CLOCK_REALTIME, bad));
            refused(EINVAL, Aio.aio_suspend(new Aiocb[] {pending}, 1, bad));
            refused(EINVAL, Kevent.kevent_wait(kfd, Support.ring(kfd).state(), bad, null));
            refused(EINVAL, Kevent.kevent_wait(kfd, 0, Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, bad, null));
            refused(EINVAL, Kevent.kevent_submit(kfd, new KeventEvent(), 0, bad));
            refused(EINVAL, Signal.sigtimedwait(set, null, bad));
        }
        ItimerSpec left = new ItimerSpec();
        ok(Time.timer_gettime(timer[0], left));
        assertTrue(left.it_value.zero(), "still disarmed");
        ok(Time.timer_delete(timer[0]));
        assertEquals(Aio.AIO_CANCELED, Aio.aio_cancel(pipe[0], pending));
        assertEquals(ECANCELED, Support.take(kfd).error);
        nothingIsOutstanding();
    }

    @Test
    void aBufferThatCannotHoldTheTransferIsRefusedWithNothingRead() {
        ok(write(pipe[1], 8));
        jnr.ffi.Pointer small = jnr.ffi.Memory.allocateDirect(jnr.ffi.Runtime.getSystemRuntime(), 4);
        ByteBuffer four = ByteBuffer.allocateDirect(4);
        for (Object buffer : new Object[] {
            four,
            ByteBuffer.allocate(4),
            new byte[4],
            ByteBuffer.allocateDirect(9).position(5)
        }) {
            refused(EINVAL, Aio.aio_read(reading(pipe[0], buffer, 5)));
            assertTrue(Errno.message().contains("4 bytes"), Errno.message());
        }
        refused(EINVAL, Aio.aio_read(reading(pipe[0], small, 5)));
        refused(EINVAL, Aio.aio_read(reading(pipe[0], four, Long.MAX_VALUE)));
        refused(EINVAL, Aio.aio_read(reading(pipe[0], four, -1)));
        refused(EINVAL, Aio.aio_read(reading(pipe[0], four, Long.MIN_VALUE)));
        refused(EINVAL, Aio.aio_read(reading(pipe[0], "text", 4)));
        refused(EFAULT, Aio.aio_read(reading(pipe[0], null, 4)));
        refused(EFAULT, Aio.aio_read(reading(pipe[0], four.asReadOnlyBuffer(), 4)));
        Aiocb strange = reading(pipe[0], four, 4);
        strange.aio_reqprio = 21;
        refused(EINVAL, Aio.aio_read(strange));
        strange.aio_reqprio = -1;
        refused(EINVAL, Aio.aio_read(strange));
        refused(EINVAL, Aio.aio_error(strange));
        nothingIsOutstanding();
        Aiocb good = reading(pipe[0], ByteBuffer.allocateDirect(8), 8);
        ok(Aio.aio_read(good));
        assertEquals(8, Support.take(kfd).result, "all bytes are still there");
    }

    @Test
    void piecesThatCannotBeMeantAreRefused() {
        Aiocb cb = reading(pipe[0], null, 0);
        ByteBuffer[] pieces = {ByteBuffer.allocateDirect(4), null};
        for (int count : new int[] {-1, Integer.MIN_VALUE, 3, Aio.IOV_MAX + 1}) {
            cb.aio_iov = pieces;
            cb.aio_iovcnt = count;
            refused(EINVAL, Aio.aio_readv(cb));
        }
        cb.aio_iovcnt = 2;
        refused(EFAULT, Aio.aio_readv(cb));
        pieces[1] = ByteBuffer.allocateDirect(4).asReadOnlyBuffer();
        refused(EFAULT, Aio.aio_readv(cb));
        pieces[1] = ByteBuffer.allocate(4);
        refused(EINVAL, Aio.aio_readv(cb));
        cb.aio_iov = null;
        refused(EINVAL, Aio.aio_readv(cb));
        nothingIsOutstanding();
        cb.aio_iovcnt = 0;
        cb.aio_sigevent = new SigEvent();
        ok(Aio.aio_readv(cb));
        Support.until("it is done", () -> Aio.aio_error(cb) != Errno.EINPROGRESS);
    }

    @Test
    void aClosedDescriptorIsEbadfAndCountsOfListsAreChecked() {
        int lowest = (int) ok(Fcntl.open("/dev/null", Fcntl.O_RDWR));
        // a number that another thread does not get when it opens something
        int file = (int) ok(Fcntl.fcntl(lowest, Fcntl.F_DUPFD, 900));
        ok(Unistd.close(lowest));
        ok(Unistd.close(file));
        // AT_FDCWD, for calls that take it
        int workingDirectory = -100;
        for (int fd : new int[] {-1, workingDirectory, 99_999, file, Integer.MIN_VALUE}) {
            Aiocb cb = reading(fd, ByteBuffer.allocateDirect(1), 1);
            refused(EBADF, Aio.aio_read(cb));
            refused(EBADF, Aio.aio_write(cb));
            refused(EBADF, Aio.aio_fsync(Fcntl.O_SYNC, cb));
            refused(EBADF, Aio.aio_cancel(fd, null));
            refused(EBADF, Unistd.close(fd));
        }
        Aiocb[] one = {null};
        for (int count : new int[] {-1, 2, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(EINVAL, Aio.lio_listio(Aio.LIO_WAIT, one, count, null));
            refused(EINVAL, Aio.aio_suspend(one, count, null));
        }
        refused(EINVAL, Aio.lio_listio(2, one, 1, null));
        refused(EINVAL, Aio.aio_fsync(0, reading(pipe[0], null, 0)));
        nothingIsOutstanding();
    }

    // ---- queues that go away

    @ParameterizedTest
    @EnumSource
    void registeringWhileTheQueueIsDestroyedEndsInOneWayOrTheOther(EventSource.Kind kind) throws Exception {
        AtomicReference<Integer> queue = new AtomicReference<>(kfd);
        AtomicBoolean stop = new AtomicBoolean();
        List<FutureTask<Integer>> all = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            all.add(start(() -> {
                int refusals = 0;
                try (EventSource source = kind.make()) {
                    while (!stop.get()) {
                        if (source.register(SigEvent.kevent(queue.get(), SigVal.of(1))) < 0) {
                            int errno = Errno.errno();
                            boolean said = errno == EINVAL
                                    || errno == EBADF
                                    || errno == Errno.EAGAIN
                                    // the number's next queue, which is just being made
                                    || errno == Errno.EPERM;
                            assertTrue(said, Errno::message);
                            refusals++;
                        } else if (kind != EventSource.Kind.AIO) {
                            source.end();
                        } else if (!source.happened()) {
                            Aio.aio_cancel(source.descriptor(), null);
                        }
                    }
                }
                return refusals;
            }));
        }
        for (int round = 0; round < 200; round++) {
            int old = queue.get();
            for (int spin = 0; spin < round * 10; spin++) {
                Thread.onSpinWait();
            }
            Support.destroy(old);
            queue.set(Support.queue(64));
        }
        stop.set(true);
        for (FutureTask<Integer> one : all) {
            get(one);
        }
        Support.destroy(queue.get());
    }

    @Test
    void aQueueIsDestroyedWithFourThousandRequestsInFlight(@TempDir Path directory) throws Exception {
        int each = 2000;
        int size = 16 << 10;
        Path path = directory.resolve("written");
        int file = (int) ok(Fcntl.open(path.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600));
        long descriptors = Support.openDescriptors();
        int big = Support.queue(2 * each);
        List<Aiocb> reads = new ArrayList<>();
        List<Aiocb> writes = new ArrayList<>();
        for (int i = 0; i < each; i++) {
            Aiocb read = reading(pipe[0], ByteBuffer.allocateDirect(8), 8);
            read.aio_sigevent = SigEvent.kevent(big, SigVal.of(i));
            ok(Aio.aio_read(read));
            reads.add(read);
            ByteBuffer data = ByteBuffer.allocateDirect(size);
            for (int at = 0; at < size; at += 4) {
                data.putInt(at, i);
            }
            Aiocb write = reading(file, data, size);
            write.aio_offset = (long) i * size;
            write.aio_sigevent = SigEvent.kevent(big, SigVal.of(i));
            ok(Aio.aio_write(write));
            writes.add(write);
        }
        Support.destroy(big);
        for (Aiocb read : reads) {
            assertEquals(ECANCELED, Aio.aio_error(read));
            Errno.errno(0);
            assertEquals(-1, Aio.aio_return(read));
            assertEquals(ECANCELED, Errno.errno());
            assertTrue(Errno.message().contains("ECANCELED"), Errno::message);
        }
        ByteBuffer written = ByteBuffer.wrap(Files.readAllBytes(path));
        int whole = 0;
        for (int i = 0; i < each; i++) {
            int error = Aio.aio_error(writes.get(i));
            assertTrue(error == 0 || error == ECANCELED, Errno.strerror(error));
            long count = Aio.aio_return(writes.get(i));
            whole += count == size ? 1 : 0;
            for (int at = 0; at < count; at += 4) {
                assertEquals(i, written.getInt(i * size + at));
            }
        }
        System.out.println("FaultsTest: " + whole + " of " + each + " writes were done before the queue was destroyed");
        Aiocb after = reading(pipe[0], ByteBuffer.allocateDirect(8), 8);
        ok(Aio.aio_read(after));
        ok(write(pipe[1], 8));
        assertEquals(8, Support.take(kfd).result, "no cancelled read took the data");
        Support.until("all descriptors are closed", () -> Support.openDescriptors() <= descriptors);
        ok(Unistd.close(file));
    }

    @Test
    void queuesWithEverySourceInUseLeaveNoDescriptorAndNoThread() {
        // whatever is made once is made now
        roundWithEverySource();
        long descriptors = Support.openDescriptors();
        int threads = Thread.activeCount();
        for (int i = 0; i < 1000; i++) {
            roundWithEverySource();
        }
        Support.until("descriptors are closed", () -> Support.openDescriptors() <= descriptors);
        assertTrue(
                Thread.activeCount() <= threads + 2,
                () -> "threads: " + Thread.getAllStackTraces().keySet());
    }

    private void roundWithEverySource() {
        int one = Support.queue(8);
        try (EventSource timer = EventSource.Kind.TIMER.make();
                EventSource read = EventSource.Kind.AIO.make();
                EventSource message = EventSource.Kind.MQ.make()) {
            for (EventSource source : new EventSource[] {timer, read, message}) {
                ok(source.register(SigEvent.kevent(one, SigVal.of(new Object()))));
            }
            timer.fire();
            ok(Kevent.kevent_submit(one, new KeventEvent(), 0, null));
            Support.destroy(one);
            assertTrue(read.happened(), "cancelled");
        }
    }

    // ---- no descriptors left

    @Test
    void exhaustedDescriptorsAreEmfileInWordsAndNothingLeaks(@TempDir Path directory) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n 150; exec \"$@\"", "sh"));
        command.addAll(ChildJvm.command(ExhaustedMain.class.getName()));
        ChildJvm.run(directory, command).succeeded("nothing leaked");
    }

    @Test
    void queuesThatComeAndGoLeaveNoMappingsThoughNobodyCollectsGarbage() throws Exception {
        for (int i = 0; i < 6000; i++) {
            Support.destroy(Support.queue(1));
        }
        // the cleaner's thread may be late
        long end = System.nanoTime() + Support.SOON.toNanos() / 3;
        // of 18,000 on io_uring
        while (mappings() >= 13_000 && System.nanoTime() < end) {
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000_000);
        }
        assertTrue(mappings() < 13_000, mappings() + " mappings");
    }

    private static long mappings() throws Exception {
        try (java.util.stream.Stream<String> mappings = Files.lines(java.nio.file.Path.of("/proc/self/maps"))) {
            return mappings.filter(line -> line.contains("memfd:kevent") || line.contains("io_uring"))
                    .count();
        }
    }

    @Test
    void theDriverGoesOnWhenTheProgramClosesItsDescriptors(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(ClosedDescriptorsMain.class.getName()))
                .succeeded("it does not spin");
    }
}
