package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.Poll;
import org.sigkevent.SigVal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** Requests of every kind, those that are done immediately and those that wait. */
final class KindCalls {
    private static final int IPC_RMID = 0;
    private static final int MSGGET = Native.X86_64 ? 68 : 186;
    private static final int MSGCTL = Native.X86_64 ? 71 : 187;
    private static final int SEMGET = Native.X86_64 ? 64 : 190;
    private static final int SEMCTL = Native.X86_64 ? 66 : 191;

    private KindCalls() {}

    /** Makes the event of a scene. */
    interface Maker {
        KeventEvent make(Scene scene, SigVal value) throws Exception;
    }

    static void list(List<PublicCall> all) throws Exception {
        descriptors(all);
        memory(all);
        systemV(all);
        sockets(all);
        others(all);
        locks(all);
        files(all);
    }

    /** A request that is done when its call returns, or soon. */
    private static PublicCall done(String name, Maker maker) {
        return waits(name, maker, s -> {});
    }

    /** A request that waits for what the step does. When it was refused the step is done all the same. */
    private static PublicCall waits(String name, Maker maker, PublicCall.Step happens) {
        return new PublicCall("KeventQueue.submit " + name, s -> {
                    s.event = maker.make(s, SigVal.of(s.cookie));
                    s.queue.submit(s.event);
                    return 0;
                })
                .before(Scene::next)
                .refused(happens)
                .ends(s -> {
                    happens.run(s);
                    s.take();
                });
    }

    private static PublicCall cancelled(String name, Maker maker) {
        return new PublicCall("KeventQueue.cancel " + name, s -> {
                    s.queue.cancel(s.event);
                    return 0;
                })
                .before(s -> {
                    s.event = maker.make(s, s.next());
                    s.queue.submit(s.event);
                })
                .isInForce(s -> s.stats().unread == 1)
                .ends(s -> check(takeAny(s.queue).error == Errno.ECANCELED || s.failed, "not cancelled"))
                .refused(s -> {
                    s.queue.cancel(s.event);
                    takeAny(s.queue);
                });
    }

    private static void descriptors(List<PublicCall> all) {
        Maker fd = (s, v) -> KeventEvent.fd(s.pipe[0], Poll.POLLIN, v);
        all.add(waits("fd", fd, s -> {
                    s.drainPipe();
                    s.writeByte();
                })
                .in(Scene::openPipe)
                .before(s -> {
                    s.next();
                    s.drainPipe();
                }));
        all.add(done("fd that is ready", fd).in(s -> {
            s.openPipe();
            s.writeByte();
        }));
        all.add(cancelled("fd", fd).in(Scene::openPipe));
        all.add(new PublicCall("KeventQueue.submit fdLevel", s -> {
                    s.event = KeventEvent.fdLevel(s.pipe[0], Poll.POLLIN, SigVal.of(s.cookie));
                    s.queue.submit(s.event);
                    return 0;
                })
                .in(Scene::openPipe)
                .before(s -> {
                    s.next();
                    s.drainPipe();
                    s.event = null;
                })
                .ends(s -> {
                    s.writeByte();
                    if (takeAny(s.queue).error != 0) {
                        check(s.failed, "an error");
                        return;
                    }
                    s.drainPipe();
                    s.queue.cancel(s.event);
                    for (KeventRecord last = takeAny(s.queue); last.error == 0; last = takeAny(s.queue)) {
                        check(last.cookie == s.cookie, "another record");
                    }
                }));
        all.add(cancelled("fdLevel", (s, v) -> KeventEvent.fdLevel(s.pipe[0], Poll.POLLIN, v))
                .in(Scene::openPipe));
    }

    private static void memory(List<PublicCall> all) throws Exception {
        Maker futex = (s, v) -> KeventEvent.futex(s.buffer, 0, -1, true, v);
        PublicCall.Step word = s -> {
            s.next();
            s.buffer = Memory.allocate(8);
        };
        all.add(waits("futex", futex, s -> {
                    s.buffer.putInt(0, 1);
                    Linux.futexWake(Memory.address(s.buffer), 1);
                })
                .before(word)
                .ends(s -> {
                    s.buffer.putInt(0, 1);
                    Linux.futexWake(Memory.address(s.buffer), 1);
                    KeventRecord record = takeAny(s.queue);
                    check(record.cookie == s.cookie, "another record");
                    check(s.failed || record.error == 0 || record.error == Errno.EAGAIN, "ended with " + record);
                }));
        all.add(cancelled("futex", futex).in(s -> s.buffer = Memory.allocate(8)));
        MappedByteBuffer mapped;
        try (FileChannel channel = FileChannel.open(Scene.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4096);
        }
        all.add(done("msync", (s, v) -> KeventEvent.msync(mapped, v)));
    }

    private static void systemV(List<PublicCall> all) {
        PublicCall.Step queue = s -> {
            s.ipc = (int) ok(Linux.call(MSGGET, 0, 01000 | 0600));
            s.later(() -> Linux.call(MSGCTL, s.ipc, IPC_RMID, 0));
            s.buffer = ByteBuffer.allocateDirect(16);
        };
        Maker receive = (s, v) -> KeventEvent.msgrcv(s.ipc, s.buffer, 0, 0, v);
        all.add(waits("msgrcv", receive, s -> {}).in(queue).ends(s -> {
            sendMessage(s);
            s.take();
        }));
        all.add(done("msgrcv of a message that is there", receive)
                .in(queue)
                .before(s -> {
                    s.next();
                    sendMessage(s);
                })
                .refused(s -> check(receiveMessage(s) > 0 || s.failed, "the message is lost")));
        all.add(cancelled("msgrcv", receive).in(queue));
        all.add(done("msgsnd", (s, v) -> KeventEvent.msgsnd(s.ipc, s.buffer, 1, v))
                .in(queue)
                .ends(s -> {
                    s.take();
                    receiveMessage(s);
                }));
        PublicCall.Step semaphore = s -> {
            s.ipc = (int) ok(Linux.call(SEMGET, 0, 1, 01000 | 0600));
            s.later(() -> Linux.call(SEMCTL, s.ipc, 0, IPC_RMID));
        };
        Maker down = (s, v) -> KeventEvent.semop(s.ipc, new short[] {0, -1, 0}, v);
        all.add(waits("semop", down, s -> {}).in(semaphore).ends(s -> {
            semaphoreUp(s);
            s.take();
            // SETVAL
            ok(Linux.call(SEMCTL, s.ipc, 0, 16, 0));
        }));
        all.add(done("semop that does not wait", (s, v) -> KeventEvent.semop(s.ipc, new short[] {0, 1, 0}, v))
                .in(semaphore));
        all.add(cancelled("semop", down).in(semaphore));
    }

    private static void sendMessage(Scene s) {
        ByteBuffer message = Memory.allocate(24);
        message.putLong(0, 1);
        ok(Linux.call(Syscalls.MSGSND, s.ipc, Memory.address(message), 8, 04000));
    }

    private static long receiveMessage(Scene s) {
        ByteBuffer message = Memory.allocate(128);
        return Linux.call(Syscalls.MSGRCV, s.ipc, Memory.address(message), 64, 0, 04000);
    }

    private static void semaphoreUp(Scene s) {
        ByteBuffer operation = Memory.allocate(8);
        operation.putShort(2, (short) 1);
        ok(Linux.call(Syscalls.SEMOP, s.ipc, Memory.address(operation), 1));
    }

    private static void sockets(List<PublicCall> all) throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0);
        all.add(done("bind", (s, v) -> KeventEvent.bind(s.fd, any, v)).before(s -> {
            s.next();
            s.fd = newSocket(s);
        }));
        all.add(done("listen", (s, v) -> KeventEvent.listen(s.fd, 5, v)).before(s -> {
            s.next();
            s.fd = newSocket(s);
        }));
        PublicCall.Step server = s -> {
            s.fd = newSocket(s);
            ok(Native.C.syscall(Syscalls.LISTEN, s.fd, 20));
        };
        Maker accept = (s, v) -> KeventEvent.accept(s.fd, 0, v);
        all.add(waits("accept", accept, s -> {}).in(server).ends(s -> {
            connect(s);
            closeAccepted(s);
        }));
        all.add(done("accept of a connection that is there", accept)
                .in(server)
                .before(s -> {
                    s.next();
                    connect(s);
                })
                .ends(KindCalls::closeAccepted));
        all.add(cancelled("accept", accept).in(server));
        all.add(done("connect", (s, v) -> KeventEvent.connect(s.kfd, address(s), v))
                .in(server)
                .before(s -> {
                    s.next();
                    s.kfd = newSocket(s);
                }));
    }

    private static int newSocket(Scene s) {
        return s.opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
    }

    private static InetSocketAddress address(Scene s) {
        ByteBuffer name = name(s);
        return new InetSocketAddress("127.0.0.1", (name.get(2) & 0xff) << 8 | name.get(3) & 0xff);
    }

    private static ByteBuffer name(Scene s) {
        ByteBuffer b = Memory.allocate(128);
        b.putInt(124, 100);
        long at = Memory.address(b);
        // getsockname
        ok(Linux.call(Native.X86_64 ? 51 : 204, s.fd, at, at + 124));
        return b;
    }

    private static void connect(Scene s) {
        ByteBuffer name = name(s);
        ok(Linux.call(Syscalls.CONNECT, newSocket(s), Memory.address(name), 16));
    }

    private static void closeAccepted(Scene s) {
        KeventRecord record = takeAny(s.queue);
        check(record.cookie == s.cookie, "another record");
        check(record.error == 0 || s.failed, "ended with " + record);
        if (record.error == 0) {
            Native.C.close((int) record.result);
        }
    }

    private static void others(List<PublicCall> all) {
        int[] clocks = {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME};
        for (int clock : clocks) {
            Maker delay = (s, v) -> KeventEvent.delay(clock, 0, TimeSpec.ofNanos(500_000), v);
            all.add(done("delay on clock " + clock, delay).watchesItsClock(clock));
        }
        Maker hour = (s, v) -> KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), v);
        all.add(cancelled("delay", hour));
        Maker end = (s, v) -> KeventEvent.processEnd((int) ((Process) s.made).pid(), v);
        PublicCall.Step process = s -> {
            s.made = new ProcessBuilder("sleep", "1000").start();
            s.later(() -> ((Process) s.made).destroyForcibly().waitFor());
        };
        all.add(waits("processEnd", end, s -> {})
                .in(process)
                .ends(s -> {
                    ((Process) s.made).destroyForcibly();
                    s.take();
                    ((Process) s.made).waitFor();
                })
                .once());
        all.add(cancelled("processEnd", end).in(process));
    }

    private static void locks(List<PublicCall> all) {
        PublicCall.Step two = s -> {
            s.openFile();
            s.kfd = s.opened(Fcntl.open(Scene.path().toString(), Fcntl.O_RDWR));
        };
        PublicCall.Step held = s -> {
            s.next();
            ok(Linux.call(Syscalls.FLOCK, s.kfd, Fcntl.LOCK_EX));
        };
        PublicCall.Step release = s -> ok(Linux.call(Syscalls.FLOCK, s.kfd, 8));
        PublicCall.Step unlock = s -> ok(Linux.call(Syscalls.FLOCK, s.fd, 8));
        Maker flock = (s, v) -> KeventEvent.flock(s.fd, Fcntl.LOCK_EX, v);
        all.add(done("flock", flock).in(two).refused(unlock).ends(s -> {
            s.take();
            unlock.run(s);
        }));
        all.add(waits("flock that waits", flock, release)
                .in(two)
                .before(held)
                .refused(s -> {
                    release.run(s);
                    unlock.run(s);
                })
                .ends(s -> {
                    release.run(s);
                    s.take();
                    unlock.run(s);
                }));
        all.add(cancelled("flock", flock).in(s -> {
            two.run(s);
            held.run(s);
        }));
        all.add(done("lockf", (s, v) -> KeventEvent.lockf(s.fd, 10, v)).in(Scene::openFile));
        all.add(done("lock", (s, v) -> KeventEvent.lock(s.fd, Fcntl.F_WRLCK, 0, 0, 10, v))
                .in(Scene::openFile));
        all.add(done("ofdLock", (s, v) -> KeventEvent.ofdLock(s.fd, Fcntl.F_WRLCK, 0, 0, 10, v))
                .in(Scene::openFile));
        Maker second = (s, v) -> KeventEvent.ofdLock(s.fd, Fcntl.F_WRLCK, 0, 0, 10, v);
        all.add(cancelled("ofdLock", second).in(s -> {
            two.run(s);
            s.queue.submit(KeventEvent.ofdLock(s.kfd, Fcntl.F_WRLCK, 0, 0, 10, s.next()));
            s.take();
        }));
    }

    private static void files(List<PublicCall> all) {
        all.add(done("fsync", (s, v) -> KeventEvent.fsync(s.fd, v)).in(Scene::openFile));
        all.add(done("fdatasync", (s, v) -> KeventEvent.fdatasync(s.fd, v)).in(Scene::openFile));
        all.add(done("syncFileRange", (s, v) -> KeventEvent.syncFileRange(s.fd, 0, 4096, 2, v))
                .in(Scene::openFile));
    }
}
