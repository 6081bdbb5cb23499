package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * Requests of every kind from several threads into one queue that several threads take from; many are cancelled while they
 * come about. Each ends in exactly one record, and nothing is left when all are done.
 */
@Timeout(120)
class EveryKindAtOnceTest {
    private static final int REQUESTERS = 3;
    private static final int TAKERS = 3;
    private static final int KINDS = 11;
    private static final int ROUNDS = Integer.getInteger("sigkevent.rounds", 150);
    private static final long SEED = Long.getLong("sigkevent.seed", System.nanoTime());

    @TempDir
    Path directory;

    private final KeventQueue queue = KeventQueue.open(10_000);
    private final Queue<Token> tokens = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Throwable> wrong = new AtomicReference<>();
    private volatile boolean over;

    /** The cookie of one request. */
    private static final class Token {
        final String what;
        final AtomicInteger records = new AtomicInteger();

        Token(String what) {
            this.what = what;
        }

        @Override
        public String toString() {
            return what;
        }
    }

    private SigVal token(String what) {
        Token token = new Token(what);
        tokens.add(token);
        return SigVal.of(token);
    }

    @Test
    void eachRequestEndsInOneRecordAndNothingIsLeft() throws Exception {
        System.out.println("EveryKindAtOnceTest: sigkevent.seed=" + SEED);
        List<FutureTask<Void>> takers = new ArrayList<>();
        for (int i = 0; i < TAKERS; i++) {
            takers.add(Support.start(this::take));
        }
        // what the library opens once is open then
        new Requester(directory.resolve("warm-up"), SEED).eachKind();
        long before = Support.openDescriptors();
        List<FutureTask<Void>> requesters = new ArrayList<>();
        SplittableRandom seeds = new SplittableRandom(SEED);
        for (int i = 0; i < REQUESTERS; i++) {
            Requester requester = new Requester(directory.resolve("file" + i), seeds.nextLong());
            requesters.add(Support.start(() -> {
                requester.rounds(ROUNDS);
                return null;
            }));
        }
        for (FutureTask<Void> requester : requesters) {
            Support.get(requester);
        }
        assertNull(wrong.get());
        for (Token token : tokens) {
            Support.until("a record of " + token.what + ", seed " + SEED, () -> token.records.get() > 0);
        }
        over = true;
        for (FutureTask<Void> taker : takers) {
            Support.get(taker);
        }
        for (Token token : tokens) {
            assertEquals(1, token.records.get(), () -> token.what + ", seed " + SEED);
        }
        assertTrue(tokens.size() > REQUESTERS * ROUNDS, tokens.size() + " requests");
        KeventStats stats = queue.stats();
        assertEquals(0, stats.armed, stats::toString);
        assertEquals(0, stats.unread, stats::toString);
        Support.until("descriptors as before, " + before, () -> Support.openDescriptors() <= before);
        queue.close();
    }

    private Void take() throws InterruptedException {
        KeventRecord record = new KeventRecord();
        while (!over) {
            if (queue.poll(record, Duration.ofMillis(20))) {
                ((Token) record.object).records.incrementAndGet();
                boolean expected = record.error == 0
                        || record.error == Errno.ECANCELED
                        || record.id == Kevent.KEVENT_FUTEX && record.error == Errno.EAGAIN;
                if (!expected) {
                    wrong.compareAndSet(null, new AssertionError(record.object + ": " + record));
                }
                if (record.id == Kevent.KEVENT_SOCKET && record.result > 0) {
                    Unistd.close((int) record.result);
                }
            }
        }
        return null;
    }

    /** One thread that asks for all kinds; what it makes for that is its own, and is closed at the end of each round. */
    private final class Requester {
        private final SplittableRandom random;
        private final Path path;
        private final List<Integer> opened = new ArrayList<>();

        Requester(Path path, long seed) throws Exception {
            this.path = path;
            random = new SplittableRandom(seed);
            Files.write(path, new byte[100_000]);
        }

        void rounds(int n) throws Exception {
            for (int i = 0; i < n; i++) {
                request(random.nextInt(KINDS), i);
            }
        }

        void eachKind() throws Exception {
            for (int kind = 0; kind < KINDS; kind++) {
                request(kind, 0);
            }
        }

        private void request(int kind, int round) throws Exception {
            switch (kind) {
                case 0 -> queue.post(token("user"));
                case 1 -> delay();
                case 2 -> file();
                case 3 -> pipe();
                case 4 -> readiness();
                case 5 -> futex();
                case 6 -> lock();
                case 7 -> sockets();
                case 8 -> messages();
                case 9 -> sync();
                default -> process(round);
            }
            opened.forEach(Unistd::close);
            opened.clear();
        }

        private int open(long fd) {
            opened.add((int) ok(fd));
            return (int) fd;
        }

        private void taken(SigVal cookie) {
            Token token = (Token) cookie.sival_ptr;
            Support.until(token.what, () -> token.records.get() > 0);
        }

        /** Submits; then what makes it happen, and perhaps a cancellation, in either order. */
        private void submit(KeventEvent event, Runnable happen) {
            queue.submit(event);
            int order = random.nextInt(4);
            if (order == 0) {
                queue.cancel(event);
            }
            happen.run();
            if (order == 1) {
                queue.cancel(event);
            }
        }

        private void delay() {
            TimeSpec time = TimeSpec.ofNanos(random.nextInt(2_000_000));
            int clock = random.nextBoolean() ? Time.CLOCK_MONOTONIC : Time.CLOCK_REALTIME;
            submit(KeventEvent.delay(clock, 0, time, token("delay")), () -> {});
        }

        private void file() throws Exception {
            AioFile file = AioFile.of(queue, open(Fcntl.open(path.toString(), Fcntl.O_RDWR)));
            List<AioOperation> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                ByteBuffer buffer =
                        random.nextBoolean() ? ByteBuffer.allocate(3000) : ByteBuffer.allocateDirect(70_000);
                all.add(
                        random.nextBoolean()
                                ? file.read(buffer, random.nextInt(100_000), token("read"))
                                : file.write(buffer, random.nextInt(100_000), token("write")));
            }
            all.add(file.sync(random.nextBoolean(), token("sync")));
            if (random.nextBoolean()) {
                file.cancelAll();
            }
            for (AioOperation one : all) {
                assertTrue(one.await(Support.SOON));
            }
        }

        private void pipe() {
            int[] ends = EventSource.pipe();
            open(ends[0]);
            open(ends[1]);
            AioFile from = AioFile.of(queue, ends[0]);
            SigVal cookie = token("pipe");
            AioOperation read = from.read(ByteBuffer.allocateDirect(8), 0, cookie);
            if (random.nextBoolean()) {
                read.cancel();
            }
            assertEquals(1, Native.C.write(ends[1], Memory.address(Memory.allocate(1)), 1));
            taken(cookie);
        }

        private void readiness() {
            int[] ends = EventSource.pipe();
            open(ends[0]);
            open(ends[1]);
            submit(
                    KeventEvent.fd(ends[0], Poll.POLLIN, token("fd")),
                    () -> assertEquals(1, Native.C.write(ends[1], Memory.address(Memory.allocate(1)), 1)));
        }

        private void futex() {
            ByteBuffer word = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
            KeventEvent wait = KeventEvent.futex(word, 0, -1, true, token("futex"));
            queue.submit(wait);
            if (random.nextBoolean()) {
                queue.cancel(wait);
            }
            word.putInt(0, 1);
            // the wait may not have begun: then it finds the other value
            Linux.call(Syscalls.FUTEX, Memory.address(word), 1, 1);
            java.lang.ref.Reference.reachabilityFence(word);
        }

        private void lock() {
            int holder = open(Fcntl.open(path.toString(), Fcntl.O_RDWR));
            int waiter = open(Fcntl.open(path.toString(), Fcntl.O_RDWR));
            assertEquals(0, Linux.call(Syscalls.FLOCK, holder, 2));
            SigVal cookie = token("flock");
            submit(
                    KeventEvent.flock(waiter, Fcntl.LOCK_EX, cookie),
                    () -> assertEquals(0, Linux.call(Syscalls.FLOCK, holder, 8)));
            taken(cookie);
        }

        private void sockets() throws Exception {
            int server = open(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
            SigVal bound = token("bind");
            queue.submit(KeventEvent.bind(server, new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), bound));
            taken(bound);
            queue.submit(KeventEvent.listen(server, 5, token("listen")));
            InetSocketAddress address = new InetSocketAddress("127.0.0.1", port(server));
            SigVal accepted = token("accept");
            SigVal connected = token("connect");
            int client = open(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
            submit(
                    KeventEvent.accept(server, SysSocket.SOCK_CLOEXEC, accepted),
                    () -> queue.submit(KeventEvent.connect(client, address, connected)));
            taken(accepted);
            taken(connected);
        }

        private int port(int fd) {
            ByteBuffer b = Memory.allocate(128);
            b.putInt(124, 100);
            long at = Memory.address(b);
            // getsockname
            assertEquals(0, Linux.call(Native.X86_64 ? 51 : 204, fd, at, at + 124));
            return (b.get(2) & 0xff) << 8 | b.get(3) & 0xff;
        }

        private void messages() throws Exception {
            String name = "/every-kind-" + ProcessHandle.current().pid() + "-" + random.nextInt(1 << 30);
            SigVal cookie = token("mq");
            try (MessageQueue messages =
                    MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_RDWR, 0600, null)) {
                MessageQueue.unlink(name);
                messages.notifyInto(queue, cookie);
                messages.send(ByteBuffer.allocateDirect(3), 0);
                taken(cookie);
            }
        }

        private void sync() {
            SigVal cookie = token("fsync");
            queue.submit(KeventEvent.fsync(open(Fcntl.open(path.toString(), Fcntl.O_RDWR)), cookie));
            taken(cookie);
        }

        private void process(int round) throws Exception {
            if (round % 8 != 0) {
                // they take long to start
                return;
            }
            Process child = new ProcessBuilder("sleep", "100").start();
            submit(KeventEvent.processEnd((int) child.pid(), token("process")), child::destroyForcibly);
            child.waitFor();
        }
    }
}
