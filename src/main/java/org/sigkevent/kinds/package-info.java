/**
 * One file for each kind of event that is submitted to a queue by itself.
 *
 * <p>May import {@code core} and what is below it; knows nothing of {@code aio}, {@code timer}, {@code mq} and {@code signal}.
 */
@NullMarked
package org.sigkevent.kinds;

import org.jspecify.annotations.NullMarked;
