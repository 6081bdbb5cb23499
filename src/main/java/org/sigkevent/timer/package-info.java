/**
 * POSIX timers, and sleeping on a clock.
 *
 * <p>May import {@code core} and what is below it; knows nothing of {@code aio}, {@code mq}, {@code signal} and {@code kinds}.
 */
@NullMarked
package org.sigkevent.timer;

import org.jspecify.annotations.NullMarked;
