package org.sigkevent.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** Public so that whoever waits can keep it in a variable between the begin and the end. */
@Name("org.sigkevent.Wait")
@Label("Wait")
@Category("sigkevent")
@Description("A thread slept in a queue. There may be a hundred thousand a second.")
@Enabled(false)
@StackTrace(false)
public final class WaitEvent extends Event {
    /** Only ever asked whether the event is on. */
    static final WaitEvent ASKED = new WaitEvent();

    @Label("Queue")
    @Description("The descriptor of the queue")
    int queue;

    @Label("For")
    @Description("What it waited for: record, request or space")
    @Nullable
    String what;

    @Label("Ended By")
    @Description("How it ended: done, moved, timeout, interrupt or closed")
    @Nullable
    String endedBy;
}
