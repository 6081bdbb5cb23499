/**
 * Where events come from, one file for each kind: asynchronous I/O, timers, message queues, user events.
 *
 * <p>The floor below {@code notify}: a source ends by completing its target and does not know what that does. It may import
 * {@code queue}, {@code engine} and {@code sys}. A new kind of event is one new file here and one line where kinds are listed.
 */
@NullMarked
package org.sigkevent.source;

import org.jspecify.annotations.NullMarked;
