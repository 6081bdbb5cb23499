package org.sigkevent.core;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The place of one {@link Driven} in the {@link Driver}'s care: whether it is looked after, and how the driver is told. It is made
 * with what it is for, so that asking for the driver cannot fail.
 */
final class Attendance implements Errand {
    private final Driver driver;

    /** Named once, before anybody calls. */
    private @Nullable Driven driven;

    private final AtomicBoolean sent = new AtomicBoolean();
    private volatile boolean attended;
    private @Nullable Errand sentBefore;

    /** The driver's: its list, the descriptor that is in its epoll set, and when to look again. */
    @Nullable
    Attendance next;

    boolean listed;
    int watched = -1;
    long lookAt;

    Attendance(Driver driver) {
        this.driver = driver;
    }

    void drives(Driven what) {
        driven = what;
    }

    Driven driven() {
        return Objects.requireNonNull(driven);
    }

    /** Something may have to be looked after: sees to it that the driver looks now and then. A look costs a read of a field. */
    void needed() {
        if (!attended) {
            call();
        }
    }

    /** Has the driver look now. */
    void call() {
        attended = true;
        if (sent.compareAndSet(false, true)) {
            driver.send(this);
        }
    }

    /** The driver turns away: from here on {@link #needed} calls it. */
    void left() {
        attended = false;
    }

    @Override
    public void run() {
        // before the look at what there is to do; pairs with the compare-and-set in call()
        sent.set(false);
        driver.look(this);
    }

    @Override
    public @Nullable Errand sentBefore() {
        return sentBefore;
    }

    @Override
    public void sentBefore(@Nullable Errand errand) {
        sentBefore = errand;
    }
}
