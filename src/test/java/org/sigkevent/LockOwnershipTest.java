package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Locks that somebody was told of stay; those that nobody was told of go with their queue. */
@Timeout(60)
class LockOwnershipTest {
    private static final int F_SETLK = 6;
    private static final int F_OFD_SETLK = 37;
    private static final short F_UNLCK = 2;
    private static final int LOCK_EX_NB = 6;
    private static final int FLOCK = Native.X86_64 ? 73 : 32;
    private static final int LSEEK = Native.X86_64 ? 8 : 62;

    @TempDir
    Path folder;

    private final List<Integer> queues = new ArrayList<>();
    private int fd;
    private int other;

    @BeforeEach
    void open() {
        String file = folder.resolve("file").toString();
        fd = (int) ok(Fcntl.open(file, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600));
        other = (int) ok(Fcntl.open(file, Fcntl.O_RDWR));
    }

    @AfterEach
    void close() {
        queues.forEach(Support::destroy);
        Unistd.close(fd);
        Unistd.close(other);
    }

    private int queue() {
        int kfd = Support.queue(8);
        queues.add(kfd);
        return kfd;
    }

    private void destroy(int kfd) {
        queues.remove((Integer) kfd);
        Support.destroy(kfd);
    }

    /** The locks of the file, by their kind, type and range. */
    private String locks() throws IOException {
        String inode = ":" + Files.getAttribute(folder.resolve("file"), "unix:ino") + " ";
        return Files.readAllLines(Path.of("/proc/locks")).stream()
                .filter(line -> line.contains(inode) && !line.contains("->"))
                .map(line -> line.split("\\s+"))
                .map(words -> words[1] + " " + words[3] + " " + words[6] + "-" + words[7])
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private void granted(int kfd, KeventEvent event) {
        ok(Kevent.kevent_submit(kfd, event, 0, null));
    }

    private void told(int kfd, KeventEvent event) {
        granted(kfd, event);
        assertEquals(0, Support.take(kfd).error);
    }

    private KeventEvent write(long start, long length) {
        return KeventEvent.lock(fd, Fcntl.F_WRLCK, Fcntl.SEEK_SET, start, length, null);
    }

    @Test
    void theFlockOfOneQueueStaysWhenAnotherEnds() throws IOException {
        int first = queue();
        int second = queue();
        told(first, KeventEvent.flock(fd, Fcntl.LOCK_EX, null));
        granted(second, KeventEvent.flock(fd, Fcntl.LOCK_EX, null));
        destroy(second);
        assertEquals("FLOCK WRITE 0-EOF", locks());
        refused(Errno.EAGAIN, flock(other));
    }

    @Test
    void aFlockThatTwoWereGivenAndNobodyWasToldOfIsGoneWithBoth() throws IOException {
        int first = queue();
        int second = queue();
        granted(first, KeventEvent.flock(fd, Fcntl.LOCK_EX, null));
        granted(second, KeventEvent.flock(fd, Fcntl.LOCK_EX, null));
        destroy(first);
        assertEquals("FLOCK WRITE 0-EOF", locks());
        destroy(second);
        assertEquals("", locks());
    }

    @Test
    void aRangeThatIsLetGoLeavesTheRangesOfOthers() throws IOException {
        int first = queue();
        int second = queue();
        told(first, write(0, 100));
        granted(second, write(50, 100));
        assertEquals("POSIX WRITE 0-149", locks());
        told(first, write(120, 10));
        destroy(second);
        assertEquals("POSIX WRITE 0-99, POSIX WRITE 120-129", locks());
    }

    @Test
    void aLockThatBecameStrongerIsAsItWas() throws IOException {
        int first = queue();
        int second = queue();
        told(first, KeventEvent.lock(fd, Fcntl.F_RDLCK, Fcntl.SEEK_SET, 10, 10, null));
        granted(second, write(0, 0));
        assertEquals("POSIX WRITE 0-EOF", locks());
        destroy(second);
        assertEquals("POSIX READ 10-19", locks());
    }

    @Test
    void anOpenFileDescriptionLockLeavesThoseThatWereThere() throws IOException {
        int first = queue();
        int second = queue();
        told(first, KeventEvent.ofdLock(fd, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 10, null));
        granted(second, KeventEvent.ofdLock(fd, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 5, 10, null));
        destroy(second);
        assertEquals("OFDLCK WRITE 0-9", locks());
    }

    @Test
    void aLockWhoseRecordWasTakenElsewhereStays() throws IOException {
        int kfd = queue();
        granted(kfd, KeventEvent.flock(fd, Fcntl.LOCK_EX, null));
        int duplicate = (int) ok(Linux.duplicate(kfd, 0));
        KeventRing elsewhere = Kevent.kevent_map_ringbuf(duplicate, 1);
        assertTrue(elsewhere.take(new KeventRecord()));
        destroy(kfd);
        Unistd.close(duplicate);
        assertEquals("FLOCK WRITE 0-EOF", locks());
    }

    @Test
    void lockfMeansTheOffsetAtTheTimeOfTheSubmission() throws IOException {
        for (int whence : new int[] {Fcntl.SEEK_CUR, Fcntl.SEEK_END}) {
            int kfd = queue();
            ByteBuffer flock = Memory.allocate(32);
            flock.putShort(0, (short) Fcntl.F_WRLCK);
            ok(Linux.call(Native.X86_64 ? 72 : 25, other, F_OFD_SETLK, Memory.address(flock)));
            ok(Linux.call(LSEEK, fd, 0, 0));
            ok(Native.C.ftruncate(fd, 0));
            granted(kfd, KeventEvent.lock(fd, Fcntl.F_WRLCK, whence, 0, 10, null));
            ok(Linux.call(LSEEK, fd, 1000, 0));
            ok(Native.C.ftruncate(fd, 1000));
            flock.putShort(0, F_UNLCK);
            ok(Linux.call(Native.X86_64 ? 72 : 25, other, F_OFD_SETLK, Memory.address(flock)));
            assertEquals(0, Support.take(kfd).error);
            assertEquals("POSIX WRITE 0-9", locks());
            flock.putShort(0, F_UNLCK);
            ok(Linux.call(Native.X86_64 ? 72 : 25, fd, F_SETLK, Memory.address(flock)));
        }
    }

    private static long flock(int fd) {
        int rc = Linux.call(FLOCK, fd, LOCK_EX_NB);
        return rc < 0 ? Errno.fail(-rc, null) : rc;
    }

    @Test
    void aLockThatIsGrantedAfterTheCloseIsGivenBackAndTheRequestIsEbadf() throws IOException {
        int kfd = queue();
        ByteBuffer flock = Memory.allocate(32);
        flock.putShort(0, (short) Fcntl.F_WRLCK);
        ok(Linux.call(Native.X86_64 ? 72 : 25, other, F_OFD_SETLK, Memory.address(flock)));
        granted(kfd, KeventEvent.lock(fd, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 10, null));
        ok(Unistd.close(fd));
        flock.putShort(0, F_UNLCK);
        ok(Linux.call(Native.X86_64 ? 72 : 25, other, F_OFD_SETLK, Memory.address(flock)));
        assertEquals(Errno.EBADF, Support.take(kfd).error);
        assertEquals("", locks());
    }
}
