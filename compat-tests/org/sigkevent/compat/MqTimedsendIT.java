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
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Mqueue.MQ_PRIO_MAX;
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

/** mq_timedsend. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqTimedsendIT extends MqScene {
    private static final TimeSpec LONG_AGO = new TimeSpec(1, 0);

    @Test
    @Assertion(id = "mq_timedsend/1-1", says = "It puts a message into the queue.")
    void itSendsAMessage() {
        int q = q(10, 40);
        assertEquals(0, timedsend(q, "0123456789", 1, in(1000)));
        assertEquals("0123456789/1", next(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/2-1", says = "A message above mq_msgsize is refused.")
    void aMessageThatIsTooLongIsRefused() {
        int q = q(10, 10);
        assertEquals(-1, timedsend(q, "x".repeat(20), 1, far()));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/3-1", says = "The message of the highest priority goes first.")
    void theHighestPriorityGoesFirst() {
        int q = q(10, 40);
        for (int priority : new int[] {6, 10, 2, 8, 1}) {
            assertEquals(0, timedsend(q, "p" + priority, priority, far()));
        }
        for (int priority : new int[] {10, 8, 6, 2, 1}) {
            assertEquals("p" + priority + "/" + priority, next(q));
        }
    }

    @Test
    @Assertion(id = "mq_timedsend/4-1", says = "A priority above MQ_PRIO_MAX is refused.")
    void aPriorityAboveTheMaximumIsRefused() {
        int q = qd();
        refused(EINVAL, timedsend(q, "x", MQ_PRIO_MAX + 1, far()));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/4-2", says = "MQ_PRIO_MAX is no priority.")
    void theMaximumIsNoPriority() {
        int q = qd();
        refused(EINVAL, timedsend(q, "x", MQ_PRIO_MAX, far()));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/4-3", says = "MQ_PRIO_MAX - 1 is one.")
    void oneBelowTheMaximumIsAPriority() {
        int q = q(5, 40);
        assertEquals(0, timedsend(q, "x", MQ_PRIO_MAX - 1, far()));
        assertEquals("x/32767", next(q));
    }

    private static long sendAll(int q, int count, TimeSpec end) {
        for (int i = 0; i < count; i++) {
            if (timedsend(q, "m", 1, end) < 0) {
                return -1;
            }
        }
        return 0;
    }

    @Test
    @Assertion(
            id = "mq_timedsend/5-2",
            says = "With a limit that never comes an interrupt ends a blocked call; a record that arrives does not.")
    void anInterruptEndsACallThatWouldWaitForEver() {
        int q = q(5, 40);
        Call sender =
                Call.begin(() -> sendAll(q, 6, new TimeSpec(Long.MAX_VALUE, 0))).untilBlocked();
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        assertEquals(1, Support.take(kfd).cookie);
        sender.stillBlocked();
        sender.interrupt();
        sender.refused(EINTR);
        assertEquals(5, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/5-3", says = "A blocked call ends at its time and not before.")
    void aBlockedCallEndsAtItsTime() {
        int q = q(5, 40);
        TimeSpec end = in(200);
        refused(ETIMEDOUT, sendAll(q, 6, end));
        assertTrue(now() >= end.toNanos());
        assertEquals(5, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/7-1", says = "With O_NONBLOCK a full queue refuses the message and does not take it.")
    void aFullQueueDoesNotTakeTheMessage() {
        int q = q(5, 40, O_RDWR | O_NONBLOCK);
        int priority = 1;
        while (timedsend(q, "m" + priority, priority, far()) == 0) {
            priority++;
        }
        assertEquals(EAGAIN, org.sigkevent.Errno.errno());
        assertEquals(6, priority);
        assertEquals("m5/5", next(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/8-1", says = "Success is 0.")
    void successIsZero() {
        int q = q(5, 40);
        assertEquals(0, timedsend(q, "x", 1, far()));
        assertEquals("x/1", next(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/9-1", says = "A failure is -1 with an errno and nothing is queued.")
    void aFailureQueuesNothing() {
        int q = q(40, 40, O_RDWR | O_NONBLOCK);
        refused(EBADF, timedsend(NOT_OPEN, "x", 1, far()));
        refused(EAGAIN, receive(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/11-1", says = "A number that is no open descriptor is EBADF.")
    void aNumberThatIsNotOpenIsEbadf() {
        q(2, 8);
        refused(EBADF, timedsend(NOT_OPEN, "x", 1, far()));
        refused(EBADF, timedsend(-1, "x", 1, far()));
    }

    @Test
    @Assertion(id = "mq_timedsend/12-1", says = "Interrupting a call that waits for its time is EINTR.")
    void anInterruptIsEintr() {
        int q = q(10, 40);
        Call sender = Call.begin(() -> sendAll(q, (int) attributes(q).mq_maxmsg + 1, far()))
                .untilBlocked();
        sender.interrupt();
        sender.refused(EINTR);
        assertEquals(attributes(q).mq_maxmsg, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/14-1", says = "A message above mq_msgsize is EMSGSIZE, whatever the size.")
    void aMessageThatIsTooLongIsEmsgsize() {
        for (int size : new int[] {19, 2, 1}) {
            name = fresh();
            int q = q(2, size);
            refused(EMSGSIZE, timedsend(q, "x".repeat(20), 1, far()));
            assertEquals(0, messagesIn(q));
        }
    }

    @Test
    @Assertion(
            id = "mq_timedsend/15-1",
            says = "A time that is past ends at once a call that would wait, and only such a one.")
    void aPastTimeEndsOnlyACallThatWouldWait() {
        int q = q(5, 40);
        TimeSpec past = in(-5000);
        for (int i = 0; i < 5; i++) {
            assertEquals(0, timedsend(q, "m", 1, past));
        }
        long begin = System.nanoTime();
        refused(ETIMEDOUT, timedsend(q, "m", 1, past));
        assertTrue(System.nanoTime() - begin < Support.SOON.toNanos());
    }

    @Test
    @Assertion(id = "mq_timedsend/16-1", says = "The time is one of CLOCK_REALTIME.")
    void theTimeIsOfTheRealtimeClock() {
        int q = q(5, 40);
        fill(q);
        for (int i = 1; i <= 3; i++) {
            TimeSpec end = in(40 * i);
            refused(ETIMEDOUT, timedsend(q, "m", 1, end));
            long after = now();
            assertTrue(after >= end.toNanos() && after < end.toNanos() + Support.SOON.toNanos());
        }
    }

    @Test
    @Assertion(id = "mq_timedsend/18-1", says = "Where there is room a time that is past does not matter.")
    void aPastTimeDoesNotMatterWhereThereIsRoom() {
        int q = qd();
        assertEquals(0, timedsend(q, "x", 1, in(-1000)));
        assertEquals("x/1", next(q));
    }

    @Test
    @Assertion(
            id = "mq_timedsend/speculative/18-2",
            says = "Where there is room a time out of range may pass.",
            strength = CHOICE,
            choice = "the time is not looked at, where Linux says EINVAL")
    void aBadTimeDoesNotMatterWhereThereIsRoom() {
        int q = qd();
        assertEquals(0, timedsend(q, "x", 1, new TimeSpec(now() / 1_000_000_000 + 60, -1)));
        assertEquals("x/1", next(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/x-past", says = "A call that ends for a time long past leaves the queue as it was.")
    void aPastTimeLeavesTheQueueAsItWas() {
        int q = q(1, 8);
        assertEquals(0, timedsend(q, "a", 1, LONG_AGO));
        refused(ETIMEDOUT, timedsend(q, "b", 9, LONG_AGO));
        assertEquals(1, messagesIn(q));
        assertEquals("a/1", next(q));
        refused(ETIMEDOUT, timedreceive(q, LONG_AGO));
    }

    @Test
    @Assertion(id = "mq_timedsend/x-not-early", says = "It never ends before its time.")
    void itNeverEndsEarly() {
        int q = q(1, 8);
        fill(q);
        for (int i = 0; i < 10; i++) {
            TimeSpec end = in(30);
            refused(ETIMEDOUT, timedsend(q, "m", 1, end));
            assertTrue(now() >= end.toNanos(), "round " + i);
        }
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_timedsend/p-nanos", says = "Nanoseconds out of range are EINVAL where the call would wait.")
    void nanosecondsOutOfRangeAreEinval() {
        int q = q(1, 8);
        fill(q);
        long second = now() / 1_000_000_000 + 60;
        for (long nanos : new long[] {-1, 1_000_000_000, 1_000_000_001, Long.MAX_VALUE, Long.MIN_VALUE}) {
            refused(EINVAL, timedsend(q, "x", 0, new TimeSpec(second, nanos)));
        }
        assertEquals(1, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_timedsend/p-order", says = "Full with O_NONBLOCK is EAGAIN at once, whatever the time.")
    void nonblockDoesNotWaitForTheTime() {
        int q = q(1, 8, O_RDWR | O_NONBLOCK);
        fill(q);
        refused(EAGAIN, timedsend(q, "x", 0, far()));
        refused(EAGAIN, timedsend(q, "x", 0, LONG_AGO));
    }

    @Test
    @Assertion(id = "mq_timedsend/p-ebadf-rdonly", says = "A descriptor that is not for writing is EBADF.")
    void aReadOnlyDescriptorIsEbadf() {
        int q = q(2, 8, O_RDONLY);
        refused(EBADF, timedsend(q, "x", 0, far()));
    }

    @Test
    @Assertion(id = "mq_timedsend/p-room", says = "A blocked call sends when there is room before its time.")
    void aBlockedCallSendsWhenThereIsRoom() {
        int q = q(1, 8);
        ok(send(q, "a", 0));
        Call sender = Call.begin(() -> timedsend(q, "b", 2, far())).untilBlocked();
        assertEquals("a/0", next(q));
        sender.answers(0);
        assertEquals("b/2", next(q));
    }

    @Test
    @Assertion(
            id = "mq_timedsend/p-invalid-first",
            says = "Bad arguments are refused at once, also where a good message would wait.")
    void badArgumentsDoNotWait() {
        int q = q(1, 8);
        fill(q);
        refused(EMSGSIZE, timedsend(q, "123456789", 0, far()));
        refused(EINVAL, timedsend(q, "x", MQ_PRIO_MAX, far()));
    }

    @Test
    @Assertion(
            id = "mq_timedsend/p-null",
            says = "A call without a time waits without a limit.",
            strength = CHOICE,
            choice = "null: no limit, as on Linux")
    void withoutATimeItWaitsWithoutALimit() {
        int q = q(1, 8);
        ok(send(q, "a", 0));
        Call sender = Call.begin(() -> timedsend(q, "b", 0, null)).untilBlocked();
        assertEquals("a/0", next(q));
        sender.answers(0);
    }

    @Test
    @Assertion(
            id = "mq_timedsend/p-negative",
            says = "Negative seconds are refused where the call would wait.",
            strength = CHOICE,
            choice = "EINVAL, as on Linux")
    void negativeSecondsAreEinval() {
        int q = q(1, 8);
        assertEquals(0, timedsend(q, "a", 0, new TimeSpec(-1, 0)));
        refused(EINVAL, timedsend(q, "b", 0, new TimeSpec(-1, 0)));
        refused(EINVAL, timedsend(q, "b", 0, new TimeSpec(Long.MIN_VALUE, 0)));
        assertEquals(1, messagesIn(q));
    }
}
