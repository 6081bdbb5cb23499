package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.Fcntl;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** A stream that was ready is not ready any more, because others read it too: the thread that reaps does not wait for it. */
class HostileStreamTest extends AioFixture {
    private static final int MSG_PEEK = 2;

    /** What somebody writes to at {@link #writer}, and reads at two descriptors. */
    private enum Stream {
        /** Two open files of one FIFO. */
        FIFO {
            @Override
            void open(HostileStreamTest t) throws Exception {
                t.openFifo(Fcntl.O_RDONLY);
            }
        },
        /** The same, open for writing too. */
        FIFO_BOTH_WAYS {
            @Override
            void open(HostileStreamTest t) throws Exception {
                t.openFifo(Fcntl.O_RDWR);
            }
        },
        /** Two numbers of one end of a pipe. */
        PIPE {
            @Override
            void open(HostileStreamTest t) {
                int[] ends = t.pipe();
                t.writer = ends[1];
                t.readers = new int[] {ends[0], t.opened(Linux.duplicate(ends[0], 0))};
            }
        },
        /** Two open files of one terminal. */
        TERMINAL {
            @Override
            void open(HostileStreamTest t) {
                int[] ends = t.terminal();
                t.writer = ends[0];
                t.readers = new int[] {ends[1], t.openTerminal(ends[0])};
            }
        },
        /** Two numbers of one end of a socket pair. */
        SOCKET {
            @Override
            void open(HostileStreamTest t) {
                int[] ends = t.sockets(1);
                t.writer = ends[1];
                t.readers = new int[] {ends[0], t.opened(Linux.duplicate(ends[0], 0))};
            }
        };

        abstract void open(HostileStreamTest t) throws Exception;
    }

    private int writer;
    private int[] readers;
    private String path;

    private void openFifo(int how) throws IOException, InterruptedException {
        path = name();
        assertEquals(0, new ProcessBuilder("mkfifo", path).start().waitFor());
        writer = opened(Linux.open(path, Fcntl.O_RDWR | Linux.O_CLOEXEC, 0));
        readers = new int[2];
        for (int i = 0; i < 2; i++) {
            readers[i] = opened(Linux.open(path, how | Linux.O_CLOEXEC, 0));
        }
    }

    /** The thread that waits on the queue comes back at its limit: it is not in a read that has nothing. */
    private void theQueueGoesOn() {
        int state = queue.state();
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20);
        int rc = queue.await(state, Linux.CLOCK_MONOTONIC, until, false, 0);
        assertTrue(rc == -Errnos.ETIMEDOUT || rc == -Errnos.EWOULDBLOCK || rc == 0, () -> Errnos.name(-rc));
    }

    @ParameterizedTest
    @EnumSource(Stream.class)
    void ofTwoReadersOneGetsTheDataAndNobodyWaits(Stream stream) throws Exception {
        stream.open(this);
        for (int round = 0; round < 30; round++) {
            AioRequest[] reads = new AioRequest[2];
            for (int i = 0; i < 2; i++) {
                reads[i] = submit(recorded(reading(readers[i], Memory.allocate(16), 0), i));
            }
            write(writer, "x\n");
            int first = (int) take().cookie;
            ended(reads[first], 0, 2);
            theQueueGoesOn();
            AioRequest other = reads[1 - first];
            pending(other);
            if (round % 2 == 0) {
                write(writer, "yz\n");
                assertEquals(1 - first, take().cookie);
                ended(other, 0, 3);
            } else {
                AioCancel.cancel(other.transfer.fildes, other);
                assertEquals(1 - first, take().cookie);
                ended(other, Errnos.ECANCELED, -1);
            }
        }
    }

    /**
     * A neighbour looks at, or takes, what comes: some reads get it, and others wait on. Where the kernel makes the read of a terminal
     * in a thread of the process, that thread stops in whatever it does, and with it the JVM: not even a time limit ends this test then.
     */
    @ParameterizedTest
    @EnumSource(Stream.class)
    void readsGoOnBesideANeighbourWhoTakesWhatComes(Stream stream) throws Exception {
        stream.open(this);
        boolean[] over = new boolean[1];
        Thread neighbour = start(() -> {
            ByteBuffer into = Memory.allocate(16);
            ByteBuffer one = Memory.allocate(8);
            while (!over[0]) {
                if (stream == Stream.SOCKET) {
                    Native.C.recv(readers[1], Memory.address(into), 16, MSG_PEEK | Linux.MSG_DONTWAIT);
                    Native.C.recv(readers[1], Memory.address(into), 16, Linux.MSG_DONTWAIT);
                } else {
                    one.putInt(0, readers[1]).putShort(4, (short) Linux.POLLIN).putShort(6, (short) 0);
                    if (Native.C.ppoll(Memory.address(one), 1, Memory.address(into), 0) > 0) {
                        // may wait: until the next write, or the last one below
                        Native.C.read(readers[1], Memory.address(into), 16);
                    }
                }
                into.putLong(0, 0).putLong(8, 0);
                LockSupport.parkNanos(20_000);
            }
        });
        AioRequest read = submit(recorded(reading(readers[0], Memory.allocate(16), 0), 1));
        for (int round = 0; round < 3000; round++) {
            write(writer, "x\n");
            if (takeWithin(queue, TimeUnit.MILLISECONDS.toNanos(1)) != null) {
                ended(read, 0, 2 * (read.transfer.done / 2));
                read = submit(recorded(reading(readers[0], Memory.allocate(16), 0), 1));
            }
        }
        theQueueGoesOn();
        over[0] = true;
        // the neighbour may be in a read, and so may nobody else
        AioRequest last = read;
        eventually(
                () -> {
                    write(writer, "x\n");
                    return !neighbour.isAlive();
                },
                "the neighbour does not end");
        AioCancel.cancel(readers[0], last);
        int status = done(last);
        assertTrue(status == 0 || status == Errnos.ECANCELED, () -> Errnos.name(status));
    }

    /** Whatever is on the way between a worker of the kernel's and a poll at that moment. */
    @ParameterizedTest
    @EnumSource(Stream.class)
    void aCancellationThatComesAtOnceIsNotLost(Stream stream) throws Exception {
        stream.open(this);
        for (int round = 0; round < 3000; round++) {
            AioRequest read = submit(reading(readers[0], Memory.allocate(16), 0));
            for (long until = System.nanoTime() + round % 100 * 1000; System.nanoTime() < until; ) {
                Thread.onSpinWait();
            }
            AioCancel.cancel(readers[0], read);
            ended(read, Errnos.ECANCELED, -1);
        }
    }

    /** Another process has the FIFO open too. */
    @Test
    void readsGoOnBesideAProcessThatDrainsTheFifo() throws Exception {
        openFifo(Fcntl.O_RDONLY);
        Process drain = new ProcessBuilder("cat", path)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            AioRequest[] reads = new AioRequest[2];
            for (int i = 0; i < 2; i++) {
                reads[i] = submit(recorded(reading(readers[i], Memory.allocate(16), 0), i));
            }
            for (int round = 0; round < 200; round++) {
                write(writer, "x");
                if (round % 20 == 0) {
                    theQueueGoesOn();
                }
                for (int i = 0; i < 2; i++) {
                    if (reads[i].error() == 0) {
                        ended(reads[i], 0, reads[i].transfer.done);
                        take();
                        reads[i] = submit(recorded(reading(readers[i], Memory.allocate(16), 0), i));
                    }
                }
            }
            theQueueGoesOn();
            for (AioRequest read : reads) {
                AioCancel.cancel(read.transfer.fildes, read);
                int status = done(read);
                assertTrue(status == 0 || status == Errnos.ECANCELED, () -> Errnos.name(status));
            }
        } finally {
            drain.destroyForcibly().waitFor();
        }
    }

    /** Two writers of a full FIFO: each write is done whole when somebody reads, and until then nobody waits for it. */
    @ParameterizedTest
    @ValueSource(ints = {100, 200_000})
    void writersOfAFullFifoWaitAndNobodyWithThem(int length) throws Exception {
        openFifo(Fcntl.O_RDONLY);
        int second = opened(Linux.open(path, Fcntl.O_WRONLY | Linux.O_CLOEXEC, 0));
        byte[] fill = new byte[65536];
        write(writer, fill);
        AioRequest[] writes = {
            submit(recorded(writing(writer, pattern(length, 1), 0), 0)),
            submit(recorded(writing(second, pattern(length, 2), 0), 1))
        };
        theQueueGoesOn();
        pending(writes[0]);
        pending(writes[1]);
        assertEquals(65536, read(readers[0], 65536).length);
        assertEquals(2 * length, read(readers[1], 2 * length).length);
        for (AioRequest one : writes) {
            ended(one, 0, length);
        }
    }

    /** One that waits in a call of its own is ended by a cancellation, and by the end of its queue. */
    @ParameterizedTest
    @EnumSource(Stream.class)
    void whatWaitsIsEndedWithItsQueue(Stream stream) throws Exception {
        stream.open(this);
        AioRequest read = submit(reading(readers[0], Memory.allocate(16), 0));
        AioRequest other = submit(reading(readers[1], Memory.allocate(16), 0));
        pending(read);
        assertEquals(0, queue.destroy());
        assertEquals(Errnos.ECANCELED, read.error());
        assertEquals(Errnos.ECANCELED, other.error());
    }
}
