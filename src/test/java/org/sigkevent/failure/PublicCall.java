package org.sigkevent.failure;

import org.sigkevent.Errno;
import org.sigkevent.KeventStats;
import org.sigkevent.Time;

/**
 * A public call as the failing points see it: what it needs, the call, and how one sees that what it began ends as usual.
 *
 * <p>The call answers as C does: below 0 when it was refused. {@link #ends} is run when the call is in force: it succeeded, or was
 * interrupted by an Error after its effect. {@link #isInForce} tells after a failure; the default compares the queue's figures.
 */
final class PublicCall {
    final String name;
    private final Body body;
    private Step open = s -> {};
    private Step prepare = s -> {};
    private Step ends = s -> {};
    private Step refused = s -> {};
    private Test inForce;
    boolean repeatable = true;

    /** Operations that the queue itself may have begun for this call, and keeps. */
    int kept;

    /** A part of a scene. */
    interface Step {
        void run(Scene scene) throws Exception;
    }

    /** The call itself. */
    interface Body {
        long run(Scene scene) throws Throwable;
    }

    /** Something that is asked of a scene. */
    interface Test {
        boolean holds(Scene scene) throws Exception;
    }

    PublicCall(String name, Body body) {
        this.name = name;
        this.body = body;
    }

    /** What the scene needs, once. */
    PublicCall in(Step step) {
        open = step;
        return this;
    }

    /** What is done before each call. */
    PublicCall before(Step step) {
        prepare = step;
        return this;
    }

    /** Brings what is in force to its end, and checks that it comes. */
    PublicCall ends(Step step) {
        ends = step;
        return this;
    }

    /** Checks, and puts back, after a call that had no effect. */
    PublicCall refused(Step step) {
        refused = step;
        return this;
    }

    PublicCall isInForce(Test test) {
        inForce = test;
        return this;
    }

    /** A call that ends its own scene. */
    PublicCall once() {
        repeatable = false;
        return this;
    }

    /**
     * The queue watches this call's clock from its first sleep before the deadline on. Whether it sleeps before the deadline is the
     * machine's matter, so it cannot be learned.
     */
    PublicCall watchesItsClock(int clock) {
        kept = clock == Time.CLOCK_REALTIME || clock == Time.CLOCK_BOOTTIME ? 1 : 0;
        return this;
    }

    /** Whether the default rule applies: what was refused with an errno has no slot. EIO of a list is its elements'. */
    boolean refused(int errno) {
        return inForce == null && !(errno == Errno.EIO && name.contains("lio_listio"));
    }

    void open(Scene s) throws Exception {
        open.run(s);
    }

    void prepare(Scene s) throws Exception {
        prepare.run(s);
    }

    long call(Scene s) throws Throwable {
        return body.run(s);
    }

    boolean inForce(Scene s, KeventStats before) throws Exception {
        if (inForce != null) {
            return inForce.holds(s);
        }
        KeventStats now = s.stats();
        return now.armed > before.armed || now.unread > before.unread;
    }

    void end(Scene s, boolean force) throws Exception {
        (force ? ends : refused).run(s);
    }

    @Override
    public String toString() {
        return name;
    }
}
