package org.sigkevent;

import jnr.constants.platform.Sock;

/** {@code <sys/socket.h>}: flags of {@link KeventEvent#accept}. */
public final class SysSocket {
    /** The new descriptor has O_NONBLOCK. */
    public static final int SOCK_NONBLOCK = Sock.SOCK_NONBLOCK.intValue();
    /** The new descriptor is closed by exec. */
    public static final int SOCK_CLOEXEC = Sock.SOCK_CLOEXEC.intValue();

    private SysSocket() {}
}
