package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.PidFd;
import org.sigkevent.sys.Syscalls;

/** The program gives the number of a descriptor to another file as soon as it has submitted a request for the first one. */
@Timeout(120)
class NumberGivenAwayTest {
    private static final POSIX POSIX_CALLS = POSIXFactory.getNativePOSIX();
    private static final int DUP3 = Native.X86_64 ? 292 : 24;
    private static final int FADVISE = Native.X86_64 ? 221 : 223;
    private static final int RANDOM = 1;
    private static final int DONTNEED = 4;
    private static final int SIGKILL = 9;
    private static final int SIGSTOP = 19;
    private static final int ROUNDS = 20;

    private final KeventQueue queue = KeventQueue.open(16);
    private final List<Integer> descriptors = new ArrayList<>();
    private final List<Integer> children = new ArrayList<>();

    @AfterEach
    void end() {
        queue.close();
        descriptors.forEach(Unistd::close);
        for (int child : children) {
            POSIX_CALLS.kill(child, SIGKILL);
            POSIX_CALLS.waitpid(child, new int[1], 0);
        }
    }

    private int opened(int fd) {
        descriptors.add((int) ok(fd));
        return fd;
    }

    private int socket() {
        return opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
    }

    private KeventRecord done(KeventEvent event) {
        queue.submit(event);
        return Support.take(queue.fd());
    }

    private static void give(int number, int to) {
        ok(Linux.call(DUP3, to, number, Linux.O_CLOEXEC));
    }

    private static boolean connected(int socket) {
        ByteBuffer name = Memory.allocate(128);
        name.putInt(0, 120);
        return Linux.call(Syscalls.GETPEERNAME, socket, Memory.address(name) + 8, Memory.address(name)) == 0;
    }

    private static long read(int fd, int bytes) {
        Aiocb block = new Aiocb();
        block.aio_fildes = fd;
        block.aio_buf = ByteBuffer.allocateDirect(bytes);
        block.aio_nbytes = bytes;
        ok(Aio.aio_read(block));
        ok(Aio.aio_suspend(new Aiocb[] {block}, 1, null));
        return Aio.aio_return(block);
    }

    /** A part is all that there is of a device, and not of a file of which the page cache has no more. */
    @Test
    void aFileThatHasTheNumberOfADeviceIsReadToItsEnd(@TempDir Path folder) throws IOException {
        final int size = 1 << 16;
        Path file = Files.write(folder.resolve("file"), new byte[size]);
        int other = opened(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        ok(Unistd.fsync(other));
        int number = opened(Fcntl.open("/dev/zero", Fcntl.O_RDONLY));
        assertEquals(16, read(number, 16));
        give(number, other);
        // not in the cache, but for the first page
        ok(Linux.call(FADVISE, number, 0, 0, DONTNEED));
        ok(Linux.call(FADVISE, number, 0, 0, RANDOM));
        assertEquals(1, Unistd.pread(number, new byte[1], 1, 0));
        assertEquals(size, read(number, size));
    }

    /** On epoll a helper makes the call: nothing tells that a Unix socket's backlog has room. */
    @Test
    void theOtherSocketIsNotConnected(@TempDir Path folder) {
        for (int i = 0; i < ROUNDS; i++) {
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s" + i));
            int listening = socket();
            assertEquals(0, done(KeventEvent.bind(listening, address, SigVal.of(1))).error);
            assertEquals(0, done(KeventEvent.listen(listening, 0, SigVal.of(1))).error);
            assertEquals(0, done(KeventEvent.connect(socket(), address, SigVal.of(1))).error);
            int one = socket();
            int other = socket();
            int sameAsOne = opened(Linux.duplicate(one, 0));
            queue.submit(KeventEvent.connect(one, address, SigVal.of(2)));
            give(one, other);
            queue.submit(KeventEvent.accept(listening, 0, SigVal.of(3)));
            for (int record = 0; record < 2; record++) {
                KeventRecord taken = Support.take(queue.fd());
                assertEquals(0, taken.error, taken::toString);
                if (taken.cookie == 3) {
                    opened((int) taken.result);
                }
            }
            assertTrue(connected(sameAsOne));
            assertTrue(!connected(other), "the wrong socket, in round " + i);
        }
    }

    private int child() {
        int pid = (int)
                POSIX_CALLS.posix_spawnp("sleep", List.of(), List.of("sleep", "300"), List.of("PATH=/usr/bin:/bin"));
        assertTrue(pid > 0, "posix_spawnp");
        children.add(pid);
        return pid;
    }

    /** The wait ends with its thread, and is made again. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theOtherChildIsNotWaitedFor(boolean end) throws Exception {
        int options = end ? Wait.WEXITED | Wait.WNOWAIT : Wait.WSTOPPED;
        int child = child();
        int other = child();
        int pidfd = opened(PidFd.open(child));
        int pidfdOfOther = opened(PidFd.open(other));
        CountDownLatch away = new CountDownLatch(1);
        int[] tid = new int[1];
        FutureTask<Void> submitted = new FutureTask<>(
                () -> queue.submit(KeventEvent.waitid(Wait.P_PIDFD, pidfd, options, SigVal.of(1))), null);
        Thread thread = new Thread(() -> {
            tid[0] = Linux.gettid();
            submitted.run();
            try {
                away.await();
            } catch (InterruptedException strange) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        Support.get(submitted);
        give(pidfd, pidfdOfOther);
        away.countDown();
        thread.join();
        Path task = Path.of("/proc/self/task/" + tid[0]);
        Support.until("the thread has ended", () -> !Files.exists(task));
        int signal = end ? SIGKILL : SIGSTOP;
        POSIX_CALLS.kill(other, signal);
        POSIX_CALLS.kill(child, signal);
        KeventRecord record = Support.take(queue.fd());
        assertEquals(child, record.descriptor, record::toString);
        assertEquals(signal, record.result);
    }
}
