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
    /** The same as POLLIN. */
    public static final int POLLRDNORM = 0x40;
    /** Data of a priority can be read; never on Linux. */
    public static final int POLLRDBAND = 0x80;
    /** The same as POLLOUT. */
    public static final int POLLWRNORM = 0x100;
    /** Data of a priority can be written. */
    public static final int POLLWRBAND = 0x200;
    /** A message of STREAMS; never on Linux. */
    public static final int POLLMSG = 0x400;
    /** The peer of a stream socket has ended its writing (Linux). */
    public static final int POLLRDHUP = 0x2000;

    private Poll() {}
}
