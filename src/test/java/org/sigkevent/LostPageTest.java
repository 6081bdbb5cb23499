package org.sigkevent;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** Buffers over a mapped file that has become shorter: to touch such a page is an InternalError in Java and EFAULT in the kernel. */
@Timeout(60)
class LostPageTest {
    private static final int LENGTH = 64;
    private static final int PAGES = 1 << 18;

    @TempDir
    Path folder;

    private final ByteBuffer text = Memory.allocate(8);
    private FileChannel file;
    private int kfd;
    private int msqid;

    @BeforeEach
    void open() throws Exception {
        file = FileChannel.open(folder.resolve("mapped"), READ, WRITE, java.nio.file.StandardOpenOption.CREATE_NEW);
        kfd = Support.queue(16);
        // msgget(IPC_PRIVATE)
        msqid = Linux.call(Native.X86_64 ? 68 : 186, 0, 0600);
        assertTrue(msqid >= 0);
    }

    @AfterEach
    void close() throws Exception {
        // msgctl(IPC_RMID)
        Linux.call(Native.X86_64 ? 71 : 187, msqid, 0, 0);
        Support.destroy(kfd);
        file.close();
    }

    private ByteBuffer lost() throws Exception {
        file.write(ByteBuffer.allocate(PAGES), 0);
        ByteBuffer mapped = file.map(MapMode.READ_WRITE, 0, PAGES);
        file.truncate(0);
        return mapped.limit(LENGTH);
    }

    /** The memory of an arena that can be closed: another way than that of other buffers. */
    private ByteBuffer lostOf(Foreign arena) throws Exception {
        file.write(ByteBuffer.allocate(PAGES), 0);
        ByteBuffer mapped = arena.map(file, PAGES);
        file.truncate(0);
        return mapped.limit(LENGTH);
    }

    private void send() {
        ByteBuffer message = Memory.allocate(16).putLong(0, 7);
        Support.ok(Linux.call(Syscalls.MSGSND, msqid, Memory.address(message), 8, 0));
        java.lang.ref.Reference.reachabilityFence(message);
    }

    private void submit(KeventEvent event) {
        Support.ok(Kevent.kevent_submit(kfd, event, 0, null));
    }

    private void fails(long cookie) {
        KeventRecord record = Support.take(kfd);
        assertEquals(cookie, record.cookie, record::toString);
        assertEquals(Errno.EFAULT, record.error, record::toString);
    }

    private static void refused(LongSupplier call) {
        Errno.errno(0);
        assertEquals(-1, call.getAsLong());
        assertEquals(Errnos.name(Errno.EFAULT), Errnos.name(Errno.errno()), Errno::message);
    }

    /** More often than the ring has slots: none may be lost. */
    private void messages(ByteBuffer buffer) {
        for (int i = 0; i < 20; i++) {
            refused(() -> Kevent.kevent_submit(kfd, KeventEvent.msgsnd(msqid, buffer, 1, null), 0, null));
            submit(KeventEvent.msgrcv(msqid, buffer, 0, 0, SigVal.of(i)));
            send();
            fails(i);
            send();
            submit(KeventEvent.msgrcv(msqid, buffer, 0, 0, SigVal.of(-i)));
            fails(-i);
        }
        ByteBuffer whole = ByteBuffer.allocateDirect(LENGTH);
        submit(KeventEvent.msgsnd(msqid, whole, 3, SigVal.of(21)));
        assertEquals(21, Support.take(kfd).cookie);
        submit(KeventEvent.msgrcv(msqid, whole, 0, 0, SigVal.of(22)));
        assertEquals(LENGTH, Support.take(kfd).result);
    }

    private Aiocb block(int fd, ByteBuffer buffer) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = buffer;
        cb.aio_nbytes = buffer.remaining();
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(9));
        return cb;
    }

    /** A refusal of the call, or a record. */
    private void failsEitherWay(int answer) {
        if (answer == 0) {
            fails(9);
        } else {
            assertEquals(Errnos.name(Errno.EFAULT), Errnos.name(Errno.errno()), Errno::message);
        }
    }

    private void aio(ByteBuffer buffer) throws Exception {
        Path other = folder.resolve("other");
        java.nio.file.Files.write(other, new byte[LENGTH]);
        int fd = (int) Support.ok(Fcntl.open(other.toString(), Fcntl.O_RDWR));
        int[] pipe = EventSource.pipe();
        try {
            for (int i = 0; i < 20; i++) {
                failsEitherWay(Aio.aio_read(block(fd, buffer)));
                failsEitherWay(Aio.aio_write(block(fd, buffer)));
                Aiocb waits = block(pipe[0], buffer);
                Support.ok(Aio.aio_read(waits));
                Support.ok(Native.C.write(pipe[1], Memory.address(text), 8));
                fails(9);
                drain(pipe[0]);
            }
        } finally {
            Linux.close(fd);
            Linux.close(pipe[0]);
            Linux.close(pipe[1]);
        }
    }

    /** What a read that failed has left, if it left something. */
    private void drain(int fd) {
        if (Support.readable(fd, 0)) {
            Support.ok(Native.C.read(fd, Memory.address(text), 8));
        }
    }

    private void synchronous(ByteBuffer buffer) {
        String name = "/lost-page-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 2;
        attr.mq_msgsize = LENGTH;
        int mqd = (int) Support.ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, attr));
        Support.ok(Mqueue.mq_unlink(name));
        for (int i = 0; i < 3; i++) {
            refused(() -> Mqueue.mq_send(mqd, buffer, LENGTH, 0));
            Support.ok(Mqueue.mq_send(mqd, new byte[8], 8, 0));
            refused(() -> Mqueue.mq_receive(mqd, buffer, LENGTH, null));
        }
        Support.ok(Mqueue.mq_close(mqd));
    }

    @Test
    void aSystemVMessageInMemoryThatIsGoneFailsWithEfault() throws Exception {
        messages(lost());
    }

    @Test
    void aSystemVMessageInMemoryOfAnArenaThatIsGoneFailsWithEfault() throws Exception {
        try (Foreign arena = Foreign.arena("ofShared")) {
            messages(lostOf(arena));
        }
    }

    @Test
    void anAsynchronousTransferInMemoryThatIsGoneFailsWithEfault() throws Exception {
        aio(lost());
    }

    @Test
    void anAsynchronousTransferInMemoryOfAnArenaThatIsGoneFailsWithEfault() throws Exception {
        try (Foreign arena = Foreign.arena("ofShared")) {
            aio(lostOf(arena));
        }
    }

    @Test
    void aMessageOfAQueueInMemoryThatIsGoneFailsWithEfault() throws Exception {
        synchronous(lost());
    }

    @Test
    void aMessageOfAQueueInMemoryOfAnArenaThatIsGoneFailsWithEfault() throws Exception {
        try (Foreign arena = Foreign.arena("ofShared")) {
            synchronous(lostOf(arena));
        }
    }

    @Test
    void theObjectFaceDoesNotCallMemoryThatIsGoneReadOnly() throws Exception {
        String name = "/lost-page-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        ByteBuffer gone = lost();
        try (MessageQueue messages = MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null)) {
            MessageQueue.unlink(name);
            KeventException refused = assertThrows(KeventException.class, () -> messages.send(gone, 0));
            assertEquals(Errno.EFAULT, refused.errno());
            assertFalse(refused.getMessage().contains("read-only"), refused::getMessage);
        }
    }

    @Test
    void theObjectFaceSaysThatTheArenaIsClosed() throws Exception {
        String name = "/lost-page-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        ByteBuffer gone;
        try (Foreign arena = Foreign.arena("ofShared")) {
            gone = arena.allocate(LENGTH);
        }
        try (MessageQueue messages = MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null)) {
            MessageQueue.unlink(name);
            KeventException refused = assertThrows(KeventException.class, () -> messages.send(gone, 0));
            assertTrue(
                    refused.getMessage().contains("message is memory of an arena that is closed"), refused::getMessage);
        }
    }
}
