package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** At most 4 KiB of native memory stay with a thread, whatever it has sent. */
class ThreadMemoryTest {
    private static final int MOST_BYTES = 4096;
    private static final int MESSAGE = 8192;
    private static final int O = Fcntl.O_CREAT | Fcntl.O_RDWR;

    @Test
    void aThreadKeepsLittleNativeMemoryWhateverItHasSent(@TempDir Path directory) throws Exception {
        boolean virtual = Runtime.version().feature() >= 21;
        int threads = virtual ? 20_000 : 300;
        Path path = Files.write(directory.resolve("file"), new byte[MESSAGE]);
        int fd = (int) ok(Fcntl.open(path.toString(), Fcntl.O_RDONLY));
        int mq = (int)
                ok(Mqueue.mq_open("/sigkevent-memory-" + ProcessHandle.current().pid(), O, 0600, null));
        ok(Mqueue.mq_unlink("/sigkevent-memory-" + ProcessHandle.current().pid()));
        CountDownLatch done = new CountDownLatch(threads);
        CountDownLatch end = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        long before = directMemory();
        try (KeventQueue queue = KeventQueue.open(64)) {
            List<Thread> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                all.add(start(virtual, () -> {
                    try {
                        sendEverything(queue, fd, mq);
                    } catch (Throwable failed) {
                        thrown.compareAndSet(null, failed);
                    }
                    done.countDown();
                    end.await();
                    return null;
                }));
            }
            assertTrue(done.await(100, TimeUnit.SECONDS), "threads have not finished: " + done.getCount());
            assertEquals(null, thrown.get());
            long each = (directMemory() - before) / threads;
            end.countDown();
            for (Thread thread : all) {
                thread.join();
            }
            assertTrue(each <= MOST_BYTES, each + " bytes of native memory stay with each thread");
        } finally {
            ok(Mqueue.mq_close(mq));
            ok(Unistd.close(fd));
        }
    }

    private static void sendEverything(KeventQueue queue, int fd, int mq) throws Exception {
        // one at a time: what is measured is what stays
        synchronized (ThreadMemoryTest.class) {
            ok(Mqueue.mq_send(mq, new byte[MESSAGE], MESSAGE, 0));
            assertEquals(MESSAGE, Mqueue.mq_receive(mq, new byte[MESSAGE], MESSAGE, null));
            Aiocb cb = reading(fd);
            ok(Aio.aio_read(cb));
            ok(Aio.aio_suspend(new Aiocb[] {cb}, 1, null));
            assertEquals(MESSAGE, Aio.aio_return(cb));
            Aiocb listed = reading(fd);
            listed.aio_lio_opcode = Aio.LIO_READ;
            ok(Aio.lio_listio(Aio.LIO_WAIT, new Aiocb[] {listed}, 1, null));
            assertTrue(queue.offer(SigVal.of(1)));
            assertEquals(1, queue.take().cookie);
        }
    }

    private static Aiocb reading(int fd) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = new byte[MESSAGE];
        cb.aio_nbytes = MESSAGE;
        return cb;
    }

    private static Thread start(boolean virtual, Callable<Void> body) throws Exception {
        Runnable run = () -> {
            try {
                body.call();
            } catch (Exception interrupted) {
                throw new AssertionError(interrupted);
            }
        };
        if (virtual) {
            return (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
        }
        Thread thread = new Thread(null, run, "test-memory", 256 << 10);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static long directMemory() {
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                return pool.getMemoryUsed();
            }
        }
        throw new AssertionError("no pool of direct buffers");
    }
}
