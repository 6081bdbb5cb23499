package org.sigkevent;

import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.AioRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/** Turns the blocks of a lio_listio into requests: one bad block does not stop the others. */
final class LioLists {
    /** One list's requests on their way down; each thread keeps one, so that a list allocates nothing. */
    private static final ThreadLocal<LioLists> OWN = ThreadLocal.withInitial(LioLists::new);

    private AioRequest[] requests = new AioRequest[64];

    private LioLists() {}

    static int submit(Aiocb[] list, int nent, boolean wait, @Nullable Destination target) {
        LioLists own = OWN.get();
        if (own.requests.length < nent) {
            own.requests = new AioRequest[Math.max(nent, 2 * own.requests.length)];
        }
        AioRequest[] requests = own.requests;
        int count = 0;
        boolean busy = false;
        try {
            for (int i = 0; i < nent; i++) {
                Aiocb cb = list[i];
                if (cb != null && cb.aio_lio_opcode != Aio.LIO_NOP) {
                    AioRequest request = prepare(cb);
                    if (request == null) {
                        busy = true;
                    } else {
                        requests[count++] = request;
                    }
                }
            }
            int rc = AioRequest.submitList(requests, count, wait, target);
            if (rc == 0 && busy) {
                return Errno.fail(Errnos.EIO, "an aiocb of the list is in flight: its request is not done");
            }
            return Errno.answer(
                    rc, rc == -Errnos.EAGAIN ? "slots for every element and the list are not to be had at once" : null);
        } finally {
            for (int i = 0; i < count; i++) {
                requests[i] = null;
            }
        }
    }

    /** Null for a block in flight, which is left alone. */
    private static @Nullable AioRequest prepare(Aiocb cb) {
        int errno = Errnos.EINVAL;
        if (cb.aio_lio_opcode == Aio.LIO_READ || cb.aio_lio_opcode == Aio.LIO_WRITE) {
            try {
                return cb.prepare(cb.aio_lio_opcode);
            } catch (ErrnoException refused) {
                errno = refused.errno();
            }
        }
        return cb.fail(errno);
    }
}
