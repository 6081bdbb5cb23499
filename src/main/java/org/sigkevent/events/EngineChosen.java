package org.sigkevent.events;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

@Name("org.sigkevent.EngineChosen")
@Label("Engine Chosen")
@Category("sigkevent")
@Description("A queue was made")
final class EngineChosen extends Event {
    /** Only ever asked whether the event is on. */
    static final EngineChosen ASKED = new EngineChosen();

    @Label("Queue")
    @Description("The descriptor of the queue")
    int queue;

    @Label("Engine")
    @Nullable
    String engine;

    @Label("Reason")
    @Description("Why this engine serves it and not the other one")
    @Nullable
    String reason;
}
