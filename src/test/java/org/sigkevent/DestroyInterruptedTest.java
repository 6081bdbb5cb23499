package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Interrupting whoever destroys a queue. */
@Timeout(120)
class DestroyInterruptedTest {
    @Test
    void theQueueIsDeadAndTheLibraryFinishesByItself() {
        for (int i = 0; i < 50; i++) {
            int[] pipe = EventSource.pipe();
            int kfd = Support.queue(4);
            Aiocb read = new Aiocb();
            read.aio_fildes = pipe[0];
            read.aio_buf = new byte[1];
            read.aio_nbytes = 1;
            read.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
            ok(Aio.aio_read(read));
            Thread.currentThread().interrupt();
            int answer = Kevent.kevent_destroy(kfd, null, 0);
            int errno = Errno.errno();
            // the request may have ended before the interrupt was looked at; then the status stays
            boolean status = Thread.interrupted();
            assertEquals(answer == 0, status);
            assertEquals(answer == 0 ? answer : Errno.EINTR, answer == 0 ? 0 : errno);
            refused(Errno.EBADF, Kevent.kevent_submit(kfd, null, 0, null));
            Support.until("the request has ended", () -> Aio.aio_error(read) != Errno.EINPROGRESS);
            assertEquals(Errno.ECANCELED, Aio.aio_error(read));
            assertFalse(Thread.interrupted());
            ok(Unistd.close(pipe[0]));
            ok(Unistd.close(pipe[1]));
        }
    }
}
