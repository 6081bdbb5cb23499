package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sigkevent.Fcntl;
import org.sigkevent.Flock;
import org.sigkevent.Futex;
import org.sigkevent.Ipc;
import org.sigkevent.Msg;
import org.sigkevent.MsgBuf;
import org.sigkevent.Sem;
import org.sigkevent.Sembuf;
import org.sigkevent.Stat;
import org.sigkevent.SysFile;
import org.sigkevent.SysSocket;
import org.sigkevent.Unistd;

/** Calls of the headers beside those of sigevent: what they make is not lost, and neither is what they move. */
final class HeaderCalls {
    private static final byte[] FOUR = {1, 2, 3, 4};

    private HeaderCalls() {}

    /** A call that makes two descriptors. */
    private interface Pair {
        int make(int[] ends);
    }

    static void list(List<PublicCall> all) {
        all.add(pair("Unistd.pipe", Unistd::pipe));
        all.add(pair("SysSocket.socketpair", ends -> SysSocket.socketpair(SysSocket.AF_UNIX, 1, 0, ends)));
        all.add(making("Unistd.dup", s -> s.kfd = Unistd.dup(s.fd)));
        all.add(making("Fcntl.fcntl F_DUPFD", s -> s.kfd = Fcntl.fcntl(s.fd, Fcntl.F_DUPFD, 100)));
        all.add(making("SysSocket.socket", s -> s.kfd = SysSocket.socket(SysSocket.AF_UNIX, SysSocket.SOCK_DGRAM, 0)));
        PublicCall.Step closes = s -> ok(Unistd.close(s.kfd));
        all.add(new PublicCall("Unistd.dup2", s -> Unistd.dup2(s.fd, s.kfd) < 0 ? -1 : 0)
                .in(Scene::openFile)
                .before(s -> s.kfd = (int) ok(Unistd.dup(s.fd)))
                .isInForce(s -> false)
                .refused(closes)
                .ends(closes));
        all.add(new PublicCall("Unistd.write", s -> Unistd.write(s.pipe[1], FOUR, 4) - 4)
                .in(Scene::openPipe)
                .isInForce(s -> false)
                .refused(Scene::drainPipe)
                .ends(Scene::drainPipe));
        all.add(new PublicCall("Unistd.read", s -> Unistd.read(s.pipe[0], new byte[1], 1) - 1)
                .in(Scene::openPipe)
                .before(Scene::writeByte)
                .isInForce(s -> false)
                .refused(Scene::drainPipe)
                .ends(Scene::drainPipe));
        all.add(idle("Unistd.lseek", s -> Unistd.lseek(s.fd, 0, Fcntl.SEEK_CUR)));
        all.add(idle("Stat.fstat", s -> Stat.fstat(s.fd, new Stat())));
        all.add(idle("Ipc.ftok", s -> Ipc.ftok(Scene.path().toString(), 1) == -1 ? -1 : 0));
        all.add(idle("Unistd.access", s -> Unistd.access(Scene.path().toString(), Unistd.R_OK)));
        all.add(idle("Futex.futex", s -> Futex.futex(ByteBuffer.allocateDirect(4), Futex.FUTEX_WAKE, 1)));
        all.add(idle("Fcntl.fcntl F_OFD_SETLKW", s -> Fcntl.fcntl(s.fd, Fcntl.F_OFD_SETLKW, new Flock(1, 0, 0, 0))));
        all.add(idle("SysFile.flock", s -> SysFile.flock(s.fd, Fcntl.LOCK_EX)));
        all.add(new PublicCall("Stat.mkdir", s -> Stat.mkdir(made(s), 0700))
                .before(s -> s.made = Scene.path() + "-made-" + s.when++)
                .isInForce(s -> Unistd.access(made(s), Unistd.F_OK) == 0)
                .ends(s -> Files.delete(Path.of(made(s)))));
        all.add(new PublicCall("Unistd.unlink", s -> Unistd.unlink(made(s)))
                .before(s -> {
                    s.made = Scene.path() + "-made-" + s.when++;
                    Files.createFile(Path.of(made(s)));
                })
                .isInForce(s -> Unistd.access(made(s), Unistd.F_OK) < 0)
                .refused(s -> Files.delete(Path.of(made(s)))));
        systemV(all);
    }

    private static String made(Scene s) {
        return (String) s.made;
    }

    private static void systemV(List<PublicCall> all) {
        PublicCall.Step make = s -> s.kfd = (int) ok(Msg.msgget(Ipc.IPC_PRIVATE, 0600));
        PublicCall.Step remove = s -> ok(Msg.msgctl(s.kfd, Ipc.IPC_RMID, null));
        all.add(new PublicCall("Msg.msgsnd", s -> Msg.msgsnd(s.kfd, new MsgBuf(1, FOUR), 4, 0))
                .before(make)
                .isInForce(s -> false)
                .refused(remove)
                .ends(remove));
        PublicCall.Step notLost = s -> {
            boolean there = Msg.msgrcv(s.kfd, new MsgBuf(0, new byte[4]), 4, 0, Ipc.IPC_NOWAIT) == 4;
            remove.run(s);
            check(there != ((byte[]) s.made)[3] > 3, "the message is lost, or came twice");
        };
        all.add(new PublicCall("Msg.msgrcv", s -> Msg.msgrcv(s.kfd, new MsgBuf(0, s.made), 4, 0, 0) - 4)
                .before(s -> {
                    make.run(s);
                    s.made = new byte[4];
                    ok(Msg.msgsnd(s.kfd, new MsgBuf(1, FOUR), 4, 0));
                })
                .isInForce(s -> false)
                .refused(notLost)
                .ends(notLost));
        PublicCall.Step end = s -> ok(Sem.semctl(s.kfd, 0, Ipc.IPC_RMID));
        PublicCall.Step begin = s -> s.kfd = (int) ok(Sem.semget(Ipc.IPC_PRIVATE, 1, 0600));
        all.add(new PublicCall("Sem.semop", s -> Sem.semop(s.kfd, new Sembuf[] {new Sembuf(0, 1, 0)}, 1))
                .before(begin)
                .isInForce(s -> false)
                .refused(end)
                .ends(end));
        all.add(new PublicCall("Sem.semctl GETALL", s -> Sem.semctl(s.kfd, 0, Sem.GETALL, new short[1]))
                .before(begin)
                .isInForce(s -> false)
                .refused(end)
                .ends(end));
    }

    private static PublicCall idle(String name, PublicCall.Body body) {
        return new PublicCall(name, body).in(Scene::openFile).isInForce(s -> false);
    }

    private static PublicCall making(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .in(Scene::openFile)
                .before(s -> s.kfd = -1)
                .isInForce(s -> s.kfd >= 0)
                .ends(s -> ok(Unistd.close(s.kfd)));
    }

    private static PublicCall pair(String name, Pair call) {
        return new PublicCall(name, s -> call.make((int[]) s.made))
                .before(s -> s.made = new int[] {-1, -1})
                .isInForce(s -> ((int[]) s.made)[0] >= 0)
                .ends(s -> {
                    ok(Unistd.close(((int[]) s.made)[0]));
                    ok(Unistd.close(((int[]) s.made)[1]));
                });
    }
}
