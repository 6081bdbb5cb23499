package org.sigkevent.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Fields;
import org.sigkevent.sys.InterruptHook;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Threads;

/**
 * A thread that waits in a {@link WaitRoom}; each thread has one of its own, used again for each wait.
 *
 * <p>It is an {@link InterruptHook} to be called back when Thread.interrupt hits a thread that sits in a system call.
 */
public final class Waiter extends InterruptHook {
    static final int NOTHING = 0;
    static final int LEAD = 1;
    static final int WOKEN = 2;

    /**
     * How long a thread sleeps at most before it looks whether it was interrupted. Before JDK 25 Thread.interrupt looks for a
     * selector to wake first and sets the status afterwards, outside its lock: a thread that begins to sleep in between sees
     * neither (reproduced: once in some thousand interrupts).
     */
    private static final long LONGEST_SLEEP_NANOS = Runtime.version().feature() < 25 ? 100_000_000 : Long.MAX_VALUE;

    private static final VarHandle TOLD = Fields.handle(MethodHandles.lookup(), "told", int.class);

    private static final ThreadLocal<Waiter> OWN = ThreadLocal.withInitial(Waiter::new);

    final Thread thread = Thread.currentThread();
    final boolean virtual = Threads.isVirtual(thread);

    /** What others said: NOTHING, then perhaps LEAD, then perhaps WOKEN; read by the waiter without a lock. */
    volatile int told;

    /** Whether the time limit of a wait on another clock than CLOCK_MONOTONIC has come. */
    volatile boolean expired;

    /** Whether it sleeps in the engine, or is about to: pairs with {@link #told} as described at {@link #wake}. */
    volatile boolean asleep;

    /** Whether it waits for records; if not, for a completion that tells it so itself. Guarded by the room's lock. */
    boolean forRecords;

    /** Whether it was woken for nothing in particular; guarded by the room's lock. */
    boolean nullWake;

    @Nullable
    Waiter previous;

    @Nullable
    Waiter next;

    /** Where a wait with a signal mask sleeps when it does not lead; -1 when there is none. */
    volatile int eventfd = -1;

    private final ByteBuffer mask = Memory.allocate(8);
    private final long maskAddress = Memory.address(mask);
    private volatile @Nullable Engine engine;

    private Waiter() {}

    /** The calling thread's own. */
    public static Waiter own() {
        return OWN.get();
    }

    /** Forgets what was said to it before; to be called before it is made known to those who will tell it something. */
    public void renew() {
        told = NOTHING;
        expired = false;
    }

    /**
     * Ends the wait. The waiter publishes {@code asleep}, then looks at {@code told}; the one who tells writes {@code told},
     * then looks at {@code asleep}: both volatile, so one of them sees the other.
     */
    public void wake() {
        told = WOKEN;
        nudge();
    }

    /** Makes it the leader, unless its wait is over already (then it hands the lead on when it leaves). */
    void lead() {
        if (TOLD.compareAndSet(this, NOTHING, LEAD) && thread != Thread.currentThread()) {
            nudge();
        }
    }

    /** What ends a wait when its time limit on another clock than CLOCK_MONOTONIC has come. */
    Deadline alarm() {
        return new Deadline() {
            @Override
            protected void due(long nanos) {
                expired = true;
                nudge();
            }
        };
    }

    /** Has it look again at what it was told. */
    private void nudge() {
        Engine sleepsIn = engine;
        int fd = eventfd;
        if (sleepsIn != null) {
            if (asleep) {
                sleepsIn.wake();
            }
        } else if (fd >= 0) {
            Linux.signalEventfd(fd);
        } else {
            LockSupport.unpark(thread);
        }
    }

    /** Whether somebody has said that the wait is over. */
    public boolean woken() {
        return told == WOKEN;
    }

    long maskAddress(long bits) {
        mask.putLong(0, bits);
        return maskAddress;
    }

    /** Until when to sleep before looking around again: {@code deadline}, or before it. */
    static long within(long deadline) {
        if (LONGEST_SLEEP_NANOS == Long.MAX_VALUE) {
            return deadline;
        }
        return Math.min(deadline, System.nanoTime() + LONGEST_SLEEP_NANOS);
    }

    /** The thread is about to sleep in {@code engine}; an interrupt from here on wakes that engine. */
    void enter(Engine where) {
        engine = where;
        asleep = true;
        begin();
    }

    void leave() {
        end();
        asleep = false;
        engine = null;
    }

    /** An interrupt from here on writes to the eventfd. */
    void enterPoll() {
        begin();
    }

    void leavePoll() {
        end();
    }

    @Override
    public Selector wakeup() {
        Engine sleepsIn = engine;
        int fd = eventfd;
        if (sleepsIn != null) {
            sleepsIn.wake();
        } else if (fd >= 0) {
            Linux.signalEventfd(fd);
        }
        return this;
    }
}
