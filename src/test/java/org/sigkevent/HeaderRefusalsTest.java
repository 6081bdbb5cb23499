package org.sigkevent;

import static org.sigkevent.Errno.EAFNOSUPPORT;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EFBIG;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EISDIR;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Errno.ENOSYS;
import static org.sigkevent.Errno.ENOTSOCK;
import static org.sigkevent.Errno.EOPNOTSUPP;
import static org.sigkevent.Errno.ERANGE;
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
        unistd("alarm", EINVAL, () -> Unistd.alarm(1), "sigev_signo 14");
        // isatty answers 0, sleep what is left
        refusals.complete(
                Unistd.class,
                Set.of("isatty", "sleep", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid"));
    }

    @Test
    void socketsNameTheArgument() {
        int[] two = new int[2];
        refusals.answers("SysSocket.socket", EAFNOSUPPORT, () -> SysSocket.socket(99, 1, 0), "domain 99");
        refusals.answers("SysSocket.socket", EINVAL, () -> SysSocket.socket(1, 15, 0), "type 15");
        refusals.answers("SysSocket.socketpair", EFAULT, () -> SysSocket.socketpair(1, 1, 0, null), "socket_vector");
        refusals.answers("SysSocket.socketpair", EINVAL, () -> SysSocket.socketpair(1, 1, 0, new int[1]), "1 elem");
        refusals.answers("SysSocket.socketpair", EOPNOTSUPP, () -> SysSocket.socketpair(2, 1, 0, two), "domain 2");
        refusals.answers("SysSocket.shutdown", EBADF, () -> SysSocket.shutdown(CLOSED, 1), "socket 99999");
        refusals.answers("SysSocket.shutdown", ENOTSOCK, () -> SysSocket.shutdown(file, 1), "socket " + file);
        SysSocket.socketpair(1, 1, 0, two);
        refusals.answers("SysSocket.shutdown", EINVAL, () -> SysSocket.shutdown(two[0], 7), "how 7");
        Unistd.close(two[0]);
        Unistd.close(two[1]);
        refusals.complete(SysSocket.class, Set.of());
    }

    @Test
    void filesAndFutexesNameTheArgument() {
        Stat stat = new Stat();
        refusals.answers("Stat.fstat", EBADF, () -> Stat.fstat(CLOSED, stat), "fildes 99999");
        // AT_FDCWD: for the kernel the working directory
        refusals.answers("Stat.fstat", EBADF, () -> Stat.fstat(-100, stat), "fildes -100");
        refusals.answers("Stat.fstat", EFAULT, () -> Stat.fstat(file, null), "buf is null");
        refusals.answers("Stat.stat", EFAULT, () -> Stat.stat(null, stat), "path is null");
        refusals.answers("Stat.stat", EFAULT, () -> Stat.stat("/", null), "buf is null");
        refusals.answers("Stat.stat", ENOENT, () -> Stat.stat("/no/such", stat), "path /no/such");
        refusals.answers("Stat.mkdir", EFAULT, () -> Stat.mkdir(null, 0), "path is null");
        refusals.answers("Stat.mkdir", ENOENT, () -> Stat.mkdir("/no/such", 0700), "path /no/such", "mode 0700");
        refusals.answers("Stat.mkfifo", EFAULT, () -> Stat.mkfifo(null, 0), "path is null");
        refusals.answers("Stat.mkfifo", EINVAL, () -> Stat.mkfifo("a\0b", 0600), "path", "index 1");
        refusals.complete(
                Stat.class,
                Set.of("umask", "S_ISREG", "S_ISDIR", "S_ISCHR", "S_ISBLK", "S_ISFIFO", "S_ISSOCK", "toString"));
        ByteBuffer word = ByteBuffer.allocateDirect(8);
        refusals.answers("Futex.futex", EFAULT, () -> Futex.futex(null, 1, 1), "uaddr is null");
        refusals.answers("Futex.futex", EFAULT, () -> Futex.futex(ByteBuffer.allocate(4), 1, 1), "heap");
        refusals.answers("Futex.futex", EINVAL, () -> Futex.futex(word.slice(0, 3), 1, 1), "uaddr has 3");
        refusals.answers("Futex.futex", EINVAL, () -> Futex.futex(word.slice(1, 4), 1, 1), "futex of uaddr 0x");
        refusals.answers("Futex.futex", EINVAL, () -> Futex.futex(word, 1, -1), "val -1");
        refusals.answers("Futex.futex", ENOSYS, () -> Futex.futex(word, 0, 1), "futex_op 0", "KeventEvent.futex");
        refusals.complete(Futex.class, Set.of());
        refusals.answers("Ipc.ftok", EFAULT, () -> Ipc.ftok(null, 1), "path is null");
        refusals.answers("Ipc.ftok", ENOENT, () -> Ipc.ftok("/no/such", 1), "path /no/such", "id 1");
        refusals.complete(Ipc.class, Set.of());
    }

    @Test
    void systemVNamesTheArgument() {
        int msqid = Msg.msgget(Ipc.IPC_PRIVATE, 0600);
        int semid = Sem.semget(Ipc.IPC_PRIVATE, 2, 0600);
        byte[] four = new byte[4];
        MsgBuf message = new MsgBuf(1, four);
        sysv("Msg.msgget", ENOENT, () -> Msg.msgget(0x7fff1234, 0), "key 0x7fff1234");
        sysv("Msg.msgctl", EINVAL, () -> Msg.msgctl(-1, Ipc.IPC_RMID, null), "msqid -1");
        sysv("Msg.msgctl", EINVAL, () -> Msg.msgctl(msqid, 77, null), "cmd 77");
        sysv("Msg.msgctl", EFAULT, () -> Msg.msgctl(msqid, Ipc.IPC_STAT, null), "buf is null");
        sysv("Msg.msgsnd", EFAULT, () -> Msg.msgsnd(msqid, null, 1, 0), "msgp is null");
        sysv("Msg.msgsnd", EFAULT, () -> Msg.msgsnd(msqid, new MsgBuf(1, null), 1, 0), "mtext is null");
        sysv("Msg.msgsnd", EINVAL, () -> Msg.msgsnd(msqid, message, 5, 0), "mtext has 4", "msgsz 5");
        sysv("Msg.msgsnd", EINVAL, () -> Msg.msgsnd(msqid, message, -1, 0), "msgsz -1");
        sysv("Msg.msgsnd", EINVAL, () -> Msg.msgsnd(msqid, new MsgBuf(0, four), 4, 0), "mtype 0");
        sysv("Msg.msgsnd", EINVAL, () -> Msg.msgsnd(msqid, new MsgBuf(1, "text"), 4, 0), "mtext", "getBytes");
        sysv("Msg.msgrcv", EFAULT, () -> Msg.msgrcv(msqid, null, 1, 0, 0), "msgp is null");
        sysv(
                "Msg.msgrcv",
                EFAULT,
                () -> Msg.msgrcv(msqid, new MsgBuf(0, ByteBuffer.wrap(four).asReadOnlyBuffer()), 1, 0, 0),
                "read-only");
        sysv("Msg.msgrcv", EINVAL, () -> Msg.msgrcv(-1, message, 1, 0, 0), "msqid -1");
        refusals.complete(Msg.class, Set.of());
        sysv("Sem.semget", EINVAL, () -> Sem.semget(Ipc.IPC_PRIVATE, -1, 0), "nsems -1");
        sysv("Sem.semctl", EINVAL, () -> Sem.semctl(semid, 0, 77), "cmd 77", "GETVAL (12)");
        sysv("Sem.semctl", EINVAL, () -> Sem.semctl(semid, 9, Sem.GETVAL), "semnum 9");
        sysv("Sem.semctl", EINVAL, () -> Sem.semctl(semid, 0, Sem.SETVAL), "cmd 16", "int");
        sysv("Sem.semctl", ERANGE, () -> Sem.semctl(semid, 0, Sem.SETVAL, -1), "val -1");
        sysv("Sem.semctl", EINVAL, () -> Sem.semctl(semid, 0, Sem.SETALL, 1), "cmd 17", "short[]");
        sysv("Sem.semctl", EINVAL, () -> Sem.semctl(semid, 0, Sem.SETVAL, new short[2]), "cmd 16", "number");
        sysv("Sem.semctl", EFAULT, () -> Sem.semctl(semid, 0, Sem.GETALL, null), "array is null");
        sysv("Sem.semctl", EINVAL, () -> Sem.semctl(semid, 0, Sem.GETALL, new short[1]), "array has 1", "has 2");
        sysv("Sem.semctl", ERANGE, () -> Sem.semctl(semid, 0, Sem.SETALL, new short[] {0, -1}), "cmd 17");
        Sembuf[] one = {new Sembuf(0, 1, 0)};
        sysv("Sem.semop", EFAULT, () -> Sem.semop(semid, null, 1), "sops is null");
        sysv("Sem.semop", EFAULT, () -> Sem.semop(semid, new Sembuf[1], 1), "sops[0] is null");
        sysv("Sem.semop", EINVAL, () -> Sem.semop(semid, one, 2), "nsops 2");
        sysv("Sem.semop", EINVAL, () -> Sem.semop(-1, one, 1), "semid -1");
        sysv("Sem.semop", EFBIG, () -> Sem.semop(semid, new Sembuf[] {new Sembuf(-1, 1, 0)}, 1), "sem_num -1");
        sysv("Sem.semop", ERANGE, () -> Sem.semop(semid, new Sembuf[] {new Sembuf(0, 40_000, 0)}, 1), "sem_op 40000");
        refusals.complete(Sem.class, Set.of());
        Msg.msgctl(msqid, Ipc.IPC_RMID, null);
        Sem.semctl(semid, 0, Ipc.IPC_RMID);
    }

    private void sysv(String method, int errno, LongSupplier call, String... words) {
        refusals.answers(method, errno, call, words);
    }
}
