package org.sigkevent.sys;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * An object of each thread's own, made when the thread asks for it first. It is a ThreadLocal, but for its end: {@link #forgetAll}
 * takes all of them from all threads. A thread that lives on would hold them otherwise, and through them their classes, and through
 * those the class loader of the library.
 *
 * <p>So what a thread holds is an array, which has no class of the library's and is the same for all kinds of objects; the library
 * holds the arrays weakly.
 */
public final class PerThread<T> {
    /** How many of these there can be. */
    private static final int MOST = 16;

    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final ThreadLocal<Object[]> OWN = new ThreadLocal<>();
    private static final ReferenceQueue<Object[]> COLLECTED = new ReferenceQueue<>();

    /** The arrays of all threads; under its monitor. */
    private static final IntrusiveList<Place> ALL = new IntrusiveList<>();

    private static final class Place extends WeakReference<Object[]> {
        private final Link<Place> link = new Link<>(this);

        Place(Object[] own) {
            super(own, COLLECTED);
        }
    }

    private final int index = COUNT.getAndIncrement();
    private final Supplier<T> maker;

    /** For objects that {@code maker} makes, in the thread that asks. */
    public PerThread(Supplier<T> maker) {
        this.maker = maker;
    }

    /** The calling thread's; OutOfMemoryError, with nothing changed, when it has none yet and there is no memory for one. */
    @SuppressWarnings("unchecked")
    public T get() {
        Object[] own = OWN.get();
        Object found = own == null ? null : own[index];
        return found == null ? make(own) : (T) found;
    }

    private T make(Object @org.jspecify.annotations.Nullable [] known) {
        Object[] own = known == null ? enter() : known;
        T made = maker.get();
        own[index] = made;
        return made;
    }

    /** Gives the calling thread its array. */
    private static Object[] enter() {
        Object[] own = new Object[MOST];
        Place place = new Place(own);
        synchronized (ALL) {
            for (Reference<?> gone = COLLECTED.poll(); gone != null; gone = COLLECTED.poll()) {
                ALL.remove(((Place) gone).link);
            }
            ALL.addLast(place.link);
        }
        OWN.set(own);
        return own;
    }

    /** Shows those of all threads that have one. */
    @SuppressWarnings("unchecked")
    void forEach(Consumer<T> consumer) {
        synchronized (ALL) {
            for (Place place = ALL.first(); place != null; place = place.link.following()) {
                Object[] own = place.get();
                Object found = own == null ? null : own[index];
                if (found != null) {
                    consumer.accept((T) found);
                }
            }
        }
    }

    /** Takes everything from all threads; one that asks again gets a new one. */
    public static void forgetAll() {
        synchronized (ALL) {
            for (Place place = ALL.first(); place != null; place = place.link.following()) {
                Object[] own = place.get();
                if (own != null) {
                    Arrays.fill(own, null);
                }
            }
        }
    }
}
