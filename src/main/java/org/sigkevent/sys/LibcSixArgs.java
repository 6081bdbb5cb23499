package org.sigkevent.sys;

import jnr.ffi.provider.jffi.NoX86;

/**
 * The C library's functions of six and seven integer arguments. A call of seven allocates an object of jffi's, 72 bytes, and on aarch64,
 * where jffi has no short way for these, so does one of six: see {@link SixArguments}.
 *
 * <p>jnr-ffi's x86-64 stub compiler passes a wrong value as the sixth integer argument (it reads a return address instead);
 * {@link NoX86} keeps these methods off that path. {@code mmap} through a stub fails with EINVAL for that reason.
 */
@NoX86
public interface LibcSixArgs {
    long mmap(long address, long length, int protection, int flags, int fd, long offset);

    long syscall(long number, long a, long b, long c, long d, long e, long f);

    /** Only there so that a test can see whether a sixth argument arrives. */
    int snprintf(long buffer, long size, long format, long first, long second, long third);
}
