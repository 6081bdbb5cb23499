/**
 * What a Java Flight Recorder gets to see: a class for each event, and {@link org.sigkevent.events.Events}, the only class that
 * others call. The module jdk.jfr may be missing: then nothing here but Events is ever loaded. Stands above {@code sys} and
 * uses nothing of this library.
 */
@NullMarked
package org.sigkevent.events;

import org.jspecify.annotations.NullMarked;
