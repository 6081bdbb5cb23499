package soak;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;

/** One request, and the records that came of it; its number is its cookie. */
final class Ticket {
    /** How many records a request has. */
    enum Records {
        /** Exactly one. */
        ONE,
        /** One, or none once it was taken back. */
        ONE_UNTIL_WITHDRAWN,
        /** Any number, until it is taken back. */
        MANY_UNTIL_WITHDRAWN,
        /** Any number, and then one with ECANCELED. */
        MANY_AND_A_LAST
    }

    final Kind kind;
    final long number;
    final Records records;

    /** What was submitted, for a cancellation; null when it was something else. */
    KeventEvent event;

    private Runnable atEnd = () -> {};
    private final List<KeventRecord> taken = new ArrayList<>();
    private boolean last;
    private boolean withdrawn;
    private boolean claimed;

    Ticket(Kind kind, long number, Records records) {
        this.kind = kind;
        this.number = number;
        this.records = records;
    }

    /** Whether it has one record at most. */
    boolean isSingle() {
        return records == Records.ONE || records == Records.ONE_UNTIL_WITHDRAWN;
    }

    /** Whether it may end as it is. */
    synchronized boolean isOver() {
        return claimed || last || withdrawn && records == Records.MANY_UNTIL_WITHDRAWN;
    }

    /** What is looked at when no record can come any more; for one with many. */
    void atEnd(Runnable look) {
        atEnd = look;
    }

    void end() {
        atEnd.run();
    }

    /** Notes a record. */
    synchronized void receive(KeventRecord record) {
        taken.add(record);
        last |= isSingle() || records == Records.MANY_AND_A_LAST && record.error == Errno.ECANCELED;
        notifyAll();
    }

    /** A consumer that was killed may have claimed a record of this. */
    synchronized void claim() {
        claimed = true;
        notifyAll();
    }

    synchronized void withdraw() {
        withdrawn = true;
    }

    synchronized boolean isWithdrawn() {
        return withdrawn;
    }

    synchronized boolean isClaimed() {
        return claimed;
    }

    synchronized int count() {
        return taken.size();
    }

    /** Waits for {@code count} records, or for the last one: whether they came. */
    synchronized boolean await(int count, long millis) throws InterruptedException {
        long end = System.nanoTime() + millis * 1_000_000;
        while (taken.size() < count && !last && !claimed) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    /** The record with this index; null when a killed consumer has it. */
    synchronized KeventRecord record(int index) {
        return index < taken.size() ? taken.get(index) : null;
    }

    /** The records so far, in the order of the ring. */
    synchronized List<KeventRecord> all() {
        List<KeventRecord> all = new ArrayList<>(taken);
        all.sort(Comparator.comparingLong(record -> record.sequence));
        return all;
    }

    @Override
    public synchronized String toString() {
        return kind + " request " + number + " (" + records + (withdrawn ? ", withdrawn" : "")
                + (claimed ? ", claimed" : "") + ", records " + taken + ")";
    }
}
