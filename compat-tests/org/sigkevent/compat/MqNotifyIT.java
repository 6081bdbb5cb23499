package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.mq_close;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Mqueue.mq_unlink;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;

/** mq_notify. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqNotifyIT extends MqScene {
    private void isNotified(long cookie) {
        KeventRecord record = Support.take(kfd);
        assertEquals(cookie, record.cookie, record::toString);
        assertEquals(Kevent.KEVENT_MQ, record.id);
        assertEquals(0, record.flags);
    }

    @Test
    @Assertion(
            id = "mq_notify/1-1",
            says = "A message in the empty queue is one record with the registration's cookie.")
    void aMessageInTheEmptyQueueIsARecord() {
        int q = qd();
        assertEquals(0, mq_notify(q, kev(1)));
        ok(send(q, "x".repeat(50), 1));
        isNotified(1);
        noRecord();
    }

    @Test
    @Assertion(id = "mq_notify/2-1", says = "A queue has one registration, among all processes.")
    void aQueueHasOneRegistration() {
        int q = qd();
        ok(mq_notify(q, kev(1)));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            child.ask("notify").refused(EBUSY);
            ok(mq_notify(q, null));
            child.ask("notify").answers(0);
            refused(EBUSY, mq_notify(q, kev(2)));
        }
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(id = "mq_notify/4-1", says = "The record ends the registration, and a new one can be made.")
    void theRecordEndsTheRegistration() {
        int q = qd();
        ok(mq_notify(q, kev(1)));
        ok(send(q, "a", 1));
        isNotified(1);
        assertEquals(0, mq_notify(q, kev(2)));
        ok(receive(q));
        ok(send(q, "b", 1));
        isNotified(2);
    }

    @Test
    @Assertion(id = "mq_notify/5-1", says = "A message that a blocked receiver of another process gets is no record.")
    void aBlockedReceiverGetsTheMessageInstead() {
        int q = q(40, 40);
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            child.tell("receive");
            child.untilBlocked();
            ok(mq_notify(q, kev(1)));
            ok(send(q, "x".repeat(40), 1));
            assertEquals("x".repeat(40), child.reply().answers(40).text());
            noRecord();
        }
    }

    @Test
    @Assertion(id = "mq_notify/6-1", says = "Success is 0.")
    void successIsZero() {
        int q = q(2, 8);
        assertEquals(0, mq_notify(q, kev(1)));
        assertEquals(0, mq_notify(q, null));
    }

    @Test
    @Assertion(id = "mq_notify/7-1", says = "A failure is -1 with an errno, and holds no slot of the ring.")
    void aFailureIsMinusOne() {
        org.sigkevent.Errno.errno(0);
        assertEquals(-1, mq_notify(-1, kev(1)));
        assertNotEquals(0, org.sigkevent.Errno.errno());
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(id = "mq_notify/8-1", says = "A number that is no open descriptor is EBADF.")
    void anInvalidDescriptorIsEbadf() {
        refused(EBADF, mq_notify(-1, kev(1)));
        refused(EBADF, mq_notify(NOT_OPEN, kev(1)));
        refused(EBADF, mq_notify(NOT_OPEN, null));
    }

    @Test
    @Assertion(id = "mq_notify/x-oneshot", says = "One registration is one record.")
    void oneRegistrationIsOneRecord() {
        int q = q(2, 8);
        ok(mq_notify(q, kev(1)));
        ok(send(q, "a", 0));
        isNotified(1);
        ok(receive(q));
        ok(send(q, "b", 0));
        noRecord();
        assertEquals(0, mq_notify(q, kev(2)));
    }

    @Test
    @Assertion(
            id = "mq_notify/x-null-unregistered",
            says = "Ending a registration that there is not may be a failure.",
            strength = MAY,
            choice = "0, as on Linux")
    void endingNoRegistrationIsNoFailure() {
        assertEquals(0, mq_notify(q(2, 8), null));
    }

    @Test
    @Assertion(
            id = "mq_notify/x-bad-notify",
            says = "A sigevent that cannot be used is refused, and the queue stays free.",
            strength = MAY,
            choice = "EINVAL, also for SIGEV_KEVENT without a ring or with one that is gone")
    void anUnusableSigeventIsRefused() {
        int q = q(2, 8);
        SigEvent bad = new SigEvent();
        bad.sigev_notify = 99;
        refused(EINVAL, mq_notify(q, bad));
        bad.sigev_notify = Signal.SIGEV_SIGNAL;
        for (int signo : new int[] {65, -1, 0}) {
            bad.sigev_signo = signo;
            refused(EINVAL, mq_notify(q, bad));
        }
        bad.sigev_notify = Signal.SIGEV_THREAD;
        refused(EINVAL, mq_notify(q, bad));
        bad.sigev_notify = Signal.SIGEV_KEVENT;
        refused(EINVAL, mq_notify(q, bad));
        int gone = Support.queue(1);
        Support.destroy(gone);
        refused(EINVAL, mq_notify(q, SigEvent.kevent(gone, SigVal.of(1))));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            child.ask("notify").answers(0);
            child.ask("unnotify").answers(0);
        }
        assertEquals(0, mq_notify(q, kev(1)));
    }

    @Test
    @Assertion(
            id = "mq_notify/x-blocked-keeps",
            says = "A message that a blocked receiver gets leaves the registration for the next.")
    void aBlockedReceiverLeavesTheRegistration() {
        int q = q(2, 8);
        Call receiver = Call.begin(() -> timedreceive(q, far())).untilBlocked();
        ok(mq_notify(q, kev(1)));
        ok(send(q, "a", 0));
        receiver.answers(1);
        noRecord();
        refused(EBUSY, mq_notify(q, kev(2)));
        ok(send(q, "b", 0));
        isNotified(1);
        noRecord();
    }

    @Test
    @Assertion(id = "mq_notify/x-other-process-null", says = "Another process cannot end the registration.")
    void anotherProcessCannotEndTheRegistration() {
        int q = q(2, 8);
        ok(mq_notify(q, kev(1)));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            child.ask("unnotify").answers(0);
        }
        refused(EBUSY, mq_notify(q, kev(2)));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            ok(mq_notify(q, null));
            child.ask("notify").answers(0);
            assertEquals(0, mq_notify(q, null));
            refused(EBUSY, mq_notify(q, kev(3)));
        }
    }

    @Test
    @Assertion(
            id = "mq_notify/x-wronly",
            says = "The access mode of the descriptor does not matter.",
            strength = CHOICE,
            choice = "any mode registers, as on Linux")
    void anyAccessModeRegisters() {
        int writer = q(2, 8, O_WRONLY);
        assertEquals(0, mq_notify(writer, kev(1)));
        ok(send(writer, "x", 0));
        isNotified(1);
        int reader = again(O_RDONLY);
        assertEquals(0, mq_notify(reader, kev(2)));
        ok(receive(reader));
        ok(send(writer, "y", 0));
        isNotified(2);
    }

    @Test
    @Assertion(
            id = "mq_notify/x-timed-nonblock",
            says = "Receivers that did not wait, or do not any more, are none that take the message.")
    void receiversThatDoNotWaitDoNotCount() {
        int q = q(2, 8);
        int impatient = again(O_RDWR | O_NONBLOCK);
        ok(mq_notify(q, kev(1)));
        refused(ETIMEDOUT, timedreceive(q, in(10)));
        refused(ETIMEDOUT, timedreceive(q, in(-10)));
        refused(EAGAIN, receive(impatient));
        ok(send(q, "x", 0));
        isNotified(1);
    }

    @Test
    @Assertion(
            id = "mq_notify/x-siginfo",
            says = "The record has the cookie, and says that it is about a message queue.")
    void theRecordHasTheCookieAndTheKind() {
        int q = q(2, 8);
        ok(mq_notify(q, kev(0x0123_4567_89ab_cdefL)));
        ok(send(q, "x", 0));
        KeventRecord record = Support.take(kfd);
        assertEquals(0x0123_4567_89ab_cdefL, record.cookie);
        assertEquals(Kevent.KEVENT_MQ, record.id);
        assertEquals(q, record.descriptor);
    }

    // ---- beyond the sample

    @Test
    @Assertion(
            id = "mq_notify/p-ebusy",
            says = "A second registration of the same process is EBUSY through any descriptor, and the first stays.")
    void aSecondRegistrationIsEbusy() {
        int q = q(2, 8);
        int other = again(O_RDWR);
        ok(mq_notify(q, kev(1)));
        refused(EBUSY, mq_notify(q, kev(2)));
        refused(EBUSY, mq_notify(other, kev(3)));
        ok(send(other, "x", 0));
        isNotified(1);
        noRecord();
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(
            id = "mq_notify/p-null",
            says = "Null ends the registration, through any descriptor: no record comes and the slot is free.")
    void nullEndsTheRegistration() {
        int q = q(2, 8);
        int other = again(O_RDWR);
        ok(mq_notify(q, kev(1)));
        assertEquals(0, mq_notify(other, null));
        ok(send(q, "x", 0));
        noRecord();
        assertEquals(64, freeSlots());
    }

    @Test
    @Assertion(
            id = "mq_notify/p-not-empty",
            says = "Registered on a queue with messages, only the next one after it was empty is a record.")
    void aQueueWithMessagesMustBecomeEmptyFirst() {
        int q = q(4, 8);
        ok(send(q, "a", 0));
        ok(mq_notify(q, kev(1)));
        ok(send(q, "b", 9));
        noRecord();
        ok(receive(q));
        ok(receive(q));
        noRecord();
        ok(send(q, "c", 0));
        isNotified(1);
    }

    @Test
    @Assertion(
            id = "mq_notify/p-other-sender",
            says = "Who sends does not matter: a message of another process is a record.")
    void aMessageOfAnotherProcessIsARecord() {
        int q = q(2, 8);
        ok(mq_notify(q, kev(4)));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_WRONLY).succeeds();
            child.ask("send", "hi", 1).answers(0);
        }
        isNotified(4);
        assertEquals("hi/1", next(q));
    }

    @Test
    @Assertion(id = "mq_notify/p-message-stays", says = "The record takes no message.")
    void theMessageStays() {
        int q = q(2, 8);
        ok(mq_notify(q, kev(1)));
        ok(send(q, "x", 5));
        isNotified(1);
        assertEquals("x/5", next(q));
    }

    @Test
    @Assertion(id = "mq_notify/p-none", says = "SIGEV_NONE registers: it keeps others out and ends with the message.")
    void sigevNoneRegisters() {
        int q = q(2, 8);
        assertEquals(0, mq_notify(q, new SigEvent()));
        refused(EBUSY, mq_notify(q, kev(1)));
        ok(send(q, "x", 0));
        assertEquals(0, mq_notify(q, kev(2)));
        noRecord();
    }

    @Test
    @Assertion(
            id = "mq_notify/p-thread",
            says = "With SIGEV_THREAD the function is called with the value, on another thread, once.")
    void sigevThreadCallsTheFunction() throws Exception {
        int q = q(2, 8);
        Object value = new Object();
        LinkedBlockingQueue<Object> calls = new LinkedBlockingQueue<>();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_value = SigVal.of(value);
        event.sigev_notify_function = given -> {
            calls.add(Thread.currentThread());
            calls.add(given.sival_ptr);
        };
        assertEquals(0, mq_notify(q, event));
        ok(send(q, "x", 0));
        assertNotEquals(Thread.currentThread(), calls.poll(10, TimeUnit.SECONDS));
        assertSame(value, calls.poll(10, TimeUnit.SECONDS));
        ok(receive(q));
        ok(send(q, "y", 0));
        assertEquals(null, calls.poll(20, TimeUnit.MILLISECONDS));
    }

    @Test
    @Assertion(
            id = "mq_notify/p-signal",
            says = "With SIGEV_SIGNAL the signal has the value, and SI_MESGQ for its code.")
    void sigevSignalSendsTheSignal() {
        int signo = Signal.SIGRTMIN + 5;
        int q = q(2, 8);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        ok(Kevent.kevent_submit(kfd, KeventEvent.signal(set, SigVal.of(8)), 0, null));
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        event.sigev_value = SigVal.of(1);
        assertEquals(0, mq_notify(q, event));
        ok(send(q, "x", 0));
        KeventRecord record = Support.take(kfd);
        assertEquals(8, record.cookie);
        assertEquals(signo, record.descriptor);
        assertEquals(1, record.data0);
        assertEquals(Signal.SI_MESGQ, record.result);
    }

    @Test
    @Assertion(id = "mq_notify/p-unlinked", says = "A queue whose name is gone still makes its messages known.")
    void anUnlinkedQueueStillNotifies() {
        int q = q(2, 8);
        ok(mq_unlink(name));
        ok(mq_notify(q, kev(1)));
        ok(send(q, "x", 0));
        isNotified(1);
    }

    @Test
    @Assertion(
            id = "mq_notify/p-full-ring",
            says = "Without a free slot it is EAGAIN and nothing is registered.",
            strength = KEVENT)
    void aFullRingIsEagain() {
        int small = Support.queue(1);
        int q = q(2, 8);
        ok(Kevent.kevent_submit(small, KeventEvent.user(SigVal.of(7)), 0, null));
        refused(EAGAIN, mq_notify(q, SigEvent.kevent(small, SigVal.of(1))));
        assertEquals(0, mq_notify(q, kev(2)));
        assertEquals(7, Support.take(small).cookie);
        Support.destroy(small);
    }

    @Test
    @Assertion(id = "mq_notify/p-ring-gone", says = "With its ring a registration ends.", strength = KEVENT)
    void aRegistrationEndsWithItsRing() {
        int other = Support.queue(1);
        int q = q(2, 8);
        ok(mq_notify(q, SigEvent.kevent(other, SigVal.of(1))));
        Support.destroy(other);
        assertEquals(0, mq_notify(q, kev(2)));
        ok(send(q, "x", 0));
        isNotified(2);
    }

    @Test
    @Assertion(
            id = "mq_notify/p-close-other",
            says = "Closing another descriptor of the queue in the process ends the registration.",
            strength = CHOICE,
            choice = "as on Linux; a record with KEVENT_REMOVED says so")
    void closingAnotherDescriptorEndsTheRegistration() {
        int q = q(2, 8);
        int other = again(O_RDWR);
        ok(mq_notify(q, kev(6)));
        ok(mq_close(other));
        KeventRecord record = Support.take(kfd);
        assertEquals(6, record.cookie);
        assertNotEquals(0, record.flags & Kevent.KEVENT_REMOVED);
        assertEquals(0, mq_notify(q, kev(7)));
    }

    @Test
    @Assertion(
            id = "mq_notify/p-two-queues",
            says = "Registrations of several queues go into one ring, each with its own cookie.",
            strength = KEVENT)
    void severalQueuesShareARing() {
        int first = q(2, 8);
        name = fresh();
        int second = q(2, 8);
        ok(mq_notify(first, kev(1)));
        ok(mq_notify(second, kev(2)));
        ok(send(second, "b", 0));
        isNotified(2);
        ok(send(first, "a", 0));
        isNotified(1);
    }
}
