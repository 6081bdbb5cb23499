package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.Support.ok;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.PidFd;

/** Children that the JDK knows nothing of, and connections that many wait for. */
@Timeout(60)
class ProcessAndConnectTest {
    private static final POSIX POSIX_CALLS = POSIXFactory.getNativePOSIX();
    private static final int AF_INET = 2;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;

    /** More than may hold a helper thread each. */
    private static final int MANY = 300;

    private int kfd;
    private final List<Integer> descriptors = new ArrayList<>();

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(2 * MANY);
    }

    @AfterEach
    void destroyQueue() {
        Support.destroy(kfd);
        descriptors.forEach(Unistd::close);
    }

    private void submit(KeventEvent event) {
        ok(Kevent.kevent_submit(kfd, event, 0, null));
    }

    private static int child(String script) {
        int pid = (int)
                POSIX_CALLS.posix_spawnp("sh", List.of(), List.of("sh", "-c", script), List.of("PATH=/usr/bin:/bin"));
        assertTrue(pid > 0, "posix_spawnp");
        return pid;
    }

    @Test
    void whatAChildHasUsedIsTold() {
        int pid = child("i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; exit 3");
        KeventEvent end = KeventEvent.waitid(Wait.P_PID, pid, Wait.WEXITED, SigVal.of(1));
        assertNull(end.rusage());
        submit(end);
        KeventRecord record = Support.take(kfd);
        assertEquals(0, record.error, record::toString);
        assertEquals(3, record.result);
        assertEquals(Signal.CLD_EXITED, record.data0);
        Rusage usage = end.rusage();
        assertNotNull(usage);
        assertTrue(usage.ru_utime.toNanos() + usage.ru_stime.toNanos() > 0, usage::toString);
        assertTrue(usage.ru_maxrss > 100, usage::toString);
        submit(end);
        assertEquals(Errno.ECHILD, Support.take(kfd).error, "its status was taken");
    }

    @Test
    void whoLeavesTheStatusLeavesItToTheNext() {
        int pid = child("exit 4");
        for (int options : new int[] {Wait.WEXITED | Wait.WNOWAIT, Wait.WEXITED | Wait.WNOWAIT, Wait.WEXITED}) {
            KeventEvent end = KeventEvent.waitid(Wait.P_PID, pid, options, null);
            submit(end);
            KeventRecord record = Support.take(kfd);
            assertEquals(4, record.result, record::toString);
            assertEquals(pid, record.descriptor);
            assertNotNull(end.rusage());
        }
    }

    @Test
    void ofSeveralWhoWaitForAChildOneTakesItsStatus() {
        int pid = child("exec sleep 600");
        for (int i = 0; i < 5; i++) {
            submit(KeventEvent.waitid(Wait.P_PID, pid, Wait.WEXITED, SigVal.of(i)));
        }
        Native.C.syscall(Native.X86_64 ? 62 : 129, pid, 9);
        int killed = 0;
        for (int i = 0; i < 5; i++) {
            KeventRecord record = Support.take(kfd);
            if (record.error == 0) {
                assertEquals(Signal.CLD_KILLED, record.data0);
                assertEquals(9, record.result);
                killed++;
            } else {
                assertEquals(Errno.ECHILD, record.error, record::toString);
            }
        }
        assertEquals(PidFd.tellsStatus() ? 5 : 1, killed);
    }

    @Test
    void aChildOfJavaTellsItsStatusWhoeverReapsIt() throws IOException, InterruptedException {
        assumeTrue(PidFd.tellsStatus(), "the kernel does not tell the status of a process that was reaped");
        for (int i = 0; i < 30; i++) {
            Process process = new ProcessBuilder("sh", "-c", "read line; exit 7").start();
            int pid = (int) process.pid();
            submit(KeventEvent.waitid(Wait.P_PID, pid, Wait.WEXITED | Wait.WNOWAIT, SigVal.of(0)));
            submit(KeventEvent.processEnd(pid, SigVal.of(1)));
            process.getOutputStream().close();
            for (int n = 0; n < 2; n++) {
                KeventRecord record = Support.take(kfd);
                assertEquals(0, record.error, record::toString);
                assertEquals(7, record.result, record::toString);
                assertEquals(Signal.CLD_EXITED, record.data0, record::toString);
                assertEquals(pid, record.descriptor);
                assertEquals(Native.C.getuid(), record.data1);
            }
            assertEquals(7, process.waitFor());
        }
    }

    @Test
    void theEndOfAStrangerTellsItsStatusWhenItsParentHasTakenIt() throws IOException, InterruptedException {
        assumeTrue(PidFd.tellsStatus(), "the kernel does not tell the status of a process that was reaped");
        Process parent =
                new ProcessBuilder("sh", "-c", "exec 3<&0; sh -c 'echo $$; read line <&3; kill -9 $$' & wait").start();
        try (BufferedReader out = parent.inputReader()) {
            int stranger = Integer.parseInt(out.readLine());
            submit(KeventEvent.processEnd(stranger, SigVal.of(1)));
            parent.getOutputStream().close();
            KeventRecord record = Support.take(kfd);
            assertEquals(0, record.error, record::toString);
            assertEquals(9, record.result, record::toString);
            assertEquals(Signal.CLD_KILLED, record.data0, record::toString);
            assertEquals(stranger, record.descriptor);
        }
        parent.waitFor();
    }

    @Test
    void theEndOfAStrangerWhoseStatusNobodyTakesIsToldWithoutIt() throws IOException {
        Process parent =
                new ProcessBuilder("sh", "-c", "exec 3<&0; sh -c 'echo $$; read line <&3' & exec sleep 600").start();
        try (BufferedReader out = parent.inputReader()) {
            int stranger = Integer.parseInt(out.readLine());
            submit(KeventEvent.processEnd(stranger, SigVal.of(1)));
            parent.getOutputStream().close();
            KeventRecord record = Support.take(kfd);
            assertEquals(0, record.error, record::toString);
            assertEquals(0, record.data0, record::toString);
            assertEquals(stranger, record.descriptor);
        } finally {
            parent.destroyForcibly();
        }
    }

    private int socket() {
        int fd = (int) ok(Native.C.socket(AF_INET, SOCK_STREAM | Linux.O_CLOEXEC, 0));
        descriptors.add(fd);
        return fd;
    }

    private static int port(int fd) {
        ByteBuffer b = Memory.allocate(128);
        b.putInt(124, 100);
        assertEquals(
                // getsockname
                0, Linux.call(Native.X86_64 ? 51 : 204, fd, Memory.address(b), Memory.address(b) + 124));
        return (b.get(2) & 0xff) << 8 | b.get(3) & 0xff;
    }

    private static long helpers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("sigkevent-helper"))
                .count();
    }

    @Test
    void manyConnectionsThatAreNotAcceptedHoldNoThreadAndCanBeCancelled() throws Exception {
        int server = socket();
        submit(KeventEvent.bind(server, new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), null));
        assertEquals(0, Support.take(kfd).error);
        submit(KeventEvent.listen(server, 0, null));
        assertEquals(0, Support.take(kfd).error);
        InetSocketAddress full = new InetSocketAddress("127.0.0.1", port(server));
        long before = helpers();
        List<KeventEvent> connects = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            int client = socket();
            KeventEvent connect = KeventEvent.connect(client, full, SigVal.of(i));
            submit(connect);
            assertEquals(0, Linux.statusFlags(client) & Fcntl.O_NONBLOCK, "the descriptor's mode is as it was");
            connects.add(connect);
        }
        long more = helpers() - before;
        assertTrue(more < 20, more + " helper threads for them");
        for (KeventEvent connect : connects) {
            Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, connect);
        }
        int cancelled = 0;
        boolean[] seen = new boolean[MANY];
        for (int i = 0; i < MANY; i++) {
            KeventRecord record = Support.take(kfd);
            assertTrue(!seen[(int) record.cookie], "a second record");
            seen[(int) record.cookie] = true;
            assertTrue(record.error == 0 || record.error == Errno.ECANCELED, record::toString);
            cancelled += record.error == 0 ? 0 : 1;
        }
        assertTrue(cancelled > MANY / 2, cancelled + " were cancelled: most waited");
    }

    @Test
    void connectingASocketThatOthersWaitForDoesNotEndTheirCalls() throws Exception {
        int fd = (int) ok(Native.C.socket(AF_INET, SOCK_DGRAM | Linux.O_CLOEXEC, 0));
        descriptors.add(fd);
        InetAddress here = InetAddress.getByName("127.0.0.1");
        submit(KeventEvent.bind(fd, new InetSocketAddress(here, 0), null));
        assertEquals(0, Support.take(kfd).error);
        AtomicBoolean over = new AtomicBoolean();
        try (DatagramSocket sender = new DatagramSocket(0, here)) {
            DatagramPacket packet = new DatagramPacket(new byte[1], 1, here, port(fd));
            FutureTask<Integer> receiver = Support.start(() -> {
                int failed = 0;
                ByteBuffer buffer = Memory.allocate(8);
                while (!over.get()) {
                    failed += Native.C.recv(fd, Memory.address(buffer), 1, 0) < 0 ? 1 : 0;
                }
                Reference.reachabilityFence(buffer);
                return failed;
            });
            for (int i = 0; i < 20_000; i++) {
                submit(KeventEvent.connect(fd, new InetSocketAddress(here, sender.getLocalPort()), null));
                assertEquals(0, Support.take(kfd).error);
                sender.send(packet);
            }
            over.set(true);
            while (!receiver.isDone()) {
                sender.send(packet);
            }
            assertEquals(0, Support.get(receiver), "calls that were to wait did not");
        }
    }

    @Test
    void manyFutexesHoldNoThreadOnIoUringAndAreBoundedElsewhere() {
        boolean threadEach =
                KeventCapabilities.here().servedBy().get("KEVENT_FUTEX").contains("helper");
        ByteBuffer words = ByteBuffer.allocateDirect(4 * MANY);
        List<KeventEvent> waits = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            KeventEvent wait = KeventEvent.futex(words.slice(4 * i, 4), 0, -1, false, SigVal.of(i));
            if (Kevent.kevent_submit(kfd, wait, Kevent.KEVENT_NOWAIT, null) < 0) {
                assertEquals(Errno.EAGAIN, Errno.errno(), Errno::message);
                assertTrue(Errno.message().contains("no helper thread is free"), Errno.message());
                break;
            }
            waits.add(wait);
        }
        assertTrue(
                threadEach ? waits.size() >= 200 && waits.size() < MANY : waits.size() == MANY,
                waits.size() + " waits");
        for (KeventEvent wait : waits) {
            ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, wait));
        }
        for (int i = 0; i < waits.size(); i++) {
            assertEquals(Errno.ECANCELED, Support.take(kfd).error);
        }
    }
}
