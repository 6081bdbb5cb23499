package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;
import static org.sigkevent.Support.take;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** fcntl and flock: flags, duplicates, and locks that are taken, asked for, waited for and given back. */
@Timeout(120)
class FileLocksTest {
    @TempDir
    Path dir;

    private int open() {
        return (int) ok(Fcntl.open(dir.resolve("file").toString(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600));
    }

    private static Flock lock(int type, long start, long length) {
        return new Flock(type, Fcntl.SEEK_SET, start, length);
    }

    /** That a call waits for a lock until its thread is interrupted, and then says so. */
    private static void interruptEnds(Callable<Integer> call) throws Exception {
        AtomicReference<Thread> waiter = new AtomicReference<>();
        FutureTask<Boolean> waits = start(() -> {
            waiter.set(Thread.currentThread());
            refused(Errno.EINTR, call.call());
            return Thread.currentThread().isInterrupted();
        });
        Support.until("the waiter runs", () -> waiter.get() != null);
        waiter.get().interrupt();
        assertFalse(get(waits), "the interrupt status is cleared");
    }

    @Test
    void flagsAreReadAndSet() throws Exception {
        int fd = open();
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd, Fcntl.F_GETFD));
        assertEquals(0, Fcntl.fcntl(fd, Fcntl.F_SETFD, 0));
        assertEquals(0, Fcntl.fcntl(fd, Fcntl.F_GETFD));
        assertEquals(Fcntl.O_RDWR, Fcntl.fcntl(fd, Fcntl.F_GETFL) & Fcntl.O_ACCMODE);
        int copy = Fcntl.fcntl(fd, Fcntl.F_DUPFD, 200);
        assertTrue(copy >= 200, () -> copy + " " + Errno.message());
        assertEquals(0, Fcntl.fcntl(copy, Fcntl.F_GETFD));
        int closed = Fcntl.fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, 200);
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(closed, Fcntl.F_GETFD));
        for (int each : new int[] {fd, copy, closed}) {
            Unistd.close(each);
        }
    }

    @Test
    void aWriteThatIsMadeAfterOAppendWasSetIsAppended() throws Exception {
        int fd = open();
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        for (String text : new String[] {"first", "second"}) {
            cb.aio_buf = text.getBytes();
            cb.aio_nbytes = text.length();
            ok(Aio.aio_write(cb));
            ok(Aio.aio_suspend(new Aiocb[] {cb}, 1, null));
            assertEquals(text.length(), Aio.aio_return(cb));
            int flags = Fcntl.fcntl(fd, Fcntl.F_GETFL);
            assertEquals(0, Fcntl.fcntl(fd, Fcntl.F_SETFL, flags | Fcntl.O_APPEND));
        }
        assertEquals("firstsecond", Files.readString(dir.resolve("file")));
        Unistd.close(fd);
    }

    @Test
    void aReadWaitsThoughONonblockWasSetAndThePlainOneDoesNot() {
        int kfd = Support.queue(2);
        int[] ends = new int[2];
        ok(Unistd.pipe(ends));
        assertEquals(0, Fcntl.fcntl(ends[0], Fcntl.F_SETFL, Fcntl.O_NONBLOCK));
        refused(Errno.EAGAIN, Unistd.read(ends[0], new byte[1], 1));
        Aiocb cb = new Aiocb();
        cb.aio_fildes = ends[0];
        cb.aio_buf = new byte[1];
        cb.aio_nbytes = 1;
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        ok(Aio.aio_read(cb));
        ok(Unistd.write(ends[1], new byte[1], 1));
        assertEquals(1, take(kfd).result);
        Support.destroy(kfd);
        Unistd.close(ends[0]);
        Unistd.close(ends[1]);
    }

    @Test
    void aLockOfTheOpenFileIsSeenWaitedForAndGivenBack() throws Exception {
        int mine = open();
        int other = open();
        assertEquals(0, Fcntl.fcntl(mine, Fcntl.F_OFD_SETLK, lock(Fcntl.F_WRLCK, 10, 5)));
        Flock asked = lock(Fcntl.F_RDLCK, 0, 0);
        assertEquals(0, Fcntl.fcntl(other, Fcntl.F_OFD_GETLK, asked));
        assertEquals("l_type 1, l_whence 0, l_start 10, l_len 5, l_pid -1", asked.toString());
        refused(Errno.EAGAIN, Fcntl.fcntl(other, Fcntl.F_OFD_SETLK, lock(Fcntl.F_RDLCK, 14, 1)));
        assertEquals(0, Fcntl.fcntl(other, Fcntl.F_OFD_SETLK, lock(Fcntl.F_WRLCK, 15, 1)));
        interruptEnds(() -> Fcntl.fcntl(other, Fcntl.F_OFD_SETLKW, lock(Fcntl.F_WRLCK, 0, 0)));
        FutureTask<Integer> waits = start(() -> Fcntl.fcntl(other, Fcntl.F_OFD_SETLKW, lock(Fcntl.F_WRLCK, 0, 0)));
        assertEquals(0, Fcntl.fcntl(mine, Fcntl.F_OFD_SETLK, lock(Fcntl.F_UNLCK, 0, 0)));
        assertEquals(0, get(waits));
        Flock free = lock(Fcntl.F_WRLCK, 0, 0);
        assertEquals(0, Fcntl.fcntl(other, Fcntl.F_OFD_GETLK, free));
        assertEquals(Fcntl.F_UNLCK, free.l_type);
        Unistd.close(mine);
        Unistd.close(other);
    }

    @Test
    void aLockOfTheProcessSurvivesRequestsOnTheFileAndGoesWithUnlock() throws Exception {
        int fd = open();
        Flock all = lock(Fcntl.F_WRLCK, 0, 0);
        assertEquals(0, Fcntl.fcntl(fd, Fcntl.F_SETLKW, all));
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = new byte[100];
        cb.aio_nbytes = 100;
        ok(Aio.aio_write(cb));
        ok(Aio.aio_suspend(new Aiocb[] {cb}, 1, null));
        assertEquals(100, Aio.aio_return(cb));
        int other = open();
        Flock asked = lock(Fcntl.F_WRLCK, 0, 0);
        assertEquals(0, Fcntl.fcntl(other, Fcntl.F_OFD_GETLK, asked));
        assertEquals(Fcntl.F_WRLCK, asked.l_type);
        assertEquals(ProcessHandle.current().pid(), asked.l_pid);
        all.l_type = Fcntl.F_UNLCK;
        assertEquals(0, Fcntl.fcntl(fd, Fcntl.F_SETLK, all));
        asked = lock(Fcntl.F_WRLCK, 0, 0);
        assertEquals(0, Fcntl.fcntl(other, Fcntl.F_OFD_GETLK, asked));
        assertEquals(Fcntl.F_UNLCK, asked.l_type);
        Unistd.close(other);
        Unistd.close(fd);
    }

    @Test
    void flockIsTakenWaitedForAndGivenBack() throws Exception {
        int mine = open();
        int other = open();
        assertEquals(0, SysFile.flock(mine, Fcntl.LOCK_EX));
        refused(Errno.EWOULDBLOCK, SysFile.flock(other, Fcntl.LOCK_SH | Fcntl.LOCK_NB));
        interruptEnds(() -> SysFile.flock(other, Fcntl.LOCK_SH));
        FutureTask<Integer> waits = start(() -> SysFile.flock(other, Fcntl.LOCK_SH));
        assertEquals(0, SysFile.flock(mine, Fcntl.LOCK_UN));
        assertEquals(0, get(waits));
        assertEquals(0, SysFile.flock(other, Fcntl.LOCK_UN | Fcntl.LOCK_NB));
        assertEquals(0, SysFile.flock(mine, Fcntl.LOCK_EX | Fcntl.LOCK_NB));
        Unistd.close(mine);
        Unistd.close(other);
    }

    @Test
    void anUnlockLetsTheRequestGoOn() {
        int kfd = Support.queue(2);
        int mine = open();
        int other = open();
        assertEquals(0, SysFile.flock(mine, Fcntl.LOCK_EX));
        ok(Kevent.kevent_submit(kfd, KeventEvent.flock(other, Fcntl.LOCK_EX, SigVal.of(9)), 0, null));
        assertEquals(0, SysFile.flock(mine, Fcntl.LOCK_UN));
        KeventRecord record = take(kfd);
        assertEquals(9, record.cookie);
        assertEquals(0, record.error);
        Support.destroy(kfd);
        Unistd.close(mine);
        Unistd.close(other);
    }
}
