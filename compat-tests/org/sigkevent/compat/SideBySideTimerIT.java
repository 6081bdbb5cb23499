package org.sigkevent.compat;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** timer_*: compared with the C library. */
class SideBySideTimerIT extends SideBySide {
    private static final int NO_TIMER = 1 << 29;
    private static final long SECOND = 1_000_000_000L;

    private final int[] timers = new int[SLOTS];
    private final int[] clocks = new int[SLOTS];
    private final boolean[] silent = new boolean[SLOTS];
    private final boolean[] armed = new boolean[SLOTS];
    private final Deque<String> next = new ArrayDeque<>();
    private String note = "";

    @Override
    Deviation.Family family() {
        return Deviation.Family.TIMER;
    }

    /** Both sides do the same at different times; on a machine that is busy some seconds may pass between two steps. */
    @Override
    long tolerance(String operation) {
        return operation.startsWith("expire") ? 20 : 20 * SECOND;
    }

    @Override
    String operation() {
        int t = slot();
        if (!next.isEmpty()) {
            return next.remove();
        }
        if (oneIn(60)) {
            next.addAll(
                    List.of("settime " + t + " 0 - 1000 0 0 0 0", "settime " + t + " 0 - 0 0 0 0 1", "gettime " + t));
            return "create " + t + " 1 1 -1 0";
        }
        switch (random.nextInt(14)) {
            case 0:
            case 1:
            case 2:
            case 3:
                // refused here: a timer that nothing else is done with
                if (oneIn(8)) {
                    return "create 5 " + any(0, 1) + anyOf(" -2 -1 ", " 0 64 ") + serial();
                }
                return "create " + t + " "
                        + (oneIn(3) ? any(-1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 77, 1000, -6) : any(0, 1, 1))
                        + " " + any(0, 0, 0, 1, 1, 99, -1) + " "
                        + anyOf("-1", "-1", "-1", "0", "65") + " " + serial();
            case 4:
            case 5:
            case 6:
            case 7:
                return oneIn(4) ? "expire 4 " + expiring() : "settime " + t + " " + setting();
            case 8:
            case 9:
            case 10:
                return "gettime " + t;
            case 11:
                return "getoverrun " + t;
            default:
                return (oneIn(3) ? "delete " : "gettime ") + t;
        }
    }

    /** Far away, disarmed or wrong: nothing that expires with a signal. */
    private String setting() {
        String far = 1000 * (1 + random.nextInt(9)) + " " + any(0, 1, 999_999_999);
        String period = anyOf("0 0", "500 0", "7 5", "9000 0", "0 1000000000", "0 -1", "-1 0", "0 999999999");
        switch (random.nextInt(6)) {
            case 0:
                return "0 - 0 0 " + period + " " + any(0, 1);
            case 1:
                return "0 - " + anyOf("-1 0", "0 -1", "5 1000000000", "0 1000000000") + " " + period + " " + any(0, 1);
            case 2:
                return "1 0 " + far + " " + period + " " + any(0, 1);
            default:
                return any(0, 0, 2, 4096) + " - " + far + " " + period + " " + any(0, 1);
        }
    }

    /** FLAGS BASE VALUE INTERVAL OLD of a setting that has expired when it is made, or will at once. */
    private String expiring() {
        switch (random.nextInt(4)) {
            case 0:
                return "0 - 0 " + any(1, 1000, 100_000) + " " + anyOf("0 0", "1000 0") + " 1";
            // as many periods ago
            case 1:
                return "1 0 -" + (1000 * random.nextInt(60) + 500) + " 0 1000 0 1";
            case 2:
                return "1 - 0 1 " + anyOf("0 1", "0 0")
                        // the beginning of the clock: 0 overruns, or more than can be said
                        + " 1";
            default:
                return "1 0 -5 0 0 0 0";
        }
    }

    @Override
    String note() {
        String said = note;
        note = "";
        return said;
    }

    @Override
    void forget() {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (timers[slot] != NO_TIMER) {
                Time.timer_delete(timers[slot]);
            }
        }
        Arrays.fill(timers, NO_TIMER);
    }

    @Override
    String perform(String operation, String theirs) {
        note = "";
        switch (operation) {
            case "create":
                return create();
            case "settime":
            case "expire":
                return setTime(operation.equals("expire"));
            case "gettime":
                ItimerSpec setting = new ItimerSpec();
                int asked = integer();
                note = state(asked);
                int rc = Time.timer_gettime(timers[asked], setting);
                return answer(rc) + (rc == 0 ? text(setting) : "");
            case "getoverrun":
                return answer(Time.timer_getoverrun(timers[integer()]));
            default:
                return answer(Time.timer_delete(timers[integer()]));
        }
    }

    private String create() {
        int t = integer();
        int clock = integer();
        int notify = integer();
        int signo = integer();
        SigEvent event = event(notify, 0);
        // a signal that is named is given as it is; else a record stands for it
        if (notify == Signal.SIGEV_SIGNAL && signo >= 0) {
            event = new SigEvent();
            event.sigev_notify = notify;
            event.sigev_signo = signo;
        }
        event.sigev_value = SigVal.of(number());
        int[] made = new int[1];
        int rc = Time.timer_create(clock, notify == -2 ? null : event, made);
        if (rc == 0) {
            if (timers[t] != NO_TIMER) {
                Time.timer_delete(timers[t]);
            }
            timers[t] = made[0];
            clocks[t] = clock;
            silent[t] = notify == Signal.SIGEV_NONE;
            armed[t] = false;
        }
        return answer(rc);
    }

    private String state(int t) {
        return silent[t] && !armed[t] ? " of a SIGEV_NONE timer that is disarmed" : "";
    }

    private static long nanos(TimeSpec time) {
        return time.tv_sec * SECOND + time.tv_nsec;
    }

    private static String text(ItimerSpec s) {
        return "value ~" + nanos(s.it_value) + " interval " + nanos(s.it_interval) + " ";
    }

    /** Seconds on a clock of CPU time: the C program has used none, this process perhaps minutes, which are not to count. */
    private static long used(int clock) {
        TimeSpec now = new TimeSpec();
        if (clock == Time.CLOCK_PROCESS_CPUTIME_ID || clock == Time.CLOCK_THREAD_CPUTIME_ID || clock < 0) {
            Time.clock_gettime(clock, now);
        }
        return now.tv_sec;
    }

    private String setTime(boolean expires) {
        int t = integer();
        int flags = integer();
        int base = optional();
        ItimerSpec to = new ItimerSpec();
        to.it_value = new TimeSpec(number(), number());
        to.it_interval = new TimeSpec(number(), number());
        boolean want = number() != 0;
        if (base >= 0) {
            TimeSpec now = new TimeSpec();
            Time.clock_gettime(base, now);
            to.it_value.tv_sec += now.tv_sec + (expires ? 0 : used(clocks[t]));
        }
        if (expires) {
            int[] made = new int[1];
            Support.ok(Time.timer_create(Time.CLOCK_REALTIME, event(Signal.SIGEV_SIGNAL, 4711), made));
            timers[t] = made[0];
        }
        ItimerSpec old = new ItimerSpec();
        int rc = Time.timer_settime(timers[t], flags, to, want ? old : null);
        note = state(t);
        if (rc == 0) {
            armed[t] = to.it_value.tv_sec != 0 || to.it_value.tv_nsec != 0;
        }
        String text = answer(rc) + (rc == 0 && want ? text(old) : "");
        if (expires && rc == 0) {
            KeventRecord record = record();
            text += "came 1 " + record.cookie + " overrun ~" + record.result + " get ~"
                    + Time.timer_getoverrun(timers[t]);
            Time.timer_delete(timers[t]);
        }
        return text;
    }
}
