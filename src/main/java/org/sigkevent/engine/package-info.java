/**
 * Performs the I/O: io_uring where the kernel allows it, epoll with helper threads elsewhere. An
 * {@link org.sigkevent.engine.Engine} takes {@link org.sigkevent.engine.Op}s and tells each how it ended; it knows neither queues nor
 * events.
 *
 * <p>The layer below {@code core}. It may import {@code events} and {@code sys}.
 */
@NullMarked
package org.sigkevent.engine;

import org.jspecify.annotations.NullMarked;
