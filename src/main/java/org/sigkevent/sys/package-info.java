/**
 * The system underneath: bindings of C library functions, system-call numbers, native memory, errno.
 *
 * <p>The lowest layer. It imports none of the others, and it is the only one that calls native functions. Interfaces whose
 * names begin with {@code Libc} are bound by jnr-ffi, and none of their methods has exactly six integer parameters unless
 * {@code NoX86} stands on the interface.
 */
@NullMarked
package org.sigkevent.sys;

import org.jspecify.annotations.NullMarked;
