package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** A FIFO that is made again has the same inode number on ext4, and within a tick of the kernel's clock the same time of birth. */
@Timeout(120)
class ReusedInodeTest {
    private static final int ROUNDS = 50;
    private static final int MKNODAT = Native.X86_64 ? 259 : 33;
    private static final int DUP3 = Native.X86_64 ? 292 : 24;
    private static final int UNLINKAT = Native.X86_64 ? 263 : 35;
    private static final int S_IFIFO = 0010000;

    @TempDir
    private Path directory;

    private int fifo(ByteBuffer path, Path name) {
        ok(Linux.call(MKNODAT, -1, Memory.address(path), S_IFIFO | 0600, 0));
        int fd = (int) ok(Linux.open(name.toString(), Fcntl.O_RDWR | Linux.O_CLOEXEC, 0));
        assertEquals(1, Native.C.write(fd, Memory.address(path), 1));
        return fd;
    }

    @Test
    void aFifoThatIsMadeAgainIsNotLookedAtForTheFormerOne() {
        Path name = directory.resolve("fifo");
        ByteBuffer path = Memory.cString(name.toString());
        try (KeventQueue queue = KeventQueue.open(4)) {
            for (int i = 0; i < ROUNDS; i++) {
                int former = fifo(path, name);
                queue.submit(KeventEvent.fdLevel(former, Poll.POLLIN, SigVal.of(1)));
                long last = System.nanoTime() + 60_000_000_000L;
                while (queue.stats().unread == 0) {
                    // without a pause: the clock must not tick
                    Thread.onSpinWait();
                    assertTrue(System.nanoTime() < last, queue::dump);
                }
                ok(Unistd.close(former));
                // not Files.delete, which asks for times and so makes them finer
                ok(Linux.call(UNLINKAT, -1, Memory.address(path), 0));
                int again = fifo(path, name);
                if (again != former) {
                    ok(Linux.call(DUP3, again, former, Linux.O_CLOEXEC));
                }
                assertEquals(Poll.POLLIN, Support.take(queue.fd()).result);
                assertEquals(Errno.EBADF, Support.take(queue.fd()).error);
                ok(Unistd.close(again));
                if (again != former) {
                    ok(Unistd.close(former));
                }
                ok(Linux.call(UNLINKAT, -1, Memory.address(path), 0));
            }
        }
    }
}
