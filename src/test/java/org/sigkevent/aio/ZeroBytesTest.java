package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sigkevent.Fcntl;
import org.sigkevent.core.Destination;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** A transfer of no bytes ends as read(2), readv(2), write(2) and writev(2) of nothing return, and as soon. */
class ZeroBytesTest extends AioFixture {
    private static final int[] OPERATIONS = {AioTransfer.READ, AioTransfer.READV, AioTransfer.WRITE, AioTransfer.WRITEV
    };
    private static final int DATAGRAMS = 2;
    private static final int F_GETPIPE_SZ = 1032;
    private static final int MSG_DONTWAIT = 0x40;

    /** The calls whose answers count. */
    public interface Calls {
        long readv(int fd, long vectors, int count);

        long writev(int fd, long vectors, int count);
    }

    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

    /** Descriptors that have nothing to read, or no room; none of the four calls blocks on them. */
    private enum Opened {
        EMPTY_PIPE {
            @Override
            int open(ZeroBytesTest t) {
                return t.pipe()[0];
            }
        },
        FULL_PIPE {
            @Override
            int open(ZeroBytesTest t) {
                int end = t.pipe()[1];
                t.write(end, new byte[Native.C.fcntl(end, F_GETPIPE_SZ, 0)]);
                return end;
            }
        },
        PIPE_WITHOUT_READER {
            @Override
            int open(ZeroBytesTest t) {
                int[] ends = t.pipe();
                t.close(ends[0]);
                return ends[1];
            }
        },
        FIFO {
            @Override
            int open(ZeroBytesTest t) throws Exception {
                String path = t.name();
                assertEquals(0, new ProcessBuilder("mkfifo", path).start().waitFor());
                return t.opened(Linux.open(path, Fcntl.O_RDWR | Linux.O_CLOEXEC, 0));
            }
        },
        TERMINAL {
            @Override
            int open(ZeroBytesTest t) {
                return t.terminal()[1];
            }
        },
        STREAM_SOCKET {
            @Override
            int open(ZeroBytesTest t) {
                return t.sockets(1)[0];
            }
        },
        DATAGRAM_SOCKET {
            @Override
            int open(ZeroBytesTest t) {
                return t.sockets(DATAGRAMS)[0];
            }
        },
        EVENTFD {
            @Override
            int open(ZeroBytesTest t) {
                return t.opened(Native.C.eventfd(0, Linux.O_CLOEXEC));
            }
        },
        TIMERFD {
            @Override
            int open(ZeroBytesTest t) {
                return t.opened(Native.C.timerfd_create(Linux.CLOCK_MONOTONIC, Linux.O_CLOEXEC));
            }
        },
        FILE {
            @Override
            int open(ZeroBytesTest t) {
                return t.fileWith("abc".getBytes());
            }
        },
        FILE_FOR_READING {
            @Override
            int open(ZeroBytesTest t) {
                return t.opened(Linux.open("/proc/self/exe", Fcntl.O_RDONLY | Linux.O_CLOEXEC, 0));
            }
        },
        FILE_FOR_APPENDING {
            @Override
            int open(ZeroBytesTest t) {
                return t.opened(Linux.open(t.name(), Fcntl.O_WRONLY | Linux.O_APPEND | CREATE, 0600));
            }
        },
        DIRECTORY {
            @Override
            int open(ZeroBytesTest t) {
                return t.opened(Linux.open("/", Fcntl.O_RDONLY | Linux.O_CLOEXEC, 0));
            }
        },
        DEVICE {
            @Override
            int open(ZeroBytesTest t) {
                return t.opened(Linux.open("/dev/zero", Fcntl.O_RDWR | Linux.O_CLOEXEC, 0));
            }
        };

        abstract int open(ZeroBytesTest t) throws Exception;
    }

    private AioRequest ofNothing(int operation, int fd) {
        ByteBuffer memory = Memory.allocate(8);
        AioRequest r = recorded(request(operation, fd, memory, 0, 0), operation);
        long at = Memory.address(memory);
        r.transfer.buffers().pieces = new long[] {at, 0, at, 0};
        r.transfer.buffers().pieceCount = 2;
        return r;
    }

    private static int called(int operation, int fd) {
        ByteBuffer vectors = Memory.allocate(32);
        long at = Memory.address(vectors);
        vectors.putLong(0, at).putLong(16, at);
        return (int) Linux.result(
                switch (operation) {
                    case AioTransfer.READ -> Native.C.read(fd, at, 0);
                    case AioTransfer.WRITE -> Native.C.write(fd, at, 0);
                    case AioTransfer.READV -> CALLS.readv(fd, at, 2);
                    default -> CALLS.writev(fd, at, 2);
                });
    }

    private void endsAs(int answer, AioRequest r) {
        ended(r, Math.min(0, answer) * -1, answer < 0 ? -1 : answer);
        RingRecord record = take();
        assertEquals(r.transfer.operation, record.cookie);
        assertEquals(Errnos.name(Math.max(0, -answer)), Errnos.name(record.error));
        assertEquals(answer < 0 ? -1 : answer, record.result);
    }

    @ParameterizedTest
    @EnumSource
    void endsAsTheCallReturns(Opened how) throws Exception {
        int fd = how.open(this);
        for (int operation : OPERATIONS) {
            endsAs(called(operation, fd), submit(ofNothing(operation, fd)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsSoWithAPriorityAndInAList(Opened how) throws Exception {
        int fd = how.open(this);
        for (int operation : OPERATIONS) {
            AioRequest r = ofNothing(operation, fd);
            r.transfer.priority = 3;
            int answer = called(operation, fd);
            int rc = submitList(new AioRequest[] {r}, 1, true, Destination.silent(queue));
            assertEquals(answer < 0 ? -Errnos.EIO : 0, rc);
            endsAs(answer, r);
        }
    }

    @Test
    void aReadOfNothingDoesNotWaitForThoseThatWaitForData() {
        int[] terminal = terminal();
        int[] pipe = pipe();
        for (int[] ends : new int[][] {{pipe[0], pipe[1]}, {terminal[1], terminal[0]}}) {
            ByteBuffer into = Memory.allocate(4);
            AioRequest waiting = submit(reading(ends[0], into, 0));
            endsAs(0, submit(ofNothing(AioTransfer.READ, ends[0])));
            endsAs(0, submit(ofNothing(AioTransfer.READV, ends[0])));
            pending(waiting);
            write(ends[1], "abc\n");
            ended(waiting, 0, 4);
        }
    }

    @Test
    void aReadOfNothingTakesNoMessageAndOnlyAPlainWriteSendsOne() {
        int[] pair = sockets(DATAGRAMS);
        write(pair[1], "one");
        endsAs(0, submit(ofNothing(AioTransfer.READ, pair[0])));
        endsAs(0, submit(ofNothing(AioTransfer.READV, pair[0])));
        assertEquals("one", new String(read(pair[0], 3)));
        endsAs(0, submit(ofNothing(AioTransfer.WRITEV, pair[0])));
        assertEquals(-Errnos.EAGAIN, received(pair[1]));
        endsAs(0, submit(ofNothing(AioTransfer.WRITE, pair[0])));
        assertEquals(0, received(pair[1]));
        assertEquals(-Errnos.EAGAIN, received(pair[1]));
    }

    private static int received(int fd) {
        ByteBuffer into = Memory.allocate(8);
        return (int) Linux.result(Native.C.recv(fd, Memory.address(into), 8, MSG_DONTWAIT));
    }

    @Test
    void aMessageOfNothingWaitsForRoom() {
        int[] pair = sockets(DATAGRAMS);
        ByteBuffer one = direct((byte) 1);
        int sent = 0;
        while (Native.C.send(pair[0], Memory.address(one), 1, MSG_DONTWAIT) == 1) {
            sent++;
        }
        AioRequest message = submit(ofNothing(AioTransfer.WRITE, pair[0]));
        pending(message);
        for (int i = 0; i < sent; i++) {
            assertEquals(1, received(pair[1]));
        }
        endsAs(0, message);
        assertEquals(0, received(pair[1]));
    }

    @Test
    void aClosedDescriptorIsRefused() {
        int fd = pipe()[0];
        close(fd);
        for (int operation : OPERATIONS) {
            assertEquals(-Errnos.EBADF, tried(ofNothing(operation, fd)));
        }
        noRecord();
        assertTrue(queue.reserve(queue.limit()), "a slot is lost");
        queue.release(queue.limit());
    }
}
