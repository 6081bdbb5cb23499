package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The handler in machine code, called as the kernel calls it, and what it notes when there is no room in the pipe. */
@Timeout(60)
class SignalPipeTest {
    private static final int SIGHUP = 1;
    private static final int SIGUSR1 = 10;
    private static final int LAST_STANDARD = 31;
    private static final int A = 40;
    private static final int LAST = 64;

    private static final CallContext HANDLER = CallContext.getCallContext(
            Type.SINT64, new Type[] {Type.SINT64, Type.SINT64, Type.SINT64}, CallingConvention.DEFAULT, false);

    private final ByteBuffer info = Memory.allocate(SignalCatcher.RECORD);
    private final ByteBuffer records = Memory.allocate(1024 * SignalCatcher.RECORD);
    private SignalPipe pipe;

    @BeforeEach
    void makeAPipe() {
        try {
            pipe = new SignalPipe();
        } catch (ErrnoException refused) {
            assumeTrue(false, refused.getMessage());
        }
    }

    @AfterEach
    void closeIt() {
        pipe.close();
    }

    private void arrives(int signo) {
        info.putInt(0, signo);
        call(signo, Memory.address(info));
    }

    private void call(int signo, long siginfo) {
        Invoker.getInstance().invokeL3(HANDLER, pipe.handler, signo, siginfo, 0);
    }

    private static long bits(int... signals) {
        long bits = 0;
        for (int signo : signals) {
            bits |= 1L << (signo - 1);
        }
        return bits;
    }

    /** As many records as it has room for: none is lost by that. */
    private void fill() {
        for (int i = 0; i < pipe.room(); i++) {
            arrives(A);
        }
        assertEquals(0, pipe.dropped());
        assertEquals(0, pipe.takeUnread());
    }

    @Test
    void ofWhatAFullPipeHasNoRoomForStandardSignalsAreNotedAndRealTimeOnesAlsoCounted() {
        fill();
        arrives(SIGUSR1);
        arrives(SIGUSR1);
        arrives(LAST_STANDARD);
        arrives(SIGHUP);
        assertEquals(0, pipe.dropped(), "instances of standard signals may be one");
        assertEquals(bits(SIGHUP, SIGUSR1, LAST_STANDARD), pipe.takeUnread());
        assertEquals(0, pipe.takeUnread(), "it is taken once");
        arrives(LAST_STANDARD + 1);
        arrives(A);
        arrives(A);
        arrives(LAST);
        assertEquals(4, pipe.dropped());
        assertEquals(bits(LAST_STANDARD + 1, A, LAST), pipe.takeUnread());
        int left = pipe.room();
        while (left > 0) {
            left -= pipe.read(records) / SignalCatcher.RECORD;
            assertEquals(A, records.getInt(0));
        }
        assertEquals(0, left);
        arrives(SIGUSR1);
        assertEquals(SignalCatcher.RECORD, pipe.read(records));
        assertEquals(SIGUSR1, records.getInt(0));
        assertEquals(0, pipe.takeUnread());
    }

    /** The reader may have emptied the pipe before the bit was set. */
    @Test
    void whatIsNotedIsFollowedByARecordWhenThereIsRoomAgain() {
        // the first write fails though there is room: the siginfo ends where no memory is
        long pages = Native.C.mmap(0, 2L * Memory.PAGE_SIZE, 3, 0x22, -1, 0);
        assertTrue(pages != -1);
        long end = pages + Memory.PAGE_SIZE;
        Native.C.munmap(end, Memory.PAGE_SIZE);
        Memory.view(end - 16, 16).putInt(0, SIGUSR1);
        call(SIGUSR1, end - 16);
        Native.C.munmap(pages, Memory.PAGE_SIZE);
        assertEquals(bits(SIGUSR1), pipe.takeUnread());
        // without this a read might wait for ever
        arrives(A);
        assertEquals(2 * SignalCatcher.RECORD, pipe.read(records));
        assertEquals(SignalCatcher.LOOK, records.getInt(0));
        assertEquals(A, records.getInt(SignalCatcher.RECORD));
    }

    @Test
    void theJvmsHandlerNotesWhatItsQueueHasNoRoomFor() {
        JvmSignals signals = new JvmSignals("a test");
        for (int i = 0; i < signals.room(); i++) {
            signals.caught(SIGHUP);
        }
        assertEquals(0, signals.takeUnread());
        signals.caught(SIGUSR1);
        signals.caught(SIGUSR1);
        signals.caught(SIGHUP);
        assertEquals(bits(SIGHUP, SIGUSR1), signals.takeUnread());
        assertEquals(0, signals.takeUnread());
        assertEquals(SignalCatcher.RECORD, signals.read(records));
        assertEquals(SIGHUP, records.getInt(0));
    }
}
