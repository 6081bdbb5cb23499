package org.sigkevent;

import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IpcCalls;
import org.sigkevent.sys.Stack;

/**
 * {@code <sys/sem.h>}: System V semaphores. {@link KeventEvent#semop} waits in a ring. Errors and interrupts as in {@link Msg}.
 *
 * <p>What {@code union semun} holds is given as it is: an int for SETVAL, a short[] for GETALL and SETALL.
 */
public final class Sem {
    /** Undone when the process ends. */
    public static final int SEM_UNDO = 0x1000;
    /** {@link #semctl}: the process that did the last operation. */
    public static final int GETPID = 11;
    /** {@link #semctl}: the value of a semaphore. */
    public static final int GETVAL = 12;
    /** {@link #semctl}: the values of all semaphores. */
    public static final int GETALL = 13;
    /** {@link #semctl}: how many wait for a larger value. */
    public static final int GETNCNT = 14;
    /** {@link #semctl}: how many wait for zero. */
    public static final int GETZCNT = 15;
    /** {@link #semctl}: sets the value of a semaphore. */
    public static final int SETVAL = 16;
    /** {@link #semctl}: sets the values of all semaphores. */
    public static final int SETALL = 17;

    private Sem() {}

    /**
     * semget(2).
     *
     * @param key a key of {@link Ipc#ftok}, or {@link Ipc#IPC_PRIVATE}
     * @param nsems how many semaphores; 0 for a set that exists
     * @param semflg permission bits, with {@link Ipc#IPC_CREAT} and {@link Ipc#IPC_EXCL}
     * @return the set's id; or -1 and errno: EACCES, EEXIST, EINVAL (nsems), ENOENT, ENOMEM, ENOSPC (/proc/sys/kernel/sem)
     */
    public static int semget(int key, int nsems, int semflg) {
        Stack.reserve();
        int rc = IpcCalls.semaphores(key, nsems, semflg);
        return rc < 0
                ? Errno.fail(ErrnoException.of(
                        -rc,
                        "semget of key 0x" + Integer.toHexString(key) + ", nsems " + nsems + ", semflg 0"
                                + Integer.toOctalString(semflg)))
                : rc;
    }

    /**
     * semctl(2) with a command that takes no argument.
     *
     * @param semid the set
     * @param semnum which semaphore of it, from 0; not looked at by IPC_RMID
     * @param cmd {@link #GETVAL}, {@link #GETPID}, {@link #GETNCNT}, {@link #GETZCNT} or {@link Ipc#IPC_RMID}
     * @return what was asked for, or 0; or -1 and errno: EACCES, EIDRM, EINVAL (semid, semnum, cmd), EPERM
     */
    public static int semctl(int semid, int semnum, int cmd) {
        Stack.reserve();
        return takesArgument(cmd)
                ? Errno.fail(
                        Errnos.EINVAL,
                        "cmd " + cmd
                                + " takes an argument: an int for SETVAL (16), a short[] for GETALL (13) and SETALL (17)")
                : control(semid, semnum, cmd, 0);
    }

    /**
     * semctl(2) with a number.
     *
     * @param semid the set
     * @param semnum which semaphore of it, from 0
     * @param cmd {@link #SETVAL}; or one that takes no argument
     * @param val SETVAL: the new value, from 0 to 32,767; else not looked at
     * @return as the call without; ERANGE also for val
     */
    public static int semctl(int semid, int semnum, int cmd, int val) {
        Stack.reserve();
        return cmd == GETALL || cmd == SETALL
                ? Errno.fail(Errnos.EINVAL, "cmd " + cmd + " takes a short[], not a number")
                : control(semid, semnum, cmd, val);
    }

    /**
     * semctl(2) with the values of all semaphores.
     *
     * @param semid the set
     * @param semnum not looked at by these commands
     * @param cmd {@link #GETALL} or {@link #SETALL}; or one that takes no argument
     * @param array gets the values, or has them; at least as many as the set has semaphores
     * @return as the call without; EFAULT when array is null, EINVAL also when it is too short, ERANGE for a value
     */
    public static int semctl(int semid, int semnum, int cmd, short[] array) {
        Stack.reserve();
        if (cmd != GETALL && cmd != SETALL) {
            return cmd == SETVAL
                    ? Errno.fail(Errnos.EINVAL, "cmd " + cmd + " takes a number, not a short[]")
                    : control(semid, semnum, cmd, 0);
        }
        if (array == null) {
            return Errno.fail(Errnos.EFAULT, "array is null");
        }
        int count = IpcCalls.semaphores(semid);
        if (count < 0) {
            return Msg.refused(count, asked(semid, semnum, cmd));
        }
        if (array.length < count) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "array has " + array.length + " values, semid " + semid + " has " + count + " semaphores");
        }
        int rc = IpcCalls.allSemaphores(semid, cmd, array, count);
        return rc < 0 ? Msg.refused(rc, asked(semid, semnum, cmd)) : rc;
    }

    private static boolean takesArgument(int cmd) {
        return cmd == SETVAL || cmd == GETALL || cmd == SETALL;
    }

    private static int control(int semid, int semnum, int cmd, int val) {
        if (cmd != Ipc.IPC_RMID && (cmd < GETPID || cmd > SETVAL)) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "cmd " + cmd
                            + " is not GETVAL (12), GETPID (11), GETNCNT (14), GETZCNT (15), SETVAL (16), GETALL (13), SETALL (17)"
                            + " or IPC_RMID (0)");
        }
        int rc = IpcCalls.semaphoreControl(semid, semnum, cmd, val);
        return rc < 0 ? Msg.refused(rc, asked(semid, semnum, cmd) + (cmd == SETVAL ? ", val " + val : "")) : rc;
    }

    private static String asked(int semid, int semnum, int cmd) {
        return "semctl of semid " + semid + ", semnum " + semnum + ", cmd " + cmd;
    }

    /**
     * semop(2): all operations at once, as soon as they can be done.
     *
     * @param semid the set
     * @param sops the operations
     * @param nsops how many, from the front
     * @return 0; or -1 and errno with nothing done: E2BIG, EACCES, EAGAIN (it would wait, and IPC_NOWAIT), EFAULT (sops or one of them is
     *     null), EFBIG (sem_num), EIDRM, EINTR, EINVAL (semid, nsops), ENOMEM, ENOSPC, ERANGE
     */
    public static int semop(int semid, Sembuf[] sops, long nsops) {
        Stack.reserve();
        if (sops == null) {
            return Errno.fail(Errnos.EFAULT, "sops is null");
        }
        if (nsops < 1 || nsops > sops.length) {
            return Errno.fail(
                    Errnos.EINVAL, "nsops " + nsops + " is not in 1 to " + sops.length + ", the length of sops");
        }
        short[] operations = new short[3 * (int) nsops];
        for (int i = 0; i < nsops; i++) {
            Sembuf one = sops[i];
            if (one == null) {
                return Errno.fail(Errnos.EFAULT, "sops[" + i + "] is null");
            }
            if (one.sem_num < 0 || one.sem_num > 0xffff || one.sem_op != (short) one.sem_op) {
                return Errno.fail(
                        one.sem_op != (short) one.sem_op ? Errno.ERANGE : Errno.EFBIG,
                        "sops[" + i + "] has sem_num " + one.sem_num + " and sem_op " + one.sem_op
                                + ", which do not fit into 16 bits");
            }
            operations[3 * i] = (short) one.sem_num;
            operations[3 * i + 1] = (short) one.sem_op;
            operations[3 * i + 2] = (short) one.sem_flg;
        }
        int rc = IpcCalls.operate(semid, operations);
        return rc < 0 ? Msg.refused(rc, "semop of semid " + semid + ", nsops " + nsops) : rc;
    }
}
