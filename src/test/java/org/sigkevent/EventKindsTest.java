package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Support.nothing;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** The kinds of requests: ready at once, later, never, and wrong. */
@Timeout(60)
class EventKindsTest {
    private static final Duration QUIET = Duration.ofMillis(20);
    private static final int POLLIN = 1;
    private static final int POLLOUT = 4;

    private int kfd;
    private final List<Integer> descriptors = new ArrayList<>();

    @TempDir
    Path folder;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(64);
    }

    @AfterEach
    void cleanUp() {
        Kevent.kevent_destroy(kfd, null, 0);
        descriptors.forEach(Linux::close);
    }

    private void submit(KeventEvent event) {
        ok(kevent_submit(kfd, event, 0, null));
    }

    private void cancel(KeventEvent event) {
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, event));
    }

    /** Cancelling ends in exactly one record, and then there is nothing left to cancel. */
    private void cancelsOnce(KeventEvent event) {
        cancel(event);
        KeventRecord record = Support.take(kfd);
        assertEquals(ECANCELED, record.error, record::toString);
        assertEquals(-1, record.result);
        nothing(kfd, QUIET);
        refused(ENOENT, kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, event));
        allSlotsFree();
    }

    private void allSlotsFree() {
        KeventStats stats = new KeventStats();
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.armed);
        assertEquals(0, stats.unread);
    }

    private int opened(int fd) {
        assertTrue(fd >= 0, () -> "errno " + -fd);
        descriptors.add(fd);
        return fd;
    }

    private int[] pipe() {
        ByteBuffer ends = Memory.allocate(8);
        assertEquals(0, Linux.call(Native.X86_64 ? 293 : 59, Memory.address(ends), Linux.O_CLOEXEC));
        return new int[] {opened(ends.getInt(0)), opened(ends.getInt(4))};
    }

    private static void write(int fd, int bytes) {
        assertEquals(bytes, Native.C.write(fd, Memory.address(Memory.allocate(bytes)), bytes));
    }

    private static void read(int fd, int bytes) {
        ByteBuffer into = Memory.allocate(bytes);
        Native.C.read(fd, Memory.address(into), bytes);
        Reference.reachabilityFence(into);
    }

    private int file() {
        return opened(Fcntl.open(folder.resolve("file").toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600));
    }

    @Test
    void aDescriptorIsReadyAtOnceLaterOrNever() {
        int[] pipe = pipe();
        submit(KeventEvent.fd(pipe[1], POLLOUT, SigVal.of(1)));
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_FD, record.id);
        assertEquals(pipe[1], record.descriptor);
        assertEquals(POLLOUT, record.result);
        assertEquals(1, record.cookie);
        KeventEvent in = KeventEvent.fd(pipe[0], POLLIN, SigVal.of("ready"));
        submit(in);
        nothing(kfd, QUIET);
        write(pipe[1], 3);
        record = Support.take(kfd);
        assertEquals(POLLIN, record.result);
        assertEquals("ready", record.object);
        nothing(kfd, QUIET);
        read(pipe[0], 3);
        submit(in);
        cancelsOnce(in);
    }

    @Test
    void aLevelDescriptorHasOneUnreadRecordAndIsLookedAtAgain() {
        int[] pipe = pipe();
        KeventEvent level = KeventEvent.fdLevel(pipe[0], POLLIN, SigVal.of(7L));
        submit(level);
        write(pipe[1], 4);
        for (int i = 0; i < 4; i++) {
            assertEquals(POLLIN, Support.take(kfd).result);
            read(pipe[0], 1);
            if (i < 3) {
                Support.until("one record", () -> {
                    Kevent.kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(), null);
                    return Support.ring(kfd).unread() == 1;
                });
            }
        }
        // the look after the last take may have come before the last read
        KeventRecord late = Support.take(kfd, QUIET);
        assertTrue(late == null || late.result == POLLIN);
        write(pipe[1], 1);
        assertEquals(POLLIN, Support.take(kfd).result);
        cancel(level);
        KeventRecord last = Support.take(kfd);
        if (last.error == 0) {
            last = Support.take(kfd);
        }
        assertEquals(ECANCELED, last.error);
        nothing(kfd, QUIET);
        allSlotsFree();
    }

    @Test
    void wrongDescriptorsAndEventsAreRefused() {
        for (KeventEvent wrong : List.of(
                KeventEvent.fd(-1, POLLIN, null),
                KeventEvent.fd(99_999, POLLIN, null),
                KeventEvent.accept(-1, 0, null),
                KeventEvent.connect(-1, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), null),
                KeventEvent.bind(-1, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null),
                KeventEvent.listen(-1, 1, null),
                KeventEvent.flock(-1, 1, null),
                KeventEvent.lock(-1, 1, 0, 0, 0, null),
                KeventEvent.ofdLock(-1, 1, 0, 0, 0, null),
                KeventEvent.fsync(-1, null),
                KeventEvent.syncFileRange(-1, 0, 0, 0, null))) {
            refused(EBADF, kevent_submit(kfd, wrong, 0, null));
        }
        int[] pipe = pipe();
        ByteBuffer word = ByteBuffer.allocateDirect(8);
        for (KeventEvent wrong : List.of(
                KeventEvent.fd(pipe[0], 0, null),
                KeventEvent.fd(pipe[0], 1 << 20, null),
                KeventEvent.futex(word, 0, 0, false, null),
                KeventEvent.futex(word.slice(1, 4), 0, -1, false, null),
                KeventEvent.delay(99, 0, new TimeSpec(1, 0), null),
                KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(0, -1), null),
                KeventEvent.delay(Time.CLOCK_MONOTONIC, 8, new TimeSpec(0, 1), null),
                KeventEvent.delay(Time.CLOCK_THREAD_CPUTIME_ID, 0, new TimeSpec(0, 1), null),
                KeventEvent.waitid(7, 1, 4, null),
                KeventEvent.waitid(1, 1, 0, null),
                KeventEvent.waitid(1, 1, 1 << 20, null),
                KeventEvent.flock(pipe[0], 8, null),
                KeventEvent.lock(pipe[0], 2, 0, 0, 0, null),
                KeventEvent.futex(ByteBuffer.allocateDirect(8).position(6), 0, -1, false, null),
                KeventEvent.msgrcv(-1, word, 0, 1, null),
                KeventEvent.msgsnd(-1, word, 0, null),
                KeventEvent.semop(-1, new short[0], null),
                KeventEvent.signal(new SigSet(), null))) {
            refused(EINVAL, kevent_submit(kfd, wrong, 0, null));
        }
        refused(EINVAL, kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, new KeventEvent()));
        refused(EINVAL, kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, (KeventEvent) null));
        allSlotsFree();
    }

    @Test
    void aRequestNeedsASlotAndGivesItBack() {
        int small = Support.queue(1);
        int[] pipe = pipe();
        KeventEvent first = KeventEvent.fd(pipe[0], POLLIN, null);
        ok(kevent_submit(small, first, Kevent.KEVENT_NOWAIT, null));
        refused(EAGAIN, kevent_submit(small, KeventEvent.fd(pipe[0], POLLIN, null), Kevent.KEVENT_NOWAIT, null));
        ok(kevent_ctl(small, Kevent.KEVENT_CTL_CANCEL, first));
        assertEquals(ECANCELED, Support.take(small).error);
        ok(kevent_submit(small, first, Kevent.KEVENT_NOWAIT, null));
        Support.destroy(small);
    }

    @Test
    void aFutexIsWokenOrHasAnotherValue() {
        ByteBuffer word = ByteBuffer.allocateDirect(8).order(java.nio.ByteOrder.nativeOrder());
        word.putInt(0, 5);
        submit(KeventEvent.futex(word, 4, -1, false, SigVal.of(1)));
        assertEquals(EAGAIN, Support.take(kfd).error);
        for (boolean shared : new boolean[] {false, true}) {
            KeventEvent wait = KeventEvent.futex(word, 5, -1, shared, SigVal.of(2));
            submit(wait);
            // FUTEX_WAKE
            int operation = 1 | (shared ? 0 : 128);
            Support.until("woken", () -> Linux.call(Syscalls.FUTEX, Memory.address(word), operation, 1, 0) == 1);
            KeventRecord record = Support.take(kfd);
            assertEquals(0, record.error);
            assertEquals(2, record.cookie);
            submit(wait);
            cancelsOnce(wait);
        }
    }

    @Test
    void aDelayIsNotShortAndTellsHowLateItIs() {
        for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI}) {
            long begin = System.nanoTime();
            submit(KeventEvent.delay(clock, 0, new TimeSpec(0, 5_000_000), SigVal.of(1)));
            KeventRecord record = Support.take(kfd);
            assertTrue(System.nanoTime() - begin >= 5_000_000);
            assertTrue(record.result >= 0 && record.result < 5_000_000_000L, "lateness " + record.result);
            TimeSpec at = new TimeSpec();
            ok(Time.clock_gettime(clock, at));
            submit(KeventEvent.delay(
                    clock, Time.TIMER_ABSTIME, TimeSpec.ofNanos(at.toNanos() + 5_000_000), SigVal.of(1)));
            assertEquals(at.toNanos() + 5_000_000, Support.take(kfd).data0);
        }
        KeventEvent never = KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), null);
        submit(never);
        cancelsOnce(never);
        KeventEvent cpu = KeventEvent.delay(Time.CLOCK_PROCESS_CPUTIME_ID, 0, new TimeSpec(3600, 0), null);
        submit(cpu);
        cancelsOnce(cpu);
    }

    @Test
    void aSocketIsBoundListensIsAcceptedAndConnected() throws Exception {
        int server = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
        submit(KeventEvent.bind(server, any, SigVal.of(1)));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.listen(server, 5, SigVal.of(2)));
        assertEquals(0, Support.take(kfd).error);
        InetSocketAddress bound = new InetSocketAddress("127.0.0.1", port(server));
        KeventEvent accept = KeventEvent.accept(server, Fcntl.O_CLOEXEC, SigVal.of(3));
        submit(accept);
        int client = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.connect(client, bound, SigVal.of(4)));
        for (int i = 0; i < 2; i++) {
            KeventRecord record = Support.take(kfd);
            assertEquals(0, record.error, record::toString);
            if (record.cookie == 3) {
                opened((int) record.result);
                assertEquals(port(client), ((InetSocketAddress) accept.peer()).getPort());
            }
        }
        submit(accept);
        cancelsOnce(accept);
        // the address is in use until the server is gone
        int second = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        KeventEvent bind = KeventEvent.bind(second, bound, SigVal.of(5));
        submit(bind);
        nothing(kfd, QUIET);
        cancelsOnce(bind);
        int refusing = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.connect(refusing, new InetSocketAddress("127.0.0.1", 1), SigVal.of(6)));
        assertEquals(111, Support.take(kfd).error, "ECONNREFUSED");
    }

    @Test
    void aBindWaitsUntilTheAddressIsFree() throws Exception {
        Path path = folder.resolve("socket");
        java.net.UnixDomainSocketAddress address = java.net.UnixDomainSocketAddress.of(path);
        int first = opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.bind(first, address, SigVal.of(1)));
        assertEquals(0, Support.take(kfd).error);
        int second = opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.bind(second, address, SigVal.of(2)));
        nothing(kfd, QUIET);
        Files.delete(path);
        KeventRecord record = Support.take(kfd);
        assertEquals(0, record.error);
        assertEquals(2, record.cookie);
    }

    @Test
    void aBindThatIsCancelledWhileItIsTriedAgainEndsOnce() throws Exception {
        java.net.UnixDomainSocketAddress address = java.net.UnixDomainSocketAddress.of(folder.resolve("socket"));
        int first = opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.bind(first, address, SigVal.of(1)));
        assertEquals(0, Support.take(kfd).error);
        int second = opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
        for (int i = 0; i < 300; i++) {
            KeventEvent bind = KeventEvent.bind(second, address, SigVal.of(i));
            submit(bind);
            // around the time of the first attempt after the one in the call
            LockSupport.parkNanos(800_000 + i * 1_500);
            cancel(bind);
            KeventRecord record = Support.take(kfd);
            assertEquals(i, record.cookie);
            assertEquals(ECANCELED, record.error, record::toString);
        }
        nothing(kfd, QUIET);
        allSlotsFree();
    }

    private static int port(int fd) {
        ByteBuffer b = Memory.allocate(128);
        b.putInt(124, 100);
        assertEquals(
                // getsockname
                0, Linux.call(Native.X86_64 ? 51 : 204, fd, Memory.address(b), Memory.address(b) + 124));
        return (b.get(2) & 0xff) << 8 | b.get(3) & 0xff;
    }

    @Test
    void aChildExitsIsKilledStopsAndContinues() throws Exception {
        Process child = new ProcessBuilder("sh", "-c", "read x; exit 7").start();
        int pid = (int) child.pid();
        // WNOWAIT: the JDK's own thread waits for this child, too
        submit(KeventEvent.waitid(1, pid, 4 | 0x01000000, SigVal.of(1)));
        KeventEvent end = KeventEvent.processEnd(pid, SigVal.of(2));
        submit(end);
        nothing(kfd, QUIET);
        child.getOutputStream().close();
        int seen = 0;
        for (int i = 0; i < 2; i++) {
            KeventRecord record = Support.take(kfd);
            assertEquals(Kevent.KEVENT_PROCESS, record.id);
            assertEquals(pid, record.descriptor);
            // the JDK may have been quicker: ECHILD
            if (record.cookie == 1 && record.error == 0) {
                assertEquals(7, record.result);
                assertEquals(1, record.data0, "CLD_EXITED");
            }
            seen |= (int) record.cookie;
        }
        assertEquals(3, seen);
        Process sleeper = new ProcessBuilder("sleep", "1000").start();
        pid = (int) sleeper.pid();
        KeventEvent stopped = KeventEvent.waitid(1, pid, 2 | 8, SigVal.of(3));
        submit(stopped);
        Linux.call(Native.X86_64 ? 62 : 129, pid, 19);
        KeventRecord record = Support.take(kfd);
        assertEquals(5, record.data0, "CLD_STOPPED");
        assertEquals(19, record.result);
        submit(stopped);
        Linux.call(Native.X86_64 ? 62 : 129, pid, 18);
        assertEquals(6, Support.take(kfd).data0, "CLD_CONTINUED");
        submit(stopped);
        cancelsOnce(stopped);
        KeventEvent never = KeventEvent.processEnd(pid, null);
        submit(never);
        cancelsOnce(never);
        sleeper.destroyForcibly().waitFor();
        refused(Errno.ESRCH, kevent_submit(kfd, KeventEvent.processEnd(4_000_000, null), 0, null));
        submit(KeventEvent.waitid(1, 1, 4, null));
        assertEquals(Errno.ECHILD, Support.take(kfd).error);
    }

    @Test
    void aFlockIsHeldWhenTheHolderLetsGoAndACancelledWaitLeavesNone() {
        int holder = file();
        int waiter = file();
        submit(KeventEvent.flock(holder, 2, SigVal.of(1)));
        assertEquals(0, Support.take(kfd).error);
        KeventEvent wait = KeventEvent.flock(waiter, 2, SigVal.of(2));
        submit(wait);
        nothing(kfd, QUIET);
        assertEquals(0, Linux.call(Syscalls.FLOCK, holder, 8));
        assertEquals(2, Support.take(kfd).cookie);
        assertEquals(-EAGAIN, Linux.call(Syscalls.FLOCK, holder, 2 | 4), "held");
        KeventEvent cancelled = KeventEvent.flock(holder, 2, SigVal.of(3));
        submit(cancelled);
        cancelsOnce(cancelled);
        assertEquals(0, Linux.call(Syscalls.FLOCK, waiter, 8));
        assertEquals(0, Linux.call(Syscalls.FLOCK, waiter, 2 | 4), "nobody else holds it");
    }

    @Test
    void rangesAreLockedByProcessAndByOpenFile() {
        int a = file();
        int b = file();
        submit(KeventEvent.ofdLock(a, 1, 0, 0, 100, SigVal.of(1)));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.ofdLock(b, 1, 0, 100, 100, SigVal.of(2)));
        assertEquals(0, Support.take(kfd).error, "another range");
        KeventEvent wait = KeventEvent.ofdLock(b, 1, 0, 50, 10, SigVal.of(3));
        submit(wait);
        nothing(kfd, QUIET);
        Linux.close(a);
        assertEquals(3, Support.take(kfd).cookie);
        submit(KeventEvent.lock(b, 0, 0, 1000, 10, SigVal.of(4)));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.lockf(b, 10, SigVal.of(5)));
        KeventRecord record = Support.take(kfd, QUIET);
        assertTrue(record == null || record.error == 0);
    }

    @Test
    void aFileAndMappedMemoryAreSynchronised() throws Exception {
        int fd = file();
        write(fd, 8192);
        submit(KeventEvent.fsync(fd, SigVal.of(1)));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.fdatasync(fd, SigVal.of(2)));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.syncFileRange(fd, 0, 4096, 7, SigVal.of(3)));
        assertEquals(0, Support.take(kfd).error);
        try (java.nio.channels.FileChannel channel = java.nio.channels.FileChannel.open(
                folder.resolve("file"),
                java.nio.file.StandardOpenOption.READ,
                java.nio.file.StandardOpenOption.WRITE)) {
            java.nio.MappedByteBuffer mapped = channel.map(java.nio.channels.FileChannel.MapMode.READ_WRITE, 0, 8192);
            mapped.put(5000, (byte) 1);
            submit(KeventEvent.msync(mapped, SigVal.of(4)));
            assertEquals(0, Support.take(kfd).error);
        }
        int[] pipe = pipe();
        submit(KeventEvent.fsync(pipe[0], SigVal.of(5)));
        assertEquals(EINVAL, Support.take(kfd).error);
    }

    @Test
    void systemVMessagesAreReceivedSentAndTheirQueueRemoved() {
        // msgget(IPC_PRIVATE)
        int msqid = Linux.call(Native.X86_64 ? 68 : 186, 0, 0600);
        assertTrue(msqid >= 0);
        ByteBuffer text = ByteBuffer.allocate(64).put("hello".getBytes()).flip();
        ByteBuffer into = ByteBuffer.allocateDirect(64);
        KeventEvent receive = KeventEvent.msgrcv(msqid, into, 0, 0, SigVal.of(1));
        submit(receive);
        nothing(kfd, QUIET);
        submit(KeventEvent.msgsnd(msqid, text, 42, SigVal.of(2)));
        for (int i = 0; i < 2; i++) {
            KeventRecord record = Support.take(kfd);
            assertEquals(0, record.error);
            assertEquals(42, record.data0);
            if (record.cookie == 1) {
                assertEquals(5, record.result);
            }
        }
        byte[] got = new byte[5];
        into.get(0, got);
        assertEquals("hello", new String(got));
        submit(receive);
        cancelsOnce(receive);
        submit(receive);
        // msgctl(IPC_RMID)
        Linux.call(Native.X86_64 ? 71 : 187, msqid, 0, 0);
        assertEquals(43, Support.take(kfd).error, "EIDRM");
        refused(EINVAL, kevent_submit(kfd, receive, 0, null));
    }

    @Test
    void semaphoreOperationsAreDoneWhenTheyCan() {
        // semget(IPC_PRIVATE)
        int semid = Linux.call(Native.X86_64 ? 64 : 190, 0, 2, 0600);
        assertTrue(semid >= 0);
        KeventEvent down = KeventEvent.semop(semid, new short[] {0, -1, 0, 1, -2, 0}, SigVal.of(1));
        submit(down);
        nothing(kfd, QUIET);
        submit(KeventEvent.semop(semid, new short[] {0, 1, 0}, SigVal.of(2)));
        assertEquals(2, Support.take(kfd).cookie);
        nothing(kfd, QUIET);
        submit(KeventEvent.semop(semid, new short[] {1, 2, 0}, SigVal.of(3)));
        assertEquals(4, Support.take(kfd).cookie + Support.take(kfd).cookie);
        submit(down);
        cancelsOnce(down);
        submit(down);
        // semctl(IPC_RMID)
        Linux.call(Native.X86_64 ? 66 : 191, semid, 0, 0, 0);
        assertEquals(43, Support.take(kfd).error, "EIDRM");
    }

    @Test
    void aSystemVMessageThatComesAsTheQueueIsDestroyedIsNotLost() throws Exception {
        int msqid = Linux.call(Native.X86_64 ? 68 : 186, 0, 0600);
        ByteBuffer message = Memory.allocate(16).putLong(0, 5).putInt(8, 1234567);
        ByteBuffer got = Memory.allocate(16);
        ByteBuffer into = ByteBuffer.allocateDirect(16);
        for (int i = 0; i < 100; i++) {
            int round = i;
            int queue = Support.queue(4);
            KeventEvent receive = KeventEvent.msgrcv(msqid, into, 0, 0, null);
            ok(kevent_submit(queue, receive, 0, null));
            FutureTask<Integer> sender = Support.start(() -> {
                if (round % 2 == 0) {
                    Thread.yield();
                }
                return Linux.call(Native.X86_64 ? 69 : 189, msqid, Memory.address(message), 4, 0);
            });
            if (i % 3 == 0) {
                Support.get(sender);
            }
            Support.destroy(queue);
            Support.get(sender);
            assertEquals(
                    4,
                    Linux.call(Native.X86_64 ? 70 : 188, msqid, Memory.address(got), 8, 0, Linux.IPC_NOWAIT),
                    "the message is there again");
            assertEquals(5, got.getLong(0));
            assertEquals(1234567, got.getInt(8));
        }
        Linux.call(Native.X86_64 ? 71 : 187, msqid, 0, 0);
    }

    @Test
    void aSystemVMessageThatIsSentAgainIsTheLastOfItsQueue() {
        int msqid = (int) ok(Linux.call(Native.X86_64 ? 68 : 186, 0, 0600));
        ByteBuffer text = ByteBuffer.allocateDirect(8);
        int queue = Support.queue(4);
        submit(KeventEvent.msgsnd(msqid, text, 1, null));
        ok(kevent_submit(queue, KeventEvent.msgrcv(msqid, ByteBuffer.allocateDirect(8), 0, 0, null), 0, null));
        submit(KeventEvent.msgsnd(msqid, text, 2, null));
        assertEquals(1, Support.ring(queue).unread());
        Support.destroy(queue);
        for (int i = 0; i < 2; i++) {
            assertEquals(0, Support.take(kfd).error);
        }
        for (int type : new int[] {2, 1}) {
            submit(KeventEvent.msgrcv(msqid, ByteBuffer.allocateDirect(8), 0, 0, null));
            assertEquals(type, Support.take(kfd).data0);
        }
        Linux.call(Native.X86_64 ? 71 : 187, msqid, 0, 0);
    }

    @Test
    void aSignalThatNobodyTookGoesToTheNextRequest() {
        SigSet set = set(Signal.SIGRTMIN + 4);
        int queue = Support.queue(4);
        KeventRing unread = Kevent.kevent_map_ringbuf(queue, 1);
        ok(kevent_submit(queue, KeventEvent.signal(set, SigVal.of(1)), 0, null));
        queue(Signal.SIGRTMIN + 4, 77);
        Support.until("the signal is there", () -> unread.unread() == 1);
        ok(kevent_submit(kfd, KeventEvent.signal(set, SigVal.of(3)), 0, null));
        Support.destroy(queue);
        KeventRecord record = Support.take(kfd);
        assertEquals(3, record.cookie, record::toString);
        assertEquals(77, record.data0, record::toString);
    }

    @Test
    void destroyingTheQueueEndsWhatWaits() throws Exception {
        int msqid = Linux.call(Native.X86_64 ? 68 : 186, 0, 0600);
        int[] pipe = pipe();
        long before = Support.openDescriptors();
        for (int round = 0; round < 20; round++) {
            int queue = Support.queue(16);
            for (KeventEvent waits : List.of(
                    KeventEvent.fd(pipe[0], POLLIN, null),
                    KeventEvent.fdLevel(pipe[0], POLLIN, null),
                    KeventEvent.futex(ByteBuffer.allocateDirect(4), 0, -1, false, null),
                    KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(100, 0), null),
                    KeventEvent.msgrcv(msqid, ByteBuffer.allocate(8), 0, 0, null),
                    KeventEvent.signals(set(Signal.SIGRTMIN + 3), false, null))) {
                ok(kevent_submit(queue, waits, 0, null));
            }
            Support.destroy(queue);
        }
        Linux.call(Native.X86_64 ? 71 : 187, msqid, 0, 0);
        assertTrue(
                Support.openDescriptors() <= before + 8,
                "descriptors leak: " + before + ", now " + Support.openDescriptors());
        Support.giveBack(Signal.SIGRTMIN + 3);
    }

    // ---- signals

    private static SigSet set(int... signals) {
        SigSet set = new SigSet();
        for (int signo : signals) {
            ok(Signal.sigaddset(set, signo));
        }
        return set;
    }

    private static void queue(int signo, long value) {
        while (Signal.sigqueue(Native.C.getpid(), signo, SigVal.of(value)) < 0) {
            assertEquals(EAGAIN, Errno.errno());
            Thread.yield();
        }
    }

    @Test
    void aSignalIsTakenWithItsValueAndTheDispositionComesBackWhenItIsGivenBack() {
        int signo = Signal.SIGRTMIN + 1;
        assertTrue(Linux.defaultDisposition(signo));
        KeventEvent take = KeventEvent.signal(set(signo, signo + 1), SigVal.of(9));
        submit(take);
        assertFalse(Linux.defaultDisposition(signo));
        queue(signo + 1, 0x1234_5678_9abc_def0L);
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_SIGNAL, record.id);
        assertEquals(signo + 1, record.descriptor);
        assertEquals(Signal.SI_QUEUE, record.result);
        assertEquals(0x1234_5678_9abc_def0L, record.data0);
        assertEquals(Native.C.getpid(), (int) (record.data1 >>> 32));
        assertEquals(Native.C.getuid(), (int) record.data1);
        assertEquals(9, record.cookie);
        assertFalse(Linux.defaultDisposition(signo), "it stays caught");
        submit(take);
        cancelsOnce(take);
        assertFalse(Linux.defaultDisposition(signo));
        Support.giveBack(signo, signo + 1);
    }

    @Test
    void signalsOfTheJvmAreRefusedByName() {
        for (int signo : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 19, 25, 31, 32, 33, 62}) {
            refused(EINVAL, kevent_submit(kfd, KeventEvent.signal(set(signo), null), 0, null));
            assertTrue(Errno.message().matches(".*signal " + signo + "(, which)? belongs to.*"), Errno.message());
        }
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        refused(EINVAL, kevent_submit(kfd, KeventEvent.signals(all, false, null), 0, null));
        assertTrue(Errno.message().contains("signal 1, which belongs to"), Errno.message());
        for (int signo : new int[] {1, 2, 3, 13, 15, 25}) {
            KeventEvent taken = KeventEvent.signals(set(signo), true, null);
            submit(taken);
            queue(signo, 0);
            assertEquals(signo, Support.take(kfd).descriptor);
            cancelsOnce(taken);
            Support.giveBack(signo);
        }
    }

    @Test
    void ofAFilledSetARequestTakesWhatAProgramCanHave() {
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        KeventEvent taken = KeventEvent.signals(all, true, null);
        submit(taken);
        for (int signo : new int[] {Signal.SIGTERM, Signal.SIGUSR1, Signal.SIGRTMAX}) {
            queue(signo, signo);
            assertEquals(signo, Support.take(kfd).descriptor);
        }
        cancelsOnce(taken);
        for (int signo = 1; signo <= 64; signo++) {
            if (Signal.signal(signo, Signal.SIG_DFL) == Signal.SIG_ERR) {
                refused(EINVAL, kevent_submit(kfd, KeventEvent.signals(set(signo), true, null), 0, null));
            } else {
                Support.giveBack(signo);
            }
        }
    }

    @Test
    void aBurstOfSignalsUnderGarbageCollectionArrivesWhole() throws Exception {
        int signo = Signal.SIGRTMIN + 2;
        int n = 100_000;
        KeventEvent taken = KeventEvent.signals(set(signo), false, SigVal.of(1));
        submit(taken);
        java.util.concurrent.FutureTask<Void> sender = Support.start(() -> {
            for (int i = 0; i < n; i++) {
                queue(signo, i);
            }
            return null;
        });
        KeventRing ring = Support.ring(kfd);
        KeventRecord record = new KeventRecord();
        byte[][] garbage = new byte[64][];
        java.util.BitSet seen = new java.util.BitSet(n);
        for (int i = 0; i < n; i++) {
            int state = ring.state();
            while (!ring.take(record)) {
                Kevent.kevent_wait(kfd, state, new TimeSpec(10, 0), null);
                state = ring.state();
            }
            assertEquals(0, record.error, record::toString);
            assertFalse(seen.get((int) record.data0), "taken twice");
            seen.set((int) record.data0);
            garbage[i % 64] = new byte[1000];
        }
        Support.get(sender);
        assertEquals(n, seen.cardinality());
        cancelsOnce(taken);
        assertNotNull(garbage);
    }

    @Test
    void sigtimedwaitTakesASignalOrEndsInTime() throws Exception {
        int signo = Signal.SIGRTMIN + 4;
        SigInfo info = new SigInfo();
        long begin = System.nanoTime();
        refused(EAGAIN, Signal.sigtimedwait(set(signo), info, new TimeSpec(0, 10_000_000)));
        assertTrue(System.nanoTime() - begin >= 10_000_000);
        refused(EINVAL, Signal.sigtimedwait(set(signo), info, new TimeSpec(0, -1)));
        refused(EINVAL, Signal.sigwaitinfo(null, info));
        java.util.concurrent.FutureTask<Integer> waiter = Support.start(() -> Signal.sigwaitinfo(set(signo), info));
        Support.until("caught", () -> !Linux.defaultDisposition(signo));
        queue(signo, 77);
        assertEquals(signo, Support.get(waiter));
        assertEquals(signo, info.si_signo);
        assertEquals(77, info.si_value.sival_long);
        assertEquals(Signal.SI_QUEUE, info.si_code);
    }

    @Test
    void aDescriptorThatIsWatchedAgainAndAgainIsNotTheNextOneWithItsNumber() {
        int[] first = EventSource.pipe();
        opened(first[1]);
        submit(KeventEvent.fdLevel(first[0], POLLIN, SigVal.of(1)));
        writeByte(first[1]);
        Support.until("a record", () -> Support.ring(kfd).unread() == 1 || Support.kick(kfd));
        int[] second = EventSource.pipe();
        opened(second[1]);
        writeByte(second[1]);
        // dup3
        assertEquals(first[0], Linux.call(Native.X86_64 ? 292 : 24, second[0], first[0], 0));
        opened(first[0]);
        Linux.close(second[0]);
        KeventRecord record = Support.take(kfd);
        assertEquals(POLLIN, record.result);
        record = Support.take(kfd);
        assertEquals(Errno.EBADF, record.error, record::toString);
        nothing(kfd, QUIET);
    }

    @Test
    void whatWasAcceptedAndNobodyTookIsClosedWithTheQueue() throws Exception {
        int server = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.bind(server, new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), null));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.listen(server, 5, null));
        assertEquals(0, Support.take(kfd).error);
        try (java.net.Socket client = new java.net.Socket("127.0.0.1", port(server))) {
            client.setSoTimeout((int) Support.SOON.toMillis());
            int dying = Support.queue(4);
            ok(kevent_submit(dying, KeventEvent.accept(server, Fcntl.O_CLOEXEC, null), 0, null));
            Support.until("it is accepted", () -> Support.ring(dying).unread() == 1 || Support.kick(dying));
            Support.destroy(dying);
            assertEquals(-1, client.getInputStream().read(), "the other end is closed");
        }
    }

    @Test
    void instancesThatACancelledRequestHadStayPending() {
        int signo = Signal.SIGRTMIN + 9;
        KeventEvent all = KeventEvent.signals(set(signo), false, SigVal.of(1));
        submit(all);
        for (int i = 0; i < 3; i++) {
            queue(signo, i);
        }
        // threads that run handlers may overtake each other
        java.util.Set<Long> values = new java.util.TreeSet<>();
        values.add(Support.take(kfd).data0);
        Support.until("the next", () -> Support.ring(kfd).unread() == 1);
        cancelsOnce(all);
        submit(KeventEvent.signals(set(signo), false, SigVal.of(2)));
        for (int i = 1; i < 3; i++) {
            KeventRecord record = Support.take(kfd);
            assertEquals(2, record.cookie);
            values.add(record.data0);
        }
        assertEquals(java.util.Set.of(0L, 1L, 2L), values);
        nothing(kfd, QUIET);
    }

    @Test
    void aSignalThatWasSentBeforeTheCancellationDoesNotMeetTheFormerDisposition() {
        int signo = Signal.SIGRTMIN + 10;
        KeventEvent all = KeventEvent.signals(set(signo), false, SigVal.of(1));
        KeventEvent next = KeventEvent.signal(set(signo), SigVal.of(2));
        for (int i = 0; i < 1000; i++) {
            submit(all);
            // perhaps no thread has handled it when the cancellation comes
            queue(signo, i);
            cancel(all);
            assertEquals(ECANCELED, Support.take(kfd).error);
            submit(next);
            KeventRecord record = Support.take(kfd);
            assertEquals(2, record.cookie);
            assertEquals(i, record.data0);
        }
        Support.giveBack(signo);
    }

    @Test
    void aLockThatNobodyHeardOfGoesWithTheQueue() throws Exception {
        Path path = Files.createFile(folder.resolve("locked"));
        int mine = opened(Fcntl.open(path.toString(), Fcntl.O_RDWR));
        int another = opened(Fcntl.open(path.toString(), Fcntl.O_RDWR));
        for (KeventEvent lock : List.of(
                KeventEvent.flock(mine, Fcntl.LOCK_EX, null),
                KeventEvent.ofdLock(mine, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 0, null))) {
            int dying = Support.queue(4);
            ok(kevent_submit(dying, lock, 0, null));
            assertEquals(1, Support.ring(dying).unread());
            Support.destroy(dying);
        }
        assertEquals(0, Linux.call(Syscalls.FLOCK, another, 2 | 4));
        submit(KeventEvent.ofdLock(another, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 0, null));
        assertEquals(0, Support.take(kfd).error);
    }

    private static void writeByte(int fd) {
        assertEquals(1, Native.C.write(fd, Memory.address(Memory.allocate(1)), 1));
    }
}
