/**
 * The signals of the process: dispositions, the mask, what is pending, and who gets it.
 *
 * <p>May import {@code core} and what is below it; knows nothing of {@code aio}, {@code timer}, {@code mq} and {@code kinds}.
 */
@NullMarked
package org.sigkevent.signal;

import org.jspecify.annotations.NullMarked;
