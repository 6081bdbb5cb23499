package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** Every sort of descriptor with every way of learning of a completion. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class PriorMatrixIT extends AioScene {
    private static final int O_NOCTTY = 0400;
    private static final String LINE = "a line of text that goes through\n";

    /** What makes a terminal of the other end of /dev/ptmx. */
    public interface Pty {
        int grantpt(int fd);

        int unlockpt(int fd);

        int ptsname_r(int fd, @Out byte[] name, long size);
    }

    enum Sort {
        FILE,
        PIPE,
        FIFO,
        STREAM_SOCKET,
        DATAGRAM_SOCKET,
        TERMINAL;

        /** Where to read and where to write. */
        int[] open(PriorMatrixIT scene) {
            switch (this) {
                case FILE:
                    int file = scene.tmp();
                    return new int[] {file, file};
                case PIPE:
                    return scene.pipe();
                case FIFO:
                    int fifo = scene.fifo();
                    return new int[] {fifo, fifo};
                case STREAM_SOCKET:
                    return scene.sockets();
                case DATAGRAM_SOCKET:
                    return scene.datagrams();
                default:
                    return scene.terminal();
            }
        }
    }

    enum Way {
        POLLING,
        SUSPEND,
        RING,
        CALLBACK,
        LIST
    }

    private final LinkedBlockingQueue<Long> called = new LinkedBlockingQueue<>();

    int[] sockets() {
        int[] ends = new int[2];
        assertEquals(0, LIBC.socketpair(1, 1 | Fcntl.O_CLOEXEC, 0, ends));
        return new int[] {opened(ends[0]), opened(ends[1])};
    }

    int[] terminal() {
        int master = Fcntl.open("/dev/ptmx", Fcntl.O_RDWR | O_NOCTTY);
        assumeTrue(master >= 0, "no terminals here");
        opened(master);
        Pty pty = LibraryLoader.create(Pty.class).load("c");
        assertEquals(0, pty.grantpt(master));
        assertEquals(0, pty.unlockpt(master));
        byte[] name = new byte[64];
        assertEquals(0, pty.ptsname_r(master, name, name.length));
        String path = new String(name, StandardCharsets.ISO_8859_1);
        int slave = opened(Fcntl.open(path.substring(0, path.indexOf(0)), Fcntl.O_RDWR | O_NOCTTY));
        return new int[] {slave, master};
    }

    static Stream<Arguments> pairs() {
        return Stream.of(Sort.values()).flatMap(sort -> Stream.of(Way.values()).map(way -> Arguments.of(sort, way)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("pairs")
    @Assertion(
            id = "prior/matrix",
            strength = KEVENT,
            says =
                    "A write and a read of a file, pipe, FIFO, socket or terminal complete in every way there is to learn of it.")
    void everySortCompletesInEveryWay(Sort sort, Way way) throws Exception {
        int[] ends = sort.open(this);
        byte[] bytes = LINE.getBytes(StandardCharsets.ISO_8859_1);
        for (int round = 0; round < 10; round++) {
            byte[] into = new byte[bytes.length];
            Aiocb reading = opcode(Aio.LIO_READ, told(way, cb(ends[0], into), 2 * round));
            Aiocb writing = opcode(Aio.LIO_WRITE, told(way, cb(ends[1], bytes), 2 * round + 1));
            // which a read does not wait for
            if (sort == Sort.FILE) {
                complete(way, writing);
                complete(way, reading);
            } else {
                complete(way, reading, writing);
            }
            for (Aiocb cb : List.of(reading, writing)) {
                status(0, cb);
                assertEquals(bytes.length, Aio.aio_return(cb));
            }
            assertArrayEquals(bytes, into);
        }
        silent();
        assertTrue(called.isEmpty(), "a callback too many");
    }

    private Aiocb told(Way way, Aiocb cb, long cookie) {
        if (way == Way.RING) {
            cb.aio_sigevent = kev(cookie);
        } else if (way == Way.CALLBACK) {
            cb.aio_sigevent = event(Signal.SIGEV_THREAD, cookie);
            cb.aio_sigevent.sigev_notify_function = value -> called.add(value.sival_long);
        }
        return cb;
    }

    private static long cookie(Aiocb cb) {
        SigVal value = cb.aio_sigevent.sigev_value;
        return value.sival_long;
    }

    /** Starts the requests and returns when the way has told of all of them. */
    private void complete(Way way, Aiocb... requests) throws Exception {
        if (way == Way.LIST) {
            done(list(Aio.LIO_WAIT, null, requests));
            return;
        }
        for (Aiocb cb : requests) {
            if (cb.aio_lio_opcode == Aio.LIO_READ) {
                read(cb);
            } else {
                write(cb);
            }
        }
        Set<Long> told = new HashSet<>();
        Set<Long> expected = new HashSet<>();
        for (Aiocb cb : requests) {
            switch (way) {
                case POLLING:
                    await(cb);
                    break;
                case SUSPEND:
                    suspend(requests);
                    break;
                case RING:
                    told.add(take().cookie);
                    expected.add(cookie(cb));
                    break;
                default:
                    Long one = called.poll(Support.SOON.toSeconds(), TimeUnit.SECONDS);
                    assertTrue(one != null, "no callback");
                    told.add(one);
                    expected.add(cookie(cb));
            }
        }
        assertEquals(expected, told);
    }

    /** Waits with aio_suspend, for those that are not done yet, until all are. */
    private static void suspend(Aiocb[] requests) {
        for (; ; ) {
            Aiocb[] left = Arrays.stream(requests)
                    .filter(cb -> Aio.aio_error(cb) == Errno.EINPROGRESS)
                    .toArray(Aiocb[]::new);
            if (left.length == 0) {
                return;
            }
            done(Aio.aio_suspend(left, left.length, TimeSpec.of(Support.SOON)));
        }
    }
}
