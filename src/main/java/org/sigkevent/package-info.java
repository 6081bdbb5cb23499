/**
 * The two faces of the library: the functions and structs of POSIX (AIO, timers, message queues, {@code sigevent}) and the kevent
 * queue with its ring.
 *
 * <p>The C face: {@link org.sigkevent.Kevent}, {@link org.sigkevent.Aio}, {@link org.sigkevent.Time}, {@link org.sigkevent.Mqueue},
 * {@link org.sigkevent.Signal}, and beside these what programs of that kind use of other headers, {@link org.sigkevent.Unistd},
 * {@link org.sigkevent.Fcntl} and their like; a call that fails answers -1 and sets {@link org.sigkevent.Errno}. The object face:
 * {@link org.sigkevent.KeventQueue}, {@link org.sigkevent.KeventTimer}, {@link org.sigkevent.AioFile},
 * {@link org.sigkevent.MessageQueue}; it throws {@link org.sigkevent.KeventException}. Calls are thread-safe, structs are not. Times are
 * in nanoseconds where nothing else is said. {@link org.sigkevent.Sigkevent} ends the library. The only exported package; it unpacks the POSIX structs, which no lower layer sees.
 */
@NullMarked
package org.sigkevent;

import org.jspecify.annotations.NullMarked;
