package org.sigkevent.notify;

import java.nio.ByteBuffer;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/** SIGEV_SIGNAL: queues the signal to this process (or to one of its threads) as the kernel itself would have. */
final class SignalAction implements Action {
    private static final int SI_MESGQ = -3;
    private static final int SI_ASYNCIO = -4;
    private static final int SIZEOF_SIGINFO = 128;

    private final int signo;
    private final long bits;
    private final int thread;

    SignalAction(int signo, long bits, int thread) {
        this.signo = signo;
        this.bits = bits;
        this.thread = thread;
    }

    @Override
    public void act(RingRecord record) {
        Scratch s = Scratch.get();
        ByteBuffer info = s.buffer;
        Memory.clear(info, 0, SIZEOF_SIGINFO);
        // siginfo_t: si_signo 0, si_errno 4, si_code 8; for timers si_timerid 16, si_overrun 20; else si_pid 16, si_uid
        // 20;
        // si_value 24
        info.putInt(0, signo);
        info.putInt(8, codeOf(record.id));
        if (record.id == Kinds.KEVENT_TIMER) {
            info.putInt(16, record.descriptor);
            info.putInt(20, (int) record.result);
        } else {
            info.putInt(16, Native.C.getpid());
            info.putInt(20, Native.C.getuid());
        }
        info.putLong(24, bits);
        if (thread != 0) {
            Linux.call(Syscalls.RT_TGSIGQUEUEINFO, Native.C.getpid(), thread, signo, s.address);
        } else {
            Linux.call(Syscalls.RT_SIGQUEUEINFO, Native.C.getpid(), signo, s.address);
        }
    }

    private static int codeOf(int id) {
        return switch (id) {
            case Kinds.KEVENT_TIMER -> Linux.SI_TIMER;
            case Kinds.KEVENT_MQ -> SI_MESGQ;
            default -> SI_ASYNCIO;
        };
    }
}
