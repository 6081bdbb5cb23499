package org.sigkevent.core;

import java.util.Arrays;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What lives in a queue and must go with it. Everything is guarded by this object's monitor, but for the look-up of a kind of which a
 * queue has one: its array is only ever replaced by a longer copy.
 */
final class Members {
    private final Ring ring;
    private volatile Member[] all = {};

    Members(Ring ring) {
        this.ring = ring;
    }

    /** Something moves in; false when the queue is closing. */
    synchronized boolean add(Member member) {
        if (!ring.closing) {
            Member[] more = Arrays.copyOf(all, all.length + 1);
            more[all.length] = member;
            all = more;
        }
        return !ring.closing;
    }

    /** The member of a kind of which a queue has one, made when it is asked for first; null when the queue is closing. */
    <O, T extends Member> @Nullable T of(Class<T> kind, O owner, Function<O, T> maker) {
        T found = find(kind);
        if (found != null) {
            return ring.closing ? null : found;
        }
        synchronized (this) {
            found = find(kind);
            if (found == null && !ring.closing) {
                // before what is made, which nobody would close
                Member[] more = Arrays.copyOf(all, all.length + 1);
                found = maker.apply(owner);
                assert more.length == all.length + 1 : "what is made has made another";
                more[all.length] = found;
                all = more;
            }
            return ring.closing ? null : found;
        }
    }

    private <T extends Member> @Nullable T find(Class<T> kind) {
        for (Member member : all) {
            if (member.getClass() == kind) {
                return kind.cast(member);
            }
        }
        return null;
    }

    /** From now on the queue is closing, and nobody moves in; false when it was closing before. */
    synchronized boolean leave() {
        boolean first = !ring.closing;
        ring.closing = true;
        return first;
    }

    /** Everybody, in the order in which they moved in; when the queue is closing. */
    Member[] all() {
        return all;
    }

    /** Whether nothing is in flight beside what the engine has. */
    boolean areIdle() {
        for (Member member : all) {
            if (!member.isIdle()) {
                return false;
            }
        }
        return true;
    }

    /** How many of each class, in words. */
    synchronized String describe() {
        Map<String, Integer> counts = new TreeMap<>();
        for (Member member : all) {
            String name = member.getClass().getName();
            counts.merge(name.substring(name.lastIndexOf('.') + 1).replace('$', '.'), 1, Integer::sum);
        }
        StringJoiner words = new StringJoiner(", ").setEmptyValue("none");
        counts.forEach((name, count) -> words.add(count + " " + name));
        return words.toString();
    }
}
