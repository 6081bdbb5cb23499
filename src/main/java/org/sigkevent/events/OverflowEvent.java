package org.sigkevent.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;

@Name("org.sigkevent.Overflow")
@Label("Overflow")
@Category("sigkevent")
@Description(
        "A queue refused something because it was full: once for each row of refusals, with the stack of the first")
final class OverflowEvent extends Event {
    /** Only ever asked whether the event is on. */
    static final OverflowEvent ASKED = new OverflowEvent();

    @Label("Queue")
    @Description("The descriptor of the queue")
    int queue;

    @Label("Capacity")
    int capacity;
}
