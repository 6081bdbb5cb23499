/**
 * Who does the I/O: io_uring where the kernel lets us, epoll with helper threads elsewhere.
 *
 * <p>The floor below {@code queue}. It may import {@code sys} only: an engine takes operations and gives results, and knows neither
 * queues nor events.
 */
@NullMarked
package org.sigkevent.engine;

import org.jspecify.annotations.NullMarked;
