package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Errnos;

/** What an operation knows by itself. */
@Timeout(60)
@Tag("any-engine")
class OpTest {
    private final List<String> heard = new ArrayList<>();

    private final Op op = new Op() {
        @Override
        protected void completed(int result, boolean more) {
            heard.add(result + " " + more);
        }
    };

    @Test
    void itsSubmitterHasEndedWhenTheThreadHasOrIsCollected() throws InterruptedException {
        assertFalse(op.submitterEnded(), "nobody has submitted it");
        op.submitter = new WeakReference<>(Thread.currentThread());
        assertFalse(op.submitterEnded());
        Thread ends = new Thread(() -> {});
        ends.start();
        ends.join();
        op.submitter = new WeakReference<>(ends);
        assertTrue(op.submitterEnded());
        op.submitter = new WeakReference<>(null);
        assertTrue(op.submitterEnded());
    }

    @Test
    void whatIsNotSubmittedHasCompletedWithThatError() {
        op.notSubmitted(Errnos.EAGAIN);
        assertEquals(List.of(-Errnos.EAGAIN + " false"), heard);
    }
}
