package org.sigkevent;

/** {@code struct sembuf} of {@code <sys/sem.h>}: an operation on a semaphore. A plain struct, read during the call; not thread-safe. */
public final class Sembuf {
    /** Which semaphore of the set, from 0. */
    public int sem_num;

    /** What is added; 0 waits until it is zero. */
    public int sem_op;

    /** 0, or {@link Ipc#IPC_NOWAIT} and {@link Sem#SEM_UNDO} together. */
    public int sem_flg;

    /** All zero. */
    public Sembuf() {}

    /**
     * An operation.
     *
     * @param sem_num which semaphore of the set, from 0
     * @param sem_op what is added
     * @param sem_flg 0, or IPC_NOWAIT and SEM_UNDO
     */
    public Sembuf(int sem_num, int sem_op, int sem_flg) {
        this.sem_num = sem_num;
        this.sem_op = sem_op;
        this.sem_flg = sem_flg;
    }
}
