package org.sigkevent.core;

import org.jspecify.annotations.Nullable;

/** Something that the {@link Driver} is to do. It is its own link in the list of errands, so that sending it cannot fail. */
interface Errand {
    /** Does it, in the driver's thread. */
    void run();

    /** The errand that was sent before this one; the list's own. */
    @Nullable
    Errand sentBefore();

    void sentBefore(@Nullable Errand errand);
}
