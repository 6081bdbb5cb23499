package org.sigkevent.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Stack;

/**
 * The events of this library for Java Flight Recorder. Each method looks first whether there is a recorder, and then whether its event is
 * on; that look is a branch on two fields and allocates nothing. The classes of the events are loaded by the first look that finds a
 * recorder: loading them starts Flight Recorder, a hundred milliseconds and ten megabytes. Without the module jdk.jfr none of them ever is.
 *
 * <p>{@link RequestCompleted} and {@link WaitEvent}, of which there are many, are off until a recording asks for them by name.
 */
public final class Events {
    private static final boolean PRESENT = present();

    private static final int NOT_YET = 0;
    private static final int LOADED = 1;
    private static final int UNUSABLE = 2;

    /** What has become of the classes of the events. */
    private static volatile int loading = NOT_YET;

    // each class has an event that is only ever asked whether it is on: a new object each time would be an allocation

    @Category("sigkevent")
    abstract static class OfQueue extends Event {
        @Label("Queue")
        @Description("The descriptor of the queue")
        int queue;
    }

    @Name("org.sigkevent.EngineChosen")
    @Label("Engine Chosen")
    @Description("A queue was made")
    static final class EngineChosen extends OfQueue {
        static final EngineChosen ASKED = new EngineChosen();

        @Label("Engine")
        @Nullable
        String engine;

        @Label("Reason")
        @Description("Why this engine serves it and not the other one")
        @Nullable
        String reason;
    }

    @Name("org.sigkevent.Overflow")
    @Label("Overflow")
    @Description(
            "A queue refused something because it was full: once for each row of refusals, with the stack of the first")
    static final class Overflow extends OfQueue {
        static final Overflow ASKED = new Overflow();

        @Label("Capacity")
        int capacity;
    }

    @Name("org.sigkevent.RequestCompleted")
    @Label("Request Completed")
    @Description(
            "A request has its result; one that repeats has such an event for each of its records. There may be a million a"
                    + " second.")
    @Enabled(false)
    @StackTrace(false)
    static final class RequestCompleted extends OfQueue {
        static final RequestCompleted ASKED = new RequestCompleted();

        @Label("Kind")
        @Nullable
        String kind;

        @Label("Descriptor")
        int descriptor;

        @Label("Latency")
        @Description("From the submission to the record")
        @Timespan(Timespan.NANOSECONDS)
        long latency;

        @Label("Error")
        @Description("An errno, 0 for success")
        int error;
    }

    /** Public so that whoever waits can keep it in a variable between the begin and the end. */
    @Name("org.sigkevent.Wait")
    @Label("Wait")
    @Description("A thread slept in a queue. There may be a hundred thousand a second.")
    @Enabled(false)
    @StackTrace(false)
    public static final class WaitEvent extends OfQueue {
        static final WaitEvent ASKED = new WaitEvent();

        @Label("For")
        @Description("What it waited for: record, request or space")
        @Nullable
        String what;

        @Label("Ended By")
        @Description("How it ended: done, moved, timeout, interrupt or closed")
        @Nullable
        String endedBy;
    }

    private Events() {}

    /** Whether this JVM has Flight Recorder, and this library's module sees it. */
    private static boolean present() {
        try {
            // links, which is what may be refused
            FlightRecorder.isInitialized();
            return true;
        } catch (LinkageError absent) {
            return false;
        }
    }

    /** Whether somebody has begun a recording, now or before. */
    private static boolean recorder() {
        return PRESENT && FlightRecorder.isInitialized() && (loading == LOADED || load());
    }

    private static boolean load() {
        if (loading == NOT_YET) {
            try {
                Stack.own(Events::initialise);
            } catch (OutOfMemoryError noThread) {
                // the next look tries again
                return false;
            }
        }
        return loading == LOADED;
    }

    private static void initialise() {
        try {
            // each names a class, and so initialises it
            EngineChosen.ASKED.isEnabled();
            Overflow.ASKED.isEnabled();
            RequestCompleted.ASKED.isEnabled();
            WaitEvent.ASKED.isEnabled();
            loading = LOADED;
        } finally {
            if (loading != LOADED) {
                loading = UNUSABLE;
            }
        }
    }

    /** The time now, of System.nanoTime, for {@link #completed}; 0 while nobody wants to know. */
    public static long submitted() {
        return recorder() && RequestCompleted.ASKED.isEnabled() ? Math.max(1, System.nanoTime()) : 0;
    }

    /** A request that was given a time by {@link #submitted} has its result. */
    public static void completed(int queue, String kind, int descriptor, long latency, int error) {
        if (recorder() && RequestCompleted.ASKED.isEnabled()) {
            RequestCompleted event = new RequestCompleted();
            event.queue = queue;
            event.kind = kind;
            event.descriptor = descriptor;
            event.latency = latency;
            event.error = error;
            event.commit();
        }
    }

    /** A thread is about to wait: the event, begun; null while nobody wants to know. */
    public static @Nullable WaitEvent waitBegins() {
        if (recorder() && WaitEvent.ASKED.isEnabled()) {
            WaitEvent event = new WaitEvent();
            event.begin();
            return event;
        }
        return null;
    }

    /** The wait is over. */
    public static void waited(WaitEvent begun, int queue, String what, int rc) {
        begun.end();
        begun.queue = queue;
        begun.what = what;
        begun.endedBy = ending(rc);
        begun.commit();
    }

    private static String ending(int rc) {
        String slept = rc == 0 ? "done" : rc == -Errnos.EWOULDBLOCK ? "moved" : "closed";
        return rc == -Errnos.ETIMEDOUT ? "timeout" : rc == -Errnos.EINTR ? "interrupt" : slept;
    }

    /** A queue refused something, having refused nothing before. */
    public static void overflow(int queue, int capacity) {
        if (recorder() && Overflow.ASKED.isEnabled()) {
            Overflow event = new Overflow();
            event.queue = queue;
            event.capacity = capacity;
            event.commit();
        }
    }

    /** A queue was made, with this engine. */
    public static void engineChosen(int queue, String engine, String reason) {
        if (recorder() && EngineChosen.ASKED.isEnabled()) {
            EngineChosen event = new EngineChosen();
            event.queue = queue;
            event.engine = engine;
            event.reason = reason;
            event.commit();
        }
    }
}
