package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.nio.ByteBuffer;

/** Uses as much as a property allows, and more. */
final class PropertiesMain {
    private static final int MIB = 1 << 20;

    private PropertiesMain() {}

    public static void main(String[] arguments) {
        if (arguments[0].equals("helpers")) {
            writeFiles(arguments[1]);
        } else {
            createTimers();
        }
        System.out.println("as the property says");
        System.exit(0);
    }

    private static long fileThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("sigkevent-file-"))
                .count();
    }

    private static void writeFiles(String folder) {
        try (KeventQueue queue = KeventQueue.open(64)) {
            ByteBuffer data = ByteBuffer.allocateDirect(MIB);
            long most = 0;
            for (int i = 0; i < 32; i++) {
                Aiocb write = new Aiocb();
                write.aio_fildes = (int) ok(Fcntl.open(folder + "/" + i, Fcntl.O_CREAT | Fcntl.O_WRONLY, 0600));
                write.aio_buf = data;
                write.aio_nbytes = MIB;
                write.aio_sigevent = queue.sigevent(SigVal.of(i));
                ok(Aio.aio_write(write));
                most = Math.max(most, fileThreads());
            }
            for (int i = 0; i < 32; i++) {
                assertEquals(MIB, Support.take(queue.fd()).result);
                most = Math.max(most, fileThreads());
            }
            assertEquals(queue.capabilities().engine().equals("epoll") ? 1 : 0, most);
        }
    }

    private static void createTimers() {
        SigEvent call = new SigEvent();
        call.sigev_notify = Signal.SIGEV_THREAD;
        call.sigev_notify_function = value -> {};
        int[] id = new int[1];
        for (int i = 0; i < 4; i++) {
            ok(Time.timer_create(Time.CLOCK_MONOTONIC, call, id));
        }
        refused(Errno.EAGAIN, Time.timer_create(Time.CLOCK_MONOTONIC, call, new int[1]));
        ok(Time.timer_delete(id[0]));
        Support.until("its place is free", () -> Time.timer_create(Time.CLOCK_MONOTONIC, call, id) == 0);
        assertTrue(Time.timer_create(Time.CLOCK_MONOTONIC, call, id) < 0);
    }
}
