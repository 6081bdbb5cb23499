package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** Uses as much as a property allows, and more. */
final class PropertiesMain {
    private static final int MIB = 1 << 20;

    private PropertiesMain() {}

    public static void main(String[] arguments) {
        if (arguments[0].equals("helpers")) {
            writeFiles(arguments[1]);
        } else if (arguments[0].equals("blocking")) {
            waitWithoutHelpers(arguments[1]);
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

    private static void waitWithoutHelpers(String folder) {
        int set = (int) ok(Linux.call(Native.X86_64 ? 64 : 190, 0, 1, 0600));
        try (KeventQueue queue = KeventQueue.open(8)) {
            KeventEvent take = KeventEvent.semop(set, new short[] {0, -1, 0}, SigVal.of(1));
            refused(Errno.EAGAIN, Kevent.kevent_submit(queue.fd(), take, Kevent.KEVENT_NOWAIT, null));
            queue.submit(KeventEvent.semop(set, new short[] {0, 1, 0}, SigVal.of(2)));
            assertEquals(2, Support.take(queue.fd()).cookie);
            int[] sockets = {
                Linux.call(Native.X86_64 ? 41 : 198, 1, 1, 0), Linux.call(Native.X86_64 ? 41 : 198, 1, 1, 0)
            };
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder + "/socket");
            queue.submit(KeventEvent.bind((int) ok(sockets[0]), address, SigVal.of(3)));
            assertEquals(0, Support.take(queue.fd()).error);
            queue.submit(KeventEvent.listen(sockets[0], 1, SigVal.of(4)));
            assertEquals(0, Support.take(queue.fd()).error);
            queue.submit(KeventEvent.accept(sockets[0], 0, SigVal.of(5)));
            queue.submit(KeventEvent.connect((int) ok(sockets[1]), address, SigVal.of(6)));
            assertEquals(0, Support.take(queue.fd()).error);
            assertEquals(0, Support.take(queue.fd()).error);
        } finally {
            Linux.call(Native.X86_64 ? 66 : 191, set, 0, 0);
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
