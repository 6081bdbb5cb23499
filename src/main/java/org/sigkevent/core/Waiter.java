package org.sigkevent.core;

import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.InterruptHook;
import org.sigkevent.sys.Link;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.PerThread;
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

    /** Where in the memory for a {@link #poll} the descriptors stand, behind the time; and the size of each. */
    static final int POLLFDS_AT = 16;

    static final int POLLFD_SIZE = 8;

    private static final AtomicIntegerFieldUpdater<Waiter> TOLD =
            AtomicIntegerFieldUpdater.newUpdater(Waiter.class, "told");

    private static final PerThread<Waiter> OWN = new PerThread<>(Waiter::new);

    final Thread thread = Thread.currentThread();
    final boolean virtual = Threads.isVirtual(thread);

    /** What others said: NOTHING, then perhaps LEAD, then perhaps WOKEN; read by the waiter without a lock. */
    volatile int told;

    /** Whether the time limit of a wait on another clock than CLOCK_MONOTONIC has come. */
    volatile boolean expired;

    /** Whether it waits for records; if not, for a completion that tells it so itself. Guarded by the room's lock. */
    boolean forRecords;

    /** Whether it was woken for nothing in particular; guarded by the room's lock. */
    boolean nullWake;

    /** Its place in the room. */
    final Link<Waiter> place = new Link<>(this);

    /** The engine that it sleeps in, or is about to: pairs with {@link #told} as described at {@link #wake}. */
    private volatile @Nullable Engine engine;

    /** What it polls when it sleeps in no engine and cannot park; -1 when there is none. Written under its monitor. */
    private volatile int eventfd = -1;

    private final ByteBuffer mask = Memory.allocate(8);
    private final long maskAddress = Memory.address(mask);

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
     * Ends the wait. The waiter publishes where it sleeps, then looks at {@code told}; the one who tells writes {@code told}, then
     * looks where it sleeps: both volatile, so one of them sees the other.
     */
    public void wake() {
        tell();
        nudge();
    }

    /** The first half of {@link #wake}; {@link #nudge} is to follow. */
    void tell() {
        told = WOKEN;
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

    /** Has it look again at what it was told. Should its wait be over by now, it wakes for nothing, wherever it sleeps. */
    void nudge() {
        Engine sleepsIn = engine;
        if (sleepsIn != null) {
            sleepsIn.wake();
        } else if (eventfd < 0 || !signal()) {
            LockSupport.unpark(thread);
        }
    }

    /**
     * Nudges one that was {@linkplain #tell told}, if there is one. Without the wait room's lock if it can be: who is woken needs it first of
     * all, and on the same processor finds it held (round trips of two threads on one processor: 168,000 a second instead of 105,000).
     */
    static void nudgeIfAny(@Nullable Waiter told) {
        if (told != null) {
            told.nudge();
        }
    }

    boolean sleepsForRecords() {
        return forRecords && told != WOKEN;
    }

    /** Under its monitor: nobody writes to the number after it was closed. */
    private synchronized boolean signal() {
        if (eventfd >= 0) {
            Linux.signalEventfd(eventfd);
        }
        return eventfd >= 0;
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
        begin();
    }

    void leave() {
        end();
        engine = null;
    }

    /** Gives it an eventfd, to {@link #poll}: 0, or the errno negated (EMFILE, ENFILE). */
    public int openEventfd() {
        eventfd = Linux.eventfd();
        return Math.min(0, eventfd);
    }

    public synchronized void closeEventfd() {
        int fd = eventfd;
        eventfd = -1;
        Linux.close(fd);
    }

    /**
     * Sleeps in poll(2), unless it is woken, until somebody wakes or interrupts it or one of {@code n} descriptors is ready.
     *
     * @param b memory for the call, at {@code address}: from {@link #POLLFDS_AT} the descriptors that the caller put there with
     *     {@link #pollFor}, and room for one more
     * @param maskAddress the signal mask of the sleep, or 0
     * @return 0, or an errno negated
     */
    int poll(ByteBuffer b, long address, int n, long deadline, long maskAddress) {
        pollFor(b, n, eventfd);
        begin();
        try {
            long until = within(deadline);
            Memory.putTime(b, 0, Math.max(0, until - System.nanoTime()));
            long timeout = until == Long.MAX_VALUE ? 0 : address;
            // glibc's ppoll takes a sigset_t of 128 bytes: the kernel's eight in front, the rest is not looked at
            boolean failed = told != WOKEN && Native.C.ppoll(address + POLLFDS_AT, n + 1, timeout, maskAddress) < 0;
            return failed ? -Native.errno() : 0;
        } finally {
            end();
        }
    }

    /** Descriptor {@code i} of a {@link #poll}. */
    static void pollFor(ByteBuffer b, int i, int fd) {
        b.putInt(POLLFDS_AT + i * POLLFD_SIZE, fd);
        b.putInt(POLLFDS_AT + i * POLLFD_SIZE + 4, Linux.POLLIN);
    }

    @Override
    public Selector wakeup() {
        nudge();
        return this;
    }
}
