package org.sigkevent.sys;

import com.kenai.jffi.Library;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/**
 * A system call in which a thread may block, and out of which it can be got for certain: by Thread.interrupt, by another
 * thread's {@link #wakeup}, or by a handler of a signal that the thread has installed. Each thread has one, used again for each call:
 *
 * <pre>{@code
 * BlockingCall call = BlockingCall.own();
 * call.enter();
 * try {
 *     result = ...; // the system call, and its errno
 * } finally {
 *     call.leave();
 * }
 * // EINTR: interrupted, cancelled or handled, or a signal that is not ours: then once more
 * }</pre>
 *
 * <p>What ends the call is a signal to that one thread, with a handler that does nothing, installed without SA_RESTART. It is
 * the number that the JDK itself uses so, to get threads out of blocking socket calls; where the JDK has not installed its
 * handler yet, the C library's {@code abs} stands in, which a later one may replace. The signal can arrive before the thread has
 * entered the kernel, and would be lost; so a thread of the library repeats it every millisecond until the call has left.
 * {@link #leave} and the sending exclude each other: no signal is sent after a call has left, nor into the thread's next call. A
 * virtual thread stays on its carrier from the end of {@link #enter} to the beginning of {@link #leave}: in between is nothing but the
 * call. Outside of that it may move, and no signal is sent.
 *
 * <p>Before JDK 25 Thread.interrupt looks for a selector to tell first and sets the status afterwards: a call that begins in
 * between sees neither. So there the thread that repeats signals also looks, ten times a second, for calls of interrupted threads.
 */
public final class BlockingCall extends InterruptHook {
    /** SIGRTMAX-2, as in the JDK. */
    public static final int SIGNAL = 62;

    /** What the return of a handler, which the thread has installed, does to a call. */
    public enum ByHandlers {
        /** It goes on. */
        GOES_ON,
        /** It ends, unless the handler has SA_RESTART. */
        RESTARTS,
        /** It ends. */
        ENDS
    }

    private static final PerThread<BlockingCall> OWN = new PerThread<>(BlockingCall::new);

    private static final String KICKER = "sigkevent-kicker";
    private static final int SIG_UNBLOCK = 1;
    private static final int SIZEOF_SIGSET = 128;

    private static final boolean LOSES_INTERRUPTS = Runtime.version().feature() < 25;

    /** 0: for ever. */
    private static final long LOOK_MILLIS = LOSES_INTERRUPTS ? 100 : 0;

    private static final long REPEAT_MILLIS = 1;

    /** How long a call may last that {@link #endSoon} ends. */
    private static final long SOON_NANOS = 1_000_000;

    private static final class Kicker {
        /** Whether the signal ends calls. If somebody handles it with SA_RESTART, calls have to come back by themselves. */
        static final boolean AVAILABLE = install();

        /** Calls that are to be ended and may not have left yet. */
        private static final IntrusiveList<BlockingCall> KICKED = new IntrusiveList<>();

        private static volatile boolean running;

        /** Whether the library ends: no further call may count on the thread. */
        private static volatile boolean over;

        /** Whether the thread is to end when no call is to be ended any more. */
        private static volatile boolean last;

        /** Whether the thread that repeats signals is there; one that could not be had is asked for again. */
        static boolean running() {
            return !over && (running || start());
        }

        private static synchronized boolean start() {
            try {
                if (!running && !over) {
                    Threads.daemon(KICKER, Kicker::run);
                    running = true;
                }
            } catch (OutOfMemoryError noThread) {
                // what the JVM says when pthread_create is refused
                return false;
            }
            return running;
        }

        /** Has the signal of a call repeated until that has left. Allocates nothing: an interrupt must not fail. */
        static synchronized void repeat(BlockingCall call) {
            boolean first = KICKED.isEmpty();
            KICKED.addLast(call.kick);
            // with others in the list it looks within a millisecond
            if (first) {
                Kicker.class.notify();
            }
        }

        private static void run() {
            boolean idle = false;
            while (!last || !idle) {
                try {
                    idle = kickAll();
                    if (idle && LOSES_INTERRUPTS) {
                        lookForInterrupts();
                    }
                } catch (InterruptedException strange) {
                    // nobody knows this thread; what is to be kicked stays in the list
                } catch (Throwable thrown) {
                    // threads depend on this one
                    Threads.uncaught(thrown);
                }
            }
        }

        /**
         * Waits for calls that are to be ended, and repeats the signals of all who have not left yet: one that no signal gets out of
         * the kernel delays no other. True when there are none.
         */
        // it is called in one, and a look too many does no harm
        @SuppressWarnings("WaitNotInLoop")
        private static synchronized boolean kickAll() throws InterruptedException {
            if (!last || !KICKED.isEmpty()) {
                Kicker.class.wait(KICKED.isEmpty() ? LOOK_MILLIS : REPEAT_MILLIS);
            }
            BlockingCall next;
            for (BlockingCall call = KICKED.first(); call != null; call = next) {
                next = call.kick.following();
                if (!call.kickAgain()) {
                    KICKED.remove(call.kick);
                }
            }
            return KICKED.isEmpty();
        }

        /** The thread ends when no call is to be ended any more. */
        static synchronized void end() {
            last = true;
            Kicker.class.notify();
        }

        private static void lookForInterrupts() {
            OWN.forEach(call -> {
                if (call.interruptedInside()) {
                    call.wakeup();
                }
            });
        }

        private static boolean install() {
            if (!Linux.defaultDisposition(SIGNAL)) {
                // the flags are behind the handler, which was just asked for
                return (Scratch.get().buffer.getLong(8) & Linux.SA_RESTART) == 0;
            }
            Library libc = Library.getCachedInstance("libc.so.6", Library.LAZY | Library.GLOBAL);
            long doNothing = libc == null ? 0 : libc.getSymbolAddress("abs");
            return doNothing != 0 && Linux.sigaction(SIGNAL, doNothing, 0, Linux.SA_ONSTACK, 0) == 0;
        }
    }

    private final Thread thread = Thread.currentThread();
    private final boolean virtual = Threads.isVirtual(thread);
    private final int tid = Linux.gettid();
    private final Link<BlockingCall> kick = new Link<>(this);

    /** Whose handler the thread runs; itself when it runs none. */
    private BlockingCall installer = this;

    /** How many handlers that the thread has installed have returned: all, and those without SA_RESTART. Written under the monitor. */
    private volatile int handled;

    private volatile int handledWithoutRestart;

    // written under the monitor

    /** Wakes the thread where it waits for something else than a system call; null where it does not. */
    private @Nullable Runnable waker;

    private boolean inside;
    private ByHandlers byHandlers = ByHandlers.GOES_ON;
    private volatile boolean kicked;

    /** Whether it ends at {@link #endAt}, in nanoseconds of System.nanoTime(). */
    private boolean ends;

    private long endAt;

    /** Whether the thread, which is the library's, does not block the signal. */
    private boolean unblocked;

    /** Whether a signal is just being sent. */
    private volatile boolean sending;

    /** The thread of the kernel that is in the call, or about to be; 0 while a virtual thread may come to another one. Written by the thread. */
    private volatile int target;

    private BlockingCall() {}

    private synchronized boolean interruptedInside() {
        return inside && !kicked && thread.isInterrupted();
    }

    /** The calling thread's own. */
    public static BlockingCall own() {
        return OWN.get();
    }

    /** Whether a blocked call can be ended at all; if not it must be made in slices of time. */
    public static boolean available() {
        return Kicker.AVAILABLE && Kicker.running();
    }

    /**
     * For a thread of the library: the signal that ends calls is not blocked in it from now on. It is when the thread was started by
     * one in which a program had blocked it.
     */
    public void unblock() {
        if (unblocked) {
            return;
        }
        Scratch s = Scratch.get();
        // a sigset_t of the C library, of which the kernel looks at the first eight bytes
        Memory.clear(s.buffer, 0, SIZEOF_SIGSET);
        s.buffer.putLong(0, 1L << (SIGNAL - 1));
        Native.C.pthread_sigmask(SIG_UNBLOCK, s.address, 0);
        unblocked = true;
    }

    /** The call begins; no handler ends it. */
    public void enter() {
        enter(ByHandlers.GOES_ON);
    }

    /** The call begins. To be followed by a look whether a handler {@link #handled has returned} since the caller began. */
    public void enter(ByHandlers how) {
        synchronized (this) {
            inside = true;
            kicked = false;
            ends = false;
            byHandlers = how;
        }
        try {
            begin();
        } catch (Throwable thrown) {
            left();
            throw thrown;
        }
        // last: the monitors before may have moved a virtual thread. Whoever came meanwhile has the signal repeated
        target = virtual ? Linux.gettid() : tid;
    }

    /** The call has come back. */
    public void leave() {
        // before the look at sending; pairs with send
        target = 0;
        while (sending) {
            // no monitor, at which a virtual thread could move before the signal arrives
            Thread.onSpinWait();
        }
        if (kicked) {
            // a signal that is still on its way arrives here and not in somebody's next call
            Linux.gettid();
        }
        try {
            end();
        } finally {
            left();
        }
    }

    /**
     * A number that is another when a handler has returned that ends such calls of the thread. It pairs with {@link #handlerReturned}: a call
     * that looks after {@link #enter} sees it, or is ended.
     */
    public int handled(ByHandlers how) {
        return how == ByHandlers.ENDS ? handled : how == ByHandlers.RESTARTS ? handledWithoutRestart : 0;
    }

    /** The thread that installs a handler now: that of the handler that runs here, if one does. */
    public static BlockingCall installer() {
        return own().installer;
    }

    /** Runs a handler that this thread has installed, in whatever thread. */
    public void handle(Runnable handler) {
        BlockingCall here = own();
        BlockingCall outer = here.installer;
        here.installer = this;
        try {
            handler.run();
        } finally {
            here.installer = outer;
        }
    }

    /**
     * The thread waits for something else than a system call from now on, until it says null: then it is not woken any more. It looks at
     * {@link #handled} before it sleeps, and when it was woken.
     *
     * @param wakes throws nothing, and waits for nobody
     */
    public synchronized void waits(@Nullable Runnable wakes) {
        waker = wakes;
    }

    /**
     * A handler that this thread has installed has returned. To be called before anybody can see that, so that no call ends which
     * begins afterwards; then {@link #endHandled}. Throws nothing.
     */
    public synchronized void handlerReturned(boolean restart) {
        handled++;
        if (!restart) {
            handledWithoutRestart++;
        }
    }

    /** Ends what the thread waits in after {@link #handlerReturned}, which comes first; pairs with {@link #handled}. */
    public void endHandled(boolean restart) {
        boolean ends;
        synchronized (this) {
            ends = inside && (byHandlers == ByHandlers.ENDS || byHandlers == ByHandlers.RESTARTS && !restart);
            if (waker != null) {
                waker.run();
            }
        }
        if (ends) {
            wakeup();
        }
    }

    /** From here on it is not kicked. */
    private synchronized void left() {
        inside = false;
    }

    /** Whether {@code thread} is the one that repeats signals. */
    public static boolean repeats(Thread thread) {
        return thread.getName().equals(KICKER);
    }

    /** Ends the thread that repeats signals. Calls that last, of threads that are not the library's, come back once and see that. */
    public static void shutdown() {
        Kicker.over = true;
        if (Kicker.AVAILABLE) {
            OWN.forEach(BlockingCall::comeBack);
        }
        Kicker.end();
    }

    private void comeBack() {
        if (kick()) {
            Kicker.repeat(this);
        }
    }

    /** Ends the call, if the thread is in one, with EINTR. */
    @Override
    public Selector wakeup() {
        if (Kicker.over) {
            // nobody repeats it: such a call comes back by itself now and then
            kick();
        } else if (Kicker.AVAILABLE && kick()) {
            Kicker.repeat(this);
            // one that cannot be had now is asked for again, and finds it then
            Kicker.running();
        }
        return this;
    }

    /**
     * The call that the thread has entered ends with EINTR if it lasts for more than a millisecond or two. One that comes back before
     * that is not signalled.
     */
    public void endSoon() {
        if (Kicker.over) {
            kick();
        } else if (Kicker.AVAILABLE) {
            synchronized (this) {
                ends = true;
                endAt = System.nanoTime() + SOON_NANOS;
            }
            Kicker.repeat(this);
            Kicker.running();
        }
    }

    /** Sends the signal; false when the call has left. */
    private synchronized boolean kick() {
        if (inside) {
            kicked = true;
            send();
        }
        return inside;
    }

    private void send() {
        // before the look at the target; pairs with leave
        sending = true;
        try {
            int to = target;
            if (to != 0) {
                Linux.call(Syscalls.TGKILL, Native.C.getpid(), to, SIGNAL);
            }
        } finally {
            sending = false;
        }
    }

    /** Sends it once more, or when it is time; false when the call has left, also when the thread is in another one by now. */
    private synchronized boolean kickAgain() {
        if (!kicked && !(ends && inside)) {
            return false;
        }
        return !kicked && endAt - System.nanoTime() > 0 || kick();
    }
}
