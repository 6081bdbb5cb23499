package org.sigkevent.engine;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * The eventfd of an {@link EpollEngine}, which says that something is there. It is written once until the reaper has emptied it.
 *
 * <p>The reaper empties it, takes {@link #signalled} back, and then looks for what it was signalled for; who signals writes that down
 * before it reads {@code signalled}. So no signal is missed. Writing, emptying and closing it exclude each other, so nothing is
 * written to a number that was closed, and what is written late does not stay.
 */
final class EventFd {
    final int fd;
    private final AtomicLong calls;

    /** What is written, a one, and room for what is read. */
    private final ByteBuffer count = Memory.allocate(16);

    private final long address = Memory.address(count);
    private volatile boolean signalled;
    private boolean closed;

    /**
     * Makes one that counts its system calls in {@code calls}.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM
     */
    EventFd(AtomicLong calls) {
        this.calls = calls;
        count.putLong(0, 1);
        fd = Linux.eventfd();
        if (fd < 0) {
            throw ErrnoException.of(-fd, "eventfd for a queue (ulimit -n)");
        }
    }

    boolean signalled() {
        return signalled;
    }

    void signal() {
        if (!signalled) {
            write();
        }
    }

    private synchronized void write() {
        if (!closed && !signalled) {
            calls.incrementAndGet();
            Native.C.write(fd, address, 8);
            signalled = true;
        }
    }

    /** Empties it. Under the reaping right, before a look at what it may have been signalled for. */
    synchronized void empty() {
        calls.incrementAndGet();
        Native.C.read(fd, address + 8, 8);
        signalled = false;
    }

    synchronized void close() {
        closed = true;
        Linux.close(fd);
    }
}
