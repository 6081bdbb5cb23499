package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Aio.aio_cancel;
import static org.sigkevent.Aio.aio_suspend;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EISDIR;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.time.Duration;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/** aio_suspend. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioSuspendIT extends AioScene {
    private static final long MS = 1_000_000;

    private static int suspend(TimeSpec timeout, Aiocb... list) {
        return aio_suspend(list, list.length, timeout);
    }

    private static TimeSpec millis(long ms) {
        return TimeSpec.of(Duration.ofMillis(ms));
    }

    /** Ten reads of one byte each of a pipe that is empty. */
    private static Aiocb[] tenReads(int fd) {
        Aiocb[] reads = new Aiocb[10];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = opcode(Aio.LIO_READ, cb(fd, new byte[1]));
        }
        return reads;
    }

    @Test
    @Assertion(id = "aio_suspend/1-1", says = "It gives 0 when one of the requests is done.")
    void returnsWhenOneIsDone() {
        byte[] file = new byte[10 * MIB];
        for (int i = 0; i < 10; i++) {
            file[i * MIB] = (byte) i;
        }
        int fd = tmp(file);
        byte[][] into = new byte[10][MIB];
        Aiocb[] reads = new Aiocb[10];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = opcode(Aio.LIO_READ, cb(fd, into[i], MIB, (long) i * MIB));
        }
        done(list(Aio.LIO_NOWAIT, kev(0), reads));
        done(suspend(null, null, reads[6]));
        status(0, reads[6]);
        ends(MIB, reads[6]);
        assertEquals(6, into[6][0]);
        KeventRecord record = take(0);
        assertEquals(10, record.result);
        for (int i = 0; i < reads.length; i++) {
            if (i != 6) {
                status(0, reads[i]);
            }
        }
        silent();
    }

    @Test
    @Assertion(id = "aio_suspend/4-1", says = "It fails when the time is up first.")
    void failsWhenTheTimeIsUp() {
        int[] pipe = pipe();
        Aiocb[] reads = tenReads(pipe[0]);
        done(list(Aio.LIO_NOWAIT, null, reads));
        refused(EAGAIN, suspend(new TimeSpec(0, 10), null, reads[6]));
        inProgress(reads[6]);
    }

    @Test
    @Assertion(id = "aio_suspend/9-1", says = "EAGAIN says that the time is up and nothing is done.")
    void timeUpIsEagain() {
        int[] pipe = pipe();
        Aiocb[] reads = tenReads(pipe[0]);
        done(list(Aio.LIO_NOWAIT, null, reads));
        refused(EAGAIN, suspend(millis(1), null, reads[6]));
        refused(EAGAIN, suspend(millis(1), reads));
        for (Aiocb cb : reads) {
            inProgress(cb);
        }
    }

    @Test
    @Assertion(id = "aio_suspend/p-zero", says = "A timeout of zero asks and does not wait.")
    void aZeroTimeoutAsks() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        refused(EAGAIN, suspend(new TimeSpec(), cb));
        feed(pipe[1], "a");
        assertEquals(0, await(cb));
        done(suspend(new TimeSpec(), cb));
    }

    @Test
    @Assertion(id = "aio_suspend/x-done", says = "It does not sleep when one of the requests is done already.")
    void whatIsDoneEndsItAtOnce() {
        Aiocb blocked = blocked(pipe()[0]);
        Aiocb written = write(cb(tmp(), "a"));
        assertEquals(0, await(written));
        done(suspend(null, blocked, written));
        inProgress(blocked);
        // its result is still there
        ends(1, written);
    }

    @Test
    @Assertion(id = "aio_suspend/x-not-early", says = "The time is never shorter than asked for.")
    void theTimeIsNeverShort() {
        Aiocb blocked = blocked(pipe()[0]);
        for (int i = 0; i < 20; i++) {
            long before = System.nanoTime();
            refused(EAGAIN, suspend(millis(20), blocked));
            long elapsed = System.nanoTime() - before;
            assertTrue(elapsed >= 20 * MS, () -> elapsed + " ns");
        }
    }

    @Test
    @Assertion(
            id = "aio_suspend/x-all-null",
            says = "A list without requests does not hang.",
            strength = CHOICE,
            choice = "0 at once, with or without a timeout; a negative count is EINVAL.")
    void aListWithoutRequestsIsDone() {
        done(suspend(millis(50), null, null));
        done(suspend(null, null, null));
        done(aio_suspend(new Aiocb[2], 0, millis(50)));
        refused(EINVAL, aio_suspend(new Aiocb[2], -1, millis(50)));
    }

    @Test
    @Assertion(
            id = "aio_suspend/p-count",
            says = "A count that the list does not have is EINVAL.",
            strength = CHOICE,
            choice = "-1 and EINVAL; a null list too.")
    void aCountThatTheListDoesNotHave() {
        refused(EINVAL, aio_suspend(new Aiocb[2], 3, null));
        refused(EINVAL, aio_suspend(null, 1, null));
        refused(EINVAL, aio_suspend(null, 0, null));
    }

    @Test
    @Assertion(id = "aio_suspend/p-front", says = "Only the first nent entries count.")
    void onlyTheFrontCounts() {
        Aiocb blocked = blocked(pipe()[0]);
        Aiocb written = write(cb(tmp(), "a"));
        await(written);
        refused(EAGAIN, aio_suspend(new Aiocb[] {blocked, written}, 1, millis(1)));
        done(aio_suspend(new Aiocb[] {blocked, written}, 2, null));
    }

    @Test
    @Assertion(id = "aio_suspend/p-twice", says = "The same request may stand in the list twice.")
    void theSameRequestTwice() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Running<Answer> waiter =
                run(() -> new Answer(suspend(null, cb, null, cb))).asleep();
        feed(pipe[1], "a");
        waiter.get().is(0);
        ends(1, cb);
    }

    @Test
    @Assertion(
            id = "aio_suspend/p-no-request",
            says = "A block that stands for no request does not hang.",
            strength = CHOICE,
            choice = "It counts as done: 0 at once, for one never submitted and for one whose result was taken.")
    void aBlockWithoutRequestCountsAsDone() {
        done(suspend(null, new Aiocb()));
        Aiocb written = write(cb(tmp(), "a"));
        ends(1, written);
        done(suspend(null, written));
    }

    @Test
    @Assertion(
            id = "aio_suspend/x-bad-timespec",
            says = "A timeout that is no time is refused.",
            strength = CHOICE,
            choice = "-1 and EINVAL.")
    void aTimeoutThatIsNone() {
        Aiocb blocked = blocked(pipe()[0]);
        refused(EINVAL, suspend(new TimeSpec(0, 1_000_000_000), blocked));
        refused(EINVAL, suspend(new TimeSpec(0, -1), blocked));
        refused(EINVAL, suspend(new TimeSpec(-1, 0), blocked));
        inProgress(blocked);
    }

    @Test
    @Assertion(id = "aio_suspend/p-long", says = "A timeout of any length is accepted.")
    void theLongestTimeout() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Running<Answer> waiter = run(() -> new Answer(suspend(new TimeSpec(Long.MAX_VALUE, 999_999_999), cb)))
                .asleep();
        feed(pipe[1], "a");
        waiter.get().is(0);
    }

    @Test
    @Assertion(
            id = "aio_suspend/x-eintr",
            says =
                    "Interrupting the waiting thread ends the wait with EINTR, and the request goes on; a record does not end it.")
    void anInterruptEndsItAndARecordDoesNot() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Running<Answer> waiter = run(() -> new Answer(suspend(null, cb))).asleep();
        done(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        assertEquals(1, take().cookie);
        silent();
        assertFalse(waiter.ended());
        waiter.thread.interrupt();
        waiter.get().failed(EINTR);
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(
            id = "aio_suspend/p-interrupted-before",
            says = "A thread that is interrupted already does not sleep.",
            strength = CHOICE,
            choice = "EINTR, and its interrupt status is cleared; 0 when a request is done.")
    void anInterruptThatCameBefore() throws Exception {
        Aiocb blocked = blocked(pipe()[0]);
        Running<Boolean> waiter = run(() -> {
            Thread.currentThread().interrupt();
            refused(EINTR, suspend(null, blocked));
            return Thread.currentThread().isInterrupted();
        });
        assertFalse(waiter.get());
    }

    @Test
    @Assertion(id = "aio_suspend/x-failed-op", says = "A request that failed is done.")
    void whatHasFailedIsDone() {
        Aiocb cb = read(cb(opened(Fcntl.open("/", Fcntl.O_RDONLY)), new byte[4]));
        done(suspend(null, cb));
        status(EISDIR, cb);
    }

    @Test
    @Assertion(id = "aio_suspend/p-cancelled", says = "A request that is cancelled ends the wait.")
    void aCancellationEndsIt() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Running<Answer> waiter = run(() -> new Answer(suspend(null, cb))).asleep();
        // only who waits can have it done: that may take long
        int said = aio_cancel(pipe[0], cb);
        assertTrue(said == Aio.AIO_CANCELED || said == Aio.AIO_NOTCANCELED);
        waiter.get().is(0);
        fails(ECANCELED, cb);
    }

    @Test
    @Assertion(id = "aio_suspend/x-two-waiters", says = "All who wait for a request are released by its end.")
    void allWhoWaitAreReleased() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        Running<Answer> a = run(() -> new Answer(suspend(null, cb))).asleep();
        Running<Answer> b = run(() -> new Answer(suspend(millis(30_000), cb))).asleep();
        feed(pipe[1], "a");
        a.get().is(0);
        b.get().is(0);
    }

    @Test
    @Assertion(id = "aio_suspend/p-any", says = "It waits for one of many requests, whichever it is.")
    void anyOfManyEndsIt() throws Exception {
        int[][] pipes = new int[20][];
        Aiocb[] reads = new Aiocb[pipes.length];
        for (int i = 0; i < pipes.length; i++) {
            pipes[i] = pipe();
            reads[i] = blocked(pipes[i][0]);
        }
        for (int i : new int[] {13, 0, 19}) {
            Aiocb cb = reads[i];
            Running<Answer> waiter = run(() -> new Answer(suspend(null, reads))).asleep();
            feed(pipes[i][1], "a");
            waiter.get().is(0);
            ends(1, cb);
            reads[i] = null;
        }
    }

    @Test
    @Assertion(id = "aio_suspend/p-record", says = "Waiting for a request takes no record.", strength = KEVENT)
    void theRecordIsLeftInTheRing() {
        Aiocb cb = write(notified(cb(tmp(), "a"), 7));
        done(suspend(null, cb));
        assertEquals(1, take(7).result);
    }

    @Test
    @Assertion(
            id = "aio_suspend/p-behind-another-queue",
            says = "It ends with a read that was behind one of another queue.",
            strength = KEVENT)
    void aReadBehindThatOfAnotherQueue() throws Exception {
        int[] pipe = pipe();
        Aiocb first = read(notified(cb(pipe[0], new byte[1]), 1));
        Aiocb second = blocked(pipe[0]);
        Running<Answer> waiter = run(() -> new Answer(suspend(null, second))).asleep();
        feed(pipe[1], "ab");
        waiter.get().is(0);
        take(1);
        ends(1, first);
    }
}
