package org.sigkevent;

import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EISDIR;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Errno.ESPIPE;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every function of the headers beside those of sigevent with each wrong argument. */
@Timeout(60)
class HeaderRefusalsTest {
    private static final int CLOSED = 99_999;

    private final Refusals refusals = new Refusals();
    private final int[] ends = new int[2];
    private int file;
    private int readOnly;

    @TempDir
    Path dir;

    @BeforeEach
    void open() throws Exception {
        String path = Files.createFile(dir.resolve("file")).toString();
        file = Fcntl.open(path, Fcntl.O_RDWR);
        readOnly = Fcntl.open(path, Fcntl.O_RDONLY);
        Unistd.pipe(ends);
    }

    @AfterEach
    void close() {
        for (int fd : new int[] {file, readOnly, ends[0], ends[1]}) {
            Unistd.close(fd);
        }
    }

    private void unistd(String method, int errno, LongSupplier call, String... words) {
        refusals.answers("Unistd." + method, errno, call, words);
    }

    @Test
    void fcntlNamesTheArgument() {
        refusals.answers("Fcntl.open", ENOENT, () -> Fcntl.open("/no/such", 0), "path /no/such");
        refusals.answers("Fcntl.open", EINVAL, () -> Fcntl.open("/etc/passwd\0.png", 0), "path", "\\0.png", "index 11");
        refusals.answers("Fcntl.open", EFAULT, () -> Fcntl.open(null, 0), "path is null");
        Flock lock = new Flock();
        fcntl(EBADF, () -> Fcntl.fcntl(CLOSED, Fcntl.F_GETFL), "fildes 99999");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, 777), "cmd 777");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, Fcntl.F_SETLK, 1), "cmd 6", "Flock");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, 16, 1), "cmd 16", "pointer");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, Fcntl.F_DUPFD, -1), "arg -1");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, Fcntl.F_GETFL, lock), "cmd 3", "F_SETLK (6)");
        fcntl(EFAULT, () -> Fcntl.fcntl(file, Fcntl.F_SETLK, null), "lock is null");
        fcntl(EBADF, () -> Fcntl.fcntl(CLOSED, Fcntl.F_SETLK, lock), "fildes 99999");
        fcntl(EBADF, () -> Fcntl.fcntl(readOnly, Fcntl.F_SETLK, new Flock(1, 0, 0, 0)), "l_type 1");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, Fcntl.F_SETLK, new Flock(3, 0, 0, 0)), "l_type 3");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, Fcntl.F_SETLK, new Flock(1, 5, 0, 0)), "l_whence 5");
        fcntl(EINVAL, () -> Fcntl.fcntl(file, Fcntl.F_SETLK, new Flock(1, 0, -5, 0)), "l_start -5");
        refusals.complete(Fcntl.class, Set.of());
        refusals.answers("SysFile.flock", EINVAL, () -> SysFile.flock(file, 3), "operation 3");
        refusals.answers("SysFile.flock", EBADF, () -> SysFile.flock(CLOSED, 1), "fd 99999");
        refusals.complete(SysFile.class, Set.of());
    }

    private void fcntl(int errno, LongSupplier call, String... words) {
        refusals.answers("Fcntl.fcntl", errno, call, words);
    }

    @Test
    void unistdNamesTheArgument() {
        byte[] four = new byte[4];
        unistd("close", EBADF, () -> Unistd.close(CLOSED), "fd 99999");
        unistd("pipe", EFAULT, () -> Unistd.pipe(null), "fildes is null");
        unistd("pipe", EINVAL, () -> Unistd.pipe(new int[1]), "fildes has 1");
        unistd("pipe2", EINVAL, () -> Unistd.pipe2(new int[2], 1), "flags 01");
        unistd("dup", EBADF, () -> Unistd.dup(CLOSED), "fildes 99999");
        unistd("dup2", EBADF, () -> Unistd.dup2(CLOSED, file), "fildes 99999");
        unistd("dup2", EBADF, () -> Unistd.dup2(file, -1), "fildes2 -1");
        unistd("read", EBADF, () -> Unistd.read(CLOSED, four, 4), "fildes 99999 is not an open descriptor");
        unistd("read", EBADF, () -> Unistd.read(ends[1], four, 4), "fildes " + ends[1], "nbyte 4");
        unistd("read", EFAULT, () -> Unistd.read(file, null, 4), "buf is null");
        unistd("read", EFAULT, () -> Unistd.read(file, ByteBuffer.allocate(4).asReadOnlyBuffer(), 4), "read-only");
        unistd("read", EINVAL, () -> Unistd.read(file, four, 5), "buf has 4 bytes", "nbyte 5");
        unistd("read", EINVAL, () -> Unistd.read(file, four, -1), "nbyte -1");
        unistd("read", EINVAL, () -> Unistd.read(file, new char[4], 4), "buf is a char[]", "getBytes");
        unistd("pread", ESPIPE, () -> Unistd.pread(ends[0], four, 4, 0), "fildes " + ends[0], "offset 0");
        unistd("pread", EINVAL, () -> Unistd.pread(file, four, 4, -7), "nbyte 4");
        unistd("write", EBADF, () -> Unistd.write(readOnly, four, 4), "fildes " + readOnly, "nbyte 4");
        unistd("write", EINVAL, () -> Unistd.write(file, "text", 4), "buf is a java.lang.String", "getBytes");
        unistd("write", EFAULT, () -> Unistd.write(file, null, 4), "buf is null");
        unistd("pwrite", EINVAL, () -> Unistd.pwrite(file, four, 4, -7), "nbyte 4");
        unistd("pwrite", EBADF, () -> Unistd.pwrite(CLOSED, four, 4, 0), "fildes 99999");
        unistd("lseek", EINVAL, () -> Unistd.lseek(file, 0, 77), "whence 77");
        unistd("lseek", EBADF, () -> Unistd.lseek(CLOSED, 0, 0), "fildes 99999");
        unistd("ftruncate", EINVAL, () -> Unistd.ftruncate(file, -1), "length -1");
        unistd("ftruncate", EINVAL, () -> Unistd.ftruncate(readOnly, 1), "fildes " + readOnly);
        unistd("fsync", EINVAL, () -> Unistd.fsync(ends[0]), "fildes " + ends[0]);
        unistd("fdatasync", EBADF, () -> Unistd.fdatasync(CLOSED), "fildes 99999");
        unistd("unlink", EFAULT, () -> Unistd.unlink(null), "path is null");
        unistd("unlink", EISDIR, () -> Unistd.unlink("/proc"), "path /proc");
        unistd("unlink", EINVAL, () -> Unistd.unlink("a\0b"), "path", "index 1");
        unistd("access", EFAULT, () -> Unistd.access(null, 0), "path is null");
        unistd("access", EINVAL, () -> Unistd.access("/", 64), "amode 64");
        unistd("access", ENOENT, () -> Unistd.access("/no/such", 0), "path /no/such");
        // isatty answers 0
        refusals.complete(
                Unistd.class,
                Set.of("isatty", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid"));
    }
}
