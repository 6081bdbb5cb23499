package org.sigkevent.sys;

import com.kenai.jffi.LastError;
import jnr.ffi.LibraryLoader;

/**
 * The bound C library, loaded once and reachable for as long as the process lives (a collected library handle would take
 * its code with it). Loading it on a platform that the library does not support fails with words.
 */
public final class Native {
    /** Whether this is x86-64; the other supported processor is aarch64. */
    public static final boolean X86_64 = checkPlatform();

    public static final Libc C = LibraryLoader.create(Libc.class).load("c");
    public static final LibcSixArgs SIX =
            LibraryLoader.create(LibcSixArgs.class).load("c");

    private static final LastError LAST_ERROR = LastError.getInstance();

    private Native() {}

    /** The errno of the last bound call of this thread; to be read in the statement after the call. */
    public static int errno() {
        return LAST_ERROR.get();
    }

    private static boolean checkPlatform() {
        String os = System.getProperty("os.name", "");
        String cpu = System.getProperty("os.arch", "");
        if (!os.equals("Linux")) {
            throw new UnsupportedOperationException("sigkevent runs on Linux; this is " + os);
        }
        boolean x86 = cpu.equals("amd64") || cpu.equals("x86_64");
        if (!x86 && !cpu.equals("aarch64")) {
            throw new UnsupportedOperationException(
                    "sigkevent runs on x86-64 and aarch64 (64-bit, little-endian); this is " + cpu);
        }
        return x86;
    }
}
