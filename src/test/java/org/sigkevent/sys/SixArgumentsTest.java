package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.ChildJvm;

/** The machine code of a system call: it takes the number and six arguments from memory, and gives back what the kernel says. */
@Tag("any-engine")
class SixArgumentsTest {
    private static final int PPOLL = Native.X86_64 ? 271 : 73;
    private static final int NONE = 4000;

    @TempDir
    Path directory;

    @Test
    void theCodeServesHereAndErrorsAreNegative() {
        assertTrue(SixArguments.available());
        assertEquals(-Errnos.ENOSYS, Linux.call(NONE, 1, 2, 3, 4, 5, 6));
        assertEquals(-Errnos.EINVAL, Linux.call(PPOLL, 0, -1, 0, 0, 0, 0), "ppoll(2) of 2^32 - 1 descriptors");
        assertEquals(Linux.gettid(), Linux.call(Syscalls.GETTID, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void callsOfFiveAndSixArgumentsAllocateNothing() throws Exception {
        ChildJvm.run(directory, ChildJvm.command(SixArgumentsMain.class.getName()))
                .succeeded("five 0, six 0");
    }

    @Test
    void onAarch64EachRegisterIsLoadedFromItsWord() {
        ByteBuffer code = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        SixArguments.aarch64(code, 0);
        int[] loadedFrom = new int[32];
        Arrays.fill(loadedFrom, -1);
        int words = code.position() / 4;
        for (int i = 0; i < words - 2; i++) {
            int word = code.getInt(4 * i);
            int to = word & 31;
            int base = word >>> 5 & 31;
            if (word >>> 22 == 0xa9400000 >>> 22) {
                // ldp to, second, [base, 8 n]
                assertEquals(9, base);
                int from = (word >>> 15 & 0x7f) * 8;
                loadedFrom[to] = from;
                loadedFrom[word >>> 10 & 31] = from + 8;
            } else if (word >>> 22 == 0xf9400000 >>> 22) {
                // ldr to, [base, 8 n]
                assertEquals(9, base);
                loadedFrom[to] = (word >>> 10 & 0xfff) * 8;
            } else {
                assertEquals(0xaa0003e9, word, "mov x9, x0");
                assertEquals(0, i);
            }
        }
        assertEquals(0, loadedFrom[8], "the number");
        for (int argument = 0; argument < 6; argument++) {
            assertEquals(8 + 8 * argument, loadedFrom[argument], "argument " + argument);
        }
        assertEquals(0xd4000001, code.getInt(4 * (words - 2)), "svc 0");
        assertEquals(0xd65f03c0, code.getInt(4 * (words - 1)), "ret");
    }
}
