package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** What the records of each kind hold besides the cookie: the table of the page on kinds. */
@Timeout(60)
class KindRecordsTest {
    private static final int E2BIG = 7;
    private static final int ERANGE = 34;

    private final List<Integer> descriptors = new ArrayList<>();
    private int kfd;

    @TempDir
    Path folder;

    @BeforeEach
    void open() {
        kfd = Support.queue(16);
    }

    @AfterEach
    void close() {
        Kevent.kevent_destroy(kfd, null, 0);
        descriptors.forEach(Linux::close);
    }

    private int opened(long fd) {
        descriptors.add((int) ok(fd));
        return (int) fd;
    }

    /** The only record of an event. */
    private KeventRecord recordOf(KeventEvent event, int id, int descriptor, int error) {
        ok(Kevent.kevent_submit(kfd, event, 0, null));
        KeventRecord record = Support.take(kfd);
        assertEquals(id, record.id, record::toString);
        assertEquals(descriptor, record.descriptor, record::toString);
        assertEquals(error, record.error, record::toString);
        return record;
    }

    @Test
    void ofADescriptorTheEvents() {
        int[] pipe = EventSource.pipe();
        descriptors.addAll(List.of(pipe[0], pipe[1]));
        for (KeventEvent event : List.of(
                KeventEvent.fd(pipe[1], Poll.POLLOUT, null), KeventEvent.fdLevel(pipe[1], Poll.POLLOUT, null))) {
            KeventRecord record = recordOf(event, Kevent.KEVENT_FD, pipe[1], 0);
            assertEquals(Poll.POLLOUT, record.result);
            assertEquals(Poll.POLLOUT, record.data0);
        }
    }

    @Test
    void ofAFutexTheAddress() {
        ByteBuffer word = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
        ok(Kevent.kevent_submit(kfd, KeventEvent.futex(word, 0, -1, false, null), 0, null));
        Support.until(
                "woken",
                // FUTEX_WAKE, private
                () -> Linux.call(Syscalls.FUTEX, Memory.address(word), 129, 1, 0) == 1);
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_FUTEX, record.id);
        assertEquals(Memory.address(word), record.data0);
        record = recordOf(KeventEvent.futex(word, 5, -1, false, null), Kevent.KEVENT_FUTEX, 0, Errno.EAGAIN);
        assertEquals(Memory.address(word), record.data0);
    }

    @Test
    void ofASystemVMessageTheQueueTheLengthAndTheType() {
        int msqid = (int) ok(Linux.call(Native.X86_64 ? 68 : 186, 0, 0600));
        ByteBuffer text = ByteBuffer.allocate(5).put("hello".getBytes()).flip();
        for (int i = 0; i < 2; i++) {
            KeventRecord sent = recordOf(KeventEvent.msgsnd(msqid, text, 42, null), Kevent.KEVENT_SYSVMSG, msqid, 0);
            assertEquals(0, sent.result);
            assertEquals(42, sent.data0);
        }
        KeventEvent small = KeventEvent.msgrcv(msqid, ByteBuffer.allocateDirect(4), 0, 0, null);
        recordOf(small, Kevent.KEVENT_SYSVMSG, msqid, E2BIG);
        KeventEvent cut = KeventEvent.msgrcv(msqid, ByteBuffer.allocateDirect(4), 0, Msg.MSG_NOERROR, null);
        assertEquals(4, recordOf(cut, Kevent.KEVENT_SYSVMSG, msqid, 0).result);
        KeventEvent whole = KeventEvent.msgrcv(msqid, ByteBuffer.allocateDirect(9), 0, 0, null);
        KeventRecord received = recordOf(whole, Kevent.KEVENT_SYSVMSG, msqid, 0);
        assertEquals(5, received.result);
        assertEquals(42, received.data0);
        // IPC_RMID
        Linux.call(Native.X86_64 ? 71 : 187, msqid, 0, 0);
    }

    @Test
    void ofASemaphoreItsId() {
        int semid = (int) ok(Linux.call(Native.X86_64 ? 64 : 190, 0, 1, 0600));
        short most = Short.MAX_VALUE;
        recordOf(KeventEvent.semop(semid, new short[] {0, most, 0}, null), Kevent.KEVENT_SYSVSEM, semid, 0);
        recordOf(KeventEvent.semop(semid, new short[] {0, most, 0}, null), Kevent.KEVENT_SYSVSEM, semid, ERANGE);
        recordOf(KeventEvent.semop(semid, new short[] {1, 1, 0}, null), Kevent.KEVENT_SYSVSEM, semid, Errno.EFBIG);
        recordOf(KeventEvent.semop(semid, new short[3 * 501], null), Kevent.KEVENT_SYSVSEM, semid, E2BIG);
        Linux.call(Native.X86_64 ? 66 : 191, semid, 0, 0, 0);
    }

    @Test
    void ofASocketItsDescriptor() throws Exception {
        int server = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
        assertEquals(0, recordOf(KeventEvent.bind(server, any, null), Kevent.KEVENT_SOCKET, server, 0).result);
        assertEquals(0, recordOf(KeventEvent.listen(server, 5, null), Kevent.KEVENT_SOCKET, server, 0).result);
        int refused = opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
        // ECONNREFUSED
        recordOf(
                KeventEvent.connect(refused, new InetSocketAddress("127.0.0.1", 1), null),
                Kevent.KEVENT_SOCKET,
                refused,
                111);
    }

    @Test
    void ofADelayTheClockAndTheTime() {
        TimeSpec shortly = new TimeSpec(0, 2_000_000);
        // a length of time on a clock that can be set is waited for on CLOCK_MONOTONIC
        for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME}) {
            long before = now(Time.CLOCK_MONOTONIC);
            KeventRecord record = recordOf(KeventEvent.delay(clock, 0, shortly, null), Kevent.KEVENT_DELAY, clock, 0);
            long after = now(Time.CLOCK_MONOTONIC);
            assertTrue(record.data0 >= before + 2_000_000 && record.data0 <= after, record::toString);
            assertTrue(record.result >= 0 && record.data0 + record.result <= after, record::toString);
        }
        TimeSpec until = TimeSpec.ofNanos(now(Time.CLOCK_REALTIME) + 2_000_000);
        KeventEvent absolute = KeventEvent.delay(Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, until, null);
        assertEquals(until.toNanos(), recordOf(absolute, Kevent.KEVENT_DELAY, Time.CLOCK_REALTIME, 0).data0);
        KeventEvent cpu = KeventEvent.delay(Time.CLOCK_PROCESS_CPUTIME_ID, 0, shortly, null);
        ok(Kevent.kevent_submit(kfd, cpu, 0, null));
        KeventRing ring = Support.ring(kfd);
        KeventRecord record = new KeventRecord();
        // burns time of the processor meanwhile
        Support.until("it is over", () -> ring.take(record) || burnt());
        assertEquals(Time.CLOCK_PROCESS_CPUTIME_ID, record.descriptor);
        assertEquals(0, record.result);
        assertEquals(0, record.data0);
    }

    private static long now(int clock) {
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(clock, now));
        return now.toNanos();
    }

    private static boolean burnt() {
        long end = System.nanoTime() + 1_000_000;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        return false;
    }

    @Test
    void ofALockAndASyncTheDescriptorAndOfMemoryNone() throws Exception {
        Path path = folder.resolve("file");
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(4096));
            int fd = opened(Fcntl.open(path.toString(), Fcntl.O_RDWR));
            recordOf(KeventEvent.flock(fd, Fcntl.LOCK_SH, null), Kevent.KEVENT_FLOCK, fd, 0);
            recordOf(KeventEvent.ofdLock(fd, Fcntl.F_RDLCK, 0, 0, 1, null), Kevent.KEVENT_FLOCK, fd, 0);
            recordOf(KeventEvent.lock(fd, Fcntl.F_RDLCK, 0, 0, 1, null), Kevent.KEVENT_FLOCK, fd, 0);
            recordOf(KeventEvent.fsync(fd, null), Kevent.KEVENT_SYNC, fd, 0);
            recordOf(KeventEvent.fdatasync(fd, null), Kevent.KEVENT_SYNC, fd, 0);
            recordOf(KeventEvent.syncFileRange(fd, 0, 4096, 7, null), Kevent.KEVENT_SYNC, fd, 0);
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
            recordOf(KeventEvent.msync((java.nio.MappedByteBuffer) mapped, null), Kevent.KEVENT_SYNC, -1, 0);
        }
    }
}
