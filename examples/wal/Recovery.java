package wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * What a log holds: its records up to the first one that is not whole. All numbers are little-endian.
 *
 * <pre>
 *   0        4        8                16
 *   | length | CRC-32 | sequence, of 1 | the line ...
 *                     |- what the CRC is of --------|
 * </pre>
 */
final class Recovery {
    static final int HEADER = 16;
    static final int LONGEST = 4096;

    /** Whole records. */
    final long records;
    /** Bytes of the whole records: where the next one goes. */
    final long length;
    /** Bytes after them: of a group that was being written when the program ended. */
    final long torn;

    private Recovery(long records, long length, long torn) {
        this.records = records;
        this.length = length;
        this.torn = torn;
    }

    /** Makes a record's bytes, from the buffer's first on; answers how many. */
    static int encode(ByteBuffer into, long sequence, byte[] line) {
        into.clear();
        into.putInt(line.length).putInt(0).putLong(sequence).put(line).flip();
        into.putInt(4, crc(into, line.length, 0));
        return HEADER + line.length;
    }

    private static int crc(ByteBuffer record, int length, int at) {
        CRC32 crc = new CRC32();
        crc.update(record.duplicate().position(at + 8).limit(at + HEADER + length));
        return (int) crc.getValue();
    }

    /** Reads a log; a file that is not there is an empty one. */
    static Recovery read(Path log, Consumer<String> lines) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.exists(log) ? Files.readAllBytes(log) : new byte[0])
                .order(ByteOrder.LITTLE_ENDIAN);
        long records = 0;
        int at = 0;
        while (all.limit() - at >= HEADER) {
            int length = all.getInt(at);
            if (length < 0
                    || length > LONGEST
                    || all.limit() - at - HEADER < length
                    || all.getLong(at + 8) != records + 1
                    || all.getInt(at + 4) != crc(all, length, at)) {
                break;
            }
            lines.accept(new String(all.array(), at + HEADER, length, StandardCharsets.UTF_8));
            records++;
            at += HEADER + length;
        }
        return new Recovery(records, at, all.limit() - at);
    }

    /** Reads a log and cuts off what is torn, for good, before anything is written behind it. */
    static Recovery repair(Path log) throws IOException {
        Recovery found = read(log, line -> {});
        if (found.torn > 0) {
            try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
                file.truncate(found.length);
                file.force(true);
            }
        }
        return found;
    }
}
