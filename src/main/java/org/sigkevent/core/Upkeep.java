package org.sigkevent.core;

import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;

/**
 * What the {@link Driver} does for one queue, and when.
 *
 * <p>While callers drive the queue, or a waiter leads it, the driver looks every {@value #TICK_NANOS} ns whether they still do, and
 * after a second of a leader's sleep not at all: whoever leaves the lead, arms a deadline or submits a request calls it again
 * ({@link Driver.Attendance#needed}). A queue that nobody has driven since the last look and in which something is armed is led: its engine's
 * descriptor is watched, and the driver sleeps until that is readable or the earliest deadline has come. So what completes is in the
 * ring within two looks although no call is made, at the cost of some 110 looks a second while calls are made, and of nothing while
 * nothing happens.
 *
 * <p>After the queue was destroyed it has {@link Closing} finish it.
 */
final class Upkeep implements Driven {
    /** Settings of the driver: see {@code KEVENT_CTL_DRIVER}. */
    static final int OFF = 0;

    static final int ON = 1;
    static final int AUTO = 2;

    private static final long TICK_NANOS = 9_000_000;

    /** For so many looks that find nothing held back the driver looks often. */
    private static final int LOOKS_UNTIL_RARE = 20;

    private static final int LOOKS_UNTIL_LEFT = 110;

    /** How often the records are looked at that others may take without telling: after a while of nothing, less often. */
    private static final long WATCH_NANOS = 10_000_000;

    private static final long SELDOM_NANOS = 100_000_000;
    private static final int LOOKS_UNTIL_SELDOM = 100;

    private final Ring ring;
    private final Engine engine;
    private final Deadlines deadlines;
    private final WaitRoom room;
    private final Wakeups wakeups;

    /** Finishes a queue that is closing; false when it is to be tried again later. */
    private final BooleanSupplier end;

    private final Driver.Attendance attendance;
    private volatile int mode = AUTO;

    /**
     * Whether a caller has driven the queue since the last look, or the driver has just come. Plain: a look that misses it comes again.
     */
    boolean driven = true;

    private volatile @Nullable Backlog backlog;

    /** Whether the driver looks often enough for what is held back. */
    private volatile boolean often;

    // the driver's
    private int quiet;

    /** Looks for something held back that have found nothing. */
    private int idle;

    private long nextLook = Long.MIN_VALUE;

    private final Sleeper sleeper;

    Upkeep(
            Ring ring,
            Engine engine,
            Deadlines deadlines,
            WaitRoom room,
            Wakeups wakeups,
            Driver.Attendance attendance,
            BooleanSupplier end) {
        this.ring = ring;
        this.engine = engine;
        this.deadlines = deadlines;
        this.room = room;
        this.wakeups = wakeups;
        this.attendance = attendance;
        this.end = end;
        sleeper = new Sleeper(false, attendance::call);
        deadlines.add(sleeper);
    }

    /** {@link #OFF}, {@link #ON} or {@link #AUTO}. */
    void mode(int setting) {
        mode = setting;
        attendance.call();
    }

    /** A caller drives the queue. */
    void calledIn() {
        // a look costs less than a store that others have read
        if (!driven) {
            driven = true;
        }
    }

    void backlog(Backlog held) {
        backlog = held;
    }

    /** Something is held back: the driver looks in time. */
    void heldBack() {
        // what is held back before the look; pairs with the fence in looksOften
        VarHandle.fullFence();
        if (!often) {
            attendance.call();
        }
    }

    /** Hands over what has been held back for long enough; whether the driver is to look again soon. */
    private boolean looksOften(long now) {
        Backlog held = backlog;
        if (held == null) {
            return false;
        }
        if (held.any()) {
            idle = 0;
            if (now - held.since() >= Backlog.MOST_NANOS) {
                held.handOver();
            }
        } else {
            idle++;
        }
        often = idle < LOOKS_UNTIL_RARE;
        if (!often) {
            // the word before another look; pairs with the fence in heldBack
            VarHandle.fullFence();
            often = held.any();
        }
        return often;
    }

    /** Whether something is armed that goes on only when the queue is driven. */
    private boolean needed() {
        boolean armed = engine.inFlight() > 0 || mode != OFF && deadlines.any();
        return armed
                || wakeups.watching()
                || room.leaderless()
                || ring.keepsUnread()
                || mode != OFF && ring.foreign.took();
    }

    @Override
    public long attend(long now) {
        if (ring.closing) {
            attendance.watch = -1;
            return end.getAsBoolean() ? leave() : now + WATCH_NANOS;
        }
        if (ring.broken()) {
            attendance.watch = -1;
            return leave();
        }
        if (!looksOften(now)) {
            return look(now);
        }
        quiet = 0;
        if (attendance.watch >= 0 || now >= nextLook) {
            nextLook = look(now);
        }
        return Math.min(nextLook, now + Backlog.MOST_NANOS);
    }

    private long look(long now) {
        wakeups.watch();
        if (room.led() || !needed()) {
            stepBack();
            return ++quiet < LOOKS_UNTIL_LEFT ? now + TICK_NANOS : leaveUnlessNeeded(now);
        }
        boolean callersDrive = driven;
        driven = false;
        if (callersDrive && mode != ON && !room.leaderless()) {
            stepBack();
            quiet = 0;
            return now + TICK_NANOS;
        }
        return lead(now);
    }

    private long lead(long now) {
        attendance.watch = engine.pollFd;
        boolean timers = mode != OFF || room.leaderless();
        if (timers) {
            room.drive();
        } else {
            reap();
        }
        long until = timers ? deadlines.goToSleep(sleeper, Long.MAX_VALUE) : Long.MAX_VALUE;
        if (wakeups.watching() || ring.foreign.active()) {
            quiet = 0;
            return Math.min(until, now + WATCH_NANOS);
        }
        if (ring.keepsUnread() || ring.foreign.seen() || room.leaderless()) {
            quiet = Math.min(quiet + 1, LOOKS_UNTIL_SELDOM);
            return Math.min(until, now + (quiet < LOOKS_UNTIL_SELDOM ? WATCH_NANOS : SELDOM_NANOS));
        }
        quiet = 0;
        return until;
    }

    /** As {@link WaitRoom#drive}, but for what is due. */
    private void reap() {
        RingRecord.prepareOutgoing();
        engine.reap();
        ring.foreign.tell();
        if (ring.broken()) {
            room.wakeAll();
        }
    }

    private void stepBack() {
        if (attendance.watch >= 0) {
            attendance.watch = -1;
            sleeper.until = Sleeper.AWAKE;
        }
    }

    private long leave() {
        driven = true;
        attendance.left();
        return DONE;
    }

    /** With a leader the one that leaves the lead calls; without one there is nothing that goes on by itself. */
    private long leaveUnlessNeeded(long now) {
        quiet = 0;
        // before the look at what is needed; pairs with the read in Driver.Attendance.needed after something was armed
        leave();
        if (!room.led() && needed()) {
            attendance.call();
            return now + TICK_NANOS;
        }
        return DONE;
    }

    /** In a few words, for a dump. */
    String describe() {
        String setting = mode == AUTO ? "auto" : mode == ON ? "on" : "off";
        return setting + (needed() ? ", needed" : ", not needed");
    }
}
