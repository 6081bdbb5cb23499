package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EMSGSIZE;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Mqueue.MQ_PRIO_MAX;
import static org.sigkevent.Mqueue.mq_getattr;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Mqueue.mq_send;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.MqAttr;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Unistd;

/** mq_send. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqSendIT extends MqScene {
    @Test
    @Assertion(id = "mq_send/1-1", says = "What is sent is received.")
    void whatIsSentIsReceived() {
        int q = q(10, 40);
        assertEquals(0, send(q, "0123456789", 1));
        assertEquals("0123456789/1", next(q));
    }

    @Test
    @Assertion(id = "mq_send/2-1", says = "A message above mq_msgsize is refused.")
    void aMessageThatIsTooLongIsRefused() {
        int q = q(10, 10);
        assertEquals(-1, send(q, "x".repeat(20), 1));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_send/3-1", says = "The message of the highest priority goes first.")
    void theHighestPriorityGoesFirst() {
        int q = q(10, 40);
        for (int priority : new int[] {6, 10, 2, 8, 1}) {
            assertEquals(0, send(q, "p" + priority, priority));
        }
        for (int priority : new int[] {10, 8, 6, 2, 1}) {
            assertEquals("p" + priority + "/" + priority, next(q));
        }
    }

    @Test
    @Assertion(id = "mq_send/4-1", says = "A priority above MQ_PRIO_MAX is refused.")
    void aPriorityAboveTheMaximumIsRefused() {
        int q = qd();
        assertEquals(-1, send(q, "x", MQ_PRIO_MAX + 1));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_send/4-2", says = "MQ_PRIO_MAX is no priority.")
    void theMaximumIsNoPriority() {
        int q = qd();
        assertEquals(32_768, MQ_PRIO_MAX);
        assertEquals(-1, send(q, "x", MQ_PRIO_MAX));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_send/5-1", says = "A sender waits while the queue is full, and goes on when there is room.")
    void aSenderWaitsForRoom() {
        int q = q(5, 40);
        AtomicInteger sent = new AtomicInteger();
        Call sender = Call.begin(() -> sendSix(q, sent)).untilBlocked();
        assertEquals(5, sent.get());
        sender.stillBlocked();
        assertEquals("m1/1", next(q));
        sender.answers(0);
        assertEquals(6, sent.get());
        for (int i = 2; i <= 6; i++) {
            assertEquals("m" + i + "/1", next(q));
        }
    }

    private static long sendSix(int q, AtomicInteger sent) {
        for (int i = 1; i <= 6; i++) {
            if (send(q, "m" + i, 1) < 0) {
                return -1;
            }
            sent.incrementAndGet();
        }
        return 0;
    }

    @Test
    @Assertion(id = "mq_send/7-1", says = "With O_NONBLOCK a full queue refuses the message and does not take it.")
    void aFullQueueDoesNotTakeTheMessage() {
        int q = q(10, 40, O_RDWR | O_NONBLOCK);
        int priority = 1;
        while (send(q, "m" + priority, priority) == 0) {
            priority++;
        }
        assertEquals(EAGAIN, org.sigkevent.Errno.errno());
        assertEquals(attributes(q).mq_maxmsg + 1, priority);
        assertEquals("m" + (priority - 1) + "/" + (priority - 1), next(q));
    }

    @Test
    @Assertion(id = "mq_send/8-1", says = "Success is 0.")
    void successIsZero() {
        int q = q(10, 40);
        assertEquals(0, send(q, "x", 1));
        assertEquals("x/1", next(q));
    }

    @Test
    @Assertion(id = "mq_send/10-1", says = "Full with O_NONBLOCK is EAGAIN.")
    void fullWithNonblockIsEagain() {
        int q = q(10, 40, O_RDWR | O_NONBLOCK);
        int most = fill(q);
        refused(EAGAIN, send(q, "x", 1));
        assertEquals(most, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_send/11-2", says = "A descriptor that is not for writing is EBADF.")
    void aReadOnlyDescriptorIsEbadf() {
        int q = qd(O_RDONLY);
        refused(EBADF, send(q, "x", 1));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_send/12-1",
            says =
                    "Interrupting a blocked sender is EINTR and sends nothing; a record that arrives does not disturb it.")
    void anInterruptIsEintr() {
        int q = q(5, 40);
        AtomicInteger sent = new AtomicInteger();
        Call sender = Call.begin(() -> sendSix(q, sent)).untilBlocked();
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        assertEquals(1, Support.take(kfd).cookie);
        sender.stillBlocked();
        sender.interrupt();
        sender.refused(EINTR);
        assertEquals(5, sent.get());
        assertEquals(5, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_send/13-1", says = "A priority out of range is EINVAL.")
    void aBadPriorityIsEinval() {
        int q = q(2, 8);
        for (int more : new int[] {0, 1, 5}) {
            refused(EINVAL, send(q, "x", MQ_PRIO_MAX + more));
        }
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_send/x-exact-size", says = "mq_msgsize bytes are allowed, one more is EMSGSIZE.")
    void exactlyTheSizeIsAllowed() {
        int q = q(2, 8);
        assertEquals(0, send(q, "12345678", 0));
        refused(EMSGSIZE, send(q, "123456789", 0));
        assertEquals(1, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_send/x-invalid-when-full",
            says = "Bad arguments are refused at once, also where a good message would wait.")
    void badArgumentsDoNotWait() {
        int q = q(1, 8);
        fill(q);
        refused(EMSGSIZE, send(q, "123456789", 0));
        refused(EINVAL, send(q, "x", 40_000));
    }

    @Test
    @Assertion(id = "mq_send/x-foreign-fd", says = "A descriptor that is no queue is EBADF in every call.")
    void aForeignDescriptorIsEbadf() {
        int file = (int) ok(Fcntl.open("/dev/null", O_RDWR));
        refused(EBADF, send(file, "x", 0));
        refused(EBADF, receive(file));
        refused(EBADF, mq_getattr(file, new MqAttr()));
        refused(EBADF, mq_notify(file, kev(1)));
        ok(Unistd.close(file));
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(
            id = "mq_send/x-waiter-fifo",
            says = "Of senders that are alike the one that has waited longest goes first.",
            strength = MAY,
            choice = "in the order in which they blocked")
    void theLongestWaitingSenderGoesFirst() {
        int q = q(1, 8);
        ok(send(q, "z", 0));
        Call[] senders = new Call[3];
        for (int i = 0; i < 3; i++) {
            String text = Integer.toString(i);
            senders[i] = Call.begin(() -> send(q, text, 0)).untilBlocked();
        }
        for (String text : new String[] {"z/0", "0/0", "1/0", "2/0"}) {
            assertEquals(text, message(q, far()).toString());
        }
        for (Call sender : senders) {
            sender.answers(0);
        }
    }

    @Test
    @Assertion(id = "mq_send/x-copy", says = "The message is copied during the call, zero bytes and all.")
    void theMessageIsCopied() {
        int q = q(2, 16);
        byte[] buffer = {1, 0, 2, 0, 0, -1};
        byte[] sent = buffer.clone();
        ok(mq_send(q, buffer, buffer.length, 0));
        Arrays.fill(buffer, (byte) 'X');
        assertArrayEquals(sent, message(q, far()).bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(6).put(0, sent);
        ok(mq_send(q, direct, 6, 0));
        direct.put(0, buffer);
        assertArrayEquals(sent, message(q, far()).bytes);
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_send/p-ebadf", says = "A number that is no open descriptor is EBADF.")
    void aNumberThatIsNotOpenIsEbadf() {
        refused(EBADF, send(NOT_OPEN, "x", 0));
        refused(EBADF, send(-1, "x", 0));
    }

    @Test
    @Assertion(id = "mq_send/p-empty", says = "A message may have no bytes.")
    void aMessageMayBeEmpty() {
        int q = q(2, 8);
        ok(send(q, "", 3));
        assertEquals(1, messagesIn(q));
        assertEquals("/3", next(q));
    }

    @Test
    @Assertion(id = "mq_send/p-fifo", says = "Messages of one priority keep their order among those of others.")
    void messagesOfOnePriorityKeepTheirOrder() {
        int q = q(9, 8);
        for (int i = 0; i < 9; i++) {
            ok(send(q, "m" + i, i % 3));
        }
        for (int priority = 2; priority >= 0; priority--) {
            for (int i = priority; i < 9; i += 3) {
                assertEquals("m" + i + "/" + priority, next(q));
            }
        }
    }

    @Test
    @Assertion(id = "mq_send/p-prio-range", says = "Every priority below MQ_PRIO_MAX works, at both ends.")
    void theEndsOfTheRangeOfPrioritiesWork() {
        int q = q(2, 8);
        ok(send(q, "low", 0));
        ok(send(q, "high", MQ_PRIO_MAX - 1));
        assertEquals("high/32767", next(q));
        assertEquals("low/0", next(q));
    }

    @Test
    @Assertion(id = "mq_send/p-prio-negative", says = "A negative priority, which in C is a large one, is EINVAL.")
    void aNegativePriorityIsEinval() {
        int q = q(2, 8);
        refused(EINVAL, send(q, "x", -1));
        refused(EINVAL, send(q, "x", Integer.MIN_VALUE));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_send/p-limits",
            says = "A queue of the largest size takes as many of the longest messages as it was made for.")
    void theLargestQueueTakesWhatItPromises() {
        int size = (int) Math.min(ROOM, limit("msgsize_max"));
        int q = q(4, size, O_RDWR | O_NONBLOCK);
        for (int i = 0; i < 4; i++) {
            ok(mq_send(q, pattern(size, i), size, i));
        }
        refused(EAGAIN, mq_send(q, pattern(size, 4), size, 9));
        refused(EMSGSIZE, mq_send(q, new byte[size + 1], size + 1, 0));
        for (int i = 3; i >= 0; i--) {
            assertArrayEquals(pattern(size, i), message(q, far()).bytes);
        }
    }

    private static byte[] pattern(int size, int seed) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) + seed);
        }
        return bytes;
    }

    @Test
    @Assertion(
            id = "mq_send/p-emsgsize-nonblock",
            says = "A full queue with O_NONBLOCK says EMSGSIZE of a message that would never fit.")
    void aMessageThatNeverFitsIsEmsgsizeAlsoWhenFull() {
        int q = q(1, 8, O_RDWR | O_NONBLOCK);
        fill(q);
        refused(EMSGSIZE, send(q, "123456789", 0));
    }

    @Test
    @Assertion(id = "mq_send/p-huge", says = "A length beyond all sizes is EMSGSIZE.")
    void aHugeLengthIsEmsgsize() {
        int q = q(2, 8);
        byte[] eight = new byte[8];
        refused(EMSGSIZE, mq_send(q, eight, -1, 0));
        assertEquals(-1, mq_send(q, eight, Long.MAX_VALUE, 0));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_send/p-short-buffer",
            says = "A length beyond the buffer's end is refused.",
            strength = CHOICE,
            choice = "EINVAL: in C it would read what lies behind")
    void aLengthBeyondTheBufferIsEinval() {
        int q = q(2, 8);
        refused(EINVAL, mq_send(q, new byte[4], 5, 0));
        refused(EINVAL, mq_send(q, ByteBuffer.allocate(8).position(4), 5, 0));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_send/p-interrupted-before",
            says = "A thread that is interrupted already sends where there is room.",
            strength = CHOICE,
            choice = "only a call that would wait looks at the interrupt; else the status stays")
    void anInterruptedThreadSendsWhereThereIsRoom() {
        int q = q(1, 8);
        AtomicBoolean kept = new AtomicBoolean();
        Call sender = Call.begin(() -> {
            Thread.currentThread().interrupt();
            long first = send(q, "a", 0);
            kept.set(Thread.currentThread().isInterrupted());
            return first < 0 ? -2 : send(q, "b", 0);
        });
        sender.refused(EINTR);
        assertEquals(true, kept.get());
        assertEquals("a/0", next(q));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_send/p-status-cleared",
            says = "The EINTR of an interrupt clears the thread's interrupt status.",
            strength = CHOICE,
            choice = "cleared, as by an InterruptedException, so that a loop on EINTR does not spin")
    void eintrClearsTheInterruptStatus() {
        int q = q(1, 8);
        fill(q);
        AtomicBoolean left = new AtomicBoolean(true);
        Call sender = Call.begin(() -> {
            long answer = send(q, "b", 0);
            left.set(Thread.currentThread().isInterrupted());
            return answer;
        });
        sender.untilBlocked().interrupt();
        sender.refused(EINTR);
        assertFalse(left.get());
    }

    @Test
    @Assertion(
            id = "mq_send/p-registered",
            says = "Only the message that ends the queue's emptiness is made known, whatever its priority.",
            strength = KEVENT)
    void onlyTheFirstMessageIsMadeKnown() {
        int q = q(4, 8);
        ok(mq_notify(q, kev(5)));
        ok(send(q, "a", 0));
        ok(send(q, "b", 9));
        assertEquals(5, Support.take(kfd).cookie);
        noRecord();
        assertEquals(2, messagesIn(q));
    }
}
