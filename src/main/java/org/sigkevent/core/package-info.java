/**
 * The kevent queue: the ring, the deadlines, the waiters, the driver, and what they serve: sources, requests, members.
 *
 *
 * <p>May import {@code engine}, {@code events} and {@code sys}.
 */
@NullMarked
package org.sigkevent.core;

import org.jspecify.annotations.NullMarked;
