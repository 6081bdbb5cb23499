package org.sigkevent;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.BounceBuffers;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.ProgramMemory;

/**
 * Native addresses of the buffers of one synchronous call. Heap data, and that of an arena which can be closed, goes through a
 * block of {@link BounceBuffers}, which goes back when the call is over ({@link #release}): no thread keeps memory for its messages.
 */
final class MessageBuffers {
    private static final PerThread<MessageBuffers> OWN = new PerThread<>(MessageBuffers::new);

    private final Known written = new Known();
    private final Known read = new Known();

    // what the call that is being made calls its arguments
    private String name = "";
    private String lengthName = "";

    /** Where the buffer of the call that is being made begins: read once, since another thread may move it. */
    private int position;

    /** Of the call that is being made. */
    private BounceBuffers.@Nullable Block block;

    /**
     * The buffer that came twice in a row, and its address: to ask for one is a call through JNI.
     */
    private static final class Known {
        private WeakReference<ByteBuffer> buffer = new WeakReference<>(null);
        private long address;
        private int lastHash;

        /** 0 for one whose memory can be freed during the call: then it goes the way of heap data. */
        long addressOf(ByteBuffer direct) {
            if (buffer.refersTo(direct)) {
                return address;
            }
            if (Arenas.canBeClosed(direct)) {
                return 0;
            }
            long found = Memory.address(direct);
            int hash = System.identityHashCode(direct);
            // it may come again: worth an object
            if (hash == lastHash) {
                buffer = new WeakReference<>(direct);
                address = found;
            }
            lastHash = hash;
            return found;
        }
    }

    private MessageBuffers() {}

    /** The calling thread's, for a call that calls its arguments so. */
    static MessageBuffers own(String name, String lengthName) {
        MessageBuffers own = OWN.get();
        own.name = name;
        own.lengthName = lengthName;
        return own;
    }

    /** Where {@code length} bytes of {@code buffer} stand, for the kernel to read. */
    long forWriting(Object buffer, long length) {
        long address = direct(buffer, length, written);
        if (address != 0 || length == 0) {
            return address;
        }
        long to = bounce(length);
        if (buffer instanceof byte[] bytes) {
            Memory.copyIn(to, bytes, 0, (int) length);
        } else {
            ByteBuffer from = (ByteBuffer) buffer;
            if (!ProgramMemory.copyIn(to, from, position, (int) length)) {
                throw new ErrnoException(Errnos.EFAULT, name + " is memory that is gone: " + ProgramMemory.WHY);
            }
        }
        return to;
    }

    /** Where the kernel is to write what {@link #deliver} then puts into {@code buffer}. */
    long forReading(Object buffer, long length) {
        if (buffer instanceof ByteBuffer b && b.isReadOnly()) {
            throw new ErrnoException(Errnos.EFAULT, name + " is a read-only buffer");
        }
        long address = direct(buffer, length, read);
        return address != 0 || length == 0 ? address : bounce(length);
    }

    /** Copies {@code length} bytes that arrived into a buffer that has a block. */
    void deliver(Object buffer, int length) {
        BounceBuffers.Block from = block;
        if (from == null) {
            return;
        }
        if (buffer instanceof byte[] bytes) {
            Memory.copyOut(from.address, bytes, 0, length);
        } else if (buffer instanceof ByteBuffer to && !to.isDirect()) {
            Memory.copyOut(from.address, to.array(), to.arrayOffset() + position, length);
        } else if (buffer instanceof ByteBuffer to && length > 0) {
            if (!ProgramMemory.copyOut(to, position, from.address, length)) {
                throw new ErrnoException(
                        Errnos.EFAULT,
                        name + " is memory that is gone: " + ProgramMemory.WHY
                                + ". What was received is lost, as on an address that is not mapped");
            }
        }
    }

    /** The call is over. */
    void release() {
        BounceBuffers.Block taken = block;
        if (taken != null) {
            block = null;
            BounceBuffers.give(taken);
        }
    }

    /** The address of native memory; 0 for a heap buffer. */
    private long direct(Object buffer, long length, Known known) {
        if (length < 0) {
            throw new ErrnoException(Errnos.EMSGSIZE, lengthName + " " + length + " is negative");
        }
        if (buffer == null && length > 0) {
            throw new ErrnoException(Errnos.EFAULT, name + " is null");
        }
        position = buffer instanceof ByteBuffer b ? b.position() : 0;
        long room = Aiocb.room(buffer, position);
        if (room < 0) {
            throw ErrnoException.invalid(Aiocb.noBuffer(name, buffer));
        }
        if (room < length) {
            throw ErrnoException.invalid(name + " has " + room + " bytes, fewer than " + lengthName + " " + length);
        }
        if (buffer instanceof ByteBuffer b) {
            if (!b.isDirect()) {
                return 0;
            }
            long address = known.addressOf(b);
            String refusal = address == 0 ? Arenas.refusal(b, true) : null;
            if (refusal != null) {
                throw new ErrnoException(Errnos.EFAULT, name + " is " + refusal);
            }
            return address == 0 ? 0 : address + position;
        }
        if (buffer instanceof Pointer p && p.address() == 0 && length > 0) {
            throw new ErrnoException(Errnos.EFAULT, name + " is a null pointer");
        }
        return buffer instanceof Pointer p ? p.address() : 0;
    }

    private long bounce(long length) {
        BounceBuffers.Block taken = BounceBuffers.take(length);
        if (taken == null) {
            throw new ErrnoException(Errnos.ENOMEM, "no native memory for " + lengthName + " " + length);
        }
        block = taken;
        return taken.address;
    }
}
