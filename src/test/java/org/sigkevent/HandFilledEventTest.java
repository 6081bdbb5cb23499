package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The letter's way: fill the struct, submit it. */
@Timeout(60)
class HandFilledEventTest {
    private int kfd;

    @TempDir
    private Path directory;

    @BeforeEach
    void open() {
        kfd = Support.queue(8);
    }

    @AfterEach
    void destroy() {
        Support.destroy(kfd);
    }

    private static KeventEvent event(int id, int descriptor, long data0, long data1) {
        KeventEvent event = new KeventEvent();
        event.id = id;
        event.descriptor = descriptor;
        event.data0 = data0;
        event.data1 = data1;
        event.value = SigVal.of(42);
        return event;
    }

    private KeventRecord submitted(KeventEvent event) {
        ok(kevent_submit(kfd, event, 0, null));
        return taken(event);
    }

    private KeventRecord taken(KeventEvent event) {
        KeventRecord record = Support.take(kfd);
        assertEquals(event.id, record.id);
        assertEquals(42, record.cookie);
        assertEquals(0, record.error, () -> Errno.strerror(record.error));
        return record;
    }

    private void invalid(KeventEvent event, String word) {
        refused(Errno.EINVAL, kevent_submit(kfd, event, 0, null));
        assertTrue(Errno.message().contains(word), Errno::message);
    }

    @Test
    void aDescriptor() {
        int[] pipe = EventSource.pipe();
        KeventEvent event = event(KEVENT_FD, pipe[1], Poll.POLLOUT, 0);
        assertEquals(Poll.POLLOUT, submitted(event).result);
        // the struct is the program's: it is read in the call
        event.descriptor = pipe[0];
        event.data0 = Poll.POLLIN;
        ok(kevent_submit(kfd, event, 0, null));
        event.descriptor = -1;
        event.data0 = 0;
        ok(kevent_ctl(kfd, KEVENT_CTL_CANCEL, event));
        KeventRecord record = Support.take(kfd);
        assertEquals(pipe[0], record.descriptor);
        assertEquals(Errno.ECANCELED, record.error);
        refused(Errno.EBADF, kevent_submit(kfd, event(KEVENT_FD, -1, Poll.POLLIN, 0), 0, null));
        refused(Errno.EINVAL, kevent_submit(kfd, event(KEVENT_FD, pipe[0], 0, 0), 0, null));
        invalid(event(KEVENT_FD, pipe[0], 1L << 40, 0), "data0");
        ok(Unistd.close(pipe[0]));
        ok(Unistd.close(pipe[1]));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSignal(boolean asNumber) {
        int signo = Signal.SIGRTMIN + 7;
        KeventEvent event = asNumber ? event(KEVENT_SIGNAL, signo, 0, 0) : event(KEVENT_SIGNAL, 0, 1L << signo - 1, 0);
        ok(kevent_submit(kfd, event, 0, null));
        ok(Signal.sigqueue((int) ProcessHandle.current().pid(), signo, SigVal.of(5)));
        assertEquals(signo, taken(event).descriptor);
        invalid(event(KEVENT_SIGNAL, 65, 0, 0), "signal");
        invalid(event(KEVENT_SIGNAL, 0, 0, 0), "empty");
    }

    @Test
    void aDelay() {
        long begin = System.nanoTime();
        KeventRecord record = submitted(event(KEVENT_DELAY, Time.CLOCK_MONOTONIC, 1_000_000, 0));
        assertTrue(record.data0 >= begin + 1_000_000, "the time waited for: a millisecond after the call");
        submitted(event(KEVENT_DELAY, Time.CLOCK_REALTIME, 1, Time.TIMER_ABSTIME));
        invalid(event(KEVENT_DELAY, Time.CLOCK_MONOTONIC, -1, 0), "data0");
        invalid(event(KEVENT_DELAY, Time.CLOCK_MONOTONIC, 1, 2), "data1");
    }

    @Test
    void aProcess() throws Exception {
        Process child = new ProcessBuilder("sleep", "100").start();
        KeventEvent event =
                event(KEVENT_PROCESS, (int) child.pid(), Wait.WEXITED | Wait.WSTOPPED | Wait.WNOWAIT, Wait.P_PID);
        ok(kevent_submit(kfd, event, 0, null));
        // a stop is told to nobody else
        new ProcessBuilder("kill", "-STOP", "" + child.pid()).start().waitFor();
        assertEquals(child.pid(), taken(event).descriptor);
        child.destroyForcibly().waitFor();
        invalid(event(KEVENT_PROCESS, (int) child.pid(), Wait.WEXITED, Wait.P_ALL), "P_PID");
    }

    @Test
    void aLockAndASync() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[10]);
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        submitted(event(KEVENT_FLOCK, fd, Fcntl.LOCK_EX, 0));
        submitted(event(KEVENT_SYNC, fd, Fcntl.O_SYNC, 0));
        submitted(event(KEVENT_SYNC, fd, Fcntl.O_DSYNC, 0));
        invalid(event(KEVENT_SYNC, fd, 0, 0), "O_DSYNC");
        refused(Errno.EINVAL, kevent_submit(kfd, event(KEVENT_FLOCK, fd, 77, 0), 0, null));
        ok(Unistd.close(fd));
    }

    @ParameterizedTest
    @ValueSource(strings = {"result", "error", "data1"})
    void whatHasNoUseMustBeZero(String field) throws Exception {
        KeventEvent event = event(KEVENT_FD, 0, Poll.POLLIN, 0);
        var unused = KeventEvent.class.getField(field);
        if (unused.getType() == int.class) {
            unused.setInt(event, 1);
        } else {
            unused.setLong(event, 1);
        }
        invalid(event, field);
    }

    @ParameterizedTest
    @ValueSource(
            ints = {KEVENT_TIMER, KEVENT_AIO, KEVENT_MQ, KEVENT_FUTEX, KEVENT_SYSVMSG, KEVENT_SYSVSEM, KEVENT_SOCKET, 99
            })
    void whatDoesNotFitIsEnosys(int id) {
        refused(Errno.ENOSYS, kevent_submit(kfd, event(id, 0, 0, 0), 0, null));
        assertTrue(Errno.message().contains("KEVENT_USER (" + Kevent.KEVENT_USER + "), KEVENT_FD ("), Errno::message);
        assertTrue(Errno.message().contains("KEVENT_SYNC (" + KEVENT_SYNC + ")"), Errno::message);
    }

    @Test
    void aRecordOfSuchAKindIsPutBackAndNotAskedForAgain() {
        KeventRecord record = submitted(event(KEVENT_DELAY, Time.CLOCK_MONOTONIC, 1000, 0));
        ok(kevent_submit(kfd, KeventEvent.requeue(record), 0, null));
        KeventRecord back = Support.take(kfd);
        assertEquals(KEVENT_REQUEUED, back.flags);
        assertEquals(record.data0, back.data0);
    }
}
