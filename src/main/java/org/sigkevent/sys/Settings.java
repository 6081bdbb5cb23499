package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/**
 * The system properties with numbers and choices, read and checked together when the first queue is made: a value that is not allowed is
 * refused in words, there and again at each later queue until it is put right, and never made up for by the default.
 */
public final class Settings {
    private static final int MOST_THREADS = 1_000_000;

    /** As for kevent_init. */
    private static final int MOST_EVENTS = 10_000_000;

    private static volatile @Nullable Settings instance;

    /** {@code sigkevent.helpers}. */
    public final int helpers;

    /** {@code sigkevent.helpers.blocking}. */
    public final int blockingHelpers;

    /** {@code sigkevent.notify.capacity}. */
    public final int notifyCapacity;

    /** {@code sigkevent.signals} is {@code jvm}. */
    public final boolean jvmSignals;

    private Settings() {
        helpers = number(
                "sigkevent.helpers",
                1,
                MOST_THREADS,
                Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));
        blockingHelpers = number("sigkevent.helpers.blocking", 0, MOST_THREADS, 256);
        notifyCapacity = number("sigkevent.notify.capacity", 1, MOST_EVENTS, 1 << 17);
        String signals = System.getProperty("sigkevent.signals", "");
        jvmSignals = signals.equals("jvm");
        if (!jvmSignals && !signals.isEmpty()) {
            throw ErrnoException.invalid("the system property sigkevent.signals is \"" + signals + "\", not jvm");
        }
    }

    /**
     * The settings of the process.
     *
     * @throws ErrnoException EINVAL: a property has a value that is not allowed; none is kept then
     */
    public static Settings get() {
        Settings read = instance;
        return read != null ? read : read();
    }

    private static synchronized Settings read() {
        Settings read = instance;
        if (read == null) {
            read = new Settings();
            instance = read;
        }
        return read;
    }

    private static int number(String property, int lowest, int highest, int otherwise) {
        String text = System.getProperty(property, "").trim();
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= lowest && number <= highest) {
                return number;
            }
        } catch (NumberFormatException notOne) {
            // said below
        }
        throw ErrnoException.invalid("the system property " + property + " is \"" + text + "\", not a number from "
                + lowest + " to " + highest);
    }
}
