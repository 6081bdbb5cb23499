package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.core.ExitHook;

/** What consumers in other processes learn when the owner of a ring ends. */
@Timeout(60)
class OwnerEndsTest {
    private Process owner;
    private int kfd;
    private KeventRing ring;

    @BeforeEach
    void startOwner() throws IOException {
        owner = new ProcessBuilder(ChildJvm.command(OwnerMain.class.getName()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out = owner.inputReader();
        String[] where = out.readLine().split(" ");
        kfd = (int) ok(Fcntl.open("/proc/" + where[0] + "/fd/" + where[1], Fcntl.O_RDWR));
        ring = Kevent.kevent_map_ringbuf(kfd, 1);
        assertNotNull(ring, Errno::message);
    }

    @AfterEach
    void killOwner() {
        owner.destroyForcibly();
        Kevent.kevent_destroy(kfd, null, 0);
    }

    private void say(char command) throws IOException {
        owner.getOutputStream().write(command);
        owner.getOutputStream().flush();
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit", "return", "SIGTERM", "destroy"})
    void whoSleepsOnItsRingWakesWithEbadf(String way) throws Exception {
        say('p');
        Support.until("a record is there", () -> ring.unread() == 1);
        assertTrue(ring.take(new KeventRecord()));
        Thread[] thread = new Thread[1];
        FutureTask<Integer> waiter = Support.start(() -> {
            thread[0] = Thread.currentThread();
            int rc;
            do {
                rc = kevent_wait(kfd, ring.state(), null, null);
            } while (rc == 0 || Errno.errno() == Errno.EWOULDBLOCK);
            return Errno.errno();
        });
        Support.until("it has begun", () -> thread[0] != null);
        Support.until("it sleeps", () -> stackHas(thread[0], "futex"));
        switch (way) {
            case "exit" -> say('x');
            case "return" -> owner.getOutputStream().close();
            case "SIGTERM" -> owner.destroy();
            default -> say('d');
        }
        assertEquals(Errno.EBADF, Support.get(waiter));
        assertFalse(ring.take(new KeventRecord()));
        assertEquals(0, ring.unread());
        if (!way.equals("destroy")) {
            assertTrue(owner.waitFor(30, TimeUnit.SECONDS), "the exit is not held up");
        }
    }

    private static boolean stackHas(Thread thread, String method) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals(method)) {
                return true;
            }
        }
        return false;
    }

    @Test
    void theHookCanBeRemovedAndTheNextQueueAddsItAgain() {
        ExitHook.remove();
        ExitHook.remove();
        Support.destroy(Support.queue(1));
        ExitHook.remove();
        Support.destroy(Support.queue(1));
    }
}
