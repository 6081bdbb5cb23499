package org.sigkevent.sys;

import java.nio.ByteBuffer;

/**
 * What a pidfd tells of its process: whether it has ended, and, where the kernel keeps that (Linux 6.15), with which status, also when
 * somebody else has taken the status, and of processes that are no children. See ioctl PIDFD_GET_INFO in the kernel's linux/pidfd.h.
 */
public final class PidFd {
    /** The status is not known: the process is there, nobody has taken its status yet, or the kernel does not tell. */
    public static final int UNKNOWN = -1;

    private static final long PIDFD_GET_INFO = 0xC040FF0BL;
    private static final long PIDFD_INFO_CREDS = 1 << 1;
    private static final long PIDFD_INFO_EXIT = 1 << 3;
    private static final int PIDFD_THREAD = 0200;
    private static final int POLL_MILLIS = 1000;

    // struct pidfd_info, as it was first: mask 0, pid 16, ruid 28, exit_code 60; 64 bytes
    private static final int PID = 16;
    private static final int RUID = 28;
    private static final int EXIT_CODE = 60;
    private static final int SIZEOF_INFO = 64;

    private static final int CLD_EXITED = 1;
    private static final int CLD_KILLED = 2;
    private static final int CLD_DUMPED = 3;

    private PidFd() {}

    /** A close-on-exec pidfd of a process; or an errno negated: -ESRCH, -EMFILE, and -ENOSYS before Linux 5.3. */
    public static int open(int pid) {
        return Linux.call(Syscalls.PIDFD_OPEN, pid, 0);
    }

    private static ByteBuffer info(int pidfd) {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, SIZEOF_INFO);
        s.buffer.putLong(0, PIDFD_INFO_EXIT);
        if (Linux.call(Syscalls.IOCTL, pidfd, PIDFD_GET_INFO, s.address) < 0) {
            s.buffer.putLong(0, 0);
        }
        return s.buffer;
    }

    /** The process in the upper half, and its real user, while it is there; 0 when the kernel does not tell (before Linux 6.13). */
    public static long owner(int pidfd) {
        ByteBuffer info = info(pidfd);
        return (info.getLong(0) & PIDFD_INFO_CREDS) == 0
                ? 0
                : (long) info.getInt(PID) << 32 | info.getInt(RUID) & 0xffffffffL;
    }

    /** The status as wait(2) has it, when it was taken by whomever; else {@link #UNKNOWN}. */
    public static int status(int pidfd) {
        ByteBuffer info = info(pidfd);
        return (info.getLong(0) & PIDFD_INFO_EXIT) == 0 ? UNKNOWN : info.getInt(EXIT_CODE);
    }

    /** What siginfo_t has as si_code for a status: CLD_EXITED, CLD_KILLED or CLD_DUMPED. */
    public static int code(int status) {
        return (status & 0x7f) == 0 ? CLD_EXITED : (status & 0x80) == 0 ? CLD_KILLED : CLD_DUMPED;
    }

    /** What siginfo_t has as si_status for a status: the exit code, or the signal. */
    public static int value(int status) {
        return (status & 0x7f) == 0 ? status >> 8 & 0xff : status & 0x7f;
    }

    /** Whether the process has ended; does not wait. */
    public static boolean ended(int pidfd) {
        return ended(pidfd, 0);
    }

    private static boolean ended(int pidfd, int millis) {
        Scratch s = Scratch.get();
        // a timespec, and behind it a struct pollfd
        Memory.putTime(s.buffer, 0, millis * 1_000_000L);
        s.buffer.putInt(16, pidfd).putShort(20, (short) Linux.POLLIN);
        return Native.C.ppoll(s.address + 16, 1, s.address, 0) > 0;
    }

    /** Whether the kernel tells the status of a process when somebody else has taken it; tried once, on a thread that ends. */
    public static boolean tellsStatus() {
        return Probe.TELLS;
    }

    private static final class Probe {
        static final boolean TELLS = probe();

        private static boolean probe() {
            OwnThread thread = new OwnThread();
            try {
                Stack.own(thread);
                return thread.pidfd >= 0 && ended(thread.pidfd, POLL_MILLIS) && status(thread.pidfd) != UNKNOWN;
            } catch (OutOfMemoryError noThread) {
                return false;
            } finally {
                if (thread.pidfd >= 0) {
                    Linux.close(thread.pidfd);
                }
            }
        }
    }

    /** Not a part of the class above, which is being initialised meanwhile. */
    private static final class OwnThread implements Runnable {
        int pidfd = -1;

        @Override
        public void run() {
            pidfd = Linux.call(Syscalls.PIDFD_OPEN, Linux.gettid(), PIDFD_THREAD);
        }
    }
}
