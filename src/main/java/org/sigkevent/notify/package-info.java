/**
 * What a sigevent does when its event happens: nothing, a signal, a callback, a record in a ring.
 *
 * <p>The layer below the faces. It may import {@code aio}, {@code timer}, {@code mq}, {@code signal}, {@code kinds} and what is below
 * them, and nothing of {@code org.sigkevent} itself.
 */
@NullMarked
package org.sigkevent.notify;

import org.jspecify.annotations.NullMarked;
