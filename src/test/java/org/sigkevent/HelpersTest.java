package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.PidFd;

/** Queues that have all the helper threads that they may have waiting for a semaphore. */
@Timeout(120)
class HelpersTest {
    private static final int SEMGET = Native.X86_64 ? 64 : 190;
    private static final int SEMCTL = Native.X86_64 ? 66 : 191;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final short[] DOWN = {0, -1, 0};

    /** More than one queue may have. */
    private static final int MANY = 400;

    private final int semid = (int) ok(Linux.call(SEMGET, 0, 1, 0600));
    private final List<KeventEvent> waiting = new ArrayList<>();
    private int greedy;
    private int kfd;

    @TempDir
    Path folder;

    @BeforeEach
    void fill() {
        greedy = Support.queue(MANY);
        kfd = Support.queue(64);
        // a helper of the test before may end only now, and leave its place
        for (int refused = 0; refused < 20; refused++) {
            while (submit(greedy, KeventEvent.semop(semid, DOWN, null), Kevent.KEVENT_NOWAIT, null) == 0) {
                assertTrue(waiting.size() < MANY, "there is no bound");
                refused = 0;
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @AfterEach
    void end() {
        // IPC_RMID
        Linux.call(SEMCTL, semid, 0, 0, 0);
        Support.destroy(greedy);
        Support.destroy(kfd);
    }

    private int submit(int queue, KeventEvent event, int flags, TimeSpec timeout) {
        int rc = Kevent.kevent_submit(queue, event, flags, timeout);
        if (rc == 0) {
            waiting.add(event);
        }
        return rc;
    }

    @Test
    void oneThatFindsNoHelperWaitsForOneWithinItsTimeout() throws Exception {
        KeventEvent more = KeventEvent.semop(semid, DOWN, SigVal.of(7));
        refused(Errno.EAGAIN, Kevent.kevent_submit(greedy, more, Kevent.KEVENT_NOWAIT, null));
        assertTrue(Errno.message().contains("sigkevent.helpers.blocking"), Errno.message());
        refused(Errno.EAGAIN, Kevent.kevent_submit(greedy, more, 0, new TimeSpec(0, 0)));
        refused(Errno.ETIMEDOUT, Kevent.kevent_submit(greedy, more, 0, new TimeSpec(0, 30_000_000)));
        assertTrue(Errno.message().contains("sigkevent.helpers.blocking"), Errno.message());
        assertTrue(Errno.message().contains("timeout of 0 s 30000000 ns"), Errno.message());
        // what is wrong by itself does not wait for a helper; for ever, if it did
        refused(Errno.EINVAL, Kevent.kevent_submit(greedy, KeventEvent.semop(semid, new short[2], null), 0, null));
        FutureTask<Integer> submitter = Support.start(() -> {
            int rc = Kevent.kevent_submit(greedy, more, 0, null);
            return rc < 0 ? Errno.errno() : rc;
        });
        assertTrue(waiting.size() >= 256, waiting.size() + " wait");
        ok(Kevent.kevent_ctl(greedy, Kevent.KEVENT_CTL_CANCEL, waiting.get(0)));
        assertEquals(0, Support.get(submitter));
        assertEquals(Errno.ECANCELED, Support.take(greedy).error);
        ok(Kevent.kevent_ctl(greedy, Kevent.KEVENT_CTL_CANCEL, more));
        assertEquals(7, Support.take(greedy).cookie);
    }

    @Test
    void oneThatFindsNoHelperNeedsNoneWhenItNeedNotWaitAnyMore() throws Exception {
        KeventEvent other = KeventEvent.semop((int) ok(Linux.call(SEMGET, 0, 1, 0600)), DOWN, SigVal.of(7));
        int free = (int) ok(Linux.call(SEMGET, 0, 1, 0600));
        FutureTask<Integer> submitter =
                Support.start(() -> Kevent.kevent_submit(greedy, KeventEvent.semop(free, DOWN, SigVal.of(8)), 0, null));
        refused(Errno.EAGAIN, Kevent.kevent_submit(greedy, other, Kevent.KEVENT_NOWAIT, null));
        ok(Kevent.kevent_submit(kfd, KeventEvent.semop(free, new short[] {0, 1, 0}, null), 0, null));
        assertEquals(0, Support.get(submitter));
        assertEquals(8, Support.take(greedy).cookie);
        Linux.call(SEMCTL, free, 0, 0, 0);
    }

    @Test
    void nobodyUsesUpTheHelpersOfAnotherQueue() {
        for (int i = 0; i < 10; i++) {
            ok(submit(kfd, KeventEvent.semop(semid, DOWN, SigVal.of(i)), Kevent.KEVENT_NOWAIT, null));
        }
        int third = Support.queue(4);
        ok(submit(third, KeventEvent.semop(semid, DOWN, null), Kevent.KEVENT_NOWAIT, null));
        Support.destroy(third);
    }

    @Test
    void whatWasAcceptedDoesNotEndForWantOfAHelper() throws IOException, InterruptedException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        int listener = (int) ok(Native.C.socket(AF_UNIX, SOCK_STREAM | Linux.O_CLOEXEC, 0));
        ok(submit(kfd, KeventEvent.bind(listener, address, SigVal.of(100)), 0, null));
        assertEquals(0, Support.take(kfd).error);
        ok(submit(kfd, KeventEvent.listen(listener, 8, SigVal.of(101)), 0, null));
        assertEquals(0, Support.take(kfd).error);
        Process process = new ProcessBuilder("sh", "-c", "read line; exit 5").start();
        int pid = (int) process.pid();
        ok(submit(kfd, KeventEvent.waitid(Wait.P_PID, pid, Wait.WEXITED | Wait.WNOWAIT, SigVal.of(200)), 0, null));
        // more of them than there are connections: only one gets each
        for (int i = 0; i < 20; i++) {
            ok(submit(kfd, KeventEvent.accept(listener, 0, SigVal.of(i)), 0, null));
        }
        while (submit(kfd, KeventEvent.semop(semid, DOWN, SigVal.of(300)), Kevent.KEVENT_NOWAIT, null) == 0) {}
        process.getOutputStream().close();
        KeventRecord record = Support.take(kfd);
        assertEquals(200, record.cookie, record::toString);
        // where the kernel keeps no status the JDK may have been quicker
        assertTrue(record.error == 0 || record.error == Errno.ECHILD && !PidFd.tellsStatus(), record::toString);
        boolean[] seen = new boolean[20];
        for (int i = 0; i < 20; i++) {
            try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                client.connect(address);
                record = Support.take(kfd);
                assertEquals(0, record.error, record::toString);
                assertTrue(!seen[(int) record.cookie], record::toString);
                seen[(int) record.cookie] = true;
                Unistd.close((int) record.result);
            }
        }
        process.waitFor();
        Unistd.close(listener);
    }
}
