package org.sigkevent.sys;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the library asks about direct buffers over memory of an arena, which JDK 22 and later have: it can be freed while the
 * buffer is in use. Its raw address is good for nothing then; what is copied through the buffer itself is safe, and an
 * IllegalStateException when the arena is closed.
 */
public final class Arenas {
    private static final @Nullable Class<?> MEMORY_SEGMENT = type("java.lang.foreign.MemorySegment");
    private static final @Nullable Class<?> ITS_SCOPE = type("java.lang.foreign.MemorySegment$Scope");

    private static final @Nullable MethodHandle SEGMENT =
            find(MEMORY_SEGMENT, "ofBuffer", true, MEMORY_SEGMENT, Buffer.class);
    private static final @Nullable MethodHandle SCOPE = find(MEMORY_SEGMENT, "scope", false, ITS_SCOPE);
    private static final @Nullable MethodHandle ACCESSIBLE =
            find(MEMORY_SEGMENT, "isAccessibleBy", false, boolean.class, Thread.class);
    private static final @Nullable MethodHandle ALIVE = find(ITS_SCOPE, "isAlive", false, boolean.class);

    private Arenas() {}

    /** Whether the memory of a direct buffer can be freed before the buffer is unreachable. */
    public static boolean canBeClosed(ByteBuffer direct) {
        if (SEGMENT == null || SCOPE == null) {
            return false;
        }
        try {
            // memory of ByteBuffer.allocateDirect, of a mapped file, of the global arena and of automatic ones is there
            // as long as
            // the buffer; the scopes say so by their classes only
            String kind = SCOPE.invoke(SEGMENT.invoke(direct)).getClass().getName();
            return !kind.contains("GlobalSession") && !kind.contains("ImplicitSession");
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /**
     * Why memory that {@linkplain #canBeClosed can be freed} cannot be used: its arena is closed, or, unless it is used during the
     * call alone, belongs to one thread.
     *
     * @return words, or null when it can be used
     */
    public static @Nullable String refusal(ByteBuffer direct, boolean duringCall) {
        if (SEGMENT == null || SCOPE == null || ACCESSIBLE == null || ALIVE == null) {
            return null;
        }
        try {
            Object segment = SEGMENT.invoke(direct);
            if (!(boolean) ALIVE.invoke(SCOPE.invoke(segment))) {
                return "memory of an arena that is closed";
            }
            // one that belongs to a thread is accessible by no other
            Thread who = duringCall ? Thread.currentThread() : ThreadOfNobody.INSTANCE;
            return (boolean) ACCESSIBLE.invoke(segment, who)
                    ? null
                    : "memory of an arena that belongs to one thread: use Arena.ofShared()";
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** A thread that owns no arena. */
    private static final class ThreadOfNobody {
        static final Thread INSTANCE = Threads.make("sigkevent-nobody", () -> {});
    }

    private static @Nullable Class<?> type(String name) {
        try {
            return Class.forName(name);
        } catch (ClassNotFoundException before22) {
            return null;
        }
    }

    /** A method of the interface; null where there is none. A preview of it (JDK 21) is another interface. */
    private static @Nullable MethodHandle find(
            @Nullable Class<?> in, String name, boolean ofClass, @Nullable Class<?> result, Class<?>... parameters) {
        if (in == null || result == null || Runtime.version().feature() < 22) {
            return null;
        }
        try {
            MethodType type = MethodType.methodType(result, parameters);
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            return ofClass ? lookup.findStatic(in, name, type) : lookup.findVirtual(in, name, type);
        } catch (ReflectiveOperationException missing) {
            return null;
        }
    }
}
