package org.sigkevent.kinds;

import java.nio.ByteBuffer;
import org.sigkevent.core.BlockingRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.ProgramMemory;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_SYSVMSG: msgrcv into a buffer, msgsnd from one. The record has the length and, in data0, the message's type.
 *
 * <p>A message that was received as the queue was destroyed, of which nobody was told, is sent again: it is the last one then.
 */
public final class SysvMsgRequest extends BlockingRequest {
    public static final int MSG_NOERROR = 010000;
    public static final int MSG_EXCEPT = 020000;
    private static final int HEADER = 8;

    /** What a direct buffer holds besides the header, aligned. */
    private static final int MOST = Integer.MAX_VALUE - HEADER - 16;

    private final boolean receive;
    private final long type;
    private final int flags;
    private final ByteBuffer buffer;
    private final int at;
    private final int size;

    /** The length of what was received and nobody was told of; else negative. */
    private volatile long received = -1;

    /** struct msgbuf: the type, and the text. */
    private final ByteBuffer message;

    /** {@code buffer} from its position to its limit is where the text goes to or comes from. */
    public SysvMsgRequest(Destination to, boolean receive, int msqid, ByteBuffer buffer, long type, int flags) {
        super(to, Kinds.KEVENT_SYSVMSG, msqid);
        this.receive = receive;
        this.type = type;
        this.flags = flags;
        // position and limit are the program's to change
        this.buffer = buffer.duplicate();
        this.at = this.buffer.position();
        this.size = this.buffer.remaining();
        if (size > MOST) {
            throw ErrnoException.invalid(
                    (receive ? "into" : "from") + " has " + size + " bytes, a message here at most " + MOST);
        }
        message = Memory.allocate(HEADER + size);
        message.putLong(0, type);
        if (!receive && !ProgramMemory.copyIn(Memory.address(message) + HEADER, this.buffer, at, size)) {
            throw new ErrnoException(Errnos.EFAULT, "from is memory that is gone: " + ProgramMemory.WHY);
        }
    }

    @Override
    protected void check() {
        if (!receive && type <= 0) {
            throw ErrnoException.invalid("type " + type + " is not positive, as the type of a message is");
        }
        if ((flags & ~(MSG_NOERROR | MSG_EXCEPT)) != 0) {
            throw ErrnoException.invalid("flags 0x" + Integer.toHexString(flags)
                    + " is not made of MSG_NOERROR (0x1000) and MSG_EXCEPT (0x2000)");
        }
        if (receive && buffer.isReadOnly()) {
            throw new ErrnoException(Errnos.EFAULT, "into is a read-only buffer");
        }
    }

    @Override
    protected String asked() {
        return (receive ? "msgrcv of msqid " : "msgsnd of msqid ") + descriptor + (receive ? ", into" : ", from")
                + " with " + size + " bytes, type " + type + ", flags 0x" + Integer.toHexString(flags);
    }

    @Override
    protected String because(int errno) {
        return errno != Errnos.EINVAL
                ? ""
                : receive
                        ? "there is no such queue"
                        : "there is no such queue, or the message is longer than /proc/sys/kernel/msgmax";
    }

    @Override
    protected long attempt() {
        return call(Linux.IPC_NOWAIT);
    }

    @Override
    protected boolean mustWait(long result) {
        return receive ? result == -Errnos.ENOMSG : result == -Errnos.EAGAIN;
    }

    @Override
    public long blocking() {
        return removed(call(0));
    }

    private long call(int more) {
        long address = Memory.address(message);
        return receive
                ? Linux.call(Syscalls.MSGRCV, descriptor, address, size, type, flags | more)
                : Linux.call(Syscalls.MSGSND, descriptor, address, size, more);
    }

    @Override
    public void ended(long result) {
        long told = result;
        if (receive
                && result > 0
                && !ProgramMemory.copyOut(buffer, at, Memory.address(message) + HEADER, (int) result)) {
            told = -Errnos.EFAULT;
        }
        received = receive ? told : -1;
        complete(told, message.getLong(0), 0);
    }

    @Override
    protected boolean taken(RingRecord record) {
        received = -1;
        return super.taken(record);
    }

    /** Somebody has heard of it. */
    @Override
    protected void abandonedElsewhere() {
        received = -1;
    }

    @Override
    protected void abandoned() {
        long length = received;
        if (length < 0) {
            return;
        }
        received = -1;
        int rc = Linux.call(Syscalls.MSGSND, descriptor, Memory.address(message), length, Linux.IPC_NOWAIT);
        if (rc < 0) {
            lost(
                    "a message of type " + message.getLong(0) + " and " + length + " bytes of System V message queue "
                            + descriptor,
                    -rc);
        }
    }
}
