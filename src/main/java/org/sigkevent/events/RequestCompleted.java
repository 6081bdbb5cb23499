package org.sigkevent.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

@Name("org.sigkevent.RequestCompleted")
@Label("Request Completed")
@Category("sigkevent")
@Description(
        "A request has its result; one that repeats has such an event for each of its records. There may be a million a second.")
@Enabled(false)
@StackTrace(false)
final class RequestCompleted extends Event {
    /** Only ever asked whether the event is on: a new object each time would be an allocation. */
    static final RequestCompleted ASKED = new RequestCompleted();

    @Label("Queue")
    @Description("The descriptor of the queue that did the work")
    int queue;

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
