package org.sigkevent.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Objects by small numbers, read without a lock. Growing is apart from writing: {@link #ensure} allocates, may fail, and changes
 * nothing that can be seen; after it {@link #set} and {@link #compareAndSet} cannot fail.
 *
 * <p>The objects stand in blocks, each as large as all before it together, and a block never moves. So nothing is copied, any
 * threads may grow the table at the same time, and no write is lost to one who grows it.
 *
 * @param <T> the type of the objects
 */
public final class GrowingTable<T> {
    private static final int FIRST_BITS = 6;
    private static final int FIRST = 1 << FIRST_BITS;

    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Object[].class);

    static {
        // the first use of a handle needs memory; now it may fail
        GrowingTable<Object> once = new GrowingTable<>();
        once.ensure(0);
        once.set(0, once.get(0));
        once.compareAndSet(0, null, null);
    }

    private final AtomicReferenceArray<Object @Nullable []> blocks = new AtomicReferenceArray<>(32 - FIRST_BITS);

    /** Makes room for {@code index}, which is not negative. */
    public void ensure(int index) {
        int block = block(index);
        if (blocks.get(block) == null) {
            // of several threads that allocate it the first one's counts
            blocks.compareAndSet(block, null, new Object[block == 0 ? FIRST : FIRST << block - 1]);
        }
    }

    /** The object at {@code index}; null when there is none. What was written before it was set is seen. */
    @SuppressWarnings("unchecked")
    public @Nullable T get(int index) {
        if (index < 0) {
            return null;
        }
        // pairs with compareAndSet in ensure
        Object[] block = blocks.getAcquire(block(index));
        // pairs with the release in set and compareAndSet
        return block == null ? null : (T) ELEMENT.getAcquire(block, place(index));
    }

    /** Writes the object at {@code index}, for which there is room. */
    public void set(int index, @Nullable T object) {
        ELEMENT.setRelease(existing(index), place(index), object);
    }

    /** Writes the object at {@code index}, for which there is room, if {@code expected} stands there. */
    public boolean compareAndSet(int index, @Nullable T expected, @Nullable T object) {
        return ELEMENT.compareAndSet(existing(index), place(index), expected, object);
    }

    /** The end of the indexes for which there may be room: what {@link #get} has beyond is null. */
    public int limit() {
        int block = blocks.length();
        while (block > 0 && blocks.getAcquire(block - 1) == null) {
            block--;
        }
        return block == 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (long) FIRST << block - 1);
    }

    private Object[] existing(int index) {
        Object[] block = blocks.getAcquire(block(index));
        if (block == null) {
            throw new IllegalStateException("no room was made for " + index);
        }
        return block;
    }

    /** Block 0 has the first {@link #FIRST} indexes, block b the ones from FIRST * 2^(b-1) on. */
    private static int block(int index) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(index >>> FIRST_BITS);
    }

    private static int place(int index) {
        return index < FIRST ? index : index - Integer.highestOneBit(index);
    }
}
