package org.sigkevent.sys;

import com.kenai.jffi.LastError;
import com.kenai.jffi.MemoryIO;

/**
 * The bound C library. Loading it on a platform that the library does not support, or where jffi's native part cannot be loaded, fails
 * with words.
 */
public final class Native {
    /** Whether this is x86-64; the other supported processor is aarch64. */
    public static final boolean X86_64 = checkPlatform();

    static final MemoryIO MEMORY = loadJffi();

    public static final Libc C = JffiLibc.load();

    /** This process: a JVM does not fork. */
    public static final int PID = C.getpid();

    private static final LastError LAST_ERROR = LastError.getInstance();

    static {
        // as the other native methods, see JffiLibc
        LAST_ERROR.get();
    }

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

    /** jffi comes with its native library in its jar and unpacks it into a folder for temporary files. */
    private static MemoryIO loadJffi() {
        try {
            JffiCleaner.start();
        } catch (OutOfMemoryError noThread) {
            // a call that has asked for the stack has this before, and can be made again; this cannot
            throw (UnsatisfiedLinkError) new UnsatisfiedLinkError(
                            noThread.getMessage() + "; the library cannot be used in this process any more: restart it")
                    .initCause(noThread);
        }
        try {
            return MemoryIO.getInstance();
        } catch (LinkageError refused) {
            UnsatisfiedLinkError words = new UnsatisfiedLinkError(
                    "jffi's native library cannot be unpacked and loaded: the folder for temporary files, java.io.tmpdir ("
                            + System.getProperty("java.io.tmpdir")
                            + "), is full, not writable, or mounted noexec, and so is the"
                            + " working directory (" + System.getProperty("user.dir")
                            + "), which is tried last; or no descriptor is free (ulimit -n), or the library is larger than a file may be"
                            + " (ulimit -f). Give another"
                            + " folder with -Djava.io.tmpdir=DIR or, for that library alone, -Djffi.extract.dir=DIR, or put the"
                            + " library itself, from the folder jni of jffi's native jar, into a folder that you name with"
                            + " -Djffi.boot.library.path=DIR");
            words.initCause(refused);
            throw words;
        }
    }
}
