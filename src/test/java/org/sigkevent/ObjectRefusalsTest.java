package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EMSGSIZE;
import static org.sigkevent.Errno.ENOENT;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Every method of the object face with each wrong argument. */
@Timeout(60)
class ObjectRefusalsTest {
    private static final SigVal V = SigVal.of(1);

    private final Refusals refusals = new Refusals();
    private KeventQueue queue;
    private KeventQueue closed;

    @TempDir
    Path dir;

    @BeforeEach
    void open() {
        queue = KeventQueue.open(8);
        closed = KeventQueue.open(1);
        closed.close();
    }

    @AfterEach
    void close() {
        queue.close();
    }

    private void queue(String method, int errno, Executable call, String... words) {
        refusals.throwsWords("KeventQueue." + method, errno, call, words);
    }

    @Test
    void queuesNameTheArgument() {
        String which = "queue " + closed.fd();
        queue("open", EINVAL, () -> KeventQueue.open(0), "num 0", "1 to 10000000");
        queue("take", EBADF, () -> closed.take(new KeventRecord()), which);
        queue("poll", EBADF, () -> closed.poll(new KeventRecord()), which);
        queue("drain", EBADF, () -> closed.drain(record -> {}, 1), which);
        queue("offer", EBADF, () -> closed.offer(V), which);
        queue("offer", EINVAL, () -> queue.offer(new SigVal[2], 3), "count 3", "0 to 2");
        queue("offer", EINVAL, () -> queue.offer(new SigVal[] {SigVal.of("x")}, 1), "cookies[0]", "object");
        queue("post", EBADF, () -> closed.post(V), which);
        queue("requeue", EBADF, () -> closed.requeue(new KeventRecord()), which);
        queue("submit", EBADF, () -> closed.submit(KeventEvent.user(V)), which);
        queue("submit", EINVAL, () -> queue.submit(KeventEvent.fd(0, 0, V)), "events 0x0");
        queue(
                "cancel",
                EINVAL,
                () -> queue.cancel(KeventEvent.user(V)),
                "nothing was submitted",
                "queue " + queue.fd());
        queue("required", EINVAL, () -> queue.required(9), "records 9", "1 to 8");
        queue("required", EBADF, () -> closed.required(1), which);
        queue("batching", EINVAL, () -> queue.batching(9), "requests 9", "1 to 8");
        queue("batching", EBADF, () -> closed.batching(1), which);
        queue("driver", EBADF, () -> closed.driver(true), which);
        queue("onOverflow", EINVAL, () -> queue.onOverflow(queue.sigevent(V)), "itself");
        queue("timer", EINVAL, () -> queue.timer(99, V), "99");
        queue("timer", EBADF, () -> closed.timer(Time.CLOCK_MONOTONIC, V), which);
        // a wake-up of a queue that is closed wakes nobody; a sigevent is checked where it is used
        refusals.complete(KeventQueue.class, Set.of("wake", "sigevent"));
    }

    private void timer(String method, Executable call, String... words) {
        refusals.throwsWords("KeventTimer." + method, EINVAL, call, words);
    }

    @Test
    void timersNameTheArgument() {
        try (KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, V);
                KeventTimer day = queue.timer(Time.CLOCK_REALTIME, V)) {
            timer("once", () -> timer.once(Duration.ofNanos(-1)), "delay PT-0.000000001S");
            timer("every", () -> timer.every(Duration.ZERO), "period PT0S");
            timer("every", () -> timer.every(Duration.ofNanos(-1), Duration.ofNanos(1)), "delay PT-0.000000001S");
            timer("at", () -> timer.at(new TimeSpec(-1, 0), new TimeSpec()), "time -1 s");
            timer("at", () -> timer.at(new TimeSpec(), new TimeSpec(0, -1)), "period 0 s -1 ns");
            timer("at", () -> timer.at(Instant.ofEpochSecond(5)), "time 1970", "CLOCK_REALTIME", "clockId 1");
            timer("at", () -> day.at(Instant.ofEpochSecond(-5)), "time -5 s");
            assertTrue(timer.remaining().isZero());
        }
        refusals.complete(KeventTimer.class, Set.of());
    }

    private void file(String method, int errno, Executable call, String... words) {
        refusals.throwsWords("AioFile." + method, errno, call, words);
    }

    @Test
    void filesNameTheArgument() throws Exception {
        Path path = Files.createFile(dir.resolve("there"));
        file("open", ENOENT, () -> AioFile.open(queue, dir.resolve("none"), 0, 0), "path " + dir.resolve("none"));
        file("of", EBADF, () -> AioFile.of(queue, 99_999), "fd 99999");
        file("of", EBADF, () -> AioFile.of(closed, 0), "queue " + closed.fd());
        try (AioFile file = AioFile.open(queue, path, Fcntl.O_RDWR, 0)) {
            ByteBuffer readOnly = ByteBuffer.allocate(8).asReadOnlyBuffer();
            file("read", EFAULT, () -> file.read(readOnly, 0, V), "read-only");
            file("read", EINVAL, () -> file.read(ByteBuffer.allocate(8), -7, V), "offset -7");
            file("read", EINVAL, () -> file.read(List.of(ByteBuffer.allocate(8)), 0, V), "aio_iov[0]");
            file("write", EINVAL, () -> file.write(ByteBuffer.allocate(8), -7, V), "offset -7");
            file.close();
            file("sync", EBADF, () -> file.sync(true, V), "closed");
        }
        refusals.complete(AioFile.class, Set.of());
    }

    @Test
    void aFileIsNotOpenedIntoAQueueThatIsClosed() {
        Path path = dir.resolve("not-made");
        file(
                "open",
                EBADF,
                () -> AioFile.open(closed, path, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600)
                        .close(),
                "queue " + closed.fd());
        refusals.complete(AioOperation.class, Set.of("await"));
        assertTrue(Files.notExists(path));
    }

    private void messages(String method, int errno, Executable call, String... words) {
        refusals.throwsWords("MessageQueue." + method, errno, call, words);
    }

    @Test
    void messageQueuesNameTheArgument() {
        String name = "/object-refusals-" + ProcessHandle.current().pid();
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 1;
        attr.mq_msgsize = 16;
        messages("open", EINVAL, () -> MessageQueue.open("x", 0, 0, null), "name \"x\"", "slash");
        messages("unlink", ENOENT, () -> MessageQueue.unlink("/nobody"), "name \"/nobody\"");
        ByteBuffer large = ByteBuffer.allocate(17);
        try (MessageQueue mq = MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, attr)) {
            MessageQueue.unlink(name);
            messages("send", EMSGSIZE, () -> mq.send(large, 0), "message has 17 bytes", "mq_msgsize", name, "16");
            messages("send", EINVAL, () -> mq.send(large, 32768, Duration.ZERO), "priority 32768", "32,767");
            ByteBuffer small = ByteBuffer.allocate(15);
            messages("receive", EMSGSIZE, () -> mq.receive(small), "into has 15 bytes", "mq_msgsize", "16");
            messages("tryReceive", EMSGSIZE, () -> mq.tryReceive(small), "into has 15 bytes");
            messages("tryReceive", EFAULT, () -> mq.tryReceive(large.asReadOnlyBuffer()), "into", "read-only");
            mq.notifyInto(queue, V);
            messages("notifyInto", EBUSY, () -> mq.notifyInto(queue, V), name, "registered");
            messages("notifyInto", EBADF, () -> mq.notifyInto(closed, V), "queue " + closed.fd());
            mq.close();
            messages("send", EBADF, () -> mq.send(large, 0), name, "closed");
        }
        refusals.complete(MessageQueue.class, Set.of());
    }

    @Test
    void theNameOfAnErrnoStandsOnceInAnException() {
        KeventException refused =
                assertThrows(KeventException.class, () -> MessageQueue.open("/nobody-has-this", 0, 0, null));
        assertEquals(refused.toString().indexOf("ENOENT"), refused.toString().lastIndexOf("ENOENT"), refused::toString);
        KeventException other = assertThrows(KeventException.class, () -> queue.required(9));
        assertTrue(other.toString().contains("EINVAL"), other::toString);
        assertFalse(other.getMessage().contains("EINVAL"), other::getMessage);
    }

    @Test
    void aPathOfAnotherFileSystemIsEinval(@TempDir Path folder) throws Exception {
        java.net.URI zip = java.net.URI.create("jar:" + folder.resolve("zip").toUri());
        try (java.nio.file.FileSystem other =
                        java.nio.file.FileSystems.newFileSystem(zip, java.util.Map.of("create", "true"));
                KeventQueue queue = KeventQueue.open(1)) {
            KeventException refused = assertThrows(
                    KeventException.class, () -> AioFile.open(queue, other.getPath("/file"), Fcntl.O_RDONLY, 0));
            assertEquals(Errno.EINVAL, refused.errno());
        }
    }
}
