package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.Mqueue;
import org.sigkevent.Support;

/** What notification by message queues of other systems was tested for, or should have been. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class PriorMqIT extends MqScene {
    private void isNotified(long cookie) {
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_MQ, record.id);
        assertEquals(cookie, record.cookie);
        assertEquals(0, record.flags);
    }

    @Test
    @Assertion(
            id = "prior/47",
            strength = KEVENT,
            says = "Who registers and then receives all there is strands none of 3,000 messages of another process.")
    void registeringBeforeDrainingStrandsNothing() throws Exception {
        int n = 3_000;
        int q = q(8, 16, O_RDWR | O_NONBLOCK);
        FutureTask<Void> sender = Support.start(() -> {
            try (Puppet child = puppet()) {
                child.ask("open", name, O_WRONLY).succeeds();
                for (int i = 0; i < n; i += 10) {
                    for (int j = i; j < i + 10; j++) {
                        child.tell("send", Integer.toString(j), 0);
                    }
                    for (int j = i; j < i + 10; j++) {
                        child.reply().answers(0);
                    }
                }
            }
            return null;
        });
        byte[] into = new byte[16];
        int got = 0;
        int records = 0;
        while (got < n) {
            ok(mq_notify(q, kev(records)));
            for (; ; ) {
                long length = Mqueue.mq_receive(q, into, into.length, null);
                if (length < 0) {
                    assertEquals(EAGAIN, Errno.errno(), Errno::message);
                    break;
                }
                assertEquals(Integer.toString(got++), new String(into, 0, (int) length, StandardCharsets.US_ASCII));
            }
            if (got < n) {
                isNotified(records++);
            }
        }
        Support.get(sender);
        System.out.println("PriorMqIT: " + n + " messages in " + records + " records");
    }

    @Test
    @Assertion(
            id = "prior/50",
            strength = KEVENT,
            says =
                    "A receive that lets a blocked sender in is no record, since the queue was not empty, and the registration stays.")
    void aBlockedSenderThatIsLetInIsNoRecord() {
        int q = q(1, 8);
        ok(send(q, "a", 0));
        ok(mq_notify(q, kev(1)));
        Call sender = Call.begin(() -> send(q, "b", 0)).untilBlocked();
        assertEquals("a/0", next(q));
        sender.answers(0);
        noRecord();
        refused(EBUSY, mq_notify(q, kev(2)));
        assertEquals("b/0", next(q));
        noRecord();
        ok(send(q, "c", 0));
        isNotified(1);
        noRecord();
    }

    @Test
    @Assertion(
            id = "prior/54",
            strength = KEVENT,
            says =
                    "A message that races with the close of another descriptor is one record: the message's, or the removal's.")
    void aMessageAgainstACloseIsOneRecord() throws Exception {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("PriorMqIT: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int q = q(2, 8);
        int removed = 0;
        int rounds = 500;
        for (int round = 0; round < rounds; round++) {
            int other = (int) ok(Mqueue.mq_open(name, O_RDWR));
            ok(mq_notify(q, kev(round)));
            FutureTask<Integer> sender = Support.start(() -> send(q, "x", 0));
            for (int spin = random.nextInt(4000); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            ok(Mqueue.mq_close(other));
            assertEquals(0, Support.get(sender));
            KeventRecord record = Support.take(kfd);
            assertEquals(round, record.cookie, record::toString);
            removed += (record.flags & Kevent.KEVENT_REMOVED) != 0 ? 1 : 0;
            assertEquals(64, freeSlots());
            assertEquals("x/0", next(q));
        }
        noRecord();
        System.out.println("PriorMqIT: in " + removed + " of " + rounds + " rounds the close came first");
    }
}
