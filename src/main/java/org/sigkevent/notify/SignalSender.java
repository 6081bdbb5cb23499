package org.sigkevent.notify;

import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/** Queues signals with a value: those of SIGEV_SIGNAL and SIGEV_THREAD_ID as the kernel itself would have. */
public final class SignalSender {
    public static final int SI_MESGQ = -3;
    public static final int SI_ASYNCIO = -4;
    private static final int SIZEOF_SIGINFO = 128;

    private SignalSender() {}

    /** The signal for a record, to this process or, unless {@code thread} is 0, to one of its threads. */
    static void notify(RingRecord record, int signo, long bits, int thread) {
        int pid = Native.C.getpid();
        if (record.id == Kinds.KEVENT_TIMER) {
            queue(pid, thread, signo, Linux.SI_TIMER, record.descriptor, (int) record.result, bits);
        } else {
            int code = record.id == Kinds.KEVENT_MQ ? SI_MESGQ : SI_ASYNCIO;
            queue(pid, thread, signo, code, pid, Native.C.getuid(), bits);
        }
    }

    /**
     * Queues a signal to a process, or to its thread {@code thread} if that is not 0: 0, or an errno negated. For timers
     * {@code source} and {@code detail} are si_timerid and si_overrun, else si_pid and si_uid.
     */
    public static int queue(int pid, int thread, int signo, int code, int source, int detail, long bits) {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, SIZEOF_SIGINFO);
        // siginfo_t: si_signo 0, si_code 8, si_pid or si_timerid 16, si_uid or si_overrun 20, si_value 24
        s.buffer.putInt(0, signo).putInt(8, code).putLong(24, bits);
        s.buffer.putInt(16, source).putInt(20, detail);
        return thread == 0
                ? Linux.call(Syscalls.RT_SIGQUEUEINFO, pid, signo, s.address)
                : Linux.call(Syscalls.RT_TGSIGQUEUEINFO, pid, thread, signo, s.address);
    }
}
