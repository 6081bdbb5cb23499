/**
 * POSIX message queues: the calls, and mq_notify.
 *
 * <p>May import {@code core} and what is below it; knows nothing of {@code aio}, {@code timer}, {@code signal} and {@code kinds}.
 */
@NullMarked
package org.sigkevent.mq;

import org.jspecify.annotations.NullMarked;
