package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOSYS;
import static org.sigkevent.Errno.ESRCH;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Memory;

/** Every factory method of KeventEvent with each wrong argument. */
@Timeout(60)
class KindRefusalsTest {
    private static final int CLOSED = 99_999;
    private static final SigVal V = SigVal.of(1);

    private final Refusals refusals = new Refusals();
    private KeventQueue queue;
    private int readable;

    @TempDir
    Path dir;

    @BeforeEach
    void open() throws Exception {
        queue = KeventQueue.open(8);
        readable = Fcntl.open(Files.createFile(dir.resolve("file")).toString(), Fcntl.O_RDONLY);
    }

    @AfterEach
    void close() {
        Unistd.close(readable);
        queue.close();
    }

    private void submits(String factory, int errno, KeventEvent event, String... words) {
        refusals.submits(queue, "KeventEvent." + factory, errno, event, words);
    }

    private static SigSet set(int signo) {
        SigSet set = new SigSet();
        Signal.sigaddset(set, signo);
        return set;
    }

    @Test
    void everyFactoryMethodsRefusalNamesTheArgumentAndItsValue() {
        descriptors();
        signalsAndFutexes();
        systemV();
        sockets();
        delaysAndProcesses();
        locksAndSyncs();
        refusals.complete(KeventEvent.class, Set.of("user"));
        assertEquals(0, queue.stats().armed);
        assertEquals(null, queue.poll());
    }

    private void descriptors() {
        submits("fd", EBADF, KeventEvent.fd(-1, Poll.POLLIN, V), "fd -1");
        submits("fd", EBADF, KeventEvent.fd(CLOSED, Poll.POLLIN, V), "fd 99999");
        submits("fd", EINVAL, KeventEvent.fd(readable, 0, V), "events 0x0", "POLLIN");
        submits("fd", EINVAL, KeventEvent.fd(readable, 0x10000000, V), "events 0x10000000", "POLLIN");
        submits("fdLevel", EBADF, KeventEvent.fdLevel(CLOSED, Poll.POLLIN, V), "fd 99999");
        submits("fdLevel", EINVAL, KeventEvent.fdLevel(readable, 0, V), "events 0x0");
        KeventRecord unknown = new KeventRecord();
        unknown.id = 77;
        submits("requeue", ENOSYS, KeventEvent.requeue(unknown), "ev", "77");
    }

    private void signalsAndFutexes() {
        submits("signal", EINVAL, KeventEvent.signal(new SigSet(), V), "set", "empty");
        submits("signal", EINVAL, KeventEvent.signal(set(Signal.SIGINT), V), "set", "signal 2");
        submits("signals", EINVAL, KeventEvent.signals(set(9), true, V), "set", "signal 9");
        ByteBuffer word = ByteBuffer.allocateDirect(16);
        submits("futex", EINVAL, KeventEvent.futex(word, 0, 0, false, V), "bitset 0");
        submits("futex", EFAULT, KeventEvent.futex(ByteBuffer.allocate(8), 0, -1, false, V), "word", "heap");
        submits("futex", EINVAL, KeventEvent.futex(word.duplicate().position(1), 0, -1, false, V), "word", "aligned");
        submits("futex", EINVAL, KeventEvent.futex(word.duplicate().limit(2), 0, -1, false, V), "word", "2 bytes");
    }

    private void systemV() {
        ByteBuffer text = ByteBuffer.allocate(16);
        submits("msgrcv", EINVAL, KeventEvent.msgrcv(-5, text, 0, 0, V), "msqid -5");
        submits("msgrcv", EINVAL, KeventEvent.msgrcv(0, text, 0, 0x7f000000, V), "flags 0x7f000000", "MSG_NOERROR");
        submits("msgrcv", EFAULT, KeventEvent.msgrcv(0, text.asReadOnlyBuffer(), 0, 0, V), "into", "read-only");
        submits("msgsnd", EINVAL, KeventEvent.msgsnd(-5, text, 1, V), "msqid -5");
        submits("msgsnd", EINVAL, KeventEvent.msgsnd(0, text, 0, V), "type 0", "positive");
        submits("msgsnd", EINVAL, KeventEvent.msgsnd(0, text, -1, V), "type -1", "positive");
        ByteBuffer huge = Memory.view(1 << 20, Integer.MAX_VALUE);
        submits("msgrcv", EINVAL, KeventEvent.msgrcv(0, huge, 0, 0, V), "into", "2147483647 bytes", "at most");
        submits("msgsnd", EINVAL, KeventEvent.msgsnd(0, huge, 1, V), "from", "2147483647 bytes", "at most");
        submits("semop", EINVAL, KeventEvent.semop(-1, new short[3], V), "semid -1");
        submits("semop", EINVAL, KeventEvent.semop(0, new short[0], V), "operations", "0 numbers");
        submits("semop", EINVAL, KeventEvent.semop(0, new short[2], V), "operations", "2 numbers");
    }

    private void sockets() {
        InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere", 1);
        UnixDomainSocketAddress tooLong = UnixDomainSocketAddress.of("/" + "x".repeat(107));
        submits("accept", EBADF, KeventEvent.accept(-1, 0, V), "fd -1");
        submits("accept", EINVAL, KeventEvent.accept(readable, 0x70000000, V), "flags 0x70000000", "SOCK_NONBLOCK");
        submits("connect", EBADF, KeventEvent.connect(CLOSED, here, V), "fd 99999");
        submits("connect", EINVAL, KeventEvent.connect(readable, null, V), "to null");
        submits("connect", EINVAL, KeventEvent.connect(readable, nowhere, V), "to nowhere", "not resolved");
        submits("connect", EINVAL, KeventEvent.connect(readable, tooLong, V), "to /xxx", "108 bytes", "107");
        submits("bind", EBADF, KeventEvent.bind(CLOSED, here, V), "fd 99999");
        submits("bind", EINVAL, KeventEvent.bind(readable, nowhere, V), "to nowhere", "not resolved");
        submits("listen", EBADF, KeventEvent.listen(CLOSED, 1, V), "fd 99999");
    }

    private void delaysAndProcesses() {
        TimeSpec time = new TimeSpec(0, 1);
        submits("delay", EINVAL, KeventEvent.delay(99, 0, time, V), "clockid 99", "CLOCK_MONOTONIC");
        submits("delay", EINVAL, KeventEvent.delay(3, 0, time, V), "clockid 3");
        submits("delay", EINVAL, KeventEvent.delay(1, 6, time, V), "flags 6", "TIMER_ABSTIME");
        submits("delay", EINVAL, KeventEvent.delay(1, 0, null, V), "time is null");
        submits("delay", EINVAL, KeventEvent.delay(1, 0, new TimeSpec(-1, 0), V), "time -1 s");
        submits(
                "delay",
                EINVAL,
                KeventEvent.delay(1, 0, new TimeSpec(0, 1_000_000_000), V),
                "1000000000",
                "999,999,999");
        submits("waitid", EINVAL, KeventEvent.waitid(9, 1, Wait.WEXITED, V), "idtype 9", "P_PID");
        submits("waitid", EINVAL, KeventEvent.waitid(Wait.P_PID, 0, Wait.WEXITED, V), "who 0");
        submits("waitid", EINVAL, KeventEvent.waitid(Wait.P_PGID, -1, Wait.WEXITED, V), "who -1");
        submits("waitid", EINVAL, KeventEvent.waitid(Wait.P_PIDFD, -1, Wait.WEXITED, V), "who -1");
        submits("waitid", EINVAL, KeventEvent.waitid(Wait.P_PID, 1, 0, V), "options 0x0", "WEXITED");
        submits("waitid", EINVAL, KeventEvent.waitid(Wait.P_PID, 1, 0x100004, V), "options 0x100004");
        submits("processEnd", EINVAL, KeventEvent.processEnd(-1, V), "pid -1");
        submits("processEnd", ESRCH, KeventEvent.processEnd(Integer.MAX_VALUE, V), "pid 2147483647");
    }

    private void locksAndSyncs() {
        submits("flock", EBADF, KeventEvent.flock(CLOSED, Fcntl.LOCK_EX, V), "fd 99999");
        submits("flock", EINVAL, KeventEvent.flock(readable, 8, V), "operation 8", "LOCK_SH");
        submits("lock", EBADF, KeventEvent.lock(CLOSED, Fcntl.F_RDLCK, 0, 0, 0, V), "fd 99999");
        submits("lock", EINVAL, KeventEvent.lock(readable, 9, 0, 0, 0, V), "type 9", "F_RDLCK");
        submits("lock", EINVAL, KeventEvent.lock(readable, 0, 9, 0, 0, V), "whence 9", "SEEK_SET");
        submits("lock", EINVAL, KeventEvent.lock(readable, 0, 0, -1, 0, V), "start -1");
        submits("lock", EINVAL, KeventEvent.lock(readable, 0, 2, -9, 1, V), "start -9", "before the file");
        submits(
                "lock",
                EBADF,
                KeventEvent.lock(readable, Fcntl.F_WRLCK, 0, 0, 0, V),
                "fd " + readable,
                "open for writing");
        submits("ofdLock", EBADF, KeventEvent.ofdLock(readable, Fcntl.F_WRLCK, 0, 0, 0, V), "fd " + readable, "type 1");
        submits("ofdLock", EINVAL, KeventEvent.ofdLock(readable, 9, 0, 0, 0, V), "type 9");
        submits("lockf", EBADF, KeventEvent.lockf(CLOSED, 0, V), "fd 99999");
        submits("fsync", EBADF, KeventEvent.fsync(CLOSED, V), "fd 99999");
        submits("fdatasync", EBADF, KeventEvent.fdatasync(CLOSED, V), "fd 99999");
        submits("syncFileRange", EBADF, KeventEvent.syncFileRange(CLOSED, 0, 0, 2, V), "fd 99999");
        submits("syncFileRange", EINVAL, KeventEvent.syncFileRange(readable, -1, 0, 2, V), "offset -1");
        submits("syncFileRange", EINVAL, KeventEvent.syncFileRange(readable, 0, -1, 2, V), "length -1");
        submits("syncFileRange", EINVAL, KeventEvent.syncFileRange(readable, 0, 0, 64, V), "flags 0x40", "WAIT_BEFORE");
        submits("msync", EINVAL, KeventEvent.msync(ByteBuffer.allocate(8), V), "mapped", "heap");
    }

    @Test
    void aWrongArgumentIsRefusedAlsoWhenTheQueueIsFullAndDoesNotWaitForASlot() {
        for (int i = 0; i < 8; i++) {
            assertTrue(queue.offer(V));
        }
        // for ever, if it waited
        assertEquals(-1, Kevent.kevent_submit(queue.fd(), KeventEvent.fd(-1, Poll.POLLIN, V), 0, null));
        assertEquals(EBADF, Errno.errno());
        assertEquals(-1, Kevent.kevent_submit(queue.fd(), KeventEvent.flock(readable, 8, V), 0, null));
        assertEquals(EINVAL, Errno.errno());
        assertEquals(-1, Kevent.kevent_submit(queue.fd(), KeventEvent.user(V), 0, new TimeSpec(0, 1000)));
        assertEquals(Errno.ETIMEDOUT, Errno.errno());
        assertTrue(Errno.message().contains("queue " + queue.fd() + " stayed full (8 events)"), Errno.message());
        assertTrue(Errno.message().contains("timeout of 0 s 1000 ns"), Errno.message());
    }
}
