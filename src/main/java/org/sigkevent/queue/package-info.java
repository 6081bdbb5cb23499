/**
 * The queue and all that belongs to it: the ring of records, waiting, deadlines, and the keeper, which drives queues that nobody
 * waits on.
 *
 * <p>The floor below {@code source}. It may import {@code engine} and {@code sys}.
 */
@NullMarked
package org.sigkevent.queue;

import org.jspecify.annotations.NullMarked;
