package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sigkevent.Fcntl;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * Which reads and writes of files are made in the calling thread. On an engine that enters the kernel for each operation, an operation
 * that it was given shows in its count of system calls.
 */
class InlineAttemptsTest extends AioFixture {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 16;

    private final ByteBuffer room = Memory.allocate(2 * BLOCK);
    private final int skip = (int) (-Memory.address(room) & BLOCK - 1);
    private String name;

    @BeforeEach
    void writeTheFile() {
        name = name();
        int fd = opened(Linux.open(name, Fcntl.O_RDWR | CREATE, 0600));
        write(fd, new byte[BLOCK * BLOCKS]);
        MORE.fsync(fd);
        close(fd);
    }

    /** Opens it; what is known under the number is of this file then, and not of the one that had the number before. */
    private int open(int flags) {
        int fd = Fcntl.open(name, Fcntl.O_RDWR | flags);
        assumeTrue(fd >= 0, "the file system knows no O_DIRECT");
        opened(fd);
        if (flags == 0) {
            readIsGivenToTheEngine(fd);
        }
        return fd;
    }

    private void setFlags(int fd, int flags) {
        assumeTrue(Native.C.fcntl(fd, Linux.F_SETFL, flags) == 0, "the file system knows no O_DIRECT");
    }

    /** Whether the engine was given the operation. */
    private boolean givenToTheEngine(int operation, int fd) {
        AioRequest r = request(operation, fd, room, BLOCK, 3 * BLOCK);
        r.transfer.memory += skip;
        long before = queue.engine().systemCalls();
        submit(r);
        boolean given = queue.engine().systemCalls() > before;
        ended(r, 0, BLOCK);
        return given;
    }

    private boolean readIsGivenToTheEngine(int fd) {
        return givenToTheEngine(AioTransfer.READ, fd);
    }

    @BeforeEach
    void oneThatEntersTheKernelForEachOperation() {
        assumeTrue(queue.engine().asynchronous, "this engine makes other system calls, too");
    }

    @Test
    void aReadOfWhatIsCachedIsMadeByTheCaller() {
        int fd = open(0);
        for (int i = 0; i < 100; i++) {
            assertFalse(readIsGivenToTheEngine(fd), "read " + i);
        }
    }

    @Test
    void noReadOrWriteOfAFileThatIsOpenedWithoutTheCacheIsAttempted() {
        int fd = open(Fcntl.O_DIRECT);
        for (int i = 0; i < 20; i++) {
            assertTrue(readIsGivenToTheEngine(fd), "read " + i);
            assertTrue(givenToTheEngine(AioTransfer.WRITE, fd), "write " + i);
        }
    }

    @Test
    void noWriteThatHasToBeOnTheDiskIsAttempted() {
        for (int flags : new int[] {Fcntl.O_DSYNC, Fcntl.O_SYNC, Fcntl.O_DIRECT | Fcntl.O_DSYNC}) {
            int fd = open(flags);
            for (int i = 0; i < 5; i++) {
                assertTrue(givenToTheEngine(AioTransfer.WRITE, fd), "write " + i + " with flags " + flags);
            }
            close(fd);
        }
    }

    @Test
    void whenTheCacheIsLeftOutLaterNoReadIsAttemptedFromThenOn() {
        int fd = open(0);
        int duplicate = opened(Fcntl.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, 0));
        assertFalse(readIsGivenToTheEngine(fd));
        assertFalse(readIsGivenToTheEngine(fd));
        assumeTrue(Fcntl.fcntl(duplicate, Fcntl.F_SETFL, Fcntl.O_DIRECT) == 0, "the file system knows no O_DIRECT");
        assertTrue(readIsGivenToTheEngine(fd));
        assertTrue(readIsGivenToTheEngine(duplicate));
        setFlags(fd, 0);
        readIsGivenToTheEngine(fd);
        assertFalse(readIsGivenToTheEngine(fd), "the cache is used again");
    }

    @Test
    void anAttemptThatEndsLateLooksWhetherSomebodyElseHasTheCacheLeftOut() throws InterruptedException {
        int fd = open(0);
        assertFalse(readIsGivenToTheEngine(fd));
        Thread.sleep(1);
        // its end is more than 20 µs after the last one's
        assertFalse(readIsGivenToTheEngine(fd));
        setFlags(fd, Fcntl.O_DIRECT);
        assertTrue(readIsGivenToTheEngine(fd));
    }

    @Test
    void aNumberUnderWhichTheFileIsOpenedAgainWithoutTheCacheIsLookedAt() {
        int fd = open(0);
        assertFalse(readIsGivenToTheEngine(fd));
        assertFalse(readIsGivenToTheEngine(fd));
        close(fd);
        int again = Fcntl.open(name, Fcntl.O_RDWR | Fcntl.O_DIRECT);
        assumeTrue(again >= 0, "the file system knows no O_DIRECT");
        assumeTrue(opened(again) == fd, "another thread got the number");
        assertTrue(readIsGivenToTheEngine(again));
        close(again);
        assumeTrue(open(0) == fd, "another thread got the number");
        assertFalse(readIsGivenToTheEngine(fd), "the cache is used again");
    }

    @Test
    void afterAttemptsThatFoundNothingSomeAreLeftOut() {
        InlineAttempts attempts = new InlineAttempts(open(0));
        int[] leftOut = new int[8];
        for (int i = 0; i < leftOut.length; i++) {
            assertTrue(attempts.worthwhile(false));
            attempts.foundNothing();
            while (!attempts.worthwhile(false)) {
                leftOut[i]++;
            }
            // the one that was worthwhile is what the next turn begins with
            attempts.foundNothing();
            for (int left = Math.min(31, 2 * leftOut[i] + 1); left > 0; left--) {
                assertFalse(attempts.worthwhile(false));
            }
        }
        assertEquals(1, leftOut[0]);
        assertEquals(31, leftOut[7]);
        attempts.ended();
        for (int i = 0; i < 100; i++) {
            assertTrue(attempts.worthwhile(false));
        }
    }
}
