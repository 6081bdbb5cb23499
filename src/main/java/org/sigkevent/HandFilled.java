package org.sigkevent;

import org.sigkevent.core.Destination;
import org.sigkevent.core.EventRequest;
import org.sigkevent.kinds.DelayRequest;
import org.sigkevent.kinds.FdRequest;
import org.sigkevent.kinds.LockRequest;
import org.sigkevent.kinds.ProcessRequest;
import org.sigkevent.kinds.SyncRequest;
import org.sigkevent.signal.SignalRequest;
import org.sigkevent.sys.ErrnoException;

/**
 * Requests whose arguments stand in the fields of the struct: {@link KeventEvent} has the table. A field that its kind has no use for must
 * be zero, so that it can get a meaning.
 */
final class HandFilled {
    private HandFilled() {}

    /** Whether events with this id can be filled in by hand. */
    static boolean fits(int id) {
        return switch (id) {
            case Kevent.KEVENT_FD,
                    Kevent.KEVENT_SIGNAL,
                    Kevent.KEVENT_DELAY,
                    Kevent.KEVENT_PROCESS,
                    Kevent.KEVENT_FLOCK,
                    Kevent.KEVENT_SYNC -> true;
            default -> false;
        };
    }

    /** The request that the event asks for; EINVAL with the field that is wrong. */
    static EventRequest request(KeventEvent event, Destination to) {
        unused("result", event.result);
        unused("error", event.error);
        if (event.id != Kevent.KEVENT_DELAY && event.id != Kevent.KEVENT_PROCESS) {
            unused("data1", event.data1);
        }
        return switch (event.id) {
            case Kevent.KEVENT_FD -> new FdRequest(to, event.descriptor, number("data0", event.data0), false);
            case Kevent.KEVENT_SIGNAL -> new SignalRequest(to, signals(event), true, false);
            case Kevent.KEVENT_DELAY -> delay(event, to);
            case Kevent.KEVENT_PROCESS -> process(event, to);
            case Kevent.KEVENT_FLOCK -> LockRequest.flock(to, event.descriptor, number("data0", event.data0));
            default -> SyncRequest.file(to, event.descriptor, dataOnly(event));
        };
    }

    private static long signals(KeventEvent event) {
        if (event.descriptor < 0 || event.descriptor > 64) {
            throw ErrnoException.invalid(
                    "descriptor " + event.descriptor + " is no signal: 1 to 64, or 0 and a set in data0");
        }
        return event.descriptor == 0 ? event.data0 : event.data0 | SigSet.bit(event.descriptor);
    }

    private static EventRequest delay(KeventEvent event, Destination to) {
        if (event.data0 < 0 || event.data1 != 0 && event.data1 != Time.TIMER_ABSTIME) {
            throw ErrnoException.invalid("data0 " + event.data0 + " (nanoseconds) or data1 " + event.data1
                    + " (0 or TIMER_ABSTIME) of the delay is not allowed");
        }
        return new DelayRequest(to, event.descriptor, event.data1 != 0, event.data0);
    }

    private static EventRequest process(KeventEvent event, Destination to) {
        int idtype = number("data1", event.data1);
        if (idtype == Wait.P_ALL && event.descriptor != 0) {
            throw ErrnoException.invalid(
                    "descriptor " + event.descriptor + " with P_ALL (0) in data1: for one child put P_PID there");
        }
        return new ProcessRequest(to, idtype, event.descriptor, number("data0", event.data0));
    }

    private static boolean dataOnly(KeventEvent event) {
        if (event.data0 != Fcntl.O_SYNC && event.data0 != Fcntl.O_DSYNC) {
            throw ErrnoException.invalid("data0 " + event.data0 + " is neither O_SYNC (fsync) nor O_DSYNC (fdatasync)");
        }
        return event.data0 == Fcntl.O_DSYNC;
    }

    private static void unused(String field, long value) {
        if (value != 0) {
            throw ErrnoException.invalid(field + " " + value + ": a request has no use for it, so it must be 0");
        }
    }

    private static int number(String field, long value) {
        if (value != (int) value || value < 0) {
            throw ErrnoException.invalid(field + " " + value + " is out of range");
        }
        return (int) value;
    }
}
