package soak;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/**
 * A queue, the requests that are under way in it, and those who take its records: {@link Takers} of this process and, where it is shared,
 * {@link Consumers} in others. Each record that is taken, wherever, comes to {@link #taken}.
 *
 * <p>A cookie is the number of a {@link Ticket}, or the ticket itself where nobody else takes; the cookies of a {@link Window} have
 * the highest bit.
 */
final class Desk {
    static final long PATIENCE_MILLIS = 60_000;
    private static final int PRODUCERS = 2;
    private static final int NUMBER_BITS = 48;
    private static final long NUMBER_MASK = (1L << NUMBER_BITS) - 1;

    final Ledger ledger;
    final KeventQueue queue;
    final boolean shared;
    final Window[] windows = new Window[PRODUCERS];

    private final Map<Long, Ticket> open = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger kills = new AtomicInteger();

    /** Records that a killed consumer has claimed unless somebody else takes them. */
    private final Map<Long, Kind> claims = new ConcurrentHashMap<>();

    /** How many killed consumers may have claimed a record without telling which. */
    private final AtomicInteger unnamed = new AtomicInteger();

    private final Takers takers;

    Desk(Ledger ledger, int capacity, int takers, boolean shared, SplittableRandom random) {
        this.ledger = ledger;
        this.shared = shared;
        for (int i = 0; i < PRODUCERS; i++) {
            windows[i] = new Window();
        }
        queue = KeventQueue.open(capacity);
        this.takers = new Takers(this, takers, random);
    }

    // ---- asking

    /** Submits a request; {@code make} makes it for a cookie. */
    Ticket submit(Kind kind, Function<SigVal, KeventEvent> make) throws InterruptedException {
        return submit(kind, Ticket.Records.ONE, make);
    }

    Ticket submit(Kind kind, Ticket.Records records, Function<SigVal, KeventEvent> make) throws InterruptedException {
        Ticket ticket = ticket(kind, records);
        ticket.event = make.apply(cookie(ticket));
        accepted(ticket, () -> {
            try {
                queue.submit(ticket.event);
                return 0;
            } catch (KeventException refused) {
                return -refused.errno();
            }
        });
        return ticket;
    }

    /** Makes a request with a sigevent for this queue; {@code call} answers as POSIX's functions do. */
    Ticket request(Kind kind, Ticket.Records records, ToIntFunction<SigEvent> call) throws InterruptedException {
        Ticket ticket = ticket(kind, records);
        SigEvent event = queue.sigevent(cookie(ticket));
        accepted(ticket, () -> call.applyAsInt(event) < 0 ? -Errno.errno() : 0);
        return ticket;
    }

    /** A ticket for what is submitted by other means; {@link #started} comes behind it. */
    Ticket ticket(Kind kind, Ticket.Records records) {
        Ticket ticket = new Ticket(kind, numbers.incrementAndGet(), records);
        open.put(ticket.number, ticket);
        return ticket;
    }

    void started(Ticket ticket) {
        ledger.count(ticket.kind, Ledger.Column.SUBMITTED, ticket.isSingle() ? 1 : 0);
    }

    /** It was never made. */
    void dropped(Ticket ticket) {
        open.remove(ticket.number);
    }

    SigVal cookie(Ticket ticket) {
        return shared || ticket.number % 2 == 0 ? SigVal.of(ticket.number) : SigVal.of((Object) ticket);
    }

    /** Calls until it is not refused for want of a slot or a helper. */
    private void accepted(Ticket ticket, IntSupplier call) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        for (; ; ) {
            int rc = call.getAsInt();
            if (rc == 0) {
                started(ticket);
                return;
            }
            ledger.count(ticket.kind, Ledger.Column.REFUSED);
            if (rc != -Errno.EAGAIN || System.nanoTime() > end) {
                dropped(ticket);
                throw new IllegalStateException(
                        ticket.kind + " was refused: " + Errno.strerror(-rc) + ", " + Errno.message());
            }
            LockSupport.parkNanos(100_000);
        }
    }

    /** Whether a cancellation found something to cancel. */
    boolean cancel(Ticket ticket) {
        return queue.cancel(ticket.event);
    }

    /** The one record of a request; null when a killed consumer has it. */
    KeventRecord await(Ticket ticket) throws InterruptedException {
        await(ticket, 1);
        return ticket.record(0);
    }

    /** Waits for so many records of a request, or for its last. */
    void await(Ticket ticket, int count) throws InterruptedException {
        if (!ticket.await(count, PATIENCE_MILLIS / 12)) {
            claimUnnamed(ticket.number);
        }
        if (!ticket.await(count, PATIENCE_MILLIS)) {
            ledger.wrong("no record came within a minute: " + ticket + "\n" + queue.dump());
            throw new IllegalStateException("lost");
        }
    }

    // ---- taking

    /** What a record that was taken means. */
    void taken(KeventRecord record, boolean elsewhere) {
        taken.incrementAndGet();
        Ticket own = record.object instanceof Ticket ticket ? ticket : null;
        long cookie = own != null ? own.number : record.cookie;
        Kind kind = null;
        if (cookie < 0) {
            kind = window(cookie).take(cookie & NUMBER_MASK) ? Kind.USER : null;
            boolean asPosted = record.id == Kevent.KEVENT_USER
                    && record.error == 0
                    && record.descriptor == 0
                    && (record.result | record.data0 | record.data1 | record.time_ns) == 0
                    && (record.flags & ~Kevent.KEVENT_REQUEUED) == 0;
            ledger.check(
                    asPosted,
                    "a user record that was not posted so: " + record + where(elsewhere) + " " + record.data0 + " "
                            + record.data1 + " " + record.time_ns + " flags " + record.flags);
        } else {
            Ticket ticket = open.get(cookie);
            if (ticket != null
                    && (own == null || own == ticket)
                    && (!ticket.isSingle() || open.remove(cookie, ticket))) {
                ticket.receive(copy(record));
                kind = ticket.kind;
                ledger.count(kind, Ledger.Column.SUBMITTED, ticket.isSingle() ? 0 : 1);
            }
        }
        if (kind == null) {
            kind = claims.remove(cookie);
        }
        if (kind == null) {
            ledger.wrong("a record that nothing stands for, or the second of a request: " + record + where(elsewhere));
            return;
        }
        boolean cancelled = record.error == Errno.ECANCELED;
        ledger.count(kind, cancelled ? Ledger.Column.CANCELLED : Ledger.Column.COMPLETED);
        ledger.count(kind, Ledger.Column.ELSEWHERE, elsewhere ? 1 : 0);
    }

    private static String where(boolean elsewhere) {
        return elsewhere ? ", taken elsewhere" : "";
    }

    private Window window(long cookie) {
        return windows[(int) (cookie >>> NUMBER_BITS) & 0x7fff];
    }

    /** The cookie of a producer's record. */
    static long cookie(int producer, long number) {
        return Long.MIN_VALUE | (long) producer << NUMBER_BITS | number;
    }

    private static KeventRecord copy(KeventRecord from) {
        KeventRecord to = new KeventRecord();
        to.id = from.id;
        to.descriptor = from.descriptor;
        to.cookie = from.cookie;
        to.result = from.result;
        to.error = from.error;
        to.flags = from.flags;
        to.data0 = from.data0;
        to.data1 = from.data1;
        to.time_ns = from.time_ns;
        to.sequence = from.sequence;
        return to;
    }

    // ---- what killed consumers have claimed

    /** A consumer was killed with this record in its hands, or none: it has claimed it, unless somebody else takes it. */
    void killed(KeventRecord record) {
        kills.incrementAndGet();
        if (record != null) {
            claim(record.cookie);
        }
    }

    /** A consumer was killed that may have claimed a record and does not say which. */
    void killedUnnamed() {
        kills.incrementAndGet();
        unnamed.incrementAndGet();
    }

    /** Whether a record that does not come may be one that a consumer has claimed without saying so; then it is this one. */
    boolean claimUnnamed(long cookie) {
        if (unnamed.getAndUpdate(n -> Math.max(0, n - 1)) == 0) {
            return false;
        }
        claim(cookie);
        return true;
    }

    private void claim(long cookie) {
        if (cookie < 0) {
            claims.put(cookie, Kind.USER);
            if (!window(cookie).take(cookie & NUMBER_MASK)) {
                claims.remove(cookie);
            }
            return;
        }
        Ticket ticket = open.get(cookie);
        if (ticket == null) {
            return;
        }
        if (ticket.isSingle()) {
            claims.put(cookie, ticket.kind);
            if (!open.remove(cookie, ticket)) {
                claims.remove(cookie);
                return;
            }
        }
        ticket.claim();
    }

    // ---- the end

    /**
     * Waits until the queue is empty, destroys it, and looks whether each request has ended as it should. Nothing may be under way but
     * what takes; {@code consumers} go with the queue; null for none.
     */
    void close(Consumers consumers) throws Exception {
        if (!comesTrue(() -> queue.stats().armed + queue.stats().unread == 0, PATIENCE_MILLIS)) {
            ledger.wrong("requests are left when all have ended: " + queue.dump());
        }
        // who has taken something may not have come here with it; a take that is under way when the queue goes has
        // nothing
        comesTrue(this::allHere, PATIENCE_MILLIS / 12);
        if (consumers != null) {
            consumers.ending();
        }
        long posted = queue.stats().posted;
        queue.close();
        takers.join();
        if (consumers != null) {
            consumers.close();
        }
        long withdrawn = 0;
        for (Ticket ticket : open.values()) {
            withdrawn += ticket.isWithdrawn() ? 1 : 0;
            ticket.end();
            if (ticket.records == Ticket.Records.ONE_UNTIL_WITHDRAWN && ticket.isWithdrawn()) {
                ledger.count(ticket.kind, Ledger.Column.WITHDRAWN);
            } else if (!ticket.isOver() && !claimUnnamed(ticket.number)) {
                ledger.wrong("no record came: " + ticket);
            }
        }
        for (int i = 0; i < windows.length; i++) {
            int producer = i;
            List<Long> lost = windows[i].missing();
            lost.removeIf(number -> claimUnnamed(cookie(producer, number)));
            ledger.check(lost.isEmpty(), lost.size() + " user records of producer " + i + " were never taken: " + lost);
        }
        claims.values().forEach(kind -> ledger.count(kind, Ledger.Column.CLAIMED));
        ledger.check(
                claims.size() <= kills.get(), claims.size() + " records claimed by " + kills + " killed consumers");
        long vanished = posted - taken.get() - takers.requeued();
        boolean right = vanished >= claims.size() && vanished <= withdrawn + kills.get();
        ledger.check(
                right,
                posted + " records posted, " + taken + " taken, " + takers.requeued() + " requeued, " + withdrawn
                        + " withdrawn, " + claims.size() + " claimed by " + kills + " killed consumers");
    }

    private boolean allHere() {
        return open.values().stream().allMatch(ticket -> ticket.isOver() || ticket.isWithdrawn())
                && Stream.of(windows).allMatch(window -> window.missing().isEmpty());
    }

    private static boolean comesTrue(BooleanSupplier condition, long millis) {
        for (long end = System.nanoTime() + millis * 1_000_000; !condition.getAsBoolean(); ) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(2_000_000);
        }
        return true;
    }
}
