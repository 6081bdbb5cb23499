package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;
import static org.sigkevent.Support.take;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** System V message queues and semaphores are made, used and removed, by themselves and beside requests. */
@Timeout(120)
class SystemVTest {
    private int msqid;
    private int semid;

    @TempDir
    Path dir;

    @BeforeEach
    void make() {
        msqid = (int) ok(Msg.msgget(Ipc.IPC_PRIVATE, Ipc.IPC_CREAT | 0600));
        semid = (int) ok(Sem.semget(Ipc.IPC_PRIVATE, 3, Ipc.IPC_CREAT | 0600));
    }

    @AfterEach
    void remove() {
        ok(Msg.msgctl(msqid, Ipc.IPC_RMID, null));
        ok(Sem.semctl(semid, 0, Ipc.IPC_RMID));
        refused(Errno.EINVAL, Msg.msgctl(msqid, Ipc.IPC_RMID, null));
    }

    private static void interruptEnds(LongSupplier call) throws Exception {
        AtomicReference<Thread> waiter = new AtomicReference<>();
        FutureTask<Boolean> waits = start(() -> {
            waiter.set(Thread.currentThread());
            refused(Errno.EINTR, call.getAsLong());
            return Thread.currentThread().isInterrupted();
        });
        Support.until("the waiter runs", () -> waiter.get() != null);
        waiter.get().interrupt();
        assertFalse(get(waits), "the interrupt status is cleared");
    }

    @Test
    void messagesGoThroughEveryKindOfBuffer() {
        Pointer pointer = Runtime.getSystemRuntime().getMemoryManager().allocateDirect(4);
        pointer.put(0, new byte[] {1, 2, 3, 4}, 0, 4);
        ByteBuffer direct =
                ByteBuffer.allocateDirect(6).put(2, new byte[] {1, 2, 3, 4}).position(2);
        for (Object text : new Object[] {new byte[] {1, 2, 3, 4}, direct, pointer}) {
            assertEquals(0, Msg.msgsnd(msqid, new MsgBuf(7, text), 4, 0), Errno::message);
            MsgBuf got = new MsgBuf(0, new byte[10]);
            assertEquals(4, Msg.msgrcv(msqid, got, 10, 0, 0), Errno::message);
            assertEquals(7, got.mtype);
            assertArrayEquals(new byte[] {1, 2, 3, 4, 0, 0, 0, 0, 0, 0}, (byte[]) got.mtext);
        }
        ok(Msg.msgsnd(msqid, new MsgBuf(1, "first".getBytes()), 5, 0));
        ok(Msg.msgsnd(msqid, new MsgBuf(2, "second".getBytes()), 6, 0));
        ByteBuffer into = ByteBuffer.allocateDirect(10).position(1);
        assertEquals(6, Msg.msgrcv(msqid, new MsgBuf(0, into), 9, 2, Ipc.IPC_NOWAIT));
        byte[] text = new byte[6];
        into.get(1, text);
        assertEquals("second", new String(text));
        refused(Errno.ENOMSG, Msg.msgrcv(msqid, new MsgBuf(0, into), 9, 2, Ipc.IPC_NOWAIT));
        refused(Errno.E2BIG, Msg.msgrcv(msqid, new MsgBuf(0, into), 2, 1, 0));
        assertEquals(2, Msg.msgrcv(msqid, new MsgBuf(0, into), 2, 1, Msg.MSG_NOERROR));
        ok(Msg.msgsnd(msqid, new MsgBuf(1, null), 0, 0));
        assertEquals(0, Msg.msgrcv(msqid, new MsgBuf(), 0, 0, 0));
    }

    @Test
    void aMessageThatIsWaitedForComesAndAnInterruptEndsTheWait() throws Exception {
        interruptEnds(() -> Msg.msgrcv(msqid, new MsgBuf(0, new byte[1]), 1, 0, 0));
        FutureTask<Long> waits = start(() -> Msg.msgrcv(msqid, new MsgBuf(0, new byte[1]), 1, 5, 0));
        ok(Msg.msgsnd(msqid, new MsgBuf(5, new byte[1]), 1, 0));
        assertEquals(1, get(waits));
    }

    @Test
    void theFiguresOfAQueueAreTold() {
        MsqidDs figures = new MsqidDs();
        ok(Msg.msgsnd(msqid, new MsgBuf(1, new byte[5]), 5, 0));
        assertEquals(0, Msg.msgctl(msqid, Ipc.IPC_STAT, figures), Errno::message);
        assertEquals(1, figures.msg_qnum);
        assertEquals(Unistd.getpid(), figures.msg_lspid);
        assertEquals(0, figures.msg_lrpid);
        assertEquals(0, figures.msg_rtime);
        assertTrue(figures.msg_stime >= figures.msg_ctime && figures.msg_ctime > 0);
        assertTrue(figures.msg_qbytes >= 5);
        ok(Msg.msgrcv(msqid, new MsgBuf(0, new byte[5]), 5, 0, 0));
    }

    @Test
    void theRequestGetsWhatTheCallSends() {
        int kfd = Support.queue(2);
        ByteBuffer into = ByteBuffer.allocateDirect(8);
        ok(Kevent.kevent_submit(kfd, KeventEvent.msgrcv(msqid, into, 0, 0, SigVal.of(1)), 0, null));
        ok(Msg.msgsnd(msqid, new MsgBuf(3, new byte[] {9}), 1, 0));
        assertEquals(1, take(kfd).result);
        assertEquals(9, into.get(0));
        ok(Kevent.kevent_submit(kfd, KeventEvent.semop(semid, new short[] {0, -1, 0}, SigVal.of(2)), 0, null));
        ok(Sem.semop(semid, new Sembuf[] {new Sembuf(0, 1, 0)}, 1));
        assertEquals(0, take(kfd).error);
        Support.destroy(kfd);
    }

    @Test
    void valuesOfSemaphoresAreSetAndRead() {
        assertEquals(0, Sem.semctl(semid, 1, Sem.SETVAL, 5));
        assertEquals(5, Sem.semctl(semid, 1, Sem.GETVAL));
        assertEquals(5, Sem.semctl(semid, 1, Sem.GETVAL, 0));
        assertEquals(0, Sem.semctl(semid, 0, Sem.SETALL, new short[] {1, 2, 3}));
        short[] all = new short[4];
        assertEquals(0, Sem.semctl(semid, 0, Sem.GETALL, all));
        assertArrayEquals(new short[] {1, 2, 3, 0}, all);
        assertEquals(0, Sem.semctl(semid, 0, Sem.GETNCNT));
        assertEquals(0, Sem.semctl(semid, 0, Sem.GETZCNT));
        Sembuf[] operations = {new Sembuf(0, -1, 0), new Sembuf(2, 4, 0), new Sembuf(1, -5, 0)};
        assertEquals(0, Sem.semop(semid, operations, 2));
        assertEquals(Unistd.getpid(), Sem.semctl(semid, 2, Sem.GETPID));
        assertEquals(7, Sem.semctl(semid, 2, Sem.GETVAL));
        operations[0].sem_flg = Ipc.IPC_NOWAIT;
        refused(Errno.EAGAIN, Sem.semop(semid, operations, 2));
    }

    @Test
    void anOperationThatWaitsIsDoneLaterAndAnInterruptEndsTheWait() throws Exception {
        Sembuf[] take = {new Sembuf(0, -2, 0)};
        interruptEnds(() -> Sem.semop(semid, take, 1));
        FutureTask<Integer> waits = start(() -> Sem.semop(semid, take, 1));
        Support.until("it waits", () -> Sem.semctl(semid, 0, Sem.GETNCNT) == 1);
        ok(Sem.semop(semid, new Sembuf[] {new Sembuf(0, 2, 0)}, 1));
        assertEquals(0, get(waits));
        assertEquals(0, Sem.semctl(semid, 0, Sem.GETVAL));
    }

    @Test
    void theSameFileAndNumberGiveTheSameKey() throws Exception {
        Path file = Files.createFile(dir.resolve("key"));
        int key = Ipc.ftok(file.toString(), 'a');
        long inode = (long) Files.getAttribute(file, "unix:ino");
        long device = (long) Files.getAttribute(file, "unix:dev");
        assertEquals((int) (inode & 0xffff | (device & 0xff) << 16 | (long) 'a' << 24), key);
        assertNotEquals(key, Ipc.ftok(file.toString(), 'b'));
        int made = (int) ok(Msg.msgget(key, Ipc.IPC_CREAT | Ipc.IPC_EXCL | 0600));
        assertEquals(made, Msg.msgget(key, 0));
        refused(Errno.EEXIST, Msg.msgget(key, Ipc.IPC_CREAT | Ipc.IPC_EXCL | 0600));
        ok(Msg.msgctl(made, Ipc.IPC_RMID, null));
        refused(Errno.ENOENT, Msg.msgget(key, 0));
        refused(Errno.ENOENT, Ipc.ftok(file + "-none", 'a'));
    }
}
