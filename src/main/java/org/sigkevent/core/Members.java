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
 * What lives in a queue and must go with it, and whether the queue is closing. Everything is guarded by this object's monitor, but for
 * the look-up of a kind of which a queue has one: its array is only ever replaced by a longer copy.
 */
final class Members {
    private final Set<Member> all = Collections.newSetFromMap(new IdentityHashMap<>());
    private volatile Member[] kinds = {};
    private volatile boolean closing;

    /** Whether the queue was destroyed: nothing moves in any more. */
    boolean closing() {
        return closing;
    }

    /** Something moves in; false when the queue is closing. */
    synchronized boolean add(Member member) {
        return !closing && all.add(member);
    }

    synchronized void remove(Member member) {
        all.remove(member);
    }

    /** The member of a kind of which a queue has one, made when it is asked for first; null when the queue is closing. */
    <O, T extends Member> @Nullable T of(Class<T> kind, O owner, Function<O, T> maker) {
        T found = find(kind);
        if (found != null) {
            return closing ? null : found;
        }
        synchronized (this) {
            found = find(kind);
            if (found == null) {
                Member[] more = Arrays.copyOf(kinds, kinds.length + 1);
                T made = maker.apply(owner);
                if (!add(made)) {
                    return null;
                }
                more[kinds.length] = made;
                kinds = more;
                found = made;
            }
        }
        return found;
    }

    private <T extends Member> @Nullable T find(Class<T> kind) {
        for (Member member : kinds) {
            if (member.getClass() == kind) {
                return kind.cast(member);
            }
        }
        return null;
    }

    /** Everybody, who all leave; null when the queue was closing before. */
    synchronized @Nullable List<Member> leave() {
        if (closing) {
            return null;
        }
        List<Member> leaving = new ArrayList<>(all);
        closing = true;
        all.clear();
        return leaving;
    }

    /** How many of each class, by its name without the package. */
    synchronized Map<String, Integer> count() {
        Map<String, Integer> counts = new HashMap<>();
        for (Member member : all) {
            String name = member.getClass().getName();
            counts.merge(name.substring(name.lastIndexOf('.') + 1).replace('$', '.'), 1, Integer::sum);
        }
        return counts;
    }
}
