package org.sigkevent.events;

import org.jspecify.annotations.Nullable;

/**
 * The events of this library for Java Flight Recorder. Each method looks first whether its event is on; that look is a branch on a
 * field of the event's class and allocates nothing. Without the module jdk.jfr all are off for good.
 *
 * <p>{@link RequestCompleted} and {@link WaitEvent}, of which there are many, are off until a recording asks for them by name.
 */
public final class Events {
    private static final boolean PRESENT = present();

    private Events() {}

    /** Whether this JVM has Flight Recorder, and this library's module sees it. */
    private static boolean present() {
        try {
            Class.forName("jdk.jfr.Event");
            return RequestCompleted.ASKED != null; // links and initializes a subclass, which is what may be refused
        } catch (ClassNotFoundException | LinkageError absent) {
            return false;
        }
    }

    /** The time now, of System.nanoTime, for {@link #completed}; 0 while nobody wants to know. */
    public static long submitted() {
        if (PRESENT && RequestCompleted.ASKED.isEnabled()) {
            return Math.max(1, System.nanoTime());
        }
        return 0;
    }

    /** A request that was given a time by {@link #submitted} has its result. */
    public static void completed(int queue, String kind, int descriptor, long latency, int error) {
        if (PRESENT && RequestCompleted.ASKED.isEnabled()) {
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
        if (PRESENT && WaitEvent.ASKED.isEnabled()) {
            WaitEvent event = new WaitEvent();
            event.begin();
            return event;
        }
        return null;
    }

    /** The wait is over. */
    public static void waited(WaitEvent begun, int queue, String what, String endedBy) {
        begun.end();
        begun.queue = queue;
        begun.what = what;
        begun.endedBy = endedBy;
        begun.commit();
    }

    /** A queue refused something, having refused nothing before. */
    public static void overflow(int queue, int capacity) {
        if (PRESENT && OverflowEvent.ASKED.isEnabled()) {
            OverflowEvent event = new OverflowEvent();
            event.queue = queue;
            event.capacity = capacity;
            event.commit();
        }
    }

    /** A queue was made, with this engine. */
    public static void engineChosen(int queue, String engine, String reason) {
        if (PRESENT && EngineChosen.ASKED.isEnabled()) {
            EngineChosen event = new EngineChosen();
            event.queue = queue;
            event.engine = engine;
            event.reason = reason;
            event.commit();
        }
    }
}
