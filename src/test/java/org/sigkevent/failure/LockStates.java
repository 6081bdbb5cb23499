package org.sigkevent.failure;

import java.lang.reflect.Field;
import java.util.concurrent.locks.ReentrantLock;

/** Whether a lock is held, and its release by force so that a test can go on. */
final class LockStates {
    private LockStates() {}

    static boolean held(Object lock) {
        if (lock instanceof ReentrantLock) {
            return ((ReentrantLock) lock).isHeldByCurrentThread();
        }
        try {
            Object state = field(lock).get(lock);
            return state != null && !state.equals(0);
        } catch (ReflectiveOperationException unknown) {
            throw new AssertionError("what kind of lock is " + lock, unknown);
        }
    }

    /** Lets a lock go that nobody will let go any more. */
    static void release(Object lock) {
        if (lock instanceof ReentrantLock) {
            ((ReentrantLock) lock).unlock();
            return;
        }
        try {
            Field field = field(lock);
            if (field.getType() == int.class) {
                field.setInt(lock, 0);
            } else {
                field.set(lock, null);
            }
        } catch (ReflectiveOperationException unknown) {
            throw new AssertionError("what kind of lock is " + lock, unknown);
        }
    }

    /** A spin lock says in its field held that somebody has it, a lock with an owner in owner. */
    private static Field field(Object lock) throws ReflectiveOperationException {
        Field field;
        try {
            field = lock.getClass().getDeclaredField("held");
        } catch (NoSuchFieldException other) {
            field = lock.getClass().getDeclaredField("owner");
        }
        field.setAccessible(true);
        return field;
    }
}
