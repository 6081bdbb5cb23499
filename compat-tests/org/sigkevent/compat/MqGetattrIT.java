package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.mq_close;
import static org.sigkevent.Mqueue.mq_getattr;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.MqAttr;

/** mq_getattr. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqGetattrIT extends MqScene {
    @Test
    @Assertion(id = "mq_getattr/1-1", says = "It gives the attributes and the state of the queue.")
    void itGivesAttributesAndState() {
        int q = q(3, 16);
        ok(send(q, "x", 0));
        MqAttr attr = new MqAttr();
        ok(mq_getattr(q, attr));
        assertEquals("mq_flags 0, mq_maxmsg 3, mq_msgsize 16, mq_curmsgs 1", attr.toString());
    }

    @Test
    @Assertion(id = "mq_getattr/2-1", says = "mq_flags has the O_NONBLOCK that the queue was opened with.")
    void flagsHaveNonblock() {
        assertEquals(O_NONBLOCK, attributes(qd(O_RDWR | O_NONBLOCK)).mq_flags);
    }

    @Test
    @Assertion(id = "mq_getattr/3-1", says = "mq_maxmsg and mq_msgsize are those that the queue was made with.")
    void sizesAreThoseOfTheCreation() {
        MqAttr attr = attributes(q(40, 50));
        assertEquals(Math.min(40, limit("msg_max")), attr.mq_maxmsg);
        assertEquals(50, attr.mq_msgsize);
    }

    @Test
    @Assertion(id = "mq_getattr/5-1", says = "Success is 0.")
    void successIsZero() {
        assertEquals(0, mq_getattr(q(2, 8), new MqAttr()));
    }

    @Test
    @Assertion(id = "mq_getattr/6-1", says = "A failure is -1 and leaves the structure alone.")
    void failureIsMinusOne() {
        MqAttr attr = attr(77, 78);
        assertEquals(-1, mq_getattr(NOT_OPEN, attr));
        assertEquals(77, attr.mq_maxmsg);
        assertEquals(78, attr.mq_msgsize);
    }

    @Test
    @Assertion(
            id = "mq_getattr/speculative/7-1",
            says = "A number that is no open descriptor is EBADF.",
            strength = MAY,
            choice = "EBADF")
    void anInvalidDescriptorIsEbadf() {
        q(2, 8);
        refused(EBADF, mq_getattr(NOT_OPEN, new MqAttr()));
        refused(EBADF, mq_getattr(-1, new MqAttr()));
    }

    @Test
    @Assertion(id = "mq_getattr/x-curmsgs", says = "mq_curmsgs falls with a receive; a closed descriptor is EBADF.")
    void theCountFallsWithAReceive() {
        int q = q(3, 8);
        ok(send(q, "a", 0));
        ok(send(q, "b", 0));
        assertEquals(2, messagesIn(q));
        ok(receive(q));
        assertEquals(1, messagesIn(q));
        ok(mq_close(q));
        refused(EBADF, mq_getattr(q, new MqAttr()));
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_getattr/p-access", says = "Any access mode allows it.")
    void anyAccessModeAllowsIt() {
        q(2, 8);
        assertEquals(2, attributes(again(O_RDONLY)).mq_maxmsg);
        assertEquals(2, attributes(again(O_WRONLY)).mq_maxmsg);
    }

    @Test
    @Assertion(id = "mq_getattr/p-description", says = "mq_flags belong to the open, all else to the queue.")
    void flagsBelongToTheOpen() {
        int q = q(2, 8);
        int other = again(O_RDWR | O_NONBLOCK);
        ok(send(other, "x", 0));
        assertEquals(0, attributes(q).mq_flags);
        assertEquals(O_NONBLOCK, attributes(other).mq_flags);
        assertEquals(1, messagesIn(q));
        assertEquals(1, messagesIn(other));
    }

    @Test
    @Assertion(
            id = "mq_getattr/p-null",
            says = "Without a structure to fill it is refused.",
            strength = CHOICE,
            choice = "EINVAL")
    void nullIsEinval() {
        refused(EINVAL, mq_getattr(q(2, 8), null));
    }
}
