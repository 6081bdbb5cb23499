package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.Poll;
import org.sigkevent.SigVal;
import org.sigkevent.Unistd;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/** A request is for the file that was open when it was made, and the process keeps its POSIX locks. */
class HeldFileTest extends AioFixture {
    private static final int ROUNDS = Integer.getInteger("sigkevent.rounds", 1000);
    private static final int REQUESTS = 100;

    /** More than one operation reads, so that a transfer is split. */
    private static final int LONG = AioTransfer.MOST_READ_AT_ONCE + 4096;

    private static final int F_SETLK = 6;
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;
    private static final int F_WRLCK = 1;
    private static final int F_UNLCK = 2;

    /** Big transfers leave room for small ones: this many of a round are long. */
    private static final int LONG_ONES = 2;

    private final ByteBuffer theirs = direct(filled(LONG, 'W'));
    private final ByteBuffer ones = direct(filled(LONG, 'B'));
    private final ByteBuffer[] read = new ByteBuffer[LONG_ONES];

    private static byte[] filled(int length, char with) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    private int made(Path path, int flags) {
        int fd = Linux.open(path.toString(), Fcntl.O_RDWR | Linux.O_CLOEXEC | CREATE | flags, 0600);
        assertTrue(fd >= 0, () -> Errnos.name(-fd));
        return fd;
    }

    private void fill(int fd, ByteBuffer with, int length) {
        assertEquals(length, Native.C.write(fd, Memory.address(with), length));
    }

    /** Closed, unlinked and made again, number and inode mean another file while the requests wait, are split or are served. */
    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void requestsStayWithTheirFileWhenNumberAndInodeAreReused(@TempDir Path dir) throws Exception {
        Path first = dir.resolve("first");
        Path appended = dir.resolve("appended");
        int sameInodes = 0;
        List<AioRequest> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            requests.add(new AioRequest());
        }
        for (int i = 0; i < LONG_ONES; i++) {
            read[i] = Memory.allocate(LONG);
        }
        // the others want to be served meanwhile
        int busy = file();
        for (int round = 0; round < ROUNDS; round++) {
            boolean readLong = round % 10 == 0;
            int length = readLong ? LONG : 4096;
            int a = made(first, 0);
            fill(a, theirs, length);
            int b = made(appended, Linux.O_APPEND);
            Object inode = Files.getAttribute(first, "unix:ino");
            for (int i = 0; i < REQUESTS; i++) {
                AioRequest r = requests.get(i);
                AioTransfer t = r.transfer;
                boolean isLong = i < LONG_ONES;
                t.operation =
                        i == 2 || i == 50 ? AioTransfer.FSYNC : isLong && i == 0 ? AioTransfer.READ : AioTransfer.WRITE;
                t.fildes = i % 3 == 0 ? a : i % 3 == 1 ? b : busy;
                t.total = t.operation == AioTransfer.FSYNC ? 0 : isLong ? length : 512;
                t.position = t.operation == AioTransfer.WRITE && !isLong ? 512L * i : 0;
                t.memory = Memory.address(t.operation == AioTransfer.READ ? read[i] : theirs);
                r.target = org.sigkevent.core.Destination.silent(queue);
                submit(r);
            }
            // the program is done with both, and makes others in their place
            Linux.close(a);
            Linux.close(b);
            Files.delete(first);
            Files.delete(appended);
            int a2 = made(first, 0);
            int b2 = made(appended, 0);
            sameInodes += inode.equals(Files.getAttribute(first, "unix:ino")) ? 1 : 0;
            fill(a2, ones, 65536);
            fill(b2, ones, 65536);
            for (AioRequest r : requests) {
                int status = done(r);
                long result = r.takeResult();
                assertTrue(status == 0 || status == Errnos.ECANCELED, () -> Errnos.name(status) + " of " + r);
                assertEquals(status == 0 ? r.transfer.total : -1, result, r::toString);
                if (status == 0 && r.transfer.operation == AioTransfer.READ) {
                    ByteBuffer is = read[requests.indexOf(r)];
                    for (int k = 0; k < result; k += 512) {
                        assertEquals('W', is.get(k));
                    }
                }
            }
            unharmed(a2);
            unharmed(b2);
            Linux.close(a2);
            Linux.close(b2);
            Files.delete(first);
            Files.delete(appended);
        }
        System.out.println("HeldFileTest: " + ROUNDS + " rounds of " + REQUESTS + " requests, in " + sameInodes
                + " of them number and inode were another file's");
    }

    private void unharmed(int fd) {
        byte[] is = contents(fd);
        assertEquals(65536, is.length, "something was written to a file that nobody asked to be written");
        for (int k = 0; k < is.length; k += 256) {
            assertEquals('B', is[k], "something was written to a file that nobody asked to be written");
        }
    }

    /** Whether the process has a POSIX lock on the first byte, as another open file sees it. */
    private static boolean locked(int other) {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, 32);
        s.buffer.putShort(0, (short) F_WRLCK).putLong(16, 1);
        assertEquals(0, Native.C.fcntl(other, F_OFD_GETLK, s.address));
        return s.buffer.getShort(0) != F_UNLCK;
    }

    /** Closing any descriptor of the file would give the locks up. */
    @Test
    void locksOfTheProcessStay(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("locked");
        int fd = made(path, Linux.O_APPEND);
        int witness = made(path, 0);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (int round = 0; round < 50; round++) {
                FileLock lock = channel.lock();
                List<AioRequest> all = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    all.add(submit(writing(fd, "appended", 0)));
                    all.add(submit(syncing(fd)));
                }
                all.forEach(r -> assertEquals(0, done(r)));
                assertTrue(locked(witness), "the lock is gone");
                lock.release();
                assertTrue(!locked(witness), "the lock is held by something else");
            }
        } finally {
            Linux.close(fd);
            Linux.close(witness);
        }
    }

    /** A thread that locks and unlocks finds each lock held, though requests on the file end all the while. */
    @Test
    void locksThatComeAndGoWhileRequestsEndStay(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("locked");
        int fd = made(path, 0);
        int witness = made(path, 0);
        boolean[] over = new boolean[1];
        int[] counted = new int[1];
        Throwable[] wrong = new Throwable[1];
        Scratch first = Scratch.get();
        Memory.clear(first.buffer, 0, 32);
        first.buffer.putShort(0, (short) F_WRLCK).putLong(16, 1);
        // the library has seen that the program locks this file
        assertEquals(0, Native.C.fcntl(fd, F_SETLK, first.address));
        assertEquals(0, done(submit(writing(fd, "x", 0))));
        Thread locker = start(() -> {
            try {
                Scratch s = Scratch.get();
                while (!over[0]) {
                    Memory.clear(s.buffer, 0, 32);
                    s.buffer.putShort(0, (short) F_WRLCK).putLong(16, 1);
                    assertEquals(0, Native.C.fcntl(fd, F_SETLK, s.address));
                    for (int i = 0; i < 20; i++) {
                        assertTrue(locked(witness), "the lock is gone");
                    }
                    Memory.clear(s.buffer, 0, 32);
                    s.buffer.putShort(0, (short) F_UNLCK).putLong(16, 1);
                    assertEquals(0, Native.C.fcntl(fd, F_SETLK, s.address));
                    counted[0]++;
                    Thread.onSpinWait();
                }
            } catch (Throwable thrown) {
                wrong[0] = thrown;
            }
        });
        for (int i = 0; i < 3000; i++) {
            assertEquals(0, done(submit(i % 2 == 0 ? syncing(fd) : writing(fd, "x", i))));
        }
        over[0] = true;
        join(locker);
        Linux.close(fd);
        Linux.close(witness);
        assertEquals(null, wrong[0]);
        assertTrue(counted[0] > 10, "the locker had no time");
    }

    /** What the library held for a file that is locked is closed when the program has closed the file. */
    @Test
    void nothingStaysOpenWhenTheProgramHasClosedALockedFile(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("locked");
        int fd = made(path, 0);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.lock();
            for (int i = 0; i < 20; i++) {
                assertEquals(0, done(submit(writing(fd, "x", i))));
            }
            assertTrue(opened(path) <= 3, "each request leaves a descriptor behind");
        }
        Linux.close(fd);
        eventually(() -> opened(path) == 0, "a descriptor stays");
    }

    private static int opened(Path path) {
        int n = 0;
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path one : all.toList()) {
                try {
                    n += Files.readSymbolicLink(one).equals(path.toRealPath()) ? 1 : 0;
                } catch (java.nio.file.NoSuchFileException closed) {
                    // since it was listed
                }
            }
        } catch (java.io.IOException failed) {
            throw new AssertionError(failed);
        }
        return n;
    }

    /** Locks that a close does not give up are no reason to keep anything: the flock goes with its open file. */
    @Test
    void aFlockThatWasWaitedForGoesWithTheProgramsCloseThoughOthersHaveLocksOnTheFile(@TempDir Path dir)
            throws Exception {
        Path path = dir.resolve("locked");
        int ofd = made(path, 0);
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, 32);
        s.buffer.putShort(0, (short) F_WRLCK).putLong(16, 1);
        assertEquals(0, Native.C.fcntl(ofd, F_OFD_SETLK, s.address));
        try (KeventQueue own = KeventQueue.open(4)) {
            KeventRecord record = new KeventRecord();
            for (int round = 0; round < 20; round++) {
                int holder = made(path, 0);
                int waiter = made(path, 0);
                assertEquals(0, Linux.call(Syscalls.FLOCK, holder, LOCK_EX));
                own.submit(KeventEvent.flock(waiter, LOCK_EX, null));
                Linux.close(holder);
                assertTrue(own.poll(record, Duration.ofSeconds(30)), "the flock is not granted");
                assertEquals(0, record.error);
                // the last descriptor of the open file that has it
                Linux.close(waiter);
                int next = made(path, 0);
                assertEquals(0, Linux.call(Syscalls.FLOCK, next, LOCK_EX | LOCK_NB), "the flock is held still");
                Linux.close(next);
            }
        }
        Linux.close(ofd);
    }

    /** The close gives up the process's own locks, so there is nothing left for whose sake the open file would stay. */
    @Test
    void aFlockThatWasWaitedForGoesWithTheProgramsCloseThoughTheProcessHadLocksOnTheFile(@TempDir Path dir)
            throws Exception {
        Path path = dir.resolve("locked");
        try (KeventQueue own = KeventQueue.open(4)) {
            KeventRecord record = new KeventRecord();
            for (int round = 0; round < 20; round++) {
                int holder = made(path, 0);
                int waiter = made(path, 0);
                assertEquals(0, Linux.call(Syscalls.FLOCK, holder, LOCK_EX));
                own.submit(KeventEvent.flock(waiter, LOCK_EX, null));
                setLock(waiter, F_SETLK, F_WRLCK, 0);
                assertEquals(0, Linux.call(Syscalls.FLOCK, holder, LOCK_UN));
                assertTrue(own.poll(record, Duration.ofSeconds(30)), "the flock is not granted");
                assertEquals(0, record.error);
                assertEquals(0, Unistd.close(waiter));
                // as a program does that takes the two again: with this lock nothing of the file may be closed
                setLock(holder, F_SETLK, F_WRLCK, 0);
                assertEquals(0, Linux.call(Syscalls.FLOCK, holder, LOCK_EX | LOCK_NB), "the flock is held still");
                assertEquals(0, Unistd.close(holder));
            }
        }
    }

    /** The end of a file, read with a buffer that is longer, takes two operations: the second one is on the same file. */
    @Test
    void theEndOfAFileThatWasClosedIsRead(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("end");
        Files.write(path, filled(5000, 'W'));
        Path other = dir.resolve("other");
        Files.write(other, filled(LONG, 'B'));
        for (int length : new int[] {8192, 128 << 10, AioTransfer.MOST_READ_AT_ONCE}) {
            for (int round = 0; round < 50; round++) {
                int fd = made(path, 0);
                ByteBuffer into = Memory.allocate(length);
                AioRequest r = submit(reading(fd, into, 0));
                Linux.close(fd);
                int again = made(other, 0);
                assertEquals(0, done(r), r::toString);
                assertEquals(5000, r.takeResult());
                assertEquals('W', into.get(4999));
                assertEquals(0, into.get(5000));
                Linux.close(again);
            }
        }
    }

    /** A file that is not locked is let go with the last request: before that can be seen. */
    @Test
    void aFileIsLetGoBeforeItsLastRequestIsDone(@TempDir Path dir) throws Exception {
        for (int round = 0; round < 200; round++) {
            Path path = dir.resolve("program" + round);
            int fd = made(path, Linux.O_APPEND);
            AioRequest[] all = new AioRequest[4];
            for (int i = 0; i < all.length; i++) {
                all[i] = submit(i == 3 ? syncing(fd) : writing(fd, "x", 0));
            }
            for (AioRequest r : all) {
                assertEquals(0, done(r));
            }
            Linux.close(fd);
            assertEquals(0, opened(path), "open after the end of its requests");
        }
    }

    /** Requests of a file share what holds it: on io_uring no descriptor, on epoll one. */
    @Test
    void aFileIsHeldOnceForAllOfItsRequests(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("held");
        int fd = made(path, 0);
        long most = 0;
        List<AioRequest> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(submit(i % 2 == 0 ? writing(fd, pattern(2 << 20, i), 0) : syncing(fd)));
            most = Math.max(most, opened(path));
        }
        for (AioRequest r : all) {
            assertEquals(0, done(r));
            most = Math.max(most, opened(path));
        }
        Linux.close(fd);
        // a helper closes what it has let go of when the next one may be there already
        assertTrue(most <= (queue.engine().asynchronous ? 1 : all.size() / 2), most + " descriptors of the file");
    }

    /** The table of held files has an end, says so, and has room again when one is let go. */
    @Test
    void aFullTableOfHeldFilesSaysSo() {
        Engine engine = queue.engine();
        assumeTrue(engine.asynchronous, "duplicates end with the limit of open files");
        int fd = file();
        List<Integer> held = new ArrayList<>();
        int rc;
        while ((rc = engine.holdFile(fd)) >= 0) {
            held.add(rc);
        }
        assertEquals(-Errnos.EAGAIN, rc);
        assertTrue(held.size() >= 128, () -> "only " + held.size());
        assertEquals(-Errnos.EAGAIN, tried(syncing(fd)));
        engine.letGoOfFile(held.get(17), fd);
        assertEquals(0, done(submit(syncing(fd))));
        assertEquals(held.get(17), engine.holdFile(fd));
        for (int place : held) {
            engine.letGoOfFile(place, fd);
        }
        for (int wrong : new int[] {-1, -2, Integer.MIN_VALUE, 999_999}) {
            assertEquals(-Errnos.EBADF, engine.holdFile(wrong));
        }
    }

    /** Kept duplicates are taken again: many closes of one locked file keep one. */
    @Test
    void aKeptDuplicateIsTakenAgain(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("locked");
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            int fd = made(path, 0);
            // not closed before the check: a close gives the lock up
            int[] first = {Duplicates.make(fd)};
            Duplicates.close(first[0], fd);
            for (int i = 0; i < 10; i++) {
                int again = Duplicates.make(fd);
                assertEquals(first[0], again);
                Duplicates.close(again, fd);
            }
            Linux.close(fd);
        }
        eventually(() -> opened(path) == 0, "a descriptor stays");
    }

    /** A lock that was waited for leaves no descriptor behind for each wait: a program that contends for a lock has one at most. */
    @Test
    @Timeout(60)
    void locksThatWereWaitedForKeepOneDuplicate(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("contended");
        int holder = made(path, 0);
        int fd = made(path, 0);
        try (KeventQueue own = KeventQueue.open(4)) {
            KeventRecord record = new KeventRecord();
            for (int round = 0; round < 10; round++) {
                // the holder's is of its open file: the process's own waits for it
                setLock(holder, F_OFD_SETLK, F_WRLCK, 0);
                KeventEvent waits = KeventEvent.lock(fd, F_WRLCK, 0, 0, 1, null);
                own.submit(waits);
                KeventEvent flock = KeventEvent.ofdLock(fd, F_WRLCK, 0, 0, 1, null);
                own.submit(flock);
                // something else of the process's, so that a close would do harm
                setLock(fd, F_SETLK, F_WRLCK, 1);
                own.cancel(flock);
                assertTrue(own.poll(record, Duration.ofSeconds(30)), "the cancelled lock has no record");
                setLock(holder, F_OFD_SETLK, F_UNLCK, 0);
                assertTrue(own.poll(record, Duration.ofSeconds(30)), "the lock is not granted");
                assertEquals(0, record.error);
                setLock(fd, F_SETLK, F_UNLCK, 0);
            }
            // the two of the program, and those that were in use at once
            assertTrue(opened(path) <= 4, () -> opened(path) + " descriptors");
        }
        Linux.close(fd);
        Linux.close(holder);
    }

    /** A FIFO can have POSIX locks as a file can, and a look whether it is ready leaves them. */
    @Test
    @Timeout(60)
    void waitingForAFifoKeepsTheLocksOnIt(@TempDir Path dir) throws Exception {
        Path path = dir.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
        int fd = made(path, 0);
        setLock(fd, F_SETLK, F_WRLCK, 0);
        String inode = ":" + Files.getAttribute(path, "unix:ino") + " ";
        try (KeventQueue own = KeventQueue.open(4)) {
            KeventRecord record = new KeventRecord();
            for (int round = 0; round < 10; round++) {
                KeventEvent look = KeventEvent.fd(fd, Poll.POLLIN, null);
                own.submit(look);
                own.cancel(look);
                assertTrue(own.poll(record, Duration.ofSeconds(30)), "the look has no record");
                assertEquals(Errnos.ECANCELED, record.error);
            }
            String all = Files.readString(Path.of("/proc/locks"));
            assertTrue(all.contains(inode), all);
            assertTrue(opened(path) <= 2, () -> opened(path) + " descriptors");
        }
        Linux.close(fd);
    }

    /** A message queue is ready when it has a message, and waiting for that does not end the registration. */
    @Test
    @Timeout(60)
    void waitingForAMessageQueueKeepsTheRegistration() throws Exception {
        String name = "/sigkevent-" + ProcessHandle.current().pid() + "-held";
        MqAttr attributes = new MqAttr();
        attributes.mq_maxmsg = 1;
        attributes.mq_msgsize = 8;
        int mqd = Mqueue.mq_open(name, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, attributes);
        assertTrue(mqd >= 0, Errno.message());
        Mqueue.mq_unlink(name);
        try (KeventQueue own = KeventQueue.open(4);
                KeventQueue other = KeventQueue.open(1)) {
            KeventRecord record = new KeventRecord();
            assertEquals(0, Mqueue.mq_notify(mqd, other.sigevent(SigVal.of(1))));
            KeventEvent look = KeventEvent.fd(mqd, Poll.POLLIN, null);
            own.submit(look);
            own.cancel(look);
            assertTrue(own.poll(record, Duration.ofSeconds(30)), "the look has no record");
            assertEquals(Errnos.ECANCELED, record.error, "an empty message queue is not readable");
            assertEquals(0, Mqueue.mq_send(mqd, new byte[1], 1, 0));
            assertTrue(other.poll(record, Duration.ofSeconds(30)), "nobody is notified");
            assertEquals(0, record.flags, "the registration was removed");
            own.submit(KeventEvent.fd(mqd, Poll.POLLIN, null));
            assertTrue(own.poll(record, Duration.ofSeconds(30)), "a message is not seen");
            assertEquals(Poll.POLLIN, record.result);
        }
        Mqueue.mq_close(mqd);
    }

    /** Sets or lifts the lock of one byte. */
    private static void setLock(int fd, int command, int type, long at) {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, 32);
        s.buffer.putShort(0, (short) type).putLong(8, at).putLong(16, 1);
        assertEquals(0, Native.C.fcntl(fd, command, s.address));
    }
}
