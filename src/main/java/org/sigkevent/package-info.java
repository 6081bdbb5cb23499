/**
 * The two faces of the library: the functions and structs of POSIX (AIO, timers, message queues, {@code sigevent}) and the kevent
 * queue with its ring.
 *
 * <p>This is the top floor and the only exported package. It may import every floor below it: {@code notify}, {@code source},
 * {@code queue}, {@code engine} and {@code sys}. It unpacks the POSIX structs; no lower floor sees them.
 */
@NullMarked
package org.sigkevent;

import org.jspecify.annotations.NullMarked;
