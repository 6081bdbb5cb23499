package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.take;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import jnr.posix.POSIXFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Posix;

/** Sockets, files, futexes and words as the small headers have them. */
@Timeout(120)
class HeadersTest {
    @TempDir
    Path dir;

    @Test
    void aPairOfSocketsIsConnectedAndShutDown() {
        int[] pair = new int[2];
        assertEquals(0, SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0, pair), Errno::message);
        int kfd = Support.queue(2);
        Aiocb cb = new Aiocb();
        cb.aio_fildes = pair[0];
        cb.aio_buf = new byte[8];
        cb.aio_nbytes = 8;
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        ok(Aio.aio_read(cb));
        assertEquals(3, Unistd.write(pair[1], new byte[3], 3));
        assertEquals(3, take(kfd).result);
        ok(Aio.aio_read(cb));
        assertEquals(0, SysSocket.shutdown(pair[1], SysSocket.SHUT_WR));
        assertEquals(0, take(kfd).result, "the end");
        refused(Errno.EPIPE, Unistd.write(pair[1], new byte[3], 3));
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(pair[1], Fcntl.F_GETFD));
        Support.destroy(kfd);
        Unistd.close(pair[0]);
        Unistd.close(pair[1]);
    }

    @Test
    void theOwnerOfADescriptorMayBeAProcessGroup() {
        int[] pair = new int[2];
        ok(SysSocket.socketpair(SysSocket.AF_UNIX, SysSocket.SOCK_STREAM, 0, pair));
        assertEquals(0, Fcntl.fcntl(pair[0], Fcntl.F_GETOWN));
        int group = POSIXFactory.getNativePOSIX().getpgrp();
        ok(Fcntl.fcntl(pair[0], Fcntl.F_SETOWN, -group));
        Errno.errno(0);
        assertEquals(-group, Fcntl.fcntl(pair[0], Fcntl.F_GETOWN));
        assertEquals(0, Errno.errno());
        ok(Fcntl.fcntl(pair[0], Fcntl.F_SETOWN, Unistd.getpid()));
        assertEquals(Unistd.getpid(), Fcntl.fcntl(pair[0], Fcntl.F_GETOWN));
        Unistd.close(pair[0]);
        Unistd.close(pair[1]);
        refused(Errno.EBADF, Fcntl.fcntl(99_999, Fcntl.F_GETOWN));
    }

    @Test
    void aSocketIsMadeForTheRequests() {
        int kfd = Support.queue(2);
        int fd = (int) ok(SysSocket.socket(SysSocket.AF_INET, SysSocket.SOCK_STREAM | SysSocket.SOCK_NONBLOCK, 0));
        assertEquals(Fcntl.FD_CLOEXEC, Fcntl.fcntl(fd, Fcntl.F_GETFD));
        assertTrue((Fcntl.fcntl(fd, Fcntl.F_GETFL) & Fcntl.O_NONBLOCK) != 0);
        refused(Errno.ENOTCONN, SysSocket.shutdown(fd, SysSocket.SHUT_RDWR));
        ok(Kevent.kevent_submit(kfd, KeventEvent.listen(fd, 1, SigVal.of(1)), 0, null));
        assertEquals(0, take(kfd).error);
        Support.destroy(kfd);
        Unistd.close(fd);
    }

    @Test
    void whatIsKnownOfAFileIsToldByNameAndByDescriptor() throws Exception {
        Path file = Files.writeString(dir.resolve("file"), "12345");
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(1_000_000_000, 123_456_789)));
        Stat byName = new Stat();
        assertEquals(0, Stat.stat(file.toString(), byName), Errno::message);
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        Stat stat = new Stat();
        assertEquals(0, Stat.fstat(fd, stat), Errno::message);
        assertEquals(byName.st_ino, stat.st_ino);
        assertEquals(5, stat.st_size);
        assertEquals(Files.getAttribute(file, "unix:ino"), stat.st_ino);
        assertEquals(Files.getAttribute(file, "unix:dev"), stat.st_dev);
        assertEquals(Files.getAttribute(file, "unix:mode"), stat.st_mode);
        assertEquals(Files.getAttribute(file, "unix:uid"), stat.st_uid);
        assertEquals(Files.getAttribute(file, "unix:gid"), stat.st_gid);
        assertEquals(1, stat.st_nlink);
        assertEquals(1_000_000_000, stat.st_mtim.tv_sec);
        FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
        assertEquals(changed.to(TimeUnit.SECONDS), stat.st_ctim.tv_sec);
        FileTime read = (FileTime) Files.getAttribute(file, "unix:lastAccessTime");
        assertEquals(read.to(TimeUnit.SECONDS), stat.st_atim.tv_sec);
        assertTrue(stat.st_blksize > 0);
        assertTrue(Stat.S_ISREG(stat.st_mode) && !Stat.S_ISDIR(stat.st_mode));
        Unistd.close(fd);
        Stat device = new Stat();
        ok(Stat.stat("/dev/null", device));
        assertTrue(Stat.S_ISCHR(device.st_mode));
        assertEquals(Files.getAttribute(Path.of("/dev/null"), "unix:rdev"), device.st_rdev);
    }

    @Test
    void directoriesAndFifosAreMadeWithTheirPermissions() {
        int former = Stat.umask(027);
        try {
            String made = dir.resolve("made").toString();
            assertEquals(0, Stat.mkdir(made, 0777));
            Stat stat = new Stat();
            ok(Stat.stat(made, stat));
            assertTrue(Stat.S_ISDIR(stat.st_mode));
            assertEquals(Stat.S_IRWXU | Stat.S_IRGRP | Stat.S_IXGRP, stat.st_mode & 0777);
            refused(Errno.EEXIST, Stat.mkdir(made, 0777));
            String fifo = dir.resolve("fifo").toString();
            assertEquals(0, Stat.mkfifo(fifo, Stat.S_IRUSR | Stat.S_IWUSR));
            ok(Stat.stat(fifo, stat));
            assertTrue(Stat.S_ISFIFO(stat.st_mode));
            assertFalse(Stat.S_ISSOCK(stat.st_mode) || Stat.S_ISBLK(stat.st_mode));
            assertEquals(0600, stat.st_mode & 0777);
        } finally {
            assertEquals(027, Stat.umask(former));
        }
    }

    @Test
    void aFutexThatARequestWaitsOnIsWoken() {
        int kfd = Support.queue(2);
        for (boolean shared : new boolean[] {false, true}) {
            ByteBuffer word = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
            ok(Kevent.kevent_submit(kfd, KeventEvent.futex(word, 0, -1, shared, SigVal.of(4)), 0, null));
            // it may be on its way to the kernel
            int operation = shared ? Futex.FUTEX_WAKE : Futex.FUTEX_WAKE_PRIVATE;
            Support.until("it was woken", () -> Futex.futex(word, operation, 1) == 1);
            KeventRecord record = take(kfd);
            assertEquals(4, record.cookie);
            assertEquals(0, record.error);
            assertEquals(0, Futex.futex(word, operation, Integer.MAX_VALUE));
        }
        Support.destroy(kfd);
    }

    @Test
    void strerrorHasTheWordsOfTheCLibrary() {
        assertEquals("Success", Errno.strerror(0));
        assertEquals("Unknown error 9999", Errno.strerror(9999));
        Map<Integer, String> different = new TreeMap<>();
        for (int errno = -1; errno < 140; errno++) {
            String theirs = Posix.calls().strerror(errno);
            if (!Errno.strerror(errno).equals(theirs)) {
                different.put(errno, Errno.strerror(errno) + ", not " + theirs);
            }
        }
        assertEquals(Map.of(), different);
    }

    @Test
    void perrorWritesTheNameAndTheDescription() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        PrintStream former = System.err;
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            refused(Errno.ENOENT, Fcntl.open("/no/such", Fcntl.O_RDONLY));
            Stdio.perror("open");
            Stdio.perror(null);
            Stdio.perror("");
            assertEquals(Errno.ENOENT, Errno.errno());
        } finally {
            System.setErr(former);
        }
        String line = "No such file or directory\n";
        assertEquals("open: " + line + line + line, written.toString(StandardCharsets.UTF_8));
    }
}
