package org.sigkevent;

import java.nio.ByteBuffer;
import org.sigkevent.kinds.SysvMsgRequest;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IpcCalls;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.ProgramMemory;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Stack;

/**
 * {@code <sys/msg.h>}: System V message queues. {@link KeventEvent#msgrcv} and {@link KeventEvent#msgsnd} wait in a ring.
 *
 * <p>Every call answers -1 and sets {@link Errno#errno} when it fails. What waits ends with EINTR when the thread is interrupted, whose
 * interrupt status is cleared then, or when a handler that it has installed ({@link Signal#sigaction}) has returned, with
 * SA_RESTART or without; a virtual thread that waits here holds its carrier.
 */
public final class Msg {
    /** A message that does not fit is cut. */
    public static final int MSG_NOERROR = SysvMsgRequest.MSG_NOERROR;
    /** The first message of any other type than the one given (Linux). */
    public static final int MSG_EXCEPT = SysvMsgRequest.MSG_EXCEPT;

    private static final int HEADER = 8;

    private Msg() {}

    /**
     * msgget(2).
     *
     * @param key a key of {@link Ipc#ftok}, or {@link Ipc#IPC_PRIVATE}
     * @param msgflg permission bits, with {@link Ipc#IPC_CREAT} and {@link Ipc#IPC_EXCL}
     * @return the queue's id; or -1 and errno: EACCES, EEXIST, ENOENT, ENOMEM, ENOSPC (/proc/sys/kernel/msgmni)
     */
    public static int msgget(int key, int msgflg) {
        Stack.reserve();
        int rc = IpcCalls.messageQueue(key, msgflg);
        return rc < 0
                ? Errno.fail(ErrnoException.of(
                        -rc,
                        "msgget of key 0x" + Integer.toHexString(key) + ", msgflg 0" + Integer.toOctalString(msgflg)))
                : rc;
    }

    /**
     * msgctl(2): removes a queue, or tells what is known of it.
     *
     * @param msqid the queue
     * @param cmd {@link Ipc#IPC_RMID} or {@link Ipc#IPC_STAT}
     * @param buf IPC_STAT: what gets it; else not looked at
     * @return 0; or -1 and errno: EACCES, EFAULT (buf is null), EIDRM, EINVAL (msqid, cmd), EPERM
     */
    public static int msgctl(int msqid, int cmd, MsqidDs buf) {
        Stack.reserve();
        if (cmd != Ipc.IPC_RMID && cmd != Ipc.IPC_STAT) {
            return Errno.fail(Errnos.EINVAL, "cmd " + cmd + " is neither IPC_RMID (0) nor IPC_STAT (2)");
        }
        if (cmd == Ipc.IPC_STAT && buf == null) {
            return Errno.fail(Errnos.EFAULT, "buf is null");
        }
        ByteBuffer found = IpcCalls.figures();
        int rc = IpcCalls.messageControl(msqid, cmd, found);
        if (rc < 0) {
            return refused(rc, "msgctl of msqid " + msqid + ", cmd " + cmd);
        }
        if (cmd == Ipc.IPC_STAT) {
            // behind struct ipc_perm
            buf.msg_stime = found.getLong(48);
            buf.msg_rtime = found.getLong(56);
            buf.msg_ctime = found.getLong(64);
            buf.msg_qnum = found.getLong(80);
            buf.msg_qbytes = found.getLong(88);
            buf.msg_lspid = found.getInt(96);
            buf.msg_lrpid = found.getInt(100);
        }
        return 0;
    }

    /**
     * msgsnd(2).
     *
     * @param msqid the queue
     * @param msgp the message
     * @param msgsz the length of its text, in bytes
     * @param msgflg 0, or {@link Ipc#IPC_NOWAIT}
     * @return 0; or -1 and errno: EACCES, EAGAIN (full, and IPC_NOWAIT), EFAULT (msgp or its text is null), EIDRM, EINTR, EINVAL (msqid,
     *     msgsz, mtype, the text is shorter than msgsz), ENOMEM
     */
    public static int msgsnd(int msqid, MsgBuf msgp, long msgsz, int msgflg) {
        Stack.reserve();
        if (msgp == null) {
            return Errno.fail(Errnos.EFAULT, "msgp is null");
        }
        return Errno.call(() -> {
            long type = msgp.mtype;
            ByteBuffer text = msgp.text(msgsz, false);
            ByteBuffer message = Memory.allocate(HEADER + (int) msgsz);
            message.putLong(0, type);
            if (!ProgramMemory.copyIn(Memory.address(message) + HEADER, text, text.position(), (int) msgsz)) {
                throw new ErrnoException(Errnos.EFAULT, "mtext is memory that is gone: " + ProgramMemory.WHY);
            }
            int rc = IpcCalls.send(msqid, message, msgsz, msgflg);
            return rc < 0
                    ? refused(
                            rc,
                            "msgsnd of msqid " + msqid + ", mtype " + type + ", msgsz " + msgsz + ", msgflg " + msgflg)
                    : 0;
        });
    }

    /**
     * msgrcv(2).
     *
     * @param msqid the queue
     * @param msgp gets the message's type, and its text
     * @param msgsz the room for the text, in bytes
     * @param msgtyp 0 for the first message, a type, or the negative of the largest type
     * @param msgflg 0, or {@link #MSG_NOERROR}, {@link #MSG_EXCEPT} and {@link Ipc#IPC_NOWAIT} together
     * @return the length of the text; or -1 and errno: E2BIG (it does not fit: it stays), EACCES, EFAULT (msgp or its text is null, or
     *     read-only), EIDRM, EINTR, EINVAL (msqid, msgsz, the text is shorter than msgsz), ENOMSG (none, and IPC_NOWAIT)
     */
    public static long msgrcv(int msqid, MsgBuf msgp, long msgsz, long msgtyp, int msgflg) {
        Stack.reserve();
        if (msgp == null) {
            return Errno.fail(Errnos.EFAULT, "msgp is null");
        }
        return Errno.call(() -> {
            ByteBuffer text = msgp.text(msgsz, true);
            // what follows the call allocates nothing: the message would be lost
            Scratch.get();
            ByteBuffer message = Memory.allocate(HEADER + (int) msgsz);
            int rc = IpcCalls.receive(msqid, message, msgsz, msgtyp, msgflg);
            if (rc < 0) {
                return refused(
                        rc,
                        "msgrcv of msqid " + msqid + ", msgsz " + msgsz + ", msgtyp " + msgtyp + ", msgflg " + msgflg);
            }
            if (!delivered(text, message, rc)) {
                throw new ErrnoException(
                        Errnos.EFAULT,
                        "mtext is memory that is gone: " + ProgramMemory.WHY
                                + ". The message is lost, as on an address that is not mapped");
            }
            msgp.mtype = message.getLong(0);
            return rc;
        });
    }

    private static boolean delivered(ByteBuffer text, ByteBuffer message, int length) {
        if (text.isDirect() && !Arenas.canBeClosed(text)) {
            return ProgramMemory.copyOut(text, text.position(), Memory.address(message) + HEADER, length);
        }
        try {
            text.put(text.position(), message, HEADER, length);
            return true;
        } catch (IllegalStateException gone) {
            return false;
        }
    }

    static int refused(int rc, String asked) {
        return rc == -Errnos.EINTR
                ? Errno.fail(Errnos.EINTR, asked + Errno.ENDED_EARLY)
                : Errno.fail(ErrnoException.of(-rc, asked));
    }
}
