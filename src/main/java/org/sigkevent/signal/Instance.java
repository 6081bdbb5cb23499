package org.sigkevent.signal;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/**
 * One instance of a signal, from its generation until it is accepted: what siginfo_t says of it. {@link PendingSignals} holds them and
 * uses them again.
 *
 * <p>An instance of a timer keeps its timer's record until it is accepted: the timer makes no other meanwhile, and the overruns are
 * those up to that moment. {@link #settle} asks the timer.
 */
public final class Instance {
    /** si_code of a queue that overflowed. */
    public static final int SI_KEVENT = -8;

    static final int SI_MESGQ = -3;
    static final int SI_ASYNCIO = -4;

    /** The signal. */
    public int signo;

    /** si_code. */
    public int code;

    /** The sender's process and user, a timer and its overruns, or a queue: in the upper and the lower half. */
    public long sender;

    /** si_value as a number. */
    public long value;

    /** si_value as an object of this process; or null. */
    public @Nullable Object object;

    /** The thread that it is for, as the kernel numbers it; 0 for the process. */
    int thread;

    /** Of a source that goes on when it is accepted; afterwards free for another. */
    @Nullable
    RingRecord record;

    private boolean unsettled;

    /** Who waits until its handler has returned; null for nobody. */
    @Nullable
    Thread awaitedBy;

    /** Whether nothing will be done with it any more; for {@link #awaitedBy}. */
    volatile boolean finished;

    /** Whether requests that take all are told of it beside one other, who gets it. */
    boolean shared;

    /** Whether it has come through the kernel, which has told its sender that it will arrive. */
    boolean ofKernel;

    /** Whether it is pending. */
    boolean queued;

    @Nullable
    Instance next;

    /** One that says nothing yet. */
    public Instance() {}

    /** What a SIGEV_SIGNAL asked for: the cookie object of its records, of which the cookie is the thread and the signal. */
    record Sent(long value, @Nullable Object object) {}

    Instance set(int newSigno, int newCode, long newSender, long newValue, @Nullable Object newObject) {
        signo = newSigno;
        code = newCode;
        sender = newSender;
        value = newValue;
        object = newObject;
        thread = 0;
        shared = false;
        ofKernel = false;
        return this;
    }

    /** Two halves of {@link #sender}. */
    public static long pair(int upper, int lower) {
        return (long) upper << 32 | lower & 0xffffffffL;
    }

    /** The upper half of {@link #sender}: a process, a timer or a queue. */
    public int source() {
        return (int) (sender >>> 32);
    }

    /** The lower half of {@link #sender}: a user, or overruns. */
    public int detail() {
        return (int) sender;
    }

    /** It is what a record asks for that was taken from the queue, perhaps without being settled. */
    void of(RingRecord from) {
        signo = (int) from.cookie;
        thread = (int) (from.cookie >>> 32);
        shared = false;
        ofKernel = false;
        unsettled = from.unsettled();
        if (unsettled) {
            record = from;
        } else {
            fill(from);
        }
    }

    /** Whether it holds on to the record that it was made of. */
    boolean holdsRecord() {
        return unsettled;
    }

    /** It is about to be accepted: asks its source what it says. False when that has been disarmed or deleted: then it is nothing. */
    boolean settle() {
        RingRecord held = record;
        if (!unsettled || held == null) {
            return true;
        }
        unsettled = false;
        boolean valid = held.settle();
        if (valid) {
            fill(held);
        }
        return valid;
    }

    private void fill(RingRecord from) {
        if (from.object instanceof Sent sent) {
            value = sent.value;
            object = sent.object;
        }
        from.object = null;
        switch (from.id) {
            case Kinds.KEVENT_TIMER -> {
                code = Linux.SI_TIMER;
                sender = pair(from.descriptor, (int) from.result);
            }
            case Kinds.KEVENT_OVERFLOW -> {
                code = SI_KEVENT;
                sender = pair(from.descriptor, Native.C.getuid());
            }
            case Kinds.KEVENT_MQ -> {
                code = SI_MESGQ;
                // the kernel does not say whose message it was
                sender = 0;
            }
            default -> {
                code = SI_ASYNCIO;
                sender = pair(Native.PID, Native.C.getuid());
            }
        }
    }

    /** Whether a sigevent is behind it, and nobody who meant to send a signal. */
    boolean notifies() {
        // before it is settled the code is that of its former use
        return unsettled || code == Linux.SI_TIMER || code == SI_MESGQ || code == SI_ASYNCIO || code == SI_KEVENT;
    }

    /** Takes over what another says. */
    void copy(Instance other) {
        set(other.signo, other.code, other.sender, other.value, other.object);
    }

    /** Nothing will be done with it any more. */
    void finish() {
        object = null;
        Thread waits = awaitedBy;
        finished = true;
        if (waits != null) {
            LockSupport.unpark(waits);
        }
    }

    /** Its number as a bit. */
    static long bit(int signo) {
        return 1L << (signo - 1);
    }
}
