package org.sigkevent;

/** {@code <sys/sem.h>}: a flag of the operations of {@link KeventEvent#semop}. */
public final class Sem {
    /** Undone when the process ends. */
    public static final int SEM_UNDO = 0x1000;

    private Sem() {}
}
