package org.sigkevent.mq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.sigkevent.Support;
import org.sigkevent.core.Queue;

/** A queue polls each netlink socket once, however polls end. */
class NotifySocketWatchTest {
    private static final int ENDS = 5000;

    @Test
    void aPollThatEndsWhileAnotherThreadRegistersIsNotBegunTwice() throws Exception {
        Queue queue = Queue.create(8);
        NotifySocketWatch watch = queue.member(NotifySocketWatch.class, of -> new NotifySocketWatch(of, ended -> {}));
        assertNotNull(watch);
        NotifySocket socket = new NotifySocket((place, generation, removed) -> {});
        assertEquals(0, watch.watch(socket));
        AtomicBoolean stop = new AtomicBoolean();
        FutureTask<Integer> registers = Support.start(() -> {
            int rc = 0;
            while (!stop.get() && rc == 0) {
                rc = watch.watch(socket);
            }
            return rc;
        });
        for (int i = 0; i < ENDS && queue.engine().inFlight() < 2; i++) {
            // as the kernel ends a poll that it has no room for
            queue.engine().cancel(watch.polls[0]);
            for (int looks = 0; looks < 20; looks++) {
                queue.drive();
            }
        }
        stop.set(true);
        assertEquals(0, Support.get(registers));
        Support.until("one poll is in flight", () -> {
            queue.drive();
            return queue.engine().inFlight() <= 1;
        });
        assertTrue(watch.polls.length <= 2, "polls: " + watch.polls.length);
        assertTimeoutPreemptively(Support.SOON, () -> assertEquals(0, queue.destroy()));
    }
}
