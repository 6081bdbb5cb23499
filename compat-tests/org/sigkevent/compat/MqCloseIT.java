package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Mqueue.mq_close;
import static org.sigkevent.Mqueue.mq_getattr;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Mqueue.mq_setattr;
import static org.sigkevent.Mqueue.mq_unlink;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.Support;
import org.sigkevent.Unistd;

/** mq_close. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqCloseIT extends MqScene {
    @Test
    @Assertion(id = "mq_close/1-1", says = "Closing an open descriptor answers 0.")
    void closingAnswersZero() {
        int q = qd();
        assertEquals(0, mq_close(q));
        assertEquals(0, mq_unlink(name));
    }

    @Test
    @Assertion(id = "mq_close/3-1", says = "Closing a second time is EBADF.")
    void closingTwiceIsEbadf() {
        int q = qd();
        assertEquals(0, mq_close(q));
        assertEquals(0, mq_unlink(name));
        refused(EBADF, mq_close(q));
    }

    @Test
    @Assertion(id = "mq_close/3-2", says = "Closing -1 is EBADF.")
    void closingMinusOneIsEbadf() {
        refused(EBADF, mq_close(-1));
    }

    @Test
    @Assertion(id = "mq_close/3-3", says = "Closing a number that was never opened is EBADF.")
    void closingANumberThatWasNeverOpenedIsEbadf() {
        refused(EBADF, mq_close(NOT_OPEN));
    }

    @Test
    @Assertion(id = "mq_close/4-1", says = "A closed descriptor cannot be registered.")
    void aClosedDescriptorCannotBeRegistered() {
        int q = qd();
        ok(mq_close(q));
        refused(EBADF, mq_notify(q, kev(1)));
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(id = "mq_close/x-other-descriptor", says = "The queue's other descriptors stay good.")
    void otherDescriptorsStayGood() {
        int first = q(2, 8);
        int second = again(O_RDWR);
        ok(mq_close(first));
        assertEquals(0, send(second, "x", 1));
        assertEquals("x/1", next(second));
    }

    @Test
    @Assertion(
            id = "mq_close/x-blocked-thread",
            says = "A receiver on a descriptor that is closed under it is not lost.",
            strength = CHOICE,
            choice = "as on Linux: the call goes on, and gets the next message")
    void aReceiverOutlivesItsDescriptor() {
        int first = q(2, 8);
        int second = again(O_RDWR);
        Call receiver = Call.begin(() -> receive(first)).untilBlocked();
        ok(mq_close(first));
        receiver.stillBlocked();
        ok(send(second, "abc", 0));
        receiver.answers(3);
        assertEquals(0, messagesIn(second));
    }

    @Test
    @Assertion(id = "mq_close/x-no-unlink", says = "The name and the messages stay.")
    void theNameAndTheMessagesStay() {
        int q = qd();
        ok(send(q, "kept", 4));
        ok(mq_close(q));
        assertEquals("kept/4", next(again(O_RDWR)));
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_close/p-every-call", says = "Every call on a closed descriptor is EBADF.")
    void everyCallOnAClosedDescriptorIsEbadf() {
        int q = q(2, 8);
        ok(mq_close(q));
        refused(EBADF, send(q, "x", 0));
        refused(EBADF, timedsend(q, "x", 0, far()));
        refused(EBADF, receive(q));
        refused(EBADF, timedreceive(q, far()));
        refused(EBADF, mq_getattr(q, new MqAttr()));
        refused(EBADF, mq_setattr(q, new MqAttr(), null));
        refused(EBADF, mq_notify(q, null));
    }

    @Test
    @Assertion(id = "mq_close/p-foreign", says = "A descriptor of something else is EBADF and stays open.")
    void aDescriptorOfSomethingElseStaysOpen() {
        int file = (int) ok(Fcntl.open("/dev/null", O_RDWR));
        refused(EBADF, mq_close(file));
        ok(Unistd.close(file));
    }

    @Test
    @Assertion(
            id = "mq_close/p-registration",
            says = "Closing the registered descriptor frees the queue for another registration.")
    void closingEndsTheRegistration() {
        int first = q(2, 8);
        int second = again(O_RDWR);
        ok(mq_notify(first, kev(1)));
        ok(mq_close(first));
        try (Puppet other = puppet()) {
            other.ask("open", name, O_RDWR).succeeds();
            other.ask("notify").answers(0);
            refused(org.sigkevent.Errno.EBUSY, mq_notify(second, kev(2)));
        }
    }

    @Test
    @Assertion(
            id = "mq_close/p-removed",
            says = "A registration that ends by closing is made known, as one without a message.",
            strength = KEVENT)
    void aRegistrationThatEndsIsMadeKnown() {
        int q = q(2, 8);
        ok(mq_notify(q, kev(7)));
        ok(mq_close(q));
        KeventRecord record = Support.take(kfd);
        assertEquals(7, record.cookie);
        assertEquals(Kevent.KEVENT_MQ, record.id);
        assertNotEquals(0, record.flags & Kevent.KEVENT_REMOVED);
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(
            id = "mq_close/p-process-end",
            says = "The end of a process closes its descriptors and ends its registration.")
    void theEndOfAProcessEndsItsRegistration() {
        int q = q(2, 8);
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            child.ask("notify").answers(0);
            refused(org.sigkevent.Errno.EBUSY, mq_notify(q, kev(1)));
        }
        ok(mq_notify(q, kev(2)));
    }
}
