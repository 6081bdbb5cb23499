package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.signal.SignalSender;

/** Has SIGEV_SIGNAL send every signal, handled or not: nothing that the library sends may end, crash or stop this JVM. */
public final class SignalSweepMain {
    private static final AtomicInteger CALLS = new AtomicInteger();

    private SignalSweepMain() {}

    public static void main(String[] args) throws Exception {
        int had = 0;
        for (int signo = 1; signo <= 64; signo++) {
            withoutAHandler(signo);
            if (Signal.signal(signo, number -> CALLS.incrementAndGet()) == Signal.SIG_ERR) {
                assertEquals(Errno.EINVAL, Errno.errno(), Errno.message());
                assertTrue(Errno.message().contains("belongs to"), Errno.message());
                continue;
            }
            had++;
            withAHandlerThatGoes(signo);
            // by the library that handles no more: what comes late is not sent
            collect();
        }
        // and by another one, which has handlers of its own until it takes them away
        foreignHandlerThatGoes("SIGUSR1".substring(3), Signal.SIGUSR1);
        System.out.println("survived, with handlers for " + had + ", not sent " + SignalSender.notSent());
        System.exit(0);
    }

    private static int timer(int signo) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        event.sigev_value = SigVal.of(0x1234_5678_1234_5678L);
        int[] timer = new int[1];
        if (Time.timer_create(Time.CLOCK_MONOTONIC, event, timer) < 0) {
            assertEquals(Errno.EINVAL, Errno.errno(), Errno.message());
            return -1;
        }
        arm(timer[0]);
        return timer[0];
    }

    private static void arm(int timer) {
        ItimerSpec often = new ItimerSpec();
        often.it_value.tv_nsec = 100_000;
        often.it_interval.tv_nsec = 100_000;
        ok(Time.timer_settime(timer, 0, often, null));
    }

    private static void withoutAHandler(int signo) throws InterruptedException {
        int timer = timer(signo);
        if (timer >= 0) {
            // its default is nothing
            Thread.sleep(2);
            ok(Time.timer_delete(timer));
        }
    }

    private static void withAHandlerThatGoes(int signo) throws InterruptedException {
        int before = CALLS.get();
        int timer = timer(signo);
        assertTrue(timer >= 0, () -> signo + ": " + Errno.message());
        Support.until("it is handled", () -> CALLS.get() > before + 3);
        ok(Signal.raise(signo));
        Signal.signal(signo, Signal.SIG_DFL);
        Thread.sleep(2);
        ok(Time.timer_delete(timer));
    }

    private static void foreignHandlerThatGoes(String name, int signo) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        SunSignals signals = new SunSignals();
        signals.handle(name, handled::incrementAndGet);
        int timer = timer(signo);
        assertTrue(timer >= 0, Errno::message);
        Support.until("it is handled", () -> handled.get() > 3);
        // a look cannot see what happens behind it: nothing is on its way when the handler goes
        ok(Time.timer_settime(timer, 0, new ItimerSpec(), null));
        int[] steady = {-1};
        Support.until("none is on its way", () -> steady[0] == (steady[0] = handled.get()));
        Thread.sleep(20);
        signals.reset(name);
        long before = SignalSender.notSent();
        arm(timer);
        Support.until("it is not sent any more", () -> SignalSender.notSent() > before + 3);
        ok(Time.timer_delete(timer));
    }

    /** Garbage, for safepoints, at which the JVM suspends threads. */
    private static void collect() {
        byte[][] garbage = new byte[64][];
        for (int i = 0; i < 512; i++) {
            garbage[i & 63] = new byte[16 << 10];
        }
        assertTrue(garbage[0].length > 0);
    }
}
