package org.sigkevent;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sigkevent.engine.Engine;
import org.sigkevent.engine.Engines;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.PidFd;
import org.sigkevent.sys.SignalCatchers;
import org.sigkevent.sys.Stack;

/**
 * What serves a queue on this machine: which engine runs, why the other one does not, and how each kind of event is waited for.
 * Immutable.
 */
public final class KeventCapabilities {
    private static final String HELPER =
            "a helper thread for each that waits (16 for each queue, and sigkevent.helpers.blocking for all)";

    private final String engine;
    private final String reason;
    private final Map<String, String> servedBy;
    private final Map<String, String> limits;
    private final List<String> warnings;

    KeventCapabilities(Engine engine) {
        this.engine = engine.name;
        this.reason = Engines.why(engine);
        this.servedBy = Collections.unmodifiableMap(kinds(engine));
        LimitReport report = new LimitReport(engine);
        this.limits = Collections.unmodifiableMap(report.limits());
        this.warnings = Collections.unmodifiableList(report.warnings());
    }

    /**
     * Of a queue that is made now, asked and closed.
     *
     * @return what serves such a queue
     * @throws KeventException as {@link KeventQueue#open}
     */
    public static KeventCapabilities here() {
        try {
            Stack.reserve();
        } catch (OutOfMemoryError noThread) {
            throw new KeventException(Errno.EAGAIN, String.valueOf(noThread.getMessage()));
        }
        Engine engine = KeventException.of(Engines::create);
        try {
            return new KeventCapabilities(engine);
        } finally {
            engine.close();
        }
    }

    /**
     * {@code io_uring} or {@code epoll}.
     *
     * @return the name of the engine
     */
    public String engine() {
        return engine;
    }

    /**
     * Why this engine runs and not the other one.
     *
     * @return a sentence
     */
    public String reason() {
        return reason;
    }

    /**
     * How each kind is waited for, by the name of its constant in {@link Kevent}.
     *
     * @return the kinds and what serves them; it cannot be changed
     */
    public Map<String, String> servedBy() {
        return servedBy;
    }

    /**
     * The limits that calls of this library can meet, with their values at the time of the call: those of the process (soft limits of
     * getrlimit(2), by their names there), of its cgroup, and of the machine.
     *
     * @return the limits and their values in words; it cannot be changed
     */
    public Map<String, String> limits() {
        return limits;
    }

    /**
     * Which of the limits will be met, what fails then, with which errno, and what raises the limit: a sentence for each, which begins
     * with the limit's name in {@link #limits}.
     *
     * @return the warnings; empty when nothing stands in the way; it cannot be changed
     */
    public List<String> warnings() {
        return warnings;
    }

    private static Map<String, String> kinds(Engine engine) {
        boolean uring = engine.asynchronous;
        Map<String, String> by = new LinkedHashMap<>();
        by.put("KEVENT_USER", "the library");
        by.put("KEVENT_TIMER", "the library's deadlines; clocks of CPU time: the kernel's timers");
        by.put("KEVENT_DELAY", "the library's deadlines; clocks of CPU time: " + HELPER);
        by.put(
                "KEVENT_AIO",
                uring
                        ? "the caller (cached data), else io_uring"
                        : "the caller (cached data), else helper threads for files (at most sigkevent.helpers) and epoll for streams");
        by.put("KEVENT_MQ", "a netlink socket in " + engine.name);
        by.put("KEVENT_FD", engine.name);
        by.put("KEVENT_SIGNAL", signals());
        by.put("KEVENT_FUTEX", engine.supports(Op.FUTEX_WAIT) ? engine.name : HELPER);
        by.put("KEVENT_SYSVMSG", HELPER);
        by.put("KEVENT_SYSVSEM", HELPER);
        by.put(
                "KEVENT_SOCKET",
                "accept: " + engine.name + "; connect: " + engine.name
                        + "; bind: the library's deadlines; listen: the caller");
        by.put(
                "KEVENT_PROCESS",
                (engine.supports(Op.WAITID) ? engine.name : engine.name + " (the end of one process), else " + HELPER)
                        + (PidFd.tellsStatus()
                                ? "; its pidfd tells the status of one that somebody else has waited for"
                                : "; no status of one that somebody else has waited for (that needs Linux 6.15)"));
        by.put("KEVENT_FLOCK", HELPER);
        by.put(
                "KEVENT_SYNC",
                (uring ? "io_uring" : "helper threads (at most sigkevent.helpers)") + "; msync: " + HELPER);
        return by;
    }

    private static String signals() {
        try {
            return SignalCatchers.instance().describe();
        } catch (ErrnoException refused) {
            return "not to be had: " + refused.getMessage();
        }
    }

    /** All of it, a line for each kind, limit and warning. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("engine " + engine + ": " + reason);
        servedBy.forEach((kind, by) -> text.append(System.lineSeparator()).append(String.format("%-15s %s", kind, by)));
        limits.forEach(
                (limit, now) -> text.append(System.lineSeparator()).append(String.format("%-20s %s", limit, now)));
        warnings.forEach(warning ->
                text.append(System.lineSeparator()).append("warning: ").append(warning));
        return text.toString();
    }
}
