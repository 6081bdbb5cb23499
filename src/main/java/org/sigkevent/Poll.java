package org.sigkevent;

import org.sigkevent.sys.Linux;

/** {@code <poll.h>}: what a descriptor is waited for with {@link KeventEvent#fd}, and what its record reports. */
public final class Poll {
    /** There is something to read, or to accept; or the other end is closed. */
    public static final int POLLIN = Linux.POLLIN;
    /** There is something out of band, or an exceptional condition. */
    public static final int POLLPRI = 0x2;
    /** There is room to write; a connection was made or refused. */
    public static final int POLLOUT = Linux.POLLOUT;
    /** An error; reported unasked. */
    public static final int POLLERR = 0x8;
    /** The other end hung up; reported unasked. */
    public static final int POLLHUP = 0x10;
    /** Not an open descriptor; reported unasked. */
    public static final int POLLNVAL = 0x20;
    /** The peer of a stream socket has ended its writing (Linux). */
    public static final int POLLRDHUP = 0x2000;

    private Poll() {}
}
