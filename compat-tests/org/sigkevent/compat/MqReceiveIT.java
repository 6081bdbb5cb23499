package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EMSGSIZE;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.mq_receive;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Fcntl;
import org.sigkevent.TimeSpec;

/** mq_receive. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqReceiveIT extends MqScene {
    @Test
    @Assertion(
            id = "mq_receive/1-1",
            says = "The oldest message of the highest priority comes first, with its priority.")
    void theHighestPriorityComesFirst() {
        int q = q(40, 40);
        ok(send(q, "m1", 1));
        ok(send(q, "m2", 2));
        byte[] into = new byte[40];
        int[] priority = new int[1];
        assertEquals(2, mq_receive(q, into, 40, priority));
        assertEquals("m2/2", new String(into, 0, 2) + "/" + priority[0]);
        assertEquals(2, mq_receive(q, into, 40, priority));
        assertEquals("m1/1", new String(into, 0, 2) + "/" + priority[0]);
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_receive/2-1", says = "Room for less than mq_msgsize is refused, however short the message.")
    void aShortBufferIsRefused() {
        int q = q(21, 21);
        ok(send(q, "123456789012", 1));
        assertEquals(-1, mq_receive(q, new byte[20], 20, null));
        assertEquals(1, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_receive/4-1", says = "The priority is stored if it is asked for.")
    void thePriorityIsStoredIfAskedFor() {
        int q = q(2, 8);
        ok(send(q, "a", 17));
        ok(send(q, "b", 5));
        int[] priority = {-1, -1};
        assertEquals(1, mq_receive(q, new byte[8], 8, priority));
        assertArrayEquals(new int[] {17, -1}, priority);
        assertEquals(1, mq_receive(q, new byte[8], 8, null));
    }

    @Test
    @Assertion(id = "mq_receive/7-1", says = "An empty queue with O_NONBLOCK is a failure.")
    void anEmptyQueueWithNonblockFails() {
        assertEquals(-1, receive(q(40, 40, O_RDWR | O_NONBLOCK)));
    }

    @Test
    @Assertion(id = "mq_receive/8-1", says = "The answer is the message's length, and the message is gone.")
    void theAnswerIsTheLength() {
        int q = q(40, 40);
        ok(send(q, "a".repeat(13), 1));
        ok(send(q, "b".repeat(35), 2));
        assertEquals(35, receive(q));
        assertEquals(1, messagesIn(q));
        assertEquals(13, receive(q));
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_receive/9-1", says = "A failure is -1 and takes no message.")
    void aFailureTakesNoMessage() {
        int q = q(2, 8);
        int writer = again(O_WRONLY);
        ok(send(q, "kept", 1));
        refused(EBADF, receive(NOT_OPEN));
        assertEquals(1, messagesIn(q));
        refused(EBADF, receive(writer));
        assertEquals(1, messagesIn(q));
        refused(EMSGSIZE, mq_receive(q, new byte[7], 7, null));
        assertEquals(1, messagesIn(q));
        assertEquals("kept/1", next(q));
    }

    @Test
    @Assertion(id = "mq_receive/11-1", says = "A number that is no open descriptor is EBADF.")
    void aNumberThatIsNotOpenIsEbadf() {
        q(2, 8);
        refused(EBADF, receive(NOT_OPEN));
        refused(EBADF, receive(-1));
    }

    @Test
    @Assertion(
            id = "mq_receive/11-2",
            says = "A descriptor that is not for reading is EBADF at once, also when the queue is empty.")
    void aWriteOnlyDescriptorIsEbadf() {
        refused(EBADF, receive(qd(O_WRONLY)));
        refused(EBADF, receive(again(O_WRONLY | O_NONBLOCK)));
    }

    @Test
    @Assertion(id = "mq_receive/12-1", says = "Room for less than mq_msgsize is EMSGSIZE.")
    void aShortBufferIsEmsgsize() {
        int q = q(21, 21);
        ok(send(q, "123456789012", 1));
        refused(EMSGSIZE, mq_receive(q, new byte[20], 20, null));
        assertEquals(12, mq_receive(q, new byte[21], 21, null));
    }

    @Test
    @Assertion(
            id = "mq_receive/x-tail",
            says = "Behind the message the buffer is not touched.",
            strength = CHOICE,
            choice = "only the message's bytes are written")
    void theBufferBehindTheMessageIsNotTouched() {
        int q = q(2, 8);
        ok(send(q, "ab", 0));
        ok(send(q, "cd", 0));
        byte[] into = new byte[20];
        Arrays.fill(into, (byte) 'Z');
        assertEquals(2, mq_receive(q, into, 20, null));
        assertEquals("ab" + "Z".repeat(18), new String(into));
        ByteBuffer direct = ByteBuffer.allocateDirect(20);
        while (direct.hasRemaining()) {
            direct.put((byte) 'Z');
        }
        assertEquals(2, mq_receive(q, direct.clear(), 20, null));
        direct.get(into);
        assertEquals("cd" + "Z".repeat(18), new String(into));
    }

    @Test
    @Assertion(id = "mq_receive/x-one-wake", says = "A message is had by one receiver only.")
    void oneMessageSatisfiesOneReceiver() {
        int q = q(4, 8);
        TimeSpec end = in(3000);
        Call[] receivers = new Call[4];
        for (int i = 0; i < 4; i++) {
            receivers[i] = Call.begin(() -> timedreceive(q, end));
        }
        ok(send(q, "a", 0));
        ok(send(q, "b", 0));
        int got = 0;
        for (Call receiver : receivers) {
            if (receiver.answer() == 1) {
                got++;
            } else {
                receiver.refused(ETIMEDOUT);
            }
        }
        assertEquals(2, got);
    }

    @Test
    @Assertion(id = "mq_receive/x-prio-null", says = "Who does not want the priority gives null.")
    void aNullPriorityIsAllowed() {
        int q = q(2, 8);
        ok(send(q, "abc", 5));
        assertEquals(3, mq_receive(q, new byte[8], 8, null));
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_receive/p-eagain", says = "Empty with O_NONBLOCK is EAGAIN.")
    void emptyWithNonblockIsEagain() {
        refused(EAGAIN, receive(q(2, 8, O_RDWR | O_NONBLOCK)));
    }

    @Test
    @Assertion(
            id = "mq_receive/p-blocks",
            says = "A receiver waits while the queue is empty, and gets the message that comes.")
    void aReceiverWaitsForAMessage() {
        int q = q(2, 8);
        byte[] into = new byte[8];
        int[] priority = new int[1];
        Call receiver = Call.begin(() -> mq_receive(q, into, 8, priority)).untilBlocked();
        receiver.stillBlocked();
        ok(send(q, "late", 7));
        receiver.answers(4);
        assertEquals("late/7", new String(into, 0, 4) + "/" + priority[0]);
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(
            id = "mq_receive/p-eintr",
            says = "Interrupting a blocked receiver is EINTR, and the next message is for the others.")
    void anInterruptIsEintr() {
        int q = q(2, 8);
        Call receiver = Call.begin(() -> receive(q)).untilBlocked();
        receiver.interrupt();
        receiver.refused(EINTR);
        ok(send(q, "x", 1));
        assertEquals("x/1", next(q));
    }

    @Test
    @Assertion(
            id = "mq_receive/p-waiter-fifo",
            says = "Of receivers that are alike the one that has waited longest gets the message.",
            strength = MAY,
            choice = "in the order in which they blocked")
    void theLongestWaitingReceiverGoesFirst() {
        int q = q(4, 8);
        Call[] receivers = new Call[3];
        for (int i = 0; i < 3; i++) {
            receivers[i] = Call.begin(() -> receive(q)).untilBlocked();
        }
        for (int i = 0; i < 3; i++) {
            ok(send(q, "x".repeat(i + 1), 0));
        }
        for (int i = 0; i < 3; i++) {
            receivers[i].answers(i + 1);
        }
    }

    @Test
    @Assertion(id = "mq_receive/p-empty-message", says = "A message without bytes is received as one.")
    void anEmptyMessageIsReceived() {
        int q = q(2, 8);
        ok(send(q, "", 4));
        int[] priority = new int[1];
        assertEquals(0, mq_receive(q, new byte[8], 8, priority));
        assertEquals(4, priority[0]);
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_receive/p-makes-room", says = "Receiving from a full queue lets one blocked sender go on.")
    void receivingMakesRoomForOneSender() {
        int q = q(1, 8);
        ok(send(q, "first", 0));
        Call second = Call.begin(() -> send(q, "second", 0)).untilBlocked();
        Call third = Call.begin(() -> send(q, "third", 0)).untilBlocked();
        assertEquals("first/0", next(q));
        second.answers(0);
        third.stillBlocked();
        assertEquals("second/0", next(q));
        third.answers(0);
    }

    @Test
    @Assertion(id = "mq_receive/p-foreign", says = "A descriptor of something else is EBADF.")
    void aForeignDescriptorIsEbadf() {
        int file = (int) ok(Fcntl.open("/dev/zero", O_RDWR));
        refused(EBADF, receive(file));
        ok(org.sigkevent.Unistd.close(file));
    }

    @Test
    @Assertion(
            id = "mq_receive/p-emsgsize-empty",
            says = "A short buffer is refused at once where a good one would wait.")
    void aShortBufferDoesNotWait() {
        int q = q(2, 8);
        refused(EMSGSIZE, mq_receive(q, new byte[7], 7, null));
        refused(EMSGSIZE, mq_receive(q, new byte[0], 0, null));
    }

    @Test
    @Assertion(
            id = "mq_receive/p-buffer",
            says = "What cannot be written to is refused and takes no message.",
            strength = CHOICE,
            choice = "EFAULT for null and for a read-only buffer, EINVAL for one that is shorter than it is said to be")
    void whatCannotBeWrittenToIsRefused() {
        int q = q(2, 8);
        ok(send(q, "kept", 1));
        refused(EFAULT, mq_receive(q, null, 8, null));
        refused(EFAULT, mq_receive(q, ByteBuffer.allocate(8).asReadOnlyBuffer(), 8, null));
        refused(EINVAL, mq_receive(q, new byte[7], 8, null));
        refused(EINVAL, mq_receive(q, "text", 8, null));
        assertEquals("kept/1", next(q));
    }
}
