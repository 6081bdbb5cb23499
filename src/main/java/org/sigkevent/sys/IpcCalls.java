package org.sigkevent.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * System V message queues and semaphores: results as in C, or an errno negated. Thread.interrupt, and any
 * handler of the thread, ends what waits with -EINTR.
 */
public final class IpcCalls {
    private static final boolean X86 = Native.X86_64;
    private static final int MSGGET = X86 ? 68 : 186;
    private static final int MSGCTL = X86 ? 71 : 187;
    private static final int SEMGET = X86 ? 64 : 190;
    private static final int SEMCTL = X86 ? 66 : 191;
    private static final int IPC_STAT = 2;
    private static final int SIZEOF_SEMBUF = 6;

    /** More than struct msqid_ds and struct semid_ds. */
    private static final int SIZEOF_FIGURES = 128;

    /** Of struct semid_ds; x86-64 has unused words before it. */
    private static final int SEM_NSEMS = X86 ? 80 : 64;

    private IpcCalls() {}

    public static int messageQueue(int key, int flags) {
        return Linux.call(MSGGET, key, flags);
    }

    /** Memory for a struct msqid_ds or semid_ds. */
    public static ByteBuffer figures() {
        return Memory.allocate(SIZEOF_FIGURES);
    }

    public static int messageControl(int msqid, int command, ByteBuffer figures) {
        int rc = Linux.call(MSGCTL, msqid, command, Memory.address(figures));
        Reference.reachabilityFence(figures);
        return rc;
    }

    /** msgsnd of a struct msgbuf. */
    public static int send(int msqid, ByteBuffer message, long size, int flags) {
        long address = Memory.address(message);
        int rc = (int) WaitingCalls.call(
                BlockingCall.ByHandlers.ENDS,
                () -> Linux.call(Syscalls.MSGSND, msqid, address, size, flags | Linux.IPC_NOWAIT),
                now -> now == -Errnos.EAGAIN && (flags & Linux.IPC_NOWAIT) == 0,
                () -> Linux.call(Syscalls.MSGSND, msqid, address, size, flags));
        Reference.reachabilityFence(message);
        return rc;
    }

    /** msgrcv into a struct msgbuf. */
    public static int receive(int msqid, ByteBuffer message, long size, long type, int flags) {
        long address = Memory.address(message);
        int rc = (int) WaitingCalls.call(
                BlockingCall.ByHandlers.ENDS,
                () -> Linux.call(Syscalls.MSGRCV, msqid, address, size, type, flags | Linux.IPC_NOWAIT),
                now -> now == -Errnos.ENOMSG && (flags & Linux.IPC_NOWAIT) == 0,
                () -> Linux.call(Syscalls.MSGRCV, msqid, address, size, type, flags));
        Reference.reachabilityFence(message);
        return rc;
    }

    public static int semaphores(int key, int count, int flags) {
        return Linux.call(SEMGET, key, count, flags);
    }

    public static int semaphoreControl(int semid, int number, int command, long argument) {
        return Linux.call(SEMCTL, semid, number, command, argument);
    }

    /** How many semaphores a set has. */
    public static int semaphores(int semid) {
        ByteBuffer figures = figures();
        int rc = semaphoreControl(semid, 0, IPC_STAT, Memory.address(figures));
        Reference.reachabilityFence(figures);
        return rc < 0 ? rc : (int) figures.getLong(SEM_NSEMS);
    }

    /** GETALL or SETALL of {@code count} values. */
    public static int allSemaphores(int semid, int command, short[] values, int count) {
        ByteBuffer all = Memory.allocate(Short.BYTES * count);
        for (int i = 0; i < count; i++) {
            all.putShort(Short.BYTES * i, values[i]);
        }
        int rc = semaphoreControl(semid, 0, command, Memory.address(all));
        for (int i = 0; i < count && rc >= 0; i++) {
            values[i] = all.getShort(Short.BYTES * i);
        }
        return rc;
    }

    /** semop of sem_num, sem_op and sem_flg of each operation, one after the other. */
    public static int operate(int semid, short[] operations) {
        int count = operations.length / 3;
        ByteBuffer asked = Memory.allocate(SIZEOF_SEMBUF * count);
        ByteBuffer without = Memory.allocate(SIZEOF_SEMBUF * count);
        boolean waits = false;
        for (int i = 0; i < operations.length; i++) {
            boolean flags = i % 3 == 2;
            waits |= flags && (operations[i] & Linux.IPC_NOWAIT) == 0;
            asked.putShort(Short.BYTES * i, operations[i]);
            without.putShort(Short.BYTES * i, (short) (flags ? operations[i] | Linux.IPC_NOWAIT : operations[i]));
        }
        // where some do not wait, only the call itself knows which is in the way
        boolean asksToWait = waits;
        long all = Memory.address(asked);
        long now = Memory.address(without);
        int rc = (int) WaitingCalls.call(
                BlockingCall.ByHandlers.ENDS,
                () -> Linux.call(Syscalls.SEMOP, semid, now, count),
                refused -> refused == -Errnos.EAGAIN && asksToWait,
                () -> Linux.call(Syscalls.SEMOP, semid, all, count));
        Reference.reachabilityFence(asked);
        Reference.reachabilityFence(without);
        return rc;
    }
}
