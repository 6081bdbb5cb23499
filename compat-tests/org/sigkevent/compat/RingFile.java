package org.sigkevent.compat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.sigkevent.core.RingLayout;

/** The ring of another process, mapped for reading. */
final class RingFile {
    private final ByteBuffer memory;

    private RingFile(ByteBuffer memory) {
        this.memory = memory;
    }

    static RingFile open(int pid, int kfd) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile("/proc/" + pid + "/fd/" + kfd, "r")) {
            ByteBuffer memory = file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, file.length());
            return new RingFile(memory.order(ByteOrder.LITTLE_ENDIAN));
        }
    }

    /** How many records were ever put into it. */
    long written() {
        return memory.getLong(RingLayout.WRITE_AT);
    }

    /** Whether some record, taken or not, has this cookie. */
    boolean contains(long cookie) {
        int at = RingLayout.RECORDS_AT + RingLayout.COOKIE;
        for (; at + Long.BYTES <= memory.limit(); at += RingLayout.RECORD_SIZE) {
            if (memory.getLong(at) == cookie) {
                return true;
            }
        }
        return false;
    }
}
