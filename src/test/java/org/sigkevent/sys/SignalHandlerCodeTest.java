package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The words of the handler for aarch64, read as that processor would; on any processor. */
class SignalHandlerCodeTest {
    private static final long CELLS = 0x0123_4567_89ab_c000L;
    private static final int LDR_W0_PIPE = 0xb9400c60;
    private static final int ADD_X6_X3_8 = 0x91002066;
    private static final int LDAXR_W4_X6 = 0x885ffcc4;
    private static final int LDAXR_X4_X3 = 0xc85ffc64;
    private static final int ADD_X11_X3_16 = 0x9100406b;
    private static final int LDAXR_X4_X11 = 0xc85ffd64;
    private static final int ORR_X4_X4_X10 = 0xaa0a0084;
    private static final int ADD_X1_X3_64 = 0x91010061;
    private static final int SVC = 0xd4000001;
    private static final int RET = 0xd65f03c0;

    private final long[] registers = new long[32];
    private final List<Integer> words = new ArrayList<>();
    private final List<Integer> repeated = new ArrayList<>();
    private int allWritten = -1;
    private int standard = -1;

    @Test
    void theHandlerWritesToThePipeThatItsCellsNameAndNotesThereWhatItHasNoRoomFor() {
        ByteBuffer code = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        SignalPipe.aarch64(code, CELLS);
        for (int i = 0; i < code.position() / 4; i++) {
            words.add(code.getInt(4 * i));
            read(words.get(i), i);
        }
        assertEquals(CELLS, registers[3]);
        assertEquals(48, registers[2], "bytes of a record");
        assertEquals(64, registers[8], "write(2)");
        inOrder(ADD_X6_X3_8, LDAXR_W4_X6);
        inOrder(LDAXR_W4_X6, LDR_W0_PIPE);
        inOrder(LDR_W0_PIPE, SVC);
        inOrder(SVC, ADD_X11_X3_16);
        inOrder(ADD_X11_X3_16, LDAXR_X4_X11);
        inOrder(LDAXR_X4_X11, ORR_X4_X4_X10);
        inOrder(ORR_X4_X4_X10, LDAXR_X4_X3);
        inOrder(LDAXR_X4_X3, ADD_X1_X3_64);
        assertTrue(words.lastIndexOf(SVC) > words.indexOf(ADD_X1_X3_64), "behind what it notes it writes again");
        assertEquals(RET, words.get(words.size() - 1));
        int leaves = words.lastIndexOf(LDAXR_W4_X6);
        assertTrue(leaves > words.indexOf(SVC), "nobody leaves before the pipe was written to");
        assertEquals(leaves, allWritten, "nothing is noted when all was written");
        assertEquals(words.indexOf(LDAXR_X4_X3) + 4, standard, "a standard signal is not counted");
        List<Integer> counts =
                List.of(words.indexOf(LDAXR_W4_X6), words.indexOf(LDAXR_X4_X11), words.indexOf(LDAXR_X4_X3), leaves);
        assertEquals(counts, repeated, "each counting begins anew");
    }

    private void inOrder(int first, int second) {
        assertTrue(words.contains(first) && words.indexOf(first) < words.indexOf(second));
    }

    /** What moves do to the registers, and where branches lead to. */
    private void read(int word, int at) {
        int shift = 16 * (word >>> 21 & 3);
        long immediate = (long) (word >>> 5 & 0xffff) << shift;
        int register = word & 31;
        switch (word & 0x7f800000) {
            case 0x52800000 -> registers[register] = immediate;
            case 0x72800000 -> registers[register] = registers[register] & ~(0xffffL << shift) | immediate;
            default -> {
                int distance = word << 8 >> 13;
                if ((word & 0xff00001f) == 0x54000000) {
                    allWritten = at + distance;
                } else if ((word & 0xff00001f) == 0x54000003) {
                    standard = at + distance;
                } else if ((word & 0xff000000) == 0x35000000) {
                    repeated.add(at + distance);
                }
            }
        }
    }
}
