package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EACCES;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENAMETOOLONG;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Fcntl.O_CREAT;
import static org.sigkevent.Fcntl.O_EXCL;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Mqueue.mq_close;
import static org.sigkevent.Mqueue.mq_open;
import static org.sigkevent.Mqueue.mq_unlink;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** mq_unlink. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqUnlinkIT extends MqScene {
    @Test
    @Assertion(id = "mq_unlink/1-1", says = "The name is gone when the call returns.")
    void theNameIsGoneAtOnce() {
        qd();
        assertEquals(0, mq_unlink(name));
        refused(ENOENT, mq_open(name, O_RDWR));
    }

    @Test
    @Assertion(
            id = "mq_unlink/2-1",
            says = "It does not wait for those who have the queue open, and the name is free at once.",
            strength = MAY,
            choice = "the name can be used for a new queue at once")
    void unlinkingDoesNotWait() {
        qd();
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            assertEquals(0, mq_unlink(name));
            int other = track(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, attr(2, 8)));
            child.ask("send", "old", 1).answers(0);
            assertEquals(0, messagesIn(other));
        }
    }

    @Test
    @Assertion(id = "mq_unlink/3-1", says = "Success is 0, also when the queue is closed.")
    void successIsZero() {
        ok(mq_close(qd()));
        assertEquals(0, mq_unlink(name));
    }

    @Test
    @Assertion(id = "mq_unlink/4-1", says = "A failure is -1 and touches no other queue.")
    void aFailureChangesNothing() {
        int q = q(2, 8);
        ok(send(q, "x", 1));
        assertEquals(-1, mq_unlink(fresh()));
        assertEquals("x/1", next(again(O_RDWR)));
    }

    @Test
    @Assertion(id = "mq_unlink/speculative/7-2", says = "A numeric name that does not exist is ENOENT.")
    void anUnknownNumericNameIsEnoent() {
        refused(ENOENT, mq_unlink("/123" + ProcessHandle.current().pid()));
    }

    @Test
    @Assertion(id = "mq_unlink/x-names", says = "Bad names are refused: EINVAL, ENAMETOOLONG, EINVAL, ENOENT.")
    void badNamesAreRefused() {
        refused(EINVAL, mq_unlink("noslash"));
        refused(ENAMETOOLONG, mq_unlink("/" + "x".repeat(256)));
        refused(EINVAL, mq_unlink(""));
        refused(ENOENT, mq_unlink("/"));
    }

    @Test
    @Assertion(id = "mq_unlink/x-eacces", says = "Another user's queue is EACCES and stays.")
    void anotherUsersQueueStays() throws Exception {
        q(2, 8);
        NativeCalls.asNobody(() -> {
            refused(EACCES, mq_unlink(name));
            return null;
        });
        again(O_RDWR);
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_unlink/p-enoent", says = "A name that does not exist, or not any more, is ENOENT.")
    void anUnknownNameIsEnoent() {
        refused(ENOENT, mq_unlink(name));
        q(2, 8);
        ok(mq_unlink(name));
        refused(ENOENT, mq_unlink(name));
    }

    @Test
    @Assertion(id = "mq_unlink/p-open", says = "Who has the queue open goes on using it.")
    void openDescriptorsGoOn() {
        int q = q(2, 8);
        int second = again(O_RDWR);
        ok(mq_unlink(name));
        ok(send(q, "x", 1));
        assertEquals("x/1", next(second));
        Call receiver = Call.begin(() -> receive(q)).untilBlocked();
        ok(send(second, "late", 0));
        receiver.answers(4);
    }

    @Test
    @Assertion(
            id = "mq_unlink/p-new-queue",
            says = "A queue of the same name made afterwards is another one, and empty.")
    void aNewQueueOfTheSameNameIsEmpty() {
        int old = q(2, 8);
        ok(send(old, "old", 1));
        ok(mq_unlink(name));
        int other = q(3, 16);
        assertEquals(0, messagesIn(other));
        assertEquals(3, attributes(other).mq_maxmsg);
        assertEquals("old/1", next(old));
    }

    @Test
    @Assertion(id = "mq_unlink/p-enametoolong", says = "A name longer than PATH_MAX is ENAMETOOLONG.")
    void aPathThatIsTooLongIsEnametoolong() {
        refused(ENAMETOOLONG, mq_unlink("/" + "x".repeat(5000)));
    }

    @Test
    @Assertion(
            id = "mq_unlink/p-second-slash",
            says = "A second slash in a name is refused.",
            strength = CHOICE,
            choice = "EACCES, as mq_open")
    void aSecondSlashIsEacces() {
        refused(EACCES, mq_unlink("/tmp" + name));
    }
}
