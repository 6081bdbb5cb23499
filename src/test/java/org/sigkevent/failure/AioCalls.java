package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.until;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.sigkevent.Aio;
import org.sigkevent.AioFile;
import org.sigkevent.AioOperation;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;

/** Asynchronous I/O of both faces: files, pipes and sockets, on the C library's buffers and on the heap's. */
final class AioCalls {
    private static final int SMALL = 64;
    private static final int LARGE = 200_000;

    private AioCalls() {}

    static void list(List<PublicCall> all) {
        single(all);
        notified(all);
        lists(all);
        others(all);
        objects(all);
    }

    private static boolean inFlightOrDone(Scene s) {
        return s.block != null && Aio.aio_error(s.block) >= 0;
    }

    private static void fresh(Scene s, int descriptor, int size) {
        s.block(descriptor, size, s.sigevent(Signal.SIGEV_KEVENT));
    }

    private static void endsWithRecord(Scene s) {
        s.take();
        s.ended(s.block);
    }

    private static void single(List<PublicCall> all) {
        for (int size : new int[] {SMALL, LARGE}) {
            all.add(new PublicCall("Aio.aio_read of a file, " + size, s -> Aio.aio_read(s.block))
                    .in(Scene::openFile)
                    .before(s -> fresh(s, s.fd, size))
                    .ends(AioCalls::endsWithRecord));
            all.add(new PublicCall("Aio.aio_write to a file, " + size, s -> Aio.aio_write(s.block))
                    .in(Scene::openFile)
                    .before(s -> fresh(s, s.fd, size))
                    .ends(AioCalls::endsWithRecord));
            all.add(new PublicCall("Aio.aio_read into an array, " + size, s -> Aio.aio_read(s.block))
                    .in(Scene::openFile)
                    .before(s -> {
                        fresh(s, s.fd, size);
                        s.block.aio_buf = new byte[size];
                    })
                    .ends(AioCalls::endsWithRecord));
        }
        all.add(new PublicCall("Aio.aio_write of an array", s -> Aio.aio_write(s.block))
                .in(Scene::openFile)
                .before(s -> {
                    fresh(s, s.fd, SMALL);
                    s.block.aio_buf = new byte[SMALL];
                })
                .ends(AioCalls::endsWithRecord));
        all.add(new PublicCall("Aio.aio_readv", s -> Aio.aio_readv(s.block))
                .in(Scene::openFile)
                .before(AioCalls::vector)
                .ends(AioCalls::endsWithRecord));
        all.add(new PublicCall("Aio.aio_writev", s -> Aio.aio_writev(s.block))
                .in(Scene::openFile)
                .before(AioCalls::vector)
                .ends(AioCalls::endsWithRecord));
        all.add(new PublicCall("Aio.aio_fsync", s -> Aio.aio_fsync(Fcntl.O_SYNC, s.block))
                .in(Scene::openFile)
                .before(s -> fresh(s, s.fd, SMALL))
                .ends(AioCalls::endsWithRecord));
        all.add(new PublicCall("Aio.aio_fsync after a write", s -> Aio.aio_fsync(Fcntl.O_DSYNC, s.block))
                .in(Scene::openFile)
                .before(s -> {
                    ok(Aio.aio_write(s.block(s.fd, LARGE, new SigEvent())));
                    s.made = s.block;
                    fresh(s, s.fd, SMALL);
                })
                .refused(s -> s.ended((Aiocb) s.made))
                .ends(s -> {
                    s.ended((Aiocb) s.made);
                    endsWithRecord(s);
                }));
        for (boolean socket : new boolean[] {false, true}) {
            PublicCall.Step stream = socket ? Scene::socketPair : Scene::openPipe;
            String of = socket ? " a socket" : " a pipe";
            all.add(new PublicCall("Aio.aio_read of" + of, s -> Aio.aio_read(s.block))
                    .in(stream)
                    .before(s -> fresh(s, s.pipe[0], SMALL))
                    .ends(s -> {
                        s.writeByte();
                        endsWithRecord(s);
                    }));
            all.add(new PublicCall("Aio.aio_read of" + of + " with a byte", s -> Aio.aio_read(s.block))
                    .in(stream)
                    .before(s -> {
                        fresh(s, s.pipe[0], SMALL);
                        s.drainPipe();
                        s.writeByte();
                    })
                    .ends(AioCalls::endsWithRecord));
            all.add(new PublicCall("Aio.aio_read behind another of" + of, s -> Aio.aio_read(s.block))
                    .in(stream)
                    .before(s -> {
                        ok(Aio.aio_read(s.block(s.pipe[0], 1, new SigEvent())));
                        s.made = s.block;
                        fresh(s, s.pipe[0], SMALL);
                    })
                    .refused(s -> {
                        s.writeByte();
                        s.ended((Aiocb) s.made);
                    })
                    .ends(s -> {
                        s.writeByte();
                        s.ended((Aiocb) s.made);
                        s.writeByte();
                        endsWithRecord(s);
                    }));
            all.add(new PublicCall("Aio.aio_write to" + of, s -> Aio.aio_write(s.block))
                    .in(stream)
                    .before(s -> fresh(s, s.pipe[1], SMALL))
                    .ends(s -> {
                        endsWithRecord(s);
                        s.drainPipe();
                    }));
        }
    }

    private static void vector(Scene s) {
        fresh(s, s.fd, SMALL);
        s.block.aio_iov = new ByteBuffer[] {ByteBuffer.allocateDirect(10), ByteBuffer.allocateDirect(20)};
        s.block.aio_iovcnt = 2;
    }

    private static void notified(List<PublicCall> all) {
        for (int type : new int[] {Signal.SIGEV_NONE, Signal.SIGEV_SIGNAL, Signal.SIGEV_THREAD}) {
            all.add(new PublicCall("Aio.aio_read of a file, " + Notified.NAMES[type], s -> Aio.aio_read(s.block))
                    .in(s -> {
                        s.openFile();
                        Notified.open(s, type);
                    })
                    .before(s -> {
                        Notified.prepare(s, type);
                        s.block(s.fd, SMALL, s.sigevent(type));
                    })
                    .isInForce(AioCalls::inFlightOrDone)
                    .refused(s -> Notified.refused(s, type))
                    .ends(s -> {
                        s.ended(s.block);
                        Notified.came(s, type);
                    }));
            all.add(new PublicCall("Aio.aio_read of a pipe, " + Notified.NAMES[type], s -> Aio.aio_read(s.block))
                    .in(s -> {
                        s.openPipe();
                        Notified.open(s, type);
                    })
                    .before(s -> {
                        Notified.prepare(s, type);
                        s.block(s.pipe[0], SMALL, s.sigevent(type));
                    })
                    .isInForce(AioCalls::inFlightOrDone)
                    .refused(s -> Notified.refused(s, type))
                    .ends(s -> {
                        s.writeByte();
                        s.ended(s.block);
                        Notified.came(s, type);
                    }));
        }
    }

    private static void threeBlocks(Scene s) {
        s.blocks = new Aiocb[3];
        for (int i = 0; i < 3; i++) {
            s.blocks[i] = s.block(s.fd, i == 2 ? LARGE : SMALL, s.queue.sigevent(SigVal.of(i)));
            s.blocks[i].aio_lio_opcode = i == 1 ? Aio.LIO_WRITE : Aio.LIO_READ;
        }
        s.next();
    }

    /** After a call that failed: the elements that are in flight or have ended tell so; the others have no slot. */
    private static void listEnds(Scene s, int records) {
        for (Aiocb one : s.blocks) {
            until("an element ends", () -> Aio.aio_error(one) != Errno.EINPROGRESS);
        }
        // before the results, which take them back
        int came = 0;
        while (came < records && !(s.failed && s.queue.stats().armed + s.queue.stats().unread == 0)) {
            Scene.takeAny(s.queue);
            came++;
        }
        check(s.failed || came == records, came + " records");
        int started = 0;
        for (Aiocb one : s.blocks) {
            started += Aio.aio_return(one) >= 0 ? 1 : 0;
        }
        check(s.failed || started == 3, started + " of 3 elements");
    }

    private static void lists(List<PublicCall> all) {
        all.add(new PublicCall("Aio.lio_listio WAIT", s -> Aio.lio_listio(Aio.LIO_WAIT, s.blocks, 3, null))
                .in(Scene::openFile)
                .before(AioCalls::threeBlocks)
                .ends(s -> listEnds(s, 3)));
        all.add(new PublicCall(
                        "Aio.lio_listio NOWAIT", s -> Aio.lio_listio(Aio.LIO_NOWAIT, s.blocks, 3, (SigEvent) s.made))
                .in(Scene::openFile)
                .before(s -> {
                    threeBlocks(s);
                    s.made = s.sigevent(Signal.SIGEV_KEVENT);
                })
                .ends(s -> listEnds(s, 4)));
        all.add(new PublicCall(
                        "Aio.lio_listio NOWAIT, SIGEV_THREAD",
                        s -> Aio.lio_listio(Aio.LIO_NOWAIT, s.blocks, 3, (SigEvent) s.made))
                .in(Scene::openFile)
                .before(s -> {
                    threeBlocks(s);
                    s.callbacks.set(0);
                    s.made = s.sigevent(Signal.SIGEV_THREAD);
                })
                .ends(s -> {
                    listEnds(s, 3);
                    if (!s.failed) {
                        until("the callback", () -> s.callbacks.get() > 0);
                    }
                }));
        all.add(new PublicCall(
                        "Aio.lio_listio NOWAIT of nothing",
                        s -> Aio.lio_listio(Aio.LIO_NOWAIT, new Aiocb[1], 1, (SigEvent) s.made))
                .before(s -> s.made = s.sigevent(Signal.SIGEV_KEVENT))
                .ends(Scene::take));
    }

    private static void others(List<PublicCall> all) {
        PublicCall.Step pending = s -> {
            fresh(s, s.pipe[0], SMALL);
            ok(Aio.aio_read(s.block));
        };
        PublicCall.Step byteEnds = s -> {
            if (Aio.aio_error(s.block) == Errno.EINPROGRESS) {
                s.writeByte();
            }
            // it may have been cancelled
            s.failed = true;
            endsWithRecord(s);
        };
        all.add(new PublicCall("Aio.aio_cancel of a block", s -> Aio.aio_cancel(s.pipe[0], s.block))
                .in(Scene::openPipe)
                .before(pending)
                .isInForce(s -> true)
                .ends(byteEnds));
        all.add(new PublicCall("Aio.aio_cancel of a descriptor", s -> Aio.aio_cancel(s.pipe[0], null))
                .in(Scene::openPipe)
                .before(pending)
                .isInForce(s -> true)
                .ends(byteEnds));
        all.add(new PublicCall("Aio.aio_error", s -> Aio.aio_error(s.block))
                .in(Scene::openPipe)
                .before(pending)
                .isInForce(s -> true)
                .ends(byteEnds));
        PublicCall.Step done = s -> {
            s.openFile();
        };
        all.add(new PublicCall("Aio.aio_return", s -> Aio.aio_return(s.block))
                .in(done)
                .before(s -> {
                    fresh(s, s.fd, SMALL);
                    ok(Aio.aio_read(s.block));
                    until("done", () -> Aio.aio_error(s.block) == 0);
                    s.take();
                })
                .isInForce(s -> false)
                .refused(s -> Aio.aio_return(s.block)));
        all.add(new PublicCall("Aio.aio_return before the record", s -> Aio.aio_return(s.block))
                .in(done)
                .before(s -> {
                    fresh(s, s.fd, SMALL);
                    ok(Aio.aio_read(s.block));
                    until("done", () -> Aio.aio_error(s.block) == 0);
                })
                .isInForce(s -> false)
                .refused(s -> Aio.aio_return(s.block)));
        all.add(new PublicCall("Aio.aio_suspend on what is done", s -> Aio.aio_suspend(new Aiocb[] {s.block}, 1, null))
                .in(done)
                .before(s -> {
                    fresh(s, s.fd, SMALL);
                    ok(Aio.aio_read(s.block));
                })
                .isInForce(s -> true)
                .ends(AioCalls::endsWithRecord));
        all.add(new PublicCall(
                        "Aio.aio_suspend until the time is up",
                        s -> Aio.aio_suspend(new Aiocb[] {s.block}, 1, TimeSpec.ofNanos(500_000)) == -1 ? 0 : -1)
                .in(Scene::openPipe)
                .before(pending)
                .isInForce(s -> true)
                .ends(byteEnds));
        all.add(new PublicCall("Aio.aio_suspend that sleeps", s -> Aio.aio_suspend(new Aiocb[] {s.block}, 1, null))
                .in(Scene::openFile)
                .before(s -> {
                    s.block(s.fd, LARGE, new SigEvent());
                    ok(Aio.aio_write(s.block));
                })
                .isInForce(s -> true)
                .ends(s -> s.ended(s.block)));
    }

    private static void objects(List<PublicCall> all) {
        all.add(new PublicCall("AioFile.open", s -> {
                    s.made = AioFile.open(s.queue, Scene.path(), Fcntl.O_RDWR, 0);
                    return 0;
                })
                .before(s -> s.made = null)
                .isInForce(s -> s.made != null)
                .ends(s -> ((AioFile) s.made).close()));
        all.add(new PublicCall("AioFile.close", s -> {
                    ((AioFile) s.made).close();
                    return 0;
                })
                .before(s -> s.made = AioFile.open(s.queue, Scene.path(), Fcntl.O_RDWR, 0))
                .isInForce(s -> false)
                .refused(s -> ((AioFile) s.made).close()));
        PublicCall.Step open = s -> {
            AioFile file = AioFile.open(s.queue, Scene.path(), Fcntl.O_RDWR, 0);
            s.made = file;
            s.later(file::close);
            s.buffer = ByteBuffer.allocateDirect(SMALL);
        };
        all.add(operation("AioFile.read", s -> file(s).read(s.buffer, 0, SigVal.of(s.cookie)), open));
        all.add(operation("AioFile.write", s -> file(s).write(s.buffer, 0, SigVal.of(s.cookie)), open));
        all.add(operation(
                "AioFile.read of pieces",
                s -> file(s).read(List.of(s.buffer, ByteBuffer.allocateDirect(9)), 0, SigVal.of(s.cookie)),
                open));
        all.add(operation("AioFile.sync", s -> file(s).sync(false, SigVal.of(s.cookie)), open));
        all.add(new PublicCall("AioFile.cancelAll", s -> {
                    file(s).cancelAll();
                    return 0;
                })
                .in(open)
                .isInForce(s -> false));
        all.add(waited("AioOperation.await", s -> operation(s).await(Duration.ofSeconds(3)) ? 0 : -1, open));
        all.add(waited("AioOperation.cancel", s -> operation(s).cancel(), open));
        all.add(waited("AioOperation.error", s -> operation(s).error(), open));
    }

    private static AioFile file(Scene s) {
        return (AioFile) s.made;
    }

    private static AioOperation operation(Scene s) {
        return (AioOperation) s.operation;
    }

    /** Gives the operation of a scene. */
    private interface Starter {
        AioOperation start(Scene s);
    }

    private static PublicCall operation(String name, Starter starter, PublicCall.Step open) {
        return new PublicCall(name, s -> {
                    s.operation = starter.start(s);
                    return 0;
                })
                .in(open)
                .before(s -> {
                    s.operation = null;
                    s.next();
                })
                .ends(s -> {
                    s.take();
                    if (s.operation != null) {
                        check(s.failed || operation(s).result() >= 0, "no result");
                    }
                });
    }

    private static PublicCall waited(String name, PublicCall.Body body, PublicCall.Step open) {
        return new PublicCall(name, body)
                .in(open)
                .before(s -> s.operation = file(s).write(ByteBuffer.allocateDirect(LARGE), 0, s.next()))
                .isInForce(s -> true)
                .ends(s -> {
                    // it may have been cancelled
                    s.failed = true;
                    s.take();
                    check(operation(s).isDone(), "not done after its record");
                });
    }
}
