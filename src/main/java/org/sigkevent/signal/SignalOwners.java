package org.sigkevent.signal;

import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;

/** Who in a JVM depends on which signal: what can be had by a program, and what cannot. */
public final class SignalOwners {
    /** Those that a program can have. */
    static final long ALL;

    /** Those of {@link #ALL} on which the JVM acts by itself: SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXFSZ. */
    static final long OF_JVM = set(1, 2, 3, 13, 15, 25);

    /** Those of which the default is to be ignored: SIGCHLD, SIGCONT, SIGURG, SIGWINCH. */
    static final long IGNORED = set(17, 18, 23, 28);

    static {
        long all = 0;
        for (int signo = 1; signo <= 64; signo++) {
            if (owner(signo) == null) {
                all |= Instance.bit(signo);
            }
        }
        ALL = all;
    }

    private SignalOwners() {}

    private static long set(int... signals) {
        long set = 0;
        for (int signo : signals) {
            set |= Instance.bit(signo);
        }
        return set;
    }

    static boolean in(long set, int signo) {
        return (set >>> (signo - 1) & 1) != 0;
    }

    /** The lowest signal of a set; 0 of an empty one. */
    static int lowest(long set) {
        return set == 0 ? 0 : Long.numberOfTrailingZeros(set) + 1;
    }

    /**
     * Those of a set to wait for that a program can have.
     *
     * @throws ErrnoException EINVAL: there is none
     */
    static long wanted(long set) {
        long wanted = set & ALL;
        if (set == 0) {
            throw ErrnoException.invalid("set is empty: it has none of the signals 1 to 64");
        }
        if (wanted == 0) {
            int signo = lowest(set);
            throw ErrnoException.invalid(
                    "set has no signal that can be had: signal " + signo + " belongs to " + owner(signo));
        }
        return wanted;
    }

    /** Whose a signal is that no program can have, in words; null for one that can be had. */
    public static @Nullable String owner(int signo) {
        return switch (signo) {
            // SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
            case 4, 5, 7, 8, 11 -> "the JVM, whose compiled code depends on it";
            // SIGSYS
            case 31 -> "the kernel's seccomp filters";
            // SIGKILL, SIGSTOP
            case 9, 19 -> "the kernel: nobody can catch it";
            case 32, 33 -> "the C library's threads";
            // SIGRTMAX-2
            case 62 -> "the JDK, which ends blocked socket calls with it";
            default -> suspender(signo);
        };
    }

    private static @Nullable String suspender(int signo) {
        String number = System.getenv("_JAVA_SR_SIGNUM");
        // SIGUSR2, which the JVM keeps when it is told what cannot be; it reads the number with strtol
        int its = 12;
        try {
            int told = number == null ? its : Integer.parseInt(number.strip().replaceFirst("(?s)(?<=\\d)\\D.*", ""));
            its = told > 11 && told <= 64 ? told : its;
        } catch (NumberFormatException notOne) {
            // as without
        }
        return signo == its ? "the JVM, which suspends threads with it (_JAVA_SR_SIGNUM)" : null;
    }

    /** What the JVM does on a signal of {@link #OF_JVM} that the program has not asked for, in words; null for others. */
    static @Nullable String ofJvm(int signo) {
        return switch (signo) {
            case 1, 2, 15 -> "the JVM, which shuts down in order on it";
            case 3 -> "the JVM, which prints its threads on it";
            case 13, 25 -> "the JVM, which ignores it so that writes fail with an error";
            default -> null;
        };
    }
}
