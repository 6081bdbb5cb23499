/**
 * POSIX asynchronous I/O: requests, the files they are for, lists of requests, waiting for and cancelling them.
 *
 * <p>May import {@code core} and what is below it; knows nothing of {@code timer}, {@code mq}, {@code signal} and {@code kinds}.
 */
@NullMarked
package org.sigkevent.aio;

import org.jspecify.annotations.NullMarked;
