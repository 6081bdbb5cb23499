package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.takeAny;
import static org.sigkevent.failure.Scene.until;

import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;

/** What a notification of each type needs before its registration, and how one sees that it came. */
final class Notified {
    static final String[] NAMES = {"SIGEV_SIGNAL", "SIGEV_NONE", "SIGEV_THREAD", "SIGEV_KEVENT"};
    static final int[] TYPES = {Signal.SIGEV_NONE, Signal.SIGEV_KEVENT, Signal.SIGEV_SIGNAL, Signal.SIGEV_THREAD};

    private Notified() {}

    /** Where signals of a scene arrive: a queue of its own, so that the scene's figures are those of the call. */
    static void open(Scene s, int type) {
        if (type == Signal.SIGEV_SIGNAL) {
            KeventQueue catcher = KeventQueue.open(4);
            s.catcher = catcher;
            s.later(catcher::close);
        }
    }

    static void prepare(Scene s, int type) {
        s.callbacks.set(0);
        if (type == Signal.SIGEV_SIGNAL && s.caught == null) {
            drain();
            s.caught = KeventEvent.signal(Scene.set(Scene.SIGNO), SigVal.of(5));
            s.catcher.submit(s.caught);
        }
    }

    /** No signal of a trial before is pending. */
    static void drain() {
        while (Signal.sigtimedwait(Scene.set(Scene.SIGNO), null, new TimeSpec()) > 0) {
            Thread.onSpinWait();
        }
    }

    /** The notification comes; one that failed on its way may have been dropped. */
    static void came(Scene s, int type) {
        if (type == Signal.SIGEV_KEVENT) {
            s.take();
        } else if (type == Signal.SIGEV_THREAD) {
            until("the callback", () -> s.callbacks.get() > 0);
        } else if (type == Signal.SIGEV_SIGNAL) {
            KeventRecord record = takeAny(s.catcher);
            check(record.descriptor == Scene.SIGNO && record.data0 == s.cookie, "another signal: " + record);
            s.caught = null;
        }
    }

    static void refused(Scene s, int type) {
        check(s.callbacks.get() == 0, "a callback of a call that was refused");
    }
}
