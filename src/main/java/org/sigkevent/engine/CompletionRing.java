package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.*;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * The completion side of an io_uring, used under the engine's reaping right; only {@link #nothingToDo} is for any thread.
 *
 * <p>Completions are read together. The head moves on when their tickets were taken back, and before any of them is told: so the
 * kernel has room again, and what an operation does may submit. If telling them breaks off, {@link #tell} goes on with the rest.
 */
final class CompletionRing {
    /** Bytes of a struct io_uring_getevents_arg: sigmask 0, its size 8, minimum wait 12, address of a timespec 16. */
    private static final int ARGUMENT_SIZE = 24;

    /** The most completions that are read together. */
    private static final int AT_ONCE = 32;

    private final int fd;
    private final UringSetup memory;
    private final InFlightTable inFlight;
    private final int mask;
    private int head;

    /** Those of what was read together; from the end on, those with which cancellations came back that had not ended their operations. */
    private final long[] tickets = new long[AT_ONCE];

    private final int[] results = new int[AT_ONCE];

    /** Whether another completion of the same operation follows: a bit for each. */
    private int more;

    private final @Nullable Op[] ops = new Op[AT_ONCE];
    private int misses;

    /** How many were read together, and how many of them were told. */
    private int found;

    private int told;

    /** How many of these were operations that are over and still count as in flight. */
    private int over;

    /** System calls made. */
    volatile long sleeps;

    CompletionRing(UringSetup memory, InFlightTable inFlight) {
        fd = memory.fd;
        this.memory = memory;
        this.inFlight = inFlight;
        mask = memory.completions - 1;
    }

    /** Whether nothing is complete: without the right, what it misses the next look or the leader finds. */
    boolean nothingToDo() {
        int tail = Memory.getIntAcquire(memory.rings, memory.cqTail);
        int known = Memory.getIntOpaque(memory.rings, memory.cqHead);
        return known == tail && told == found && over == 0 && !overflowing();
    }

    /** Whether the kernel keeps completions that do not fit. */
    boolean overflowing() {
        return (Memory.getIntOpaque(memory.rings, memory.sqFlags) & SQ_CQ_OVERFLOW) != 0;
    }

    /** How many completions can be taken. */
    int ready() {
        // pairs with the kernel's release of the tail
        return Memory.getIntAcquire(memory.rings, memory.cqTail) - head;
    }

    /**
     * Takes completions for {@link #tell}, when all former ones were told: reads them, takes their tickets back under one lock,
     * and lets the kernel use their entries again.
     *
     * @return how many of the {@code ready} ones: none while there is no room for those that it has {@link #missed}
     */
    int take(int ready) {
        int count = Math.min(ready, AT_ONCE - misses);
        int n = 0;
        more = 0;
        for (int i = 0; i < count; i++) {
            int at = memory.cqes + (head + i & mask) * CQE_SIZE;
            long ticket = memory.rings.getLong(at + CQE_USER_DATA);
            int result = memory.rings.getInt(at + CQE_RES);
            if (ticket < 0) {
                // (int): what comes of a wake or a cancellation that is not repeated has no place of the table in it
                boolean miss = (int) ticket >= 0 && (result == -Errnos.EALREADY || result == -Errnos.ENOENT);
                if (miss) {
                    tickets[AT_ONCE - ++misses] = ticket & Long.MAX_VALUE;
                }
            } else {
                tickets[n] = ticket;
                results[n] = result;
                more |= (memory.rings.getInt(at + CQE_FLAGS) & CQE_F_MORE) == 0 ? 0 : 1 << n;
                n++;
            }
        }
        inFlight.remove(tickets, more, ops, n);
        head += count;
        told = 0;
        found = n;
        // the entries were read: the kernel may use them again; pairs with its acquire of the head
        Memory.setIntRelease(memory.rings, memory.cqHead, head);
        return count;
    }

    /** The ticket of an operation whose cancellation has missed it, or -1. */
    long missed() {
        return misses == 0 ? -1 : tickets[AT_ONCE - misses--];
    }

    /** Tells the operations that were found and not told yet: how many. */
    int tell() {
        int n = found - told;
        while (told < found) {
            int i = told;
            Op op = ops[i];
            ops[i] = null;
            told = i + 1;
            if (op != null) {
                boolean goesOn = (more >>> i & 1) != 0;
                over += goesOn ? 0 : 1;
                op.completed(results[i], goesOn);
            }
        }
        if (over > 0) {
            inFlight.done(over);
            over = 0;
        }
        return n;
    }

    /** Has the kernel move completions into the ring that did not fit. */
    void fetch() {
        sleeps++;
        Linux.call(Syscalls.IO_URING_ENTER, fd, 0, 0, ENTER_GETEVENTS);
    }

    /** Sleeps until there is a completion: see {@link Engine#sleep}. */
    int sleep(long deadline, long sigmask) {
        // the argument, and behind it the timespec that it names
        Scratch s = Scratch.get();
        ByteBuffer argument = s.buffer;
        argument.putLong(0, sigmask);
        argument.putInt(8, sigmask == 0 ? 0 : 8);
        argument.putInt(12, 0);
        int flags = ENTER_GETEVENTS | ENTER_EXT_ARG;
        if (deadline == Long.MAX_VALUE) {
            argument.putLong(16, 0);
        } else {
            // not an absolute time: those of io_uring count on the machine's clock, not on that of a time namespace
            argument.putLong(16, s.address + ARGUMENT_SIZE);
            Memory.putTime(argument, ARGUMENT_SIZE, Math.max(0, deadline - System.nanoTime()));
        }
        sleeps++;
        int rc = (int) Linux.call(Syscalls.IO_URING_ENTER, fd, 0, 1, flags, s.address, ARGUMENT_SIZE);
        Reference.reachabilityFence(this);
        return rc == -Errnos.ETIME ? 0 : Math.min(0, rc);
    }
}
