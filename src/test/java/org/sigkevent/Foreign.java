package org.sigkevent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.InvocationTargetException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** An arena of JDK 22 and later, for tests that are compiled for 17. */
final class Foreign implements AutoCloseable {
    private final Object arena;

    private Foreign(Object arena) {
        this.arena = arena;
    }

    /** kind: ofShared, ofConfined, ofAuto or global. */
    static Foreign arena(String kind) {
        assumeTrue(Runtime.version().feature() >= 22, "this JDK has no arenas");
        return new Foreign(call(null, "java.lang.foreign.Arena", kind, new Class<?>[0]));
    }

    ByteBuffer allocate(long bytes) {
        Object segment =
                call(arena, "java.lang.foreign.Arena", "allocate", new Class<?>[] {long.class, long.class}, bytes, 16L);
        return (ByteBuffer) call(segment, "java.lang.foreign.MemorySegment", "asByteBuffer", new Class<?>[0]);
    }

    /** The first {@code bytes} of a file, to read and to write. */
    ByteBuffer map(FileChannel file, long bytes) {
        Class<?>[] types = {FileChannel.MapMode.class, long.class, long.class, type("java.lang.foreign.Arena")};
        Object segment = call(
                file, "java.nio.channels.FileChannel", "map", types, FileChannel.MapMode.READ_WRITE, 0L, bytes, arena);
        return (ByteBuffer) call(segment, "java.lang.foreign.MemorySegment", "asByteBuffer", new Class<?>[0]);
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Override
    public void close() {
        call(arena, "java.lang.foreign.Arena", "close", new Class<?>[0]);
    }

    private static Object call(Object on, String type, String method, Class<?>[] types, Object... arguments) {
        try {
            return type(type).getMethod(method, types).invoke(on, arguments);
        } catch (InvocationTargetException thrown) {
            throw (RuntimeException) thrown.getCause();
        } catch (ReflectiveOperationException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
