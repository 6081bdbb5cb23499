package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
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
}
