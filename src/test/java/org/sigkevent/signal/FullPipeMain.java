package org.sigkevent.signal;

import static org.sigkevent.Support.ok;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.sigkevent.SigSet;
import org.sigkevent.Signal;

/** Loses real-time signals, the first of its process, and ends when that has been logged. */
final class FullPipeMain {
    private FullPipeMain() {}

    public static void main(String[] args) throws Exception {
        CountDownLatch logged = new CountDownLatch(1);
        // behind the one that prints it
        Logger.getLogger("").addHandler(new Handler() {
            @Override
            public void publish(LogRecord record) {
                logged.countDown();
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, FullPipeTest.A));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set, null));
        FullPipeTest.flood();
        boolean soon = logged.await(60, TimeUnit.SECONDS);
        System.exit(soon ? 0 : 1);
    }
}
