package org.sigkevent.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What lives in a queue and must go with it. Everything is guarded by this object's monitor, but for the look-up of a kind of which a
 * queue has one: its array is only ever replaced by a longer copy.
 */
final class Members {
    private final Queue queue;
    private final Set<Member> all = Collections.newSetFromMap(new IdentityHashMap<>());
    private volatile Member[] kinds = {};

    Members(Queue queue) {
        this.queue = queue;
    }

    /** Something moves in; false when the queue is dead. */
    synchronized boolean add(Member resident) {
        return !queue.dying() && all.add(resident);
    }

    synchronized void remove(Member resident) {
        all.remove(resident);
    }

    /** The resident of a kind of which a queue has one, made when it is asked for first; null when the queue is dead. */
    <T extends Member> @Nullable T of(Class<T> kind, Function<Queue, T> maker) {
        T found = find(kind);
        if (found != null) {
            return queue.dying() ? null : found;
        }
        synchronized (this) {
            found = find(kind);
            if (found == null) {
                T made = maker.apply(queue);
                if (!add(made)) {
                    return null;
                }
                Member[] more = Arrays.copyOf(kinds, kinds.length + 1);
                more[kinds.length] = made;
                kinds = more;
                found = made;
            }
        }
        return found;
    }

    private <T extends Member> @Nullable T find(Class<T> kind) {
        for (Member resident : kinds) {
            if (resident.getClass() == kind) {
                return kind.cast(resident);
            }
        }
        return null;
    }

    /** Everybody, who all leave. */
    synchronized List<Member> leave() {
        List<Member> leaving = new ArrayList<>(all);
        all.clear();
        return leaving;
    }

    /** How many of each class, by its name without the package. */
    synchronized Map<String, Integer> count() {
        Map<String, Integer> counts = new HashMap<>();
        for (Member resident : all) {
            String name = resident.getClass().getName();
            counts.merge(name.substring(name.lastIndexOf('.') + 1).replace('$', '.'), 1, Integer::sum);
        }
        return counts;
    }
}
