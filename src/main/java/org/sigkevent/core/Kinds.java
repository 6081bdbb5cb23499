package org.sigkevent.core;

/** The numbers of the event kinds, in requests and in records alike; they never change. */
public final class Kinds {
    public static final int KEVENT_USER = 1;
    public static final int KEVENT_TIMER = 2;
    public static final int KEVENT_AIO = 3;
    public static final int KEVENT_MQ = 4;
    public static final int KEVENT_FD = 5;
    public static final int KEVENT_SIGNAL = 6;
    public static final int KEVENT_FUTEX = 7;
    public static final int KEVENT_SYSVMSG = 8;
    public static final int KEVENT_SYSVSEM = 9;
    public static final int KEVENT_SOCKET = 10;
    public static final int KEVENT_DELAY = 11;
    public static final int KEVENT_PROCESS = 12;
    public static final int KEVENT_FLOCK = 13;
    public static final int KEVENT_SYNC = 14;
    public static final int KEVENT_OVERFLOW = 15;

    /** From 1 on. */
    private static final String[] NAMES =
            "USER TIMER AIO MQ FD SIGNAL FUTEX SYSVMSG SYSVSEM SOCKET DELAY PROCESS FLOCK SYNC OVERFLOW".split(" ");

    private Kinds() {}

    /** Whether it is the number of a kind. */
    public static boolean known(int id) {
        return id > 0 && id <= NAMES.length;
    }

    public static String name(int id) {
        return known(id) ? "KEVENT_" + NAMES[id - 1] : "event id " + id;
    }
}
