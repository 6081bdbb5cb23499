package soak;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.sigkevent.Errno;

/**
 * Children that the JDK knows nothing of, so that it does not take their status. They keep no descriptor: the JDK's own ProcessBuilder
 * waits until a pipe is closed, which another child may have inherited. And what the call reads is held until it returns; jnr-posix's
 * posix_spawnp leaves that to the garbage collector, and fails with EFAULT once in some 10,000 calls.
 */
final class Spawn {
    private static final Runtime RUNTIME = Runtime.getRuntime(Libc.C);
    private static final int FIRST_CLOSED = 3;

    /** More than sizeof(posix_spawn_file_actions_t). */
    private static final int ACTIONS_SIZE = 256;

    private Spawn() {}

    /** Starts {@code command} with PATH alone: its process ID. */
    static int start(String... command) {
        Pointer actions = Memory.allocateDirect(RUNTIME, ACTIONS_SIZE, true);
        done(Libc.C.posix_spawn_file_actions_init(actions), "posix_spawn_file_actions_init");
        try {
            done(
                    Libc.C.posix_spawn_file_actions_addclosefrom_np(actions, FIRST_CLOSED),
                    "posix_spawn_file_actions_addclosefrom_np");
            List<Pointer> held = new ArrayList<>();
            Pointer argv = strings(held, command);
            Pointer envp = strings(held, "PATH=/usr/bin:/bin");
            int[] pid = new int[1];
            int error = Libc.C.posix_spawnp(pid, argv.getPointer(0), actions, null, argv, envp);
            Reference.reachabilityFence(held);
            done(error, "posix_spawnp");
            return pid[0];
        } finally {
            Libc.C.posix_spawn_file_actions_destroy(actions);
        }
    }

    private static void done(int error, String call) {
        if (error != 0) {
            throw new IllegalStateException(call + ": " + Errno.strerror(error));
        }
    }

    /** A zero-terminated array of strings. */
    private static Pointer strings(List<Pointer> held, String... all) {
        Pointer array = Memory.allocateDirect(RUNTIME, (long) Long.BYTES * (all.length + 1), true);
        held.add(array);
        for (int i = 0; i < all.length; i++) {
            byte[] bytes = all[i].getBytes(StandardCharsets.UTF_8);
            Pointer text = Memory.allocateDirect(RUNTIME, bytes.length + 1L, true);
            text.put(0, bytes, 0, bytes.length);
            held.add(text);
            array.putPointer((long) Long.BYTES * i, text);
        }
        return array;
    }
}
