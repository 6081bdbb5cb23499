package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EMSGSIZE;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Mqueue.mq_timedreceive;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** mq_timedreceive. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqTimedreceiveIT extends MqScene {
    /** In a minute, with these nanoseconds. */
    private static TimeSpec nanoseconds(long nanos) {
        return new TimeSpec(now() / 1_000_000_000 + 60, nanos);
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/1-1",
            says = "The oldest message of the highest priority comes first, with its priority.")
    void theHighestPriorityComesFirst() {
        int q = q(40, 40);
        ok(send(q, "m1", 1));
        ok(send(q, "m2", 2));
        assertEquals("m2/2", message(q, in(1000)).toString());
        assertEquals("m1/1", message(q, in(1000)).toString());
    }

    @Test
    @Assertion(id = "mq_timedreceive/2-1", says = "Room for less than mq_msgsize is refused.")
    void aShortBufferIsRefused() {
        int q = q(21, 21);
        ok(send(q, "123456789012", 1));
        refused(EMSGSIZE, mq_timedreceive(q, new byte[20], 20, null, far()));
        assertEquals(1, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedreceive/4-1", says = "The priority is stored if it is asked for.")
    void thePriorityIsStored() {
        int q = q(2, 8);
        ok(send(q, "a", 32_767));
        int[] priority = new int[1];
        assertEquals(1, mq_timedreceive(q, new byte[8], 8, priority, far()));
        assertEquals(32_767, priority[0]);
    }

    @Test
    @Assertion(id = "mq_timedreceive/5-2", says = "It waits until its time, and never less.")
    void itWaitsUntilItsTime() {
        int q = q(40, 40);
        TimeSpec end = in(300);
        assertEquals(-1, timedreceive(q, end));
        assertTrue(now() >= end.toNanos());
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/5-3",
            says = "It waits until it is interrupted; a record that arrives does not end it.")
    void itWaitsUntilItIsInterrupted() {
        int q = q(1, 40);
        Call receiver = Call.begin(() -> timedreceive(q, far())).untilBlocked();
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        assertEquals(1, Support.take(kfd).cookie);
        receiver.stillBlocked();
        receiver.interrupt();
        receiver.refused(EINTR);
    }

    @Test
    @Assertion(id = "mq_timedreceive/7-1", says = "An empty queue with O_NONBLOCK is a failure at once.")
    void anEmptyQueueWithNonblockFails() {
        int q = q(40, 40, O_RDWR | O_NONBLOCK);
        assertEquals(-1, timedreceive(q, far()));
    }

    @Test
    @Assertion(id = "mq_timedreceive/10-1", says = "Where there is a message a time that is past does not matter.")
    void aPastTimeDoesNotMatterWhereThereIsAMessage() {
        int q = q(40, 40);
        ok(send(q, "x", 1));
        assertEquals("x/1", message(q, in(-1000)).toString());
    }

    @Test
    @Assertion(id = "mq_timedreceive/10-2", says = "Nor does it when the message has been there for a while.")
    void aPastTimeDoesNotMatterForAnOlderMessage() {
        int q = q(40, 40);
        name = fresh();
        int empty = q(1, 8);
        ok(send(q, "x", 1));
        refused(ETIMEDOUT, timedreceive(empty, in(100)));
        assertEquals("x/1", message(q, in(-50)).toString());
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/speculative/10-2",
            says = "Where there is a message a time out of range may pass.",
            strength = CHOICE,
            choice = "the time is not looked at, where Linux says EINVAL")
    void aBadTimeDoesNotMatterWhereThereIsAMessage() {
        int q = q(40, 40);
        ok(send(q, "x", 1));
        assertEquals("x/1", message(q, nanoseconds(-1)).toString());
    }

    @Test
    @Assertion(id = "mq_timedreceive/12-1", says = "A failure takes no message.")
    void aFailureTakesNoMessage() {
        int q = q(2, 8);
        int writer = again(O_WRONLY);
        ok(send(q, "kept", 1));
        refused(EMSGSIZE, mq_timedreceive(q, new byte[7], 7, null, far()));
        refused(EBADF, timedreceive(writer, far()));
        refused(EBADF, timedreceive(NOT_OPEN, far()));
        assertEquals(1, messagesIn(q));
        assertEquals("kept/1", next(q));
    }

    @Test
    @Assertion(id = "mq_timedreceive/13-1", says = "Empty with O_NONBLOCK is EAGAIN.")
    void emptyWithNonblockIsEagain() {
        int q = q(40, 40, O_RDWR | O_NONBLOCK);
        refused(EAGAIN, timedreceive(q, far()));
        refused(EAGAIN, timedreceive(q, in(-1000)));
    }

    @Test
    @Assertion(id = "mq_timedreceive/14-1", says = "A number that is no open descriptor is EBADF.")
    void aNumberThatIsNotOpenIsEbadf() {
        q(2, 8);
        refused(EBADF, timedreceive(NOT_OPEN, far()));
        refused(EBADF, timedreceive(-1, far()));
    }

    @Test
    @Assertion(id = "mq_timedreceive/16-1", says = "Interrupting it is EINTR, and it has taken nothing.")
    void anInterruptIsEintr() {
        int q = q(2, 8);
        Call receiver = Call.begin(() -> timedreceive(q, far())).untilBlocked();
        receiver.interrupt();
        receiver.refused(EINTR);
        ok(send(q, "x", 0));
        assertEquals(1, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedreceive/17-1", says = "Negative nanoseconds are EINVAL where it would wait.")
    void negativeNanosecondsAreEinval() {
        refused(EINVAL, timedreceive(q(40, 40), nanoseconds(-1)));
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/17-3",
            says = "A thousand million nanoseconds and more are EINVAL where it would wait.")
    void tooManyNanosecondsAreEinval() {
        int q = q(40, 40);
        refused(EINVAL, timedreceive(q, nanoseconds(1_000_000_001)));
        refused(EINVAL, timedreceive(q, nanoseconds(1_000_000_000)));
        refused(EINVAL, timedreceive(q, nanoseconds(Long.MAX_VALUE)));
    }

    @Test
    @Assertion(id = "mq_timedreceive/18-1", says = "When its time comes and no message has, it is ETIMEDOUT.")
    void theEndOfTheTimeIsEtimedout() {
        int q = q(40, 40);
        for (int i = 0; i < 10; i++) {
            TimeSpec end = in(30);
            refused(ETIMEDOUT, timedreceive(q, end));
            assertTrue(now() >= end.toNanos(), "round " + i);
        }
    }

    @Test
    @Assertion(id = "mq_timedreceive/18-2", says = "A time that is past is ETIMEDOUT at once.")
    void aPastTimeIsEtimedoutAtOnce() {
        int q = q(40, 40);
        long begin = System.nanoTime();
        refused(ETIMEDOUT, timedreceive(q, in(-3000)));
        refused(ETIMEDOUT, timedreceive(q, new TimeSpec(0, 0)));
        assertTrue(System.nanoTime() - begin < Support.SOON.toNanos());
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/x-neg-sec",
            says = "Negative seconds are refused where it would wait.",
            strength = CHOICE,
            choice = "EINVAL, as on Linux")
    void negativeSecondsAreEinval() {
        int q = q(2, 8);
        refused(EINVAL, timedreceive(q, new TimeSpec(-1, 0)));
        refused(EINVAL, timedreceive(q, new TimeSpec(Long.MIN_VALUE, 0)));
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/x-null-timeout",
            says = "A call without a time waits without a limit.",
            strength = CHOICE,
            choice = "null: no limit, as on Linux")
    void withoutATimeItWaitsWithoutALimit() {
        int q = q(2, 8);
        ok(send(q, "a", 0));
        assertEquals(1, timedreceive(q, null));
        Call receiver = Call.begin(() -> timedreceive(q, null)).untilBlocked();
        ok(send(q, "late", 0));
        receiver.answers(4);
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/x-emsgsize-first",
            says = "A short buffer is refused at once where a good one would wait.")
    void aShortBufferDoesNotWait() {
        int q = q(1, 8);
        long begin = System.nanoTime();
        refused(EMSGSIZE, mq_timedreceive(q, new byte[7], 7, null, far()));
        assertTrue(System.nanoTime() - begin < Support.SOON.toNanos());
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_timedreceive/p-message", says = "A message that comes before its time ends the wait.")
    void aMessageEndsTheWait() {
        int q = q(2, 8);
        Call receiver = Call.begin(() -> timedreceive(q, far())).untilBlocked();
        ok(send(q, "late", 0));
        receiver.answers(4);
    }

    @Test
    @Assertion(id = "mq_timedreceive/p-far", says = "A time that no clock reaches is a wait without a limit.")
    void aTimeThatNeverComesIsNoLimit() {
        int q = q(2, 8);
        Call receiver = Call.begin(() -> timedreceive(q, new TimeSpec(Long.MAX_VALUE, 999_999_999)))
                .untilBlocked();
        receiver.stillBlocked();
        ok(send(q, "late", 0));
        receiver.answers(4);
    }

    @Test
    @Assertion(id = "mq_timedreceive/p-ebadf-wronly", says = "A descriptor that is not for reading is EBADF at once.")
    void aWriteOnlyDescriptorIsEbadf() {
        refused(EBADF, timedreceive(q(2, 8, O_WRONLY), far()));
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/p-timeout-leaves",
            says = "A call that ended for its time does not take a later message.")
    void aCallThatEndedTakesNoLaterMessage() {
        int q = q(2, 8);
        refused(ETIMEDOUT, timedreceive(q, in(10)));
        ok(mq_notify(q, kev(3)));
        ok(send(q, "x", 0));
        assertEquals(3, Support.take(kfd).cookie);
        assertEquals("x/0", next(q));
    }

    @Test
    @Assertion(
            id = "mq_timedreceive/p-race",
            says = "A message sent around the end of the time is either received or still there.")
    void aMessageAroundTheEndIsNotLost() {
        int q = q(4, 8);
        int received = 0;
        for (int round = 0; round < 200; round++) {
            TimeSpec end = in(3);
            long moment = end.toNanos() + (round % 40 - 10) * 10_000;
            Call receiver = Call.begin(() -> timedreceive(q, end));
            while (now() < moment) {
                Thread.onSpinWait();
            }
            ok(send(q, "x", 0));
            if (receiver.answer() == 1) {
                received++;
                assertEquals(0, messagesIn(q), "round " + round);
            } else {
                receiver.refused(ETIMEDOUT);
                assertEquals("x/0", next(q), "round " + round);
            }
        }
        System.out.println("mq_timedreceive/p-race: " + received + " of 200 received");
    }
}
