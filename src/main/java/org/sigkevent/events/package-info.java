/**
 * What a Java Flight Recorder gets to see, in {@link org.sigkevent.events.Events}. The module jdk.jfr may be missing: then its
 * nested classes are never loaded. Stands above {@code sys} and uses nothing of this library.
 */
@NullMarked
package org.sigkevent.events;

import org.jspecify.annotations.NullMarked;
