package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Aio.aio_cancel;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_fsync;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINPROGRESS;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EISDIR;
import static org.sigkevent.Errno.ENOSPC;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;

/** aio_return. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioReturnIT extends AioScene {
    @Test
    @Assertion(id = "aio_return/1-1", says = "The result is that of the synchronous call.")
    void theResultOfTheCall() {
        Aiocb cb = write(cb(tmp(), new byte[111]));
        assertEquals(0, await(cb));
        assertEquals(111, aio_return(cb));
    }

    @Test
    @Assertion(
            id = "aio_return/2-1",
            says = "The result is had once.",
            strength = MAY,
            choice = "Afterwards -1 and EINVAL.")
    void theResultIsHadOnce() {
        Aiocb cb = write(cb(tmp(), new byte[111]));
        ends(111, cb);
        refused(EINVAL, aio_return(cb));
    }

    @Test
    @Assertion(
            id = "aio_return/3-2",
            says = "Asking for the result again is EINVAL.",
            strength = MAY,
            choice = "-1 and EINVAL, however often.")
    void askingAgainIsEinval() {
        Aiocb cb = write(cb(tmp(), new byte[4096]));
        ends(4096, cb);
        for (int i = 0; i < 3; i++) {
            refused(EINVAL, aio_return(cb));
        }
        refused(EINVAL, aio_error(cb));
    }

    @Test
    @Assertion(
            id = "aio_return/x-early",
            says = "Asking before the end loses nothing.",
            strength = CHOICE,
            choice = "-1 and EINPROGRESS, and nothing is taken.")
    void askingEarlyTakesNothing() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        refused(EINPROGRESS, aio_return(cb));
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(id = "aio_return/x-failed", says = "The result of a failed request is -1, and its status says why.")
    void aFailureIsMinusOne() {
        Aiocb cb = write(cb(opened(Fcntl.open("/dev/full", Fcntl.O_WRONLY)), new byte[4]));
        assertEquals(ENOSPC, await(cb));
        assertEquals(-1, aio_return(cb));
        Aiocb directory = read(cb(opened(Fcntl.open("/", Fcntl.O_RDONLY)), new byte[4]));
        assertEquals(EISDIR, await(directory));
        assertEquals(-1, aio_return(directory));
    }

    @Test
    @Assertion(id = "aio_return/x-cancelled", says = "The result of a cancelled request is -1.")
    void aCancelledRequestIsMinusOne() {
        int[] pipe = pipe();
        Aiocb first = blocked(pipe[0]);
        Aiocb second = blocked(pipe[0]);
        assertEquals(Aio.AIO_CANCELED, aio_cancel(pipe[0], second));
        status(ECANCELED, second);
        assertEquals(-1, aio_return(second));
        inProgress(first);
    }

    @Test
    @Assertion(id = "aio_return/p-fsync", says = "The result of an aio_fsync is 0.")
    void aSyncIsZero() {
        Aiocb cb = cb(tmp("abcd"));
        done(aio_fsync(Fcntl.O_SYNC, cb));
        ends(0, cb);
    }

    @Test
    @Assertion(id = "aio_return/p-short", says = "A short read has its short count.")
    void aShortCount() {
        ends(3, read(cb(tmp("abcdefgh"), new byte[100], 100, 5)));
    }

    @Test
    @Assertion(id = "aio_return/p-errno", says = "A result that is given leaves errno alone.")
    void aResultLeavesErrnoAlone() {
        Aiocb cb = write(cb(tmp(), new byte[4]));
        await(cb);
        Errno.errno(EISDIR);
        assertEquals(4, aio_return(cb));
        assertEquals(EISDIR, Errno.errno());
    }

    @Test
    @Assertion(
            id = "aio_return/p-untaken",
            says = "A result that nobody takes costs the next request of the block nothing.",
            strength = CHOICE,
            choice = "It is dropped when the block is submitted again.")
    void anUntakenResultIsDropped() {
        int fd = tmp("abcdefgh");
        Aiocb cb = read(cb(fd, new byte[8]));
        await(cb);
        cb.aio_nbytes = 3;
        ends(3, read(cb));
    }

    @Test
    @Assertion(
            id = "aio_return/p-race",
            says = "Of several threads that ask, one gets the result.",
            strength = CHOICE,
            choice = "The others get -1 and EINVAL.")
    void oneOfSeveralThreadsGetsIt() throws Exception {
        int fd = tmp("abcd");
        for (int round = 0; round < 50; round++) {
            Aiocb cb = read(cb(fd, new byte[4]));
            await(cb);
            CyclicBarrier together = new CyclicBarrier(3);
            List<Running<Answer>> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                threads.add(run(() -> {
                    together.await();
                    return new Answer(aio_return(cb));
                }));
            }
            int had = 0;
            for (Running<Answer> thread : threads) {
                Answer answer = thread.get();
                if (answer.value == 4) {
                    had++;
                } else {
                    answer.failed(EINVAL);
                }
            }
            assertEquals(1, had);
        }
    }

    @Test
    @Assertion(
            id = "aio_return/p-unread",
            says = "A result that is taken before the record takes that back; it can be taken after it as well.",
            strength = KEVENT)
    void aResultThatIsTakenFirstTakesTheRecordBack() {
        int fd = tmp("abcd");
        Aiocb cb = read(notified(cb(fd, new byte[4]), 1));
        ends(4, cb);
        read(notified(cb, 2));
        assertEquals(4, take(2).result);
        ends(4, cb);
    }
}
