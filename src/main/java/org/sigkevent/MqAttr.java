package org.sigkevent;

/** {@code struct mq_attr} of {@code <mqueue.h>}. A plain struct. */
public final class MqAttr {
    /** Flags of the description: 0 or O_NONBLOCK. */
    public long mq_flags;

    /** The most messages that the queue holds. */
    public long mq_maxmsg;

    /** The most bytes that a message has. */
    public long mq_msgsize;

    /** Messages in the queue now. */
    public long mq_curmsgs;

    /** All zero. */
    public MqAttr() {}

    @Override
    public String toString() {
        return "mq_flags " + mq_flags + ", mq_maxmsg " + mq_maxmsg + ", mq_msgsize " + mq_msgsize + ", mq_curmsgs "
                + mq_curmsgs;
    }
}
