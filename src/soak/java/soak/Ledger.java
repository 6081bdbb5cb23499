package soak;

import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one JVM has asked for and what came of it, kind by kind. Whatever was submitted has completed, was cancelled, was taken back
 * (a timer that was disarmed, a registration that was removed) or was claimed by a consumer that was killed: {@link #balance}.
 */
final class Ledger {
    private static final int MOST_WORDS = 50;

    /** The columns of a kind. */
    enum Column {
        /** Accepted by the library. */
        SUBMITTED,
        /** Ended in a record with a result. */
        COMPLETED,
        /** Ended in a record with ECANCELED. */
        CANCELLED,
        /** Taken back before there was a record. */
        WITHDRAWN,
        /** Went with a consumer that was killed. */
        CLAIMED,
        /** Of all these records: taken in another process. */
        ELSEWHERE,
        /** Refused because a queue was full, and asked for again. */
        REFUSED
    }

    /** What is counted beside the kinds. */
    enum Event {
        KILLS,
        INTERRUPTS,
        REQUEUES,
        DESTROYS,
        LIMITS,
        BYTES
    }

    private final Map<Kind, Map<Column, LongAdder>> kinds = new EnumMap<>(Kind.class);
    private final Map<Event, LongAdder> events = new EnumMap<>(Event.class);
    private final AtomicLong mistakes = new AtomicLong();
    private final Queue<String> words = new ConcurrentLinkedQueue<>();

    Ledger() {
        for (Kind kind : Kind.values()) {
            Map<Column, LongAdder> columns = new EnumMap<>(Column.class);
            for (Column column : Column.values()) {
                columns.put(column, new LongAdder());
            }
            kinds.put(kind, columns);
        }
        for (Event event : Event.values()) {
            events.put(event, new LongAdder());
        }
    }

    void count(Kind kind, Column column, long n) {
        kinds.get(kind).get(column).add(n);
    }

    void count(Kind kind, Column column) {
        count(kind, column, 1);
    }

    long get(Kind kind, Column column) {
        return kinds.get(kind).get(column).sum();
    }

    void count(Event event, long n) {
        events.get(event).add(n);
    }

    long get(Event event) {
        return events.get(event).sum();
    }

    /** Notes a mistake of the library: the campaign goes on, and fails at the end. */
    void wrong(String what) {
        if (mistakes.incrementAndGet() <= MOST_WORDS) {
            words.add(what);
            System.err.println("WRONG: " + what);
        }
    }

    void wrong(String what, Throwable thrown) {
        java.io.StringWriter stack = new java.io.StringWriter();
        thrown.printStackTrace(new java.io.PrintWriter(stack));
        wrong(what + ": " + stack);
    }

    /** A check that holds unless the library has made a mistake. */
    void check(boolean holds, String what) {
        if (!holds) {
            wrong(what);
        }
    }

    long mistakes() {
        return mistakes.get();
    }

    /** That each kind's columns add up; called when nothing is under way. */
    void balance() {
        for (Kind kind : Kind.values()) {
            long submitted = get(kind, Column.SUBMITTED);
            long ended = get(kind, Column.COMPLETED)
                    + get(kind, Column.CANCELLED)
                    + get(kind, Column.WITHDRAWN)
                    + get(kind, Column.CLAIMED);
            check(submitted == ended, kind + ": " + submitted + " submitted, but " + ended + " ended");
        }
    }

    /** One line for each kind and one for the events: name, tab, numbers with tabs between. */
    void print(java.io.PrintStream out) {
        StringBuilder all = new StringBuilder();
        for (Kind kind : Kind.values()) {
            all.append("kind\t").append(kind);
            for (Column column : Column.values()) {
                all.append('\t').append(get(kind, column));
            }
            all.append('\n');
        }
        all.append("events");
        for (Event event : Event.values()) {
            all.append('\t').append(get(event));
        }
        out.println(all.append('\n'));
    }
}
