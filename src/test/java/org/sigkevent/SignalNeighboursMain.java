package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import com.kenai.jffi.Library;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Handlers of others beside those of the library; and at last SIGTERM, blocked and handed to the JVM when it is not blocked any more. */
public final class SignalNeighboursMain {
    /** struct sigaction of the C library. */
    private static final int SIZEOF_SIGACTION = 152;

    private SignalNeighboursMain() {}

    private static SigSet set(int signo) {
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        return set;
    }

    public static void main(String[] args) throws Exception {
        SunSignals sun = new SunSignals();
        blockingAllLeavesTheHandlersOfOthers(sun);
        whatIsGivenBackHasTheHandlerThatItHad(sun);
        aHandlerThatWasInstalledLaterStays(sun);
        anActionTakesASignalAlsoFromAHandlerThatWasInstalledLater(sun);
        aNativeHandlerStaysOrComesBack();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ended in order")));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(Signal.SIGTERM), null));
        Support.sendThroughKernel(Signal.SIGTERM, 0);
        SigSet pending = new SigSet();
        Support.until("it is pending", () -> {
            ok(Signal.sigpending(pending));
            return Signal.sigismember(pending, Signal.SIGTERM) == 1;
        });
        System.out.println("pending");
        ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set(Signal.SIGTERM), null));
        // the JVM ends in order, on a thread of its own
        Thread.sleep(60_000);
    }

    private static void blockingAllLeavesTheHandlersOfOthers(SunSignals sun) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        sun.handle("USR1", handled::incrementAndGet);
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, all, null));
        Support.sendThroughKernel(Signal.SIGUSR1, 0);
        Support.until("the other one handles it", () -> handled.get() == 1);
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, null, all));
        assertEquals(0, Signal.sigismember(all, Signal.SIGUSR1));
        assertEquals(1, Signal.sigismember(all, Signal.SIGALRM));
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), null));
    }

    private static void whatIsGivenBackHasTheHandlerThatItHad(SunSignals sun) throws Exception {
        oursAndThenTheirs(sun);
    }

    private static void anActionTakesASignalAlsoFromAHandlerThatWasInstalledLater(SunSignals sun) throws Exception {
        assertNotSame(Signal.SIG_ERR, Signal.signal(Signal.SIGUSR1, signo -> {}));
        oursAndThenTheirs(sun);
    }

    private static void oursAndThenTheirs(SunSignals sun) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        AtomicInteger ours = new AtomicInteger();
        sun.handle("USR1", handled::incrementAndGet);
        assertNotSame(Signal.SIG_ERR, Signal.signal(Signal.SIGUSR1, signo -> ours.incrementAndGet()));
        Support.sendThroughKernel(Signal.SIGUSR1, 0);
        Support.until("it is ours", () -> ours.get() == 1);
        Support.giveBack(Signal.SIGUSR1);
        Support.sendThroughKernel(Signal.SIGUSR1, 0);
        Support.until("it is theirs", () -> handled.get() == 1);
        assertEquals(1, ours.get());
    }

    private static void aNativeHandlerStaysOrComesBack() {
        int signo = Signal.SIGRTMIN + 5;
        long theirs = Library.getCachedInstance("libc.so.6", Library.LAZY | Library.GLOBAL)
                .getSymbolAddress("abs");
        install(signo, theirs);
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, all, null));
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), null));
        assertEquals(theirs, handler(signo));
        AtomicInteger ours = new AtomicInteger();
        assertNotSame(Signal.SIG_ERR, Signal.signal(signo, s -> ours.incrementAndGet()));
        Support.sendThroughKernel(signo, 0);
        Support.until("it is ours", () -> ours.get() == 1);
        Support.giveBack(signo);
        assertEquals(theirs, handler(signo));
        assertNotSame(Signal.SIG_ERR, Signal.signal(signo, s -> ours.incrementAndGet()));
        install(signo, theirs);
        Support.giveBack(signo);
        assertEquals(theirs, handler(signo));
        Support.sendThroughKernel(signo, 0);
        assertEquals(1, ours.get());
    }

    /** The address of the handler that the kernel calls. */
    private static long handler(int signo) {
        ByteBuffer action = Memory.allocate(SIZEOF_SIGACTION);
        ok(Native.C.sigaction(signo, 0, Memory.address(action)));
        return action.getLong(0);
    }

    private static void install(int signo, long handler) {
        ByteBuffer action = Memory.allocate(SIZEOF_SIGACTION);
        action.putLong(0, handler);
        ok(Native.C.sigaction(signo, Memory.address(action), 0));
    }

    private static void aHandlerThatWasInstalledLaterStays(SunSignals sun) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        assertNotSame(Signal.SIG_ERR, Signal.signal(Signal.SIGURG, signo -> {}));
        sun.handle("URG", handled::incrementAndGet);
        Support.giveBack(Signal.SIGURG);
        assertEquals(0, Signal.kill(Native.C.getpid(), Signal.SIGURG));
        Support.until("it is theirs", () -> handled.get() == 1);
        assertTrue(handled.get() == 1);
    }
}
