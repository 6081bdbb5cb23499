package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Native;

/** KEVENT_SIGNAL when nobody takes the records in time. */
@Timeout(300)
// signals come through a pipe and a thread, whatever engine the queue has; it takes long
@Tag("any-engine")
class SignalOverflowTest {
    private static final int SIGNO = Signal.SIGRTMIN + 6;

    private int kfd;
    private int overflows;

    @BeforeEach
    void makeQueues() {
        kfd = Support.queue(4);
        overflows = Support.queue(4);
    }

    @AfterEach
    void destroyQueues() {
        Support.destroy(kfd);
        Support.destroy(overflows);
    }

    @Test
    void whatWasDroppedIsCountedExactlyAndReportedAsOverflow() {
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, SigEvent.kevent(overflows, SigVal.of(77))));
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, SIGNO));
        KeventEvent taken = KeventEvent.signals(set, false, SigVal.of(1));
        ok(Kevent.kevent_submit(kfd, taken, 0, null));
        int n = (1 << 20) + 100_000;
        // a million instances can wait
        for (int i = 0; i < n; i++) {
            while (Signal.sigqueue(Native.C.getpid(), SIGNO, SigVal.of(i)) < 0) {
                assertEquals(Errno.EAGAIN, Errno.errno());
                Thread.yield();
            }
        }
        long arrived = 0;
        long dropped = 0;
        while (arrived + dropped < n) {
            KeventRecord record = Support.take(kfd);
            if (record.error == 0) {
                arrived++;
            } else {
                assertEquals(Errno.EOVERFLOW, record.error, record::toString);
                dropped += record.data0;
            }
        }
        System.out.println("SignalOverflowTest: " + arrived + " arrived, " + dropped + " were dropped");
        assertEquals(n, arrived + dropped);
        assertTrue(dropped > 0, "no more than a million can wait");
        KeventRecord told = Support.take(overflows);
        assertEquals(Kevent.KEVENT_OVERFLOW, told.id);
        assertEquals(kfd, told.descriptor);
        assertEquals(77, told.cookie);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, taken));
        assertEquals(Errno.ECANCELED, Support.take(kfd).error);
    }
}
