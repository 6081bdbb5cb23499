package org.sigkevent.sys;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What catches signals for the process: a handler in machine code ({@link SignalPipe}), or, where the system allows no executable
 * memory, the JVM's own ({@link JvmSignals}), which knows less.
 */
public abstract class SignalCatcher {
    /** Bytes of a record: si_signo 0, si_errno 4, si_code 8, si_pid 16, si_uid 20, si_value 24. */
    public static final int RECORD = 48;

    /** In place of a signal's number, the last record. */
    public static final int END = 0;

    /** In place of a signal's number, a record that says nothing. */
    public static final int LOOK = -1;

    /** Real-time signals are those from here on: each instance counts. Of one below, what comes while one is pending is none. */
    public static final int FIRST_QUEUED = 32;

    SignalCatcher() {}

    /** Why it is not the handler in machine code, in words; null when it is. */
    public @Nullable String refusal() {
        return null;
    }

    /**
     * Catches a signal from now on: its former disposition, for {@link #restore}.
     *
     * @throws ErrnoException EINVAL: not a signal that can be caught here
     */
    public abstract Object catchSignal(int signo);

    /**
     * Catches a signal that it has caught also when somebody else has installed a handler since.
     *
     * @param former what is to be put back up to now
     * @return what is from now on: that handler, if there is one
     */
    public abstract Object catchAgain(int signo, Object former);

    /**
     * Takes an instance that was sent while the signal was caught and that no thread has begun to handle, when {@code former} is the
     * default disposition, which might end the process on it.
     *
     * @return whether there was one; its record is in {@code into}
     */
    public final boolean takePending(int signo, Object former, ByteBuffer into) {
        if (!isDefault(signo, former)) {
            return false;
        }
        // the set, a time of zero, the siginfo_t
        Scratch s = Scratch.get();
        s.buffer.putLong(0, 1L << (signo - 1)).putLong(8, 0).putLong(16, 0);
        if (Linux.call(Syscalls.RT_SIGTIMEDWAIT, s.address, s.address + 24, s.address + 8, 8) != signo) {
            return false;
        }
        into.put(0, s.buffer, 24, RECORD);
        return true;
    }

    abstract boolean isDefault(int signo, Object former);

    /** Puts a disposition back, unless somebody else has installed another handler meanwhile: that one stays. */
    public abstract void restore(int signo, Object former);

    /** Reads records, waiting for the first: how many bytes, or an errno negated. */
    public abstract int read(ByteBuffer into);

    /** Has the reader find a record with the number {@link #LOOK}, if there is room. */
    public abstract void look();

    /** Has the reader find a record with the number {@link #END}. When no signal is caught any more. */
    public abstract void end();

    /** Closes what there is to close; called by the reader, the last time. */
    public abstract void close();

    /**
     * Takes the signals for which there was no room since this was called last, bit n-1 for signal n, however many instances. A record
     * comes behind each, so who looks before every {@link #read} sees all.
     */
    public abstract long takeUnread();

    /** Instances of real-time signals for which there was no room, since the process began. Their signals are seen no later. */
    public abstract long dropped();

    /** How many records have room that are not read yet. */
    public abstract int room();

    /** What it is and what it cannot do, in words. */
    public abstract String describe();
}
