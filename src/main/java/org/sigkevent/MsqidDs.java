package org.sigkevent;

/** {@code struct msqid_ds} of {@code <sys/msg.h>}: what {@link Msg#msgctl} tells with IPC_STAT. A plain struct, not thread-safe. */
public final class MsqidDs {
    /** When a message was last sent, in seconds since 1970; 0 for never. */
    public long msg_stime;

    /** When a message was last received, in seconds since 1970; 0 for never. */
    public long msg_rtime;

    /** When the queue was made or changed, in seconds since 1970. */
    public long msg_ctime;

    /** How many messages there are. */
    public long msg_qnum;

    /** How many bytes there can be. */
    public long msg_qbytes;

    /** The process that last sent a message. */
    public int msg_lspid;

    /** The process that last received a message. */
    public int msg_lrpid;

    /** All zero. */
    public MsqidDs() {}
}
