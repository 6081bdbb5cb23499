package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Mqueue.mq_setattr;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.MqAttr;

/** mq_setattr. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqSetattrIT extends MqScene {
    private static MqAttr flags(long flags) {
        MqAttr attr = new MqAttr();
        attr.mq_flags = flags;
        return attr;
    }

    @Test
    @Assertion(id = "mq_setattr/1-1", says = "It sets O_NONBLOCK.")
    void itSetsNonblock() {
        int q = qd();
        MqAttr attr = attributes(q);
        attr.mq_flags |= O_NONBLOCK;
        assertEquals(0, mq_setattr(q, attr, null));
        assertEquals(O_NONBLOCK, attributes(q).mq_flags);
    }

    @Test
    @Assertion(id = "mq_setattr/1-2", says = "The other attributes in the argument are not looked at.")
    void otherAttributesAreIgnored() {
        int q = qd();
        MqAttr attr = attributes(q);
        String before = attr.toString();
        attr.mq_maxmsg++;
        attr.mq_msgsize++;
        attr.mq_curmsgs++;
        assertEquals(0, mq_setattr(q, attr, null));
        assertEquals(before, attributes(q).toString());
    }

    @Test
    @Assertion(id = "mq_setattr/3-1", says = "Success is 0, and calls behave accordingly.")
    void successTakesEffect() {
        int q = q(1, 8);
        assertEquals(0, mq_setattr(q, flags(O_NONBLOCK), null));
        refused(EAGAIN, receive(q));
        fill(q);
        refused(EAGAIN, send(q, "x", 0));
    }

    @Test
    @Assertion(id = "mq_setattr/4-1", says = "A failure is -1 and changes nothing.")
    void aFailureChangesNothing() {
        int q = q(2, 8);
        MqAttr old = attr(77, 78);
        assertEquals(-1, mq_setattr(NOT_OPEN, flags(O_NONBLOCK), old));
        assertEquals(0, attributes(q).mq_flags);
        assertEquals(77, old.mq_maxmsg);
    }

    @Test
    @Assertion(id = "mq_setattr/5-1", says = "A number that is no open descriptor is EBADF.")
    void anInvalidDescriptorIsEbadf() {
        refused(EBADF, mq_setattr(NOT_OPEN, flags(0), null));
        refused(EBADF, mq_setattr(-1, flags(0), null));
    }

    @Test
    @Assertion(id = "mq_setattr/x-clear", says = "Without O_NONBLOCK calls wait again.")
    void clearingNonblockMakesCallsWait() {
        int q = q(2, 8, O_RDWR | O_NONBLOCK);
        refused(EAGAIN, receive(q));
        ok(mq_setattr(q, flags(0), null));
        Call receiver = Call.begin(() -> receive(q)).untilBlocked();
        ok(send(q, "late", 0));
        receiver.answers(4);
    }

    @Test
    @Assertion(
            id = "mq_setattr/x-bad-flags",
            says = "Other bits in mq_flags are refused, and nothing changes.",
            strength = CHOICE,
            choice = "EINVAL, as on Linux")
    void otherBitsAreRefused() {
        int q = q(2, 8);
        refused(EINVAL, mq_setattr(q, flags(O_NONBLOCK | 1), null));
        assertEquals(0, attributes(q).mq_flags);
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_setattr/p-old", says = "The attributes and the count as they were are given back.")
    void theFormerAttributesAreGiven() {
        int q = q(3, 8, O_RDWR | O_NONBLOCK);
        ok(send(q, "x", 0));
        MqAttr old = new MqAttr();
        ok(mq_setattr(q, flags(0), old));
        assertEquals("mq_flags " + O_NONBLOCK + ", mq_maxmsg 3, mq_msgsize 8, mq_curmsgs 1", old.toString());
        assertEquals(0, attributes(q).mq_flags);
    }

    @Test
    @Assertion(
            id = "mq_setattr/p-same",
            says = "One structure can be both what is set and what gets the former values.")
    void oneStructureCanBeBoth() {
        int q = q(3, 8);
        MqAttr both = flags(O_NONBLOCK);
        ok(mq_setattr(q, both, both));
        assertEquals(0, both.mq_flags);
        assertEquals(3, both.mq_maxmsg);
        assertEquals(O_NONBLOCK, attributes(q).mq_flags);
    }

    @Test
    @Assertion(
            id = "mq_setattr/p-description",
            says = "Another open of the queue is not touched; a duplicate shares the flag.")
    void onlyTheDescriptionChanges() {
        int q = q(2, 8);
        int other = again(O_RDONLY);
        int twin = track(NativeCalls.LIBC.dup(q));
        ok(mq_setattr(q, flags(O_NONBLOCK), null));
        assertEquals(0, attributes(other).mq_flags);
        assertEquals(O_NONBLOCK, attributes(twin).mq_flags);
    }

    @Test
    @Assertion(id = "mq_setattr/p-messages", says = "The messages stay.")
    void theMessagesStay() {
        int q = q(3, 8);
        ok(send(q, "a", 1));
        ok(send(q, "b", 2));
        ok(mq_setattr(q, flags(O_NONBLOCK), null));
        assertEquals("b/2", next(q));
        assertEquals("a/1", next(q));
    }

    @Test
    @Assertion(
            id = "mq_setattr/p-blocked",
            says = "A call that is blocked already stays so.",
            strength = CHOICE,
            choice = "O_NONBLOCK counts for calls that begin later, as on Linux")
    void aBlockedCallStaysBlocked() {
        int q = q(2, 8);
        Call receiver = Call.begin(() -> receive(q)).untilBlocked();
        ok(mq_setattr(q, flags(O_NONBLOCK), null));
        receiver.stillBlocked();
        ok(send(q, "x", 0));
        receiver.answers(1);
    }

    @Test
    @Assertion(
            id = "mq_setattr/p-null",
            says = "Without attributes to set it is refused.",
            strength = CHOICE,
            choice = "EINVAL")
    void nullIsEinval() {
        int q = q(2, 8, O_RDWR | O_NONBLOCK);
        refused(EINVAL, mq_setattr(q, null, new MqAttr()));
        assertEquals(O_NONBLOCK, attributes(q).mq_flags);
    }
}
