package org.sigkevent;

/** {@code <sys/msg.h>}: flags of {@link KeventEvent#msgrcv}. */
public final class Msg {
    /** A message that does not fit is cut. */
    public static final int MSG_NOERROR = 010000;
    /** The first message of any other type than the one given (Linux). */
    public static final int MSG_EXCEPT = 020000;

    private Msg() {}
}
