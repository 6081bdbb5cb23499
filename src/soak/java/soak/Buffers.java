package soak;

import java.nio.ByteBuffer;

/** The buffers of one round, cut out of two blocks that are used again, so that what a scene allocates says nothing of the library. */
final class Buffers {
    private static final int SIZE = 1 << 20;

    private final ByteBuffer direct = ByteBuffer.allocateDirect(SIZE);
    private final ByteBuffer heap = ByteBuffer.allocate(SIZE);

    /** A new round: nothing of the former one is in flight. */
    void clear() {
        direct.clear();
        heap.clear();
    }

    /** A buffer; one of its own where a round has more than there is room for. */
    ByteBuffer get(int length, boolean isDirect) {
        ByteBuffer block = isDirect ? direct : heap;
        if (block.remaining() < length) {
            return isDirect ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        }
        ByteBuffer buffer = block.slice(block.position(), length);
        block.position(block.position() + length);
        return buffer;
    }
}
