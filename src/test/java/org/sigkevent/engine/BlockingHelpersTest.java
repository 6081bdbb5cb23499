package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;

/** What a share knows of the calls that helpers have for it. */
@Timeout(60)
class BlockingHelpersTest {
    private final BlockingHelpers.Share share = new BlockingHelpers.Share();
    private final CountDownLatch inside = new CountDownLatch(1);
    private final CountDownLatch comesBack = new CountDownLatch(1);

    private final BlockingHelpers.Call call = new BlockingHelpers.Call() {
        @Override
        public void prepare() {}

        @Override
        public long blocking() {
            inside.countDown();
            try {
                comesBack.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException impossible) {
                return -1;
            }
            return 0;
        }

        @Override
        public void ended(long result) {}
    };

    private void isIdleButWhile(BlockingHelpers.Task task) throws InterruptedException {
        assertTrue(share.isIdle());
        assertEquals(0, BlockingHelpers.start(task));
        assertTrue(inside.await(30, TimeUnit.SECONDS));
        assertFalse(share.isIdle());
        comesBack.countDown();
        Support.until("the call has come back", share::isIdle);
    }

    @Test
    void itIsNotIdleWhileAHelperHasACall() throws Exception {
        isIdleButWhile(new BlockingHelpers.Task(call, share));
    }

    @Test
    void aCallThatUsesUpNothingOfItsShareCountsToo() throws Exception {
        isIdleButWhile(BlockingHelpers.Task.brief(call, share));
    }

    @Test
    void briefCallsThatFollowEachOtherAreEachMadeOnce() throws Exception {
        int each = 3000;
        AtomicInteger made = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        Callable<Void> starts = () -> {
            for (int i = 0; i < each; i++) {
                AtomicBoolean over = new AtomicBoolean();
                BlockingHelpers.Task task = BlockingHelpers.Task.brief(
                        new BlockingHelpers.Call() {
                            @Override
                            public void prepare() {}

                            @Override
                            public long blocking() {
                                return made.incrementAndGet();
                            }

                            @Override
                            public void ended(long result) {
                                ended.incrementAndGet();
                                over.set(true);
                            }
                        },
                        share);
                // four of all queues at a time
                Support.until("there is a helper", () -> BlockingHelpers.start(task) == 0);
                Support.until("it has ended", over::get);
            }
            return null;
        };
        FutureTask<Void> one = Support.start(starts);
        FutureTask<Void> other = Support.start(starts);
        Support.get(one);
        Support.get(other);
        assertEquals(2 * each, made.get());
        assertEquals(2 * each, ended.get());
        Support.until("none is counted any more", share::isIdle);
    }
}
