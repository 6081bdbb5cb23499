package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.start;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Taking a registration back while threads of other queues read the notifications too. */
@Timeout(180)
class MqueueRemovalTest {
    private static final int ROUNDS = 6000;

    @Test
    void theOutcomeIsThereWhenTheRemovalReturnsAlthoughAnotherThreadReadTheNotification() throws Exception {
        // from now on the thread behind SIGEV_THREAD reads notifications as well
        callBackOnce();
        int kfd = Support.queue(4);
        String name = "/sigkevent-removal-" + ProcessHandle.current().pid();
        int mqd = (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
        ok(Mqueue.mq_unlink(name));
        int first = 0;
        byte[] into = new byte[8192];
        // on a machine that is busy there are fewer rounds
        long end = System.nanoTime() + 20_000_000_000L;
        for (int i = 0; i < ROUNDS && System.nanoTime() < end; i++) {
            ok(Mqueue.mq_notify(mqd, SigEvent.kevent(kfd, SigVal.of(i))));
            FutureTask<Integer> sender = start(() -> Mqueue.mq_send(mqd, new byte[1], 1, 0));
            for (int spin = i % 200; spin > 0; spin--) {
                Thread.onSpinWait();
            }
            ok(Mqueue.mq_notify(mqd, null));
            ok(get(sender));
            ok(Mqueue.mq_receive(mqd, into, into.length, null));
            KeventRecord record = Support.take(kfd, Duration.ZERO);
            if (record != null) {
                first++;
                assertEquals(i, (int) record.cookie);
                assertEquals(0, record.flags);
            }
            KeventStats stats = new KeventStats();
            ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
            assertEquals(0, stats.armed + stats.unread, "round " + i + " holds a slot, or has a record that came late");
        }
        ok(Mqueue.mq_close(mqd));
        Support.destroy(kfd);
        System.out.println("MqueueRemovalTest: " + first + " of at most " + ROUNDS + " messages came first");
    }

    private static void callBackOnce() throws InterruptedException {
        CountDownLatch called = new CountDownLatch(1);
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_function = value -> called.countDown();
        try (EventSource source = EventSource.Kind.MQ.make()) {
            ok(source.register(event));
            source.fire();
            assertTrue(called.await(Support.SOON.toSeconds(), TimeUnit.SECONDS));
        }
    }
}
