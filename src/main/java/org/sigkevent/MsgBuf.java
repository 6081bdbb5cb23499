package org.sigkevent;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;

/**
 * {@code struct msgbuf} of {@code <sys/msg.h>}: a message and its type. A plain struct, used during the call only; not thread-safe.
 */
public final class MsgBuf {
    /** The type; above zero in what is sent. */
    public long mtype;

    /** The text: a {@link ByteBuffer} (from its position, which stays), a byte[] or a jnr {@link Pointer}. */
    public @Nullable Object mtext;

    /** Type 0 and no text. */
    public MsgBuf() {}

    /**
     * A message, or room for one.
     *
     * @param mtype the type
     * @param mtext a ByteBuffer, a byte[] or a jnr Pointer
     */
    public MsgBuf(long mtype, @Nullable Object mtext) {
        this.mtype = mtype;
        this.mtext = mtext;
    }

    /** The text as a buffer of {@code size} bytes from its position on. Throws ErrnoException. */
    ByteBuffer text(long size, boolean receive) {
        Object text = mtext;
        if (size < 0 || size > Integer.MAX_VALUE - 64) {
            throw ErrnoException.invalid("msgsz " + size + " is not in 0 to 2,147,483,583");
        }
        if (text == null && size > 0 || text instanceof ByteBuffer b && receive && b.isReadOnly()) {
            throw new ErrnoException(Errnos.EFAULT, "mtext is " + (text == null ? "null" : "a read-only buffer"));
        }
        ByteBuffer whole = text instanceof ByteBuffer b ? b.duplicate() : null;
        long room = Aiocb.room(text, whole == null ? 0 : whole.position());
        if (text != null && room < 0) {
            throw ErrnoException.invalid(Aiocb.noBuffer("mtext", text));
        }
        if (room < size) {
            throw ErrnoException.invalid("mtext has " + room + " bytes, fewer than msgsz " + size);
        }
        String refusal = whole != null && whole.isDirect() ? Arenas.refusal(whole, true) : null;
        if (refusal != null) {
            throw new ErrnoException(Errnos.EFAULT, "mtext is " + refusal);
        }
        if (whole != null) {
            return whole;
        }
        return text instanceof Pointer p
                ? Memory.view(p.address(), (int) size)
                : text == null ? ByteBuffer.allocate(0) : ByteBuffer.wrap((byte[]) text);
    }
}
