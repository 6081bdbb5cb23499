package org.sigkevent;

import org.sigkevent.kinds.SysvMsgRequest;

/** {@code <sys/msg.h>}: flags of {@link KeventEvent#msgrcv}. */
public final class Msg {
    /** A message that does not fit is cut. */
    public static final int MSG_NOERROR = SysvMsgRequest.MSG_NOERROR;
    /** The first message of any other type than the one given (Linux). */
    public static final int MSG_EXCEPT = SysvMsgRequest.MSG_EXCEPT;

    private Msg() {}
}
