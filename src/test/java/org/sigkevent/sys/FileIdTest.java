package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Support;

/**
 * What tells open files from each other. A file that has another one's number, inode and time of birth cannot be made at will: so here a
 * file is given the handle of another one.
 */
@Timeout(60)
@Tag("any-engine")
class FileIdTest {
    private static final int AT_FDCWD = -100;

    /** More than any process may have. */
    private static final int NO_DESCRIPTOR = 1 << 30;

    /** As long as a handle alone does not say for certain which file it is. */
    private static final long TICK_MILLIS = 100;

    private final List<Integer> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(Linux::close);
    }

    private int memory() {
        int fd = Linux.sealedMemfd("of-FileIdTest", 4096);
        assertTrue(fd >= 0, () -> Errnos.name(-fd));
        open.add(fd);
        return fd;
    }

    private static FileId of(int fd) {
        FileId id = new FileId();
        assertEquals(0, id.load(fd));
        return id;
    }

    /** The time of birth in nanoseconds; 0 where the kernel does not tell that of memory. */
    private static long born(int fd) {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, 256);
        assertEquals(0, Linux.statx(fd, s.address));
        return s.buffer.getLong(80) * 1_000_000_000 + s.buffer.getInt(88);
    }

    private static void memoryHasHandles(int fd) {
        Scratch s = Scratch.get();
        s.buffer.putInt(0, 128);
        int rc = Linux.fileHandle(fd, s.address, s.address + 256, 0);
        assumeTrue(rc == 0, () -> "no file handles: " + Errnos.name(-rc));
    }

    @Test
    void itIsWhatTheFileSystemSays(@TempDir Path dir) throws Exception {
        Path path = Files.createFile(dir.resolve("file"));
        int fd = Linux.open(path.toString(), 0, 0);
        open.add(fd);
        FileId id = of(fd);
        Map<String, Object> said = Files.readAttributes(path, "unix:ino,dev,mode");
        assertEquals(said.get("ino"), id.inode);
        assertEquals(said.get("mode"), id.mode);
        assertEquals(Linux.S_IFREG, id.type());
        long dev = (long) said.get("dev");
        assertEquals(dev >> 8 & 0xfff | dev >> 32 & ~0xfffL, id.device >>> 32, "major");
        assertEquals(dev & 0xff | dev >> 12 & ~0xff, id.device & 0xffff_ffffL, "minor");
    }

    @Test
    void whatIsNotOpenHasNone() {
        FileId id = of(memory());
        long inode = id.inode;
        assertEquals(-Errnos.EBADF, id.load(NO_DESCRIPTOR));
        assertEquals(-Errnos.EBADF, id.load(-1));
        assertEquals(-Errnos.EBADF, id.load(AT_FDCWD), "not the working directory");
        assertEquals(inode, id.inode);
        assertFalse(id.isBehind(NO_DESCRIPTOR));
        assertTrue(id.isNotBehind(NO_DESCRIPTOR));
        assertEquals(Linux.statusFlags(0) < 0 ? -Errnos.EBADF : 0, id.load(0), "0 is a descriptor as any other");
    }

    @Test
    void everyDescriptorOfAFileStandsForIt() {
        int fd = memory();
        int same = Linux.duplicate(fd, 0);
        open.add(same);
        int other = memory();
        FileId id = of(fd);
        assertTrue(id.isBehind(same));
        assertTrue(id.isExactlyBehind(same));
        assertFalse(id.isNotBehind(same));
        assertTrue(id.same(of(same)));
        assertTrue(id.same(of(same), same));
        assertFalse(id.isBehind(other));
        assertFalse(id.isExactlyBehind(other));
        assertTrue(id.isNotBehind(other));
        assertFalse(id.same(of(other)));
        assertFalse(id.same(of(other), other));
        FileId taken = new FileId();
        taken.set(id);
        assertTrue(taken.same(id));
        assertEquals(id.mode, taken.mode);
        assertTrue(taken.isBehind(fd));
    }

    /** Another inode, device, type or time of birth: it is another file. */
    @Test
    void oneDifferenceMakesItAnother() {
        int fd = memory();
        FileId real = of(fd);
        FileId id = of(fd);
        id.inode++;
        isAnother(real, id, fd);
        id = of(fd);
        id.device++;
        isAnother(real, id, fd);
        id = of(fd);
        id.mode = Linux.S_IFIFO;
        assertFalse(id.isBehind(fd));
        assertFalse(id.same(real));
        id = of(fd);
        id.mode ^= 0777;
        assertTrue(id.isBehind(fd), "its rights may change");
        assertTrue(id.same(real));
        long born = born(fd);
        assumeTrue(born != 0, "memory has no time of birth");
        int later = memory();
        while (born(later) == born) {
            open.remove((Integer) later);
            Linux.close(later);
            later = memory();
        }
        id = of(later);
        id.inode = real.inode;
        isAnother(real, id, fd);
    }

    private static void isAnother(FileId real, FileId id, int fd) {
        assertFalse(id.isBehind(fd));
        assertTrue(id.isNotBehind(fd));
        assertFalse(id.same(real));
    }

    @Test
    void aFileWithAnotherHandleIsAnother() {
        for (int i = 0; i < 20; i++) {
            int fd = memory();
            memoryHasHandles(fd);
            int other = memory();
            FileId id = of(fd);
            id.loadHandle(other);
            assertFalse(id.isExactlyBehind(fd));
            assertFalse(id.isBehind(fd));
            assertFalse(id.same(of(fd), fd));
            FileId taken = new FileId();
            taken.set(id);
            assertFalse(taken.isBehind(fd), "it is taken over");
            id.loadHandle(fd);
            assertTrue(id.isBehind(fd));
            assertTrue(id.isExactlyBehind(fd));
            assertTrue(id.same(of(fd), fd));
            id.loadHandle(other);
            assertEquals(0, id.load(fd));
            assertTrue(id.isBehind(fd), "of a former one");
            id.loadHandle(NO_DESCRIPTOR);
            assertTrue(id.isExactlyBehind(fd), "none is known");
        }
    }

    /** So many that parts of their handles are the same. */
    @Test
    void noneOfManyFilesHasItsHandle() {
        int fd = memory();
        memoryHasHandles(fd);
        FileId id = of(fd);
        for (int i = 0; i < 2000; i++) {
            int other = Linux.sealedMemfd("of-FileIdTest", 4096);
            id.loadHandle(other);
            Linux.close(other);
            assertFalse(id.isExactlyBehind(fd));
        }
    }

    /** Then no other file can have its inode and its time of birth, and the handle is not asked for any more. */
    @Test
    void itIsCertainWhenItWasThereAfterTheTickOfItsBirth() {
        int fd = memory();
        memoryHasHandles(fd);
        int other = memory();
        FileId id = of(fd);
        Support.until("it is certain", () -> certain(id, fd, other));
        assertFalse(id.isExactlyBehind(fd));
        assertTrue(id.same(of(fd), fd));
        FileId never = of(fd);
        never.loadHandle(other);
        assertFalse(never.isBehind(fd));
        assertFalse(never.isBehind(fd), "it was not there before either");
        FileId taken = new FileId();
        taken.set(id);
        assertFalse(taken.isBehind(fd), "who takes it over has not seen it");
        assertEquals(0, id.load(fd));
        id.loadHandle(other);
        assertFalse(id.isBehind(fd), "nor who loads it again");
    }

    @Test
    void itIsNotCertainBefore() {
        for (int i = 0; i < 1000; i++) {
            long before = System.currentTimeMillis();
            int fd = memory();
            memoryHasHandles(fd);
            assumeTrue(born(fd) != 0, "memory has no time of birth");
            int other = memory();
            boolean certain = certain(of(fd), fd, other);
            // the clock of births may be a tick behind
            boolean inTime = System.currentTimeMillis() - before < TICK_MILLIS / 2;
            open.forEach(Linux::close);
            open.clear();
            if (inTime) {
                assertFalse(certain);
                return;
            }
        }
    }

    /** Whether it is taken for its file although its handle, which was right when it was asked last, is another one's now. */
    private static boolean certain(FileId id, int fd, int other) {
        id.loadHandle(fd);
        assertTrue(id.isBehind(fd));
        id.loadHandle(other);
        return id.isBehind(fd);
    }
}
