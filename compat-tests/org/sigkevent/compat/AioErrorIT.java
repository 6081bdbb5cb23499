package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Aio.aio_cancel;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_fsync;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Aio.aio_write;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINPROGRESS;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EISDIR;
import static org.sigkevent.Errno.ENOSPC;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;

/** aio_error. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioErrorIT extends AioScene {
    private Aiocb failing() {
        return write(cb(opened(Fcntl.open("/dev/full", Fcntl.O_WRONLY)), new byte[4]));
    }

    @Test
    @Assertion(id = "aio_error/1-1", says = "The status of a request that succeeded is 0.")
    void successIsZero() {
        Aiocb cb = write(cb(tmp(), new byte[111]));
        assertEquals(0, await(cb));
        assertEquals(0, aio_error(cb));
    }

    @Test
    @Assertion(
            id = "aio_error/2-1",
            says = "The status of a request that goes on is EINPROGRESS, and errno is left alone.")
    void goingOnIsEinprogress() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Errno.errno(EISDIR);
        assertEquals(EINPROGRESS, aio_error(cb));
        assertEquals(EISDIR, Errno.errno());
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(id = "aio_error/x-repeat", says = "Reading the status does not use it up.")
    void theStatusStays() {
        Aiocb cb = failing();
        assertEquals(ENOSPC, await(cb));
        for (int i = 0; i < 10; i++) {
            assertEquals(ENOSPC, aio_error(cb));
        }
        assertEquals(-1, aio_return(cb));
    }

    @Test
    @Assertion(
            id = "aio_error/x-fresh",
            says = "A block that was never submitted is EINVAL.",
            strength = MAY,
            choice = "-1 and EINVAL.")
    void aFreshBlockHasNoStatus() {
        Aiocb cb = new Aiocb();
        refused(EINVAL, aio_error(cb));
        refused(EINVAL, aio_return(cb));
    }

    @Test
    @Assertion(id = "aio_error/x-null", says = "A null block is EINVAL.", strength = CHOICE, choice = "-1 and EINVAL.")
    void aNullBlockHasNoStatus() {
        refused(EINVAL, aio_error(null));
        refused(EINVAL, aio_return(null));
    }

    @Test
    @Assertion(
            id = "aio_error/p-returned",
            says = "After aio_return the block stands for no request.",
            strength = MAY,
            choice = "-1 and EINVAL.")
    void aResultThatWasTakenLeavesNoStatus() {
        Aiocb cb = write(cb(tmp(), new byte[4]));
        ends(4, cb);
        refused(EINVAL, aio_error(cb));
        Aiocb failed = failing();
        fails(ENOSPC, failed);
        refused(EINVAL, aio_error(failed));
    }

    @Test
    @Assertion(
            id = "aio_error/p-refused",
            says = "A block whose submission was refused has no new status.",
            strength = CHOICE,
            choice = "-1 and EINVAL as before the call.")
    void aRefusedBlockHasNoStatus() {
        Aiocb cb = cb(-1, new byte[4]);
        refused(EBADF, aio_write(cb));
        refused(EINVAL, aio_error(cb));
        cb.aio_fildes = tmp();
        ends(4, write(cb));
    }

    @Test
    @Assertion(id = "aio_error/p-errno", says = "A failed request's status is the value, and errno is left alone.")
    void aFailureLeavesErrnoAlone() {
        Aiocb cb = failing();
        await(cb);
        Errno.errno(EISDIR);
        assertEquals(ENOSPC, aio_error(cb));
        assertEquals(EISDIR, Errno.errno());
    }

    @Test
    @Assertion(id = "aio_error/p-cancelled", says = "The status of a cancelled request is ECANCELED.")
    void cancelledIsEcanceled() {
        Aiocb cb = blocked(pipe()[0]);
        assertEquals(Aio.AIO_CANCELED, aio_cancel(cb.aio_fildes, cb));
        assertEquals(ECANCELED, aio_error(cb));
    }

    @Test
    @Assertion(id = "aio_error/p-fsync", says = "The status of an aio_fsync is that of the fsync.")
    void aSyncHasAStatus() {
        Aiocb good = cb(tmp());
        done(aio_fsync(Fcntl.O_SYNC, good));
        assertEquals(0, await(good));
        Aiocb bad = cb(pipe()[1]);
        done(aio_fsync(Fcntl.O_SYNC, bad));
        assertEquals(EINVAL, await(bad));
    }

    @Test
    @Assertion(id = "aio_error/p-thread", says = "Any thread can ask.")
    void anyThreadCanAsk() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Running<Integer> other = run(() -> await(cb));
        feed(pipe[1], "a");
        assertEquals(0, other.get());
        ends(1, cb);
    }
}
