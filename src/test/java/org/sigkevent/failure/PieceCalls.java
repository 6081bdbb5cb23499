package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;

import java.nio.ByteBuffer;
import java.util.List;
import org.sigkevent.Aio;
import org.sigkevent.AioFile;
import org.sigkevent.AioOperation;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Unistd;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** Asynchronous I/O in as many pieces as one request can have, and in a few on pipes and sockets. */
final class PieceCalls {
    /** IOV_MAX. */
    private static final int MOST = 1024;

    private static final ByteBuffer[] PIECES = pieces(MOST);

    private PieceCalls() {}

    static void list(List<PublicCall> all) {
        all.add(new PublicCall("Aio.aio_readv of " + MOST, s -> Aio.aio_readv(s.block))
                .in(Scene::openFile)
                .before(s -> block(s, s.fd, MOST))
                .ends(PieceCalls::ended));
        all.add(new PublicCall("Aio.aio_writev of " + MOST, s -> Aio.aio_writev(s.block))
                .in(Scene::openFile)
                .before(s -> block(s, s.fd, MOST))
                .ends(PieceCalls::ended));
        for (boolean socket : new boolean[] {false, true}) {
            PublicCall.Step stream = socket ? Scene::socketPair : Scene::openPipe;
            String of = socket ? " a socket" : " a pipe";
            all.add(new PublicCall("Aio.aio_readv of" + of, s -> Aio.aio_readv(s.block))
                    .in(stream)
                    .before(s -> block(s, s.pipe[0], MOST))
                    .ends(s -> {
                        s.writeByte();
                        ended(s);
                    }));
            all.add(new PublicCall("Aio.aio_writev to" + of, s -> Aio.aio_writev(s.block))
                    .in(stream)
                    .before(s -> block(s, s.pipe[1], 3))
                    .ends(s -> {
                        ended(s);
                        s.drainPipe();
                    }));
        }
        all.add(new PublicCall(
                        "Fcntl.open", s -> s.kfd = Fcntl.open(Scene.path().toString(), Fcntl.O_RDWR))
                .before(s -> s.kfd = -1)
                .isInForce(s -> s.kfd >= 0)
                .ends(s -> ok(Unistd.close(s.kfd))));
        all.add(new PublicCall("Unistd.close with a read in flight", s -> Unistd.close(s.fd))
                .in(Scene::openPipe)
                .before(s -> {
                    s.fd = (int) ok(Linux.duplicate(s.pipe[0], 0));
                    s.block(s.fd, 1, s.sigevent(Signal.SIGEV_KEVENT));
                    ok(Aio.aio_read(s.block));
                })
                .isInForce(s -> true)
                .ends(s -> {
                    if (Unistd.close(s.fd) < 0) {
                        check(Errno.errno() == Errno.EBADF, Errno.message());
                    }
                    s.writeByte();
                    ended(s);
                }));
        all.add(new PublicCall("AioFile.write of pieces", s -> {
                    s.operation = ((AioFile) s.made).write(List.of(PIECES[0], PIECES[1]), 0, SigVal.of(s.cookie));
                    return 0;
                })
                .in(s -> {
                    s.openFile();
                    s.made = AioFile.of(s.queue, s.fd);
                })
                .before(s -> {
                    s.operation = null;
                    s.next();
                })
                .ends(s -> {
                    s.take();
                    if (s.operation != null) {
                        check(s.failed || ((AioOperation) s.operation).result() >= 0, "no result");
                    }
                }));
        all.add(new PublicCall("AioOperation.result", s -> ((AioOperation) s.operation).result())
                .in(s -> {
                    s.openFile();
                    s.made = AioFile.of(s.queue, s.fd);
                })
                .before(s -> {
                    s.operation = ((AioFile) s.made).write(PIECES[0].duplicate(), 0, s.next());
                    s.take();
                })
                .isInForce(s -> false)
                .refused(s -> check(((AioOperation) s.operation).result() >= 0, "the result is lost"))
                .ends(s -> check(((AioOperation) s.operation).result() >= 0, "the result is lost")));
    }

    private static ByteBuffer[] pieces(int count) {
        ByteBuffer[] pieces = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            pieces[i] = Memory.allocate(8);
        }
        return pieces;
    }

    private static void block(Scene s, int descriptor, int pieces) {
        s.block(descriptor, 0, s.sigevent(Signal.SIGEV_KEVENT));
        s.block.aio_iov = PIECES;
        s.block.aio_iovcnt = pieces;
    }

    private static void ended(Scene s) {
        s.take();
        s.ended(s.block);
    }
}
