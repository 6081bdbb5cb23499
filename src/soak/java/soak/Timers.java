package soak;

import java.util.List;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** Timers on every clock: once, with a period, at a time of the clock; some are disarmed before. */
final class Timers extends Scene {
    private static final int[] CLOCKS = {
        Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI, Time.CLOCK_PROCESS_CPUTIME_ID
    };
    private static final int LONG_SECONDS = 3600;

    private final int[] id = new int[1];

    Timers(Stage stage) {
        super(stage, 2_000_000);
    }

    @Override
    void round(Desk desk) throws Exception {
        int clock = CLOCKS[oneIn(8) ? 4 : random.nextInt(4)];
        switch (random.nextInt(4)) {
            case 0 -> periodic(desk, clock);
            case 1 -> disarmed(desk, clock);
            default -> once(desk, clock);
        }
    }

    private Ticket create(Desk desk, int clock, Ticket.Records records) throws InterruptedException {
        return desk.request(Kind.TIMER, records, event -> Time.timer_create(clock, event, id));
    }

    private void set(int flags, TimeSpec value, TimeSpec interval) {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = value;
        spec.it_interval = interval;
        Calls.ok(Time.timer_settime(id[0], flags, spec, null));
    }

    private void once(Desk desk, int clock) throws InterruptedException {
        Ticket ticket = create(desk, clock, Ticket.Records.ONE);
        boolean absolute = random.nextBoolean();
        TimeSpec now = new TimeSpec();
        Calls.ok(Time.clock_gettime(clock, now));
        long nanos = 1 + random.nextInt(3_000_000);
        long due = now.toNanos() + nanos;
        set(absolute ? Time.TIMER_ABSTIME : 0, TimeSpec.ofNanos(absolute ? due : nanos), new TimeSpec());
        KeventRecord record = desk.await(ticket);
        TimeSpec after = new TimeSpec();
        Calls.ok(Time.clock_gettime(clock, after));
        ledger.check(after.toNanos() >= due, "a timer expired early: " + ticket);
        if (happened(record, ticket)) {
            ledger.check(
                    record.descriptor == id[0] && record.result == 0,
                    "not the record of timer " + id[0] + ": " + ticket);
        }
        Calls.ok(Time.timer_delete(id[0]));
    }

    private void disarmed(Desk desk, int clock) throws InterruptedException {
        Ticket ticket = create(desk, clock, Ticket.Records.ONE_UNTIL_WITHDRAWN);
        set(
                0,
                oneIn(2) ? new TimeSpec(LONG_SECONDS, 0) : TimeSpec.ofNanos(1 + random.nextInt(200_000)),
                new TimeSpec());
        ticket.withdraw();
        if (oneIn(2)) {
            set(0, new TimeSpec(), new TimeSpec());
        }
        Calls.ok(Time.timer_delete(id[0]));
    }

    private void periodic(Desk desk, int clock) throws InterruptedException {
        Ticket ticket = create(desk, clock, Ticket.Records.MANY_UNTIL_WITHDRAWN);
        long period = 100_000 + random.nextInt(2_000_000);
        set(0, TimeSpec.ofNanos(period), TimeSpec.ofNanos(period));
        desk.await(ticket, 1 + random.nextInt(6));
        ticket.withdraw();
        Calls.ok(Time.timer_delete(id[0]));
        if (clock != Time.CLOCK_PROCESS_CPUTIME_ID) {
            ticket.atEnd(() -> onGrid(desk, ticket, period));
        }
    }

    /** The expiries are on one grid, and each is in one record or counted in one. */
    private void onGrid(Desk desk, Ticket ticket, long period) {
        List<KeventRecord> all = ticket.all();
        for (int i = 1; i < all.size(); i++) {
            KeventRecord former = all.get(i - 1);
            KeventRecord record = all.get(i);
            long nanos = record.time_ns - former.time_ns;
            boolean counted = desk.shared || nanos == period * (1 + former.result);
            ledger.check(
                    nanos > 0 && nanos % period == 0 && counted,
                    nanos + " ns between " + former + " and " + record + ", period " + period + ", of " + ticket);
        }
    }
}
