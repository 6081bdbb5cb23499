package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The words of the handler for aarch64, read as that processor would; on any processor. */
class SignalHandlerCodeTest {
    private static final long COUNTER = 0x0123_4567_89ab_cde8L;
    private static final int LDAXR_X4_X3 = 0xc85ffc64;
    private static final int RET = 0xd65f03c0;

    private final long[] registers = new long[32];
    private int conditional = -1;
    private int backwards = -1;

    @ParameterizedTest
    @ValueSource(ints = {3, 512, 65_535, 65_536, 131_073, Integer.MAX_VALUE})
    void theHandlerWritesToItsDescriptorAndCountsInItsCounter(int fd) {
        ByteBuffer code = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        SignalPipe.aarch64(code, fd, COUNTER);
        int[] words = new int[code.position() / 4];
        for (int i = 0; i < words.length; i++) {
            words[i] = code.getInt(4 * i);
            read(words[i], i);
        }
        assertEquals(fd, registers[0]);
        assertEquals(48, registers[2], "bytes of a record");
        assertEquals(64, registers[8], "write(2)");
        assertEquals(COUNTER, registers[3]);
        assertEquals(RET, words[conditional], "nothing is counted when all was written");
        assertEquals(words.length - 1, conditional);
        assertEquals(LDAXR_X4_X3, words[backwards], "the counting begins anew");
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
                    conditional = at + distance;
                } else if ((word & 0xff000000) == 0x35000000) {
                    backwards = at + distance;
                }
            }
        }
    }
}
