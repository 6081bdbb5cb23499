package soak;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.sigkevent.KeventRecord;

/**
 * A mapped file into which a consumer in another process writes each record that it takes. The consumer counts a record after it has
 * written it, and the owner of the ring counts it when it has read it. {@code consumer.c} has the same layout.
 */
final class Log {
    static final int ENTRIES = 16384;
    private static final int COUNT = 0;
    private static final int READ = 8;
    private static final int NEXT = 64;
    private static final int TAKEN = 128;
    private static final int RECORD = 64;
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final MappedByteBuffer memory;
    private final KeventRecord record = new KeventRecord();

    /** Opens it; makes it where it is not there. */
    Log(Path path) throws IOException {
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = file.map(FileChannel.MapMode.READ_WRITE, 0, TAKEN + (long) ENTRIES * RECORD);
        }
        memory.order(ByteOrder.LITTLE_ENDIAN);
    }

    private long count() {
        return (long) LONGS.getAcquire(memory, COUNT);
    }

    private long read() {
        return (long) LONGS.getAcquire(memory, READ);
    }

    private static int place(long number) {
        return TAKEN + (int) (number % ENTRIES) * RECORD;
    }

    // ---- the owner of the ring

    /** Gives each new record to {@code consumer}, in an object that is used again. */
    void drain(Consumer<KeventRecord> consumer) {
        long read = read();
        for (long count = count(); read < count; read++) {
            consumer.accept(load(place(read)));
            LONGS.setRelease(memory, READ, read + 1);
        }
    }

    /** The record that a consumer which was killed had in its hands and did not count; null when there is none. Drained before. */
    KeventRecord uncounted() {
        long count = count();
        long sequence = load(NEXT).sequence;
        boolean counted = count > 0 && load(place(count - 1)).sequence == sequence;
        return counted || load(NEXT).id == 0 ? null : load(NEXT);
    }

    private KeventRecord load(int at) {
        record.id = memory.getInt(at);
        record.descriptor = memory.getInt(at + 4);
        record.cookie = memory.getLong(at + 8);
        record.result = memory.getLong(at + 16);
        record.error = memory.getInt(at + 24);
        record.flags = memory.getInt(at + 28);
        record.data0 = memory.getLong(at + 32);
        record.data1 = memory.getLong(at + 40);
        record.time_ns = memory.getLong(at + 48);
        record.sequence = memory.getLong(at + 56);
        return record;
    }

    // ---- the consumer

    /** Writes a record and counts it; false while the log is full. */
    boolean add(KeventRecord taken) {
        long count = count();
        if (count - read() >= ENTRIES) {
            return false;
        }
        int at = place(count);
        memory.putInt(at, taken.id);
        memory.putInt(at + 4, taken.descriptor);
        memory.putLong(at + 8, taken.cookie);
        memory.putLong(at + 16, taken.result);
        memory.putInt(at + 24, taken.error);
        memory.putInt(at + 28, taken.flags);
        memory.putLong(at + 32, taken.data0);
        memory.putLong(at + 40, taken.data1);
        memory.putLong(at + 48, taken.time_ns);
        memory.putLong(at + 56, taken.sequence);
        LONGS.setRelease(memory, COUNT, count + 1);
        return true;
    }
}
