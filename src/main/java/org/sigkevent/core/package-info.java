/**
 * The kevent queue. {@link org.sigkevent.core.Queue} wires its parts, and none of them asks the queue:
 * {@link org.sigkevent.core.Ring} (records in shared memory), {@link org.sigkevent.core.Deadlines} (what happens at a time),
 * {@code WaitRoom} (threads that wait, one of which leads), {@code Wakeups} (who is told of a record), {@code Driver} and
 * {@code Upkeep} (the library's thread and what it does for a queue), {@code Submitter} (requests on their way to the engine) and
 * {@code Members} (what goes with the queue).
 *
 * <p>The packages above give it {@link org.sigkevent.core.Source}s, which post records, {@link org.sigkevent.core.Request}s, which the
 * engine performs, and {@link org.sigkevent.core.Member}s, which hear of the queue's end. A class here takes what it needs in
 * its constructor. The locks and their order are at {@link org.sigkevent.core.Queue}.
 *
 * <p>May import {@code engine}, {@code events} and {@code sys}.
 */
@NullMarked
package org.sigkevent.core;

import org.jspecify.annotations.NullMarked;
