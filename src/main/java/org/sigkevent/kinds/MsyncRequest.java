package org.sigkevent.kinds;

import org.sigkevent.core.BlockingRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/** KEVENT_SYNC of mapped memory: msync, on a helper thread. */
public final class MsyncRequest extends BlockingRequest {
    private final long address;
    private final long length;
    private final Object pinned;

    /** {@code pinned} is held until the request is done: the mapped buffer. */
    public MsyncRequest(Destination to, long address, long length, Object pinned) {
        super(to, Kinds.KEVENT_SYNC, -1);
        long begin = address & -Memory.PAGE_SIZE;
        this.address = begin;
        this.length = length + (address - begin);
        this.pinned = pinned;
    }

    @Override
    protected void check() {
        if (address == 0) {
            throw ErrnoException.invalid("mapped is a heap buffer, not a mapped one");
        }
    }

    @Override
    protected String asked() {
        return "msync of mapped: " + length + " bytes at 0x" + Long.toHexString(address);
    }

    @Override
    protected long attempt() {
        // there is no msync that does not wait and yet tells when it is done
        return -Errnos.EAGAIN;
    }

    @Override
    public long blocking() {
        long rc = Linux.call(Syscalls.MSYNC, address, length, Linux.MS_SYNC);
        java.lang.ref.Reference.reachabilityFence(pinned);
        return rc;
    }
}
