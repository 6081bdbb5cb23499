package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EACCES;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EEXIST;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EIO;
import static org.sigkevent.Errno.EMSGSIZE;
import static org.sigkevent.Errno.ENAMETOOLONG;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Errno.ENOSYS;
import static org.sigkevent.Errno.ENOTSUP;
import static org.sigkevent.Errno.ETIMEDOUT;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every function of the C face with each wrong argument. */
@Timeout(60)
class FaceRefusalsTest {
    private static final int CLOSED = 99_999;
    private static final TimeSpec NEGATIVE = new TimeSpec(-1, 0);

    private final Refusals refusals = new Refusals();
    private final String name = "/refusals-" + ProcessHandle.current().pid();
    private int kfd;
    private int file;
    private int mqd;

    @TempDir
    Path dir;

    @BeforeEach
    void open() throws Exception {
        kfd = Kevent.kevent_init(8);
        file = Fcntl.open(Files.createFile(dir.resolve("file")).toString(), Fcntl.O_RDWR);
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 1;
        attr.mq_msgsize = 16;
        mqd = Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, attr);
        assertTrue(mqd >= 0, Errno::message);
    }

    @AfterEach
    void close() {
        Mqueue.mq_close(mqd);
        Mqueue.mq_unlink(name);
        Unistd.close(file);
        Kevent.kevent_destroy(kfd, null, 0);
    }

    private Aiocb block(Consumer<Aiocb> wrong) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = file;
        cb.aio_buf = ByteBuffer.allocateDirect(16);
        cb.aio_nbytes = 16;
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        cb.aio_lio_opcode = Aio.LIO_READ;
        wrong.accept(cb);
        return cb;
    }

    private void reads(int errno, Consumer<Aiocb> wrong, String... words) {
        Aiocb cb = block(wrong);
        refusals.answers("Aio.aio_read", errno, () -> Aio.aio_read(cb), words);
    }

    private void lists(int errno, int mode, Aiocb[] list, int nent, String... words) {
        refusals.answers("Aio.lio_listio", errno, () -> Aio.lio_listio(mode, list, nent, null), words);
    }

    @Test
    void aioNamesTheFieldOfTheBlockAndTheElementOfTheList() throws Exception {
        reads(EFAULT, cb -> cb.aio_buf = null, "aio_buf is null");
        reads(EINVAL, cb -> cb.aio_buf = "text", "aio_buf is a java.lang.String", "getBytes");
        reads(EFAULT, cb -> cb.aio_buf = ByteBuffer.allocate(16).asReadOnlyBuffer(), "aio_buf", "read-only");
        reads(EINVAL, cb -> cb.aio_buf = "text", "aio_buf", "java.lang.String");
        reads(EINVAL, cb -> cb.aio_nbytes = 17, "aio_nbytes 17", "16 bytes");
        reads(EINVAL, cb -> cb.aio_nbytes = -1, "aio_nbytes -1");
        reads(EINVAL, cb -> cb.aio_offset = -7, "aio_offset -7", "aio_fildes " + file);
        reads(EINVAL, cb -> cb.aio_reqprio = 21, "aio_reqprio 21", "20");
        reads(EINVAL, cb -> cb.aio_reqprio = -1, "aio_reqprio -1");
        reads(EBADF, cb -> cb.aio_fildes = CLOSED, "aio_fildes 99999");
        reads(EINVAL, cb -> cb.aio_sigevent.sigev_notify = 77, "sigev_notify 77");
        reads(EINVAL, cb -> cb.aio_sigevent.sigev_notify_kqueue = CLOSED, "sigev_notify_kqueue 99999");
        Aiocb vector = block(cb -> cb.aio_iovcnt = 1);
        refusals.answers("Aio.aio_readv", EINVAL, () -> Aio.aio_readv(vector), "aio_iovcnt 1", "0 to 0");
        Aiocb heap = block(cb -> {
            cb.aio_iov = new ByteBuffer[] {ByteBuffer.allocate(8)};
            cb.aio_iovcnt = 1;
        });
        refusals.answers("Aio.aio_writev", EINVAL, () -> Aio.aio_writev(heap), "aio_iov[0]", "direct");
        refusals.answers("Aio.aio_write", EINVAL, () -> Aio.aio_write(null), "aiocbp is null");
        refusals.answers("Aio.aio_fsync", EINVAL, () -> Aio.aio_fsync(3, new Aiocb()), "op", "3", "O_SYNC");
        refusals.answers("Aio.aio_error", EINVAL, () -> Aio.aio_error(new Aiocb()), "aiocbp", "never submitted");
        refusals.answers("Aio.aio_return", EINVAL, () -> Aio.aio_return(null), "aiocbp is null");
        TimeSpec none = null;
        refusals.answers("Aio.aio_suspend", EINVAL, () -> Aio.aio_suspend(null, 1, none), "list is null");
        refusals.answers("Aio.aio_suspend", EINVAL, () -> Aio.aio_suspend(new Aiocb[2], 3, none), "nent 3", "0 to 2");
        refusals.answers("Aio.aio_suspend", EINVAL, () -> Aio.aio_suspend(new Aiocb[0], 0, NEGATIVE), "timeout -1 s");
        refusals.answers("Aio.aio_cancel", EBADF, () -> Aio.aio_cancel(CLOSED, null), "fildes 99999");
        refusals.answers("Aio.aio_cancel", EINVAL, () -> Aio.aio_cancel(file, new Aiocb()), "fildes " + file, "aiocbp");
        lists(EINVAL, 5, new Aiocb[0], 0, "mode 5", "LIO_WAIT");
        lists(EINVAL, Aio.LIO_WAIT, null, 1, "list is null");
        lists(EINVAL, Aio.LIO_WAIT, new Aiocb[2], 3, "nent 3", "0 to 2");
        Aiocb[] list = {block(cb -> {}), null, block(cb -> cb.aio_offset = -1), block(cb -> cb.aio_lio_opcode = 9)};
        lists(EIO, Aio.LIO_WAIT, list, 4, "list[2]: EINVAL", "list[3]: EINVAL", "2 of nent 4");
        refusals.complete(Aio.class, Set.of());
    }

    @Test
    void keventNamesTheArgument() {
        KeventRing ring = Support.ring(kfd);
        SigEvent itself = SigEvent.kevent(kfd, SigVal.of(1));
        refusals.answers("Kevent.kevent_init", EINVAL, () -> Kevent.kevent_init(0), "num 0", "1 to 10000000");
        refuses(
                "kevent_map_ringbuf",
                EINVAL,
                () -> Kevent.kevent_map_ringbuf(kfd, 9) == null ? -1 : 0,
                "num 9",
                "1 to 8");
        refuses("kevent_map_ringbuf", EBADF, () -> Kevent.kevent_map_ringbuf(CLOSED, 1) == null ? -1 : 0, "kfd 99999");
        refuses("kevent_ctl", EBADF, () -> Kevent.kevent_ctl(CLOSED, Kevent.KEVENT_CTL_WAKE, 1L), "kfd 99999");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 9L), "arg 9", "1 to 8");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, -2L), "arg -2");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 3L), "arg 3");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_POLLFD, 3L), "arg 3");
        refuses("kevent_ctl", ENOSYS, () -> Kevent.kevent_ctl(kfd, 99, 3L), "cmd 99");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, itself), "itself");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, null), "arg is null");
        refuses(
                "kevent_ctl",
                EINVAL,
                () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, "text"),
                "java.lang.String");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, "text"), "takes a number");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, 5), "arg is a number");
        refuses("kevent_ctl", ENOSYS, () -> Kevent.kevent_ctl(kfd, 99, "text"), "cmd 99", "KEVENT_CTL_REQUIRED");
        refuses("kevent_ctl", EINVAL, () -> Kevent.kevent_ctl(kfd, 3, new KeventEvent()), "arg", "queue " + kfd);
        KeventEvent event = KeventEvent.user(SigVal.of(1));
        refuses("kevent_submit", EBADF, () -> Kevent.kevent_submit(CLOSED, event, 0, null), "kfd 99999");
        refuses("kevent_submit", EINVAL, () -> Kevent.kevent_submit(kfd, event, 8, null), "flags 8", "KEVENT_NOWAIT");
        refuses("kevent_submit", EINVAL, () -> Kevent.kevent_submit(kfd, event, 0, NEGATIVE), "timeout -1 s");
        refuses("kevent_wait", EBADF, () -> Kevent.kevent_wait(CLOSED, 0, null, null), "kfd 99999");
        refuses("kevent_wait", EINVAL, () -> Kevent.kevent_wait(kfd, 0, NEGATIVE, null), "timeout -1 s");
        refuses("kevent_wait", EINVAL, () -> Kevent.kevent_wait(kfd, 0, 99, 0, null, null), "clockid 99");
        refuses("kevent_wait", EINVAL, () -> Kevent.kevent_wait(kfd, 0, 1, 2, null, null), "flags 2");
        TimeSpec now = new TimeSpec(0, 1);
        refuses("kevent_wait", ETIMEDOUT, () -> Kevent.kevent_wait(kfd, ring.state(), now, null), "timeout");
        refuses("kevent_wait", Errno.EWOULDBLOCK, () -> Kevent.kevent_wait(kfd, -5, null, null), "ringstate");
        KeventRecord record = new KeventRecord();
        refuses("kevent_take", EBADF, () -> Kevent.kevent_take(CLOSED, record, null), "kfd 99999");
        refuses("kevent_take", EINVAL, () -> Kevent.kevent_take(kfd, null, null), "rec is null");
        refuses("kevent_take", EINVAL, () -> Kevent.kevent_take(kfd, record, NEGATIVE), "timeout -1 s");
        refuses("kevent_destroy", EBADF, () -> Kevent.kevent_destroy(CLOSED, null, 0), "kfd 99999");
        refuses("kevent_destroy", EINVAL, () -> Kevent.kevent_destroy(kfd, ring, 9), "num 9", "1 to 8");
        refusals.complete(Kevent.class, Set.of());
    }

    private void refuses(String method, int errno, LongSupplier call, String... words) {
        refusals.answers("Kevent." + method, errno, call, words);
    }

    private void mq(String method, int errno, LongSupplier call, String... words) {
        refusals.answers("Mqueue." + method, errno, call, words);
    }

    private static MqAttr attr(long flags, long most, long size) {
        MqAttr attr = new MqAttr();
        attr.mq_flags = flags;
        attr.mq_maxmsg = most;
        attr.mq_msgsize = size;
        return attr;
    }

    @Test
    void messageQueuesNameTheArgument() {
        int make = Fcntl.O_CREAT | Fcntl.O_RDWR;
        mq("mq_open", EINVAL, () -> Mqueue.mq_open("no-slash", make, 0600, null), "name \"no-slash\"", "slash");
        mq("mq_open", ENOENT, () -> Mqueue.mq_open("/", 0), "name \"/\"", "nothing");
        mq("mq_open", EACCES, () -> Mqueue.mq_open("/a/b", make, 0600, null), "name \"/a/b\"", "slash");
        mq("mq_open", EINVAL, () -> Mqueue.mq_open("/nul\0x", make, 0600, null), "name", "\\0", "index 4");
        mq("mq_open", ENAMETOOLONG, () -> Mqueue.mq_open("/" + "x".repeat(256), 0), "name", "255");
        mq("mq_open", ENAMETOOLONG, () -> Mqueue.mq_open("/" + "\u00e9".repeat(200), 0), "name", "255 bytes");
        mq("mq_open", EINVAL, () -> Mqueue.mq_open(name, 3), "oflag", "3", "O_RDWR");
        mq(
                "mq_open",
                EINVAL,
                () -> Mqueue.mq_open("/x" + name.substring(1), make, 0600, attr(0, 0, 16)),
                "mq_maxmsg 0");
        mq("mq_open", EEXIST, () -> Mqueue.mq_open(name, make | Fcntl.O_EXCL, 0600, null), name, "O_EXCL");
        mq("mq_open", EFAULT, () -> Mqueue.mq_open(null, 0), "name is null");
        mq("mq_close", EBADF, () -> Mqueue.mq_close(file), "mqdes " + file, "message queue");
        mq("mq_unlink", ENOENT, () -> Mqueue.mq_unlink("/nobody"), "name \"/nobody\"");
        mq("mq_unlink", EINVAL, () -> Mqueue.mq_unlink("/nul\0x"), "name", "index 4");
        byte[] bytes = new byte[32];
        mq("mq_send", EBADF, () -> Mqueue.mq_send(CLOSED, bytes, 1, 0), "mqdes 99999");
        mq("mq_send", EFAULT, () -> Mqueue.mq_send(mqd, null, 1, 0), "msg is null");
        mq("mq_send", EINVAL, () -> Mqueue.mq_send(mqd, "text", 4, 0), "msg is a java.lang.String", "getBytes");
        mq("mq_send", EINVAL, () -> Mqueue.mq_send(mqd, "text", 1, 0), "msg", "java.lang.String");
        mq("mq_send", EINVAL, () -> Mqueue.mq_send(mqd, bytes, 33, 0), "len 33", "32 bytes");
        mq("mq_send", EMSGSIZE, () -> Mqueue.mq_send(mqd, bytes, 17, 0), "len 17", "mq_msgsize", "16");
        mq("mq_send", EMSGSIZE, () -> Mqueue.mq_send(mqd, bytes, -1, 0), "len -1");
        mq("mq_send", EINVAL, () -> Mqueue.mq_send(mqd, bytes, 1, 32768), "prio 32768", "32,767");
        mq("mq_receive", EMSGSIZE, () -> Mqueue.mq_receive(mqd, bytes, 15, null), "len 15", "mq_msgsize", "16");
        mq("mq_receive", EAGAIN, () -> Mqueue.mq_receive(mqd, bytes, 16, null), "mqdes " + mqd, "empty");
        ByteBuffer readOnly = ByteBuffer.allocate(16).asReadOnlyBuffer();
        mq("mq_receive", EFAULT, () -> Mqueue.mq_receive(mqd, readOnly, 16, null), "msg", "read-only");
        assertEquals(0, Mqueue.mq_send(mqd, bytes, 1, 0));
        mq("mq_send", EAGAIN, () -> Mqueue.mq_send(mqd, bytes, 1, 0), "mqdes " + mqd, "full");
        int waits = Mqueue.mq_open(name, Fcntl.O_RDWR);
        mq("mq_timedsend", EINVAL, () -> Mqueue.mq_timedsend(waits, bytes, 1, 0, NEGATIVE), "abstime -1 s");
        mq("mq_timedsend", ETIMEDOUT, () -> Mqueue.mq_timedsend(waits, bytes, 1, 0, new TimeSpec(1, 0)), "abstime");
        assertEquals(1, Mqueue.mq_receive(mqd, bytes, 16, null));
        mq("mq_timedreceive", EINVAL, () -> Mqueue.mq_timedreceive(waits, bytes, 16, null, NEGATIVE), "abstime -1 s");
        int reads = Mqueue.mq_open(name, Fcntl.O_RDONLY);
        mq("mq_send", EBADF, () -> Mqueue.mq_send(reads, bytes, 1, 0), "mqdes " + reads, "writing");
        mq("mq_notify", EBADF, () -> Mqueue.mq_notify(CLOSED, null), "mqdes 99999");
        SigEvent record = SigEvent.kevent(kfd, SigVal.of(1));
        mq("mq_notify", EBADF, () -> Mqueue.mq_notify(CLOSED, record), "mqdes 99999");
        assertEquals(0, Mqueue.mq_notify(mqd, record));
        mq("mq_notify", EBUSY, () -> Mqueue.mq_notify(mqd, record), "mqdes " + mqd, "registered");
        SigEvent wrong = new SigEvent();
        wrong.sigev_notify = 77;
        mq("mq_notify", EINVAL, () -> Mqueue.mq_notify(mqd, wrong), "sigev_notify 77");
        mq("mq_getattr", EBADF, () -> Mqueue.mq_getattr(CLOSED, new MqAttr()), "mqdes 99999");
        mq("mq_setattr", EINVAL, () -> Mqueue.mq_setattr(mqd, attr(7, 0, 0), null), "mq_flags", "7", "O_NONBLOCK");
        Mqueue.mq_close(waits);
        Mqueue.mq_close(reads);
        refusals.complete(Mqueue.class, Set.of());
    }

    private void time(String method, int errno, LongSupplier call, String... words) {
        refusals.answers("Time." + method, errno, call, words);
    }

    private void notification(Consumer<SigEvent> wrong, String... words) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        wrong.accept(event);
        time("timer_create", EINVAL, () -> Time.timer_create(1, event, new int[1]), words);
    }

    @Test
    void timersAndClocksNameTheArgument() {
        int[] id = new int[1];
        SigEvent record = SigEvent.kevent(kfd, SigVal.of(1));
        time("timer_create", EINVAL, () -> Time.timer_create(99, record, id), "clockid 99");
        time("timer_create", EINVAL, () -> Time.timer_create(1, record, new int[0]), "timerid");
        SigEvent signal = new SigEvent();
        signal.sigev_notify = Signal.SIGEV_SIGNAL;
        signal.sigev_signo = 65;
        time("timer_create", EINVAL, () -> Time.timer_create(1, signal, id), "sigev_signo 65", "1 to 64");
        notification(e -> e.sigev_signo = 9, "sigev_signo 9");
        notification(e -> e.sigev_signo = 11, "sigev_signo 11");
        notification(e -> e.sigev_notify = Signal.SIGEV_THREAD, "sigev_notify_function is null");
        notification(
                e -> {
                    e.sigev_notify = Signal.SIGEV_THREAD;
                    e.sigev_notify_function = value -> {};
                    e.sigev_notify_attributes = "text";
                },
                "sigev_notify_attributes text");
        notification(
                e -> {
                    e.sigev_notify = Signal.SIGEV_THREAD_ID;
                    e.sigev_notify_thread_id = -3;
                },
                "sigev_notify_thread_id -3");
        notification(e -> e.sigev_notify = 9, "sigev_notify 9", "SIGEV_KEVENT");
        assertEquals(0, Time.timer_create(1, record, id));
        ItimerSpec value = new ItimerSpec();
        value.it_value = NEGATIVE;
        time("timer_settime", EINVAL, () -> Time.timer_settime(id[0], 0, value, null), "it_value -1 s");
        ItimerSpec interval = new ItimerSpec();
        interval.it_interval = NEGATIVE;
        time("timer_settime", EINVAL, () -> Time.timer_settime(id[0], 0, interval, null), "it_interval -1 s");
        time("timer_settime", EINVAL, () -> Time.timer_settime(-5, 0, value, null), "timerid -5");
        time("timer_gettime", EINVAL, () -> Time.timer_gettime(-5, value), "timerid -5");
        time("timer_getoverrun", EINVAL, () -> Time.timer_getoverrun(-5), "timerid -5");
        time("timer_delete", EINVAL, () -> Time.timer_delete(-5), "timerid -5");
        Time.timer_delete(id[0]);
        TimeSpec tp = new TimeSpec();
        time("clock_gettime", EINVAL, () -> Time.clock_gettime(99, tp), "clockid 99");
        time("clock_getres", EINVAL, () -> Time.clock_getres(99, tp), "clockid 99");
        time("clock_settime", EINVAL, () -> Time.clock_settime(99, tp), "clockid 99");
        time("clock_settime", EINVAL, () -> Time.clock_settime(0, NEGATIVE), "tp -1 s");
        time("nanosleep", EINVAL, () -> Time.nanosleep(NEGATIVE, null), "rqtp -1 s");
        // these two answer the error number and leave errno
        assertEquals(EINVAL, Time.clock_nanosleep(1, 0, NEGATIVE, null));
        assertEquals(Errno.ESRCH, Time.clock_getcpuclockid(-5, id));
        assertEquals(ENOTSUP, Time.clock_nanosleep(4, 0, tp, null));
        refusals.complete(Time.class, Set.of("clock_nanosleep", "clock_getcpuclockid"));
    }

    @Test
    void signalsNameTheArgument() {
        SigSet set = new SigSet();
        sig("sigaddset", EINVAL, () -> Signal.sigaddset(set, 65), "signo 65", "1 to 64");
        sig("sigdelset", EINVAL, () -> Signal.sigdelset(set, 0), "signo 0");
        sig("sigismember", EINVAL, () -> Signal.sigismember(set, -1), "signo -1");
        sig("sigemptyset", EINVAL, () -> Signal.sigemptyset(null), "set is null");
        sig("sigfillset", EINVAL, () -> Signal.sigfillset(null), "set is null");
        int own = (int) ProcessHandle.current().pid();
        sig("sigqueue", EINVAL, () -> Signal.sigqueue(own, 65, null), "signo 65");
        sig("sigqueue", Errno.ESRCH, () -> Signal.sigqueue(Integer.MAX_VALUE, 0, null), "pid 2147483647");
        sig("sigqueue", EINVAL, () -> Signal.sigqueue(own, 0, SigVal.of("object")), "value object");
        sig("sigqueue", EINVAL, () -> Signal.sigqueue(1, 34, SigVal.of("object")), "value object", "pid 1");
        sig("sigwaitinfo", EINVAL, () -> Signal.sigwaitinfo(set, null), "set");
        sig("sigtimedwait", EINVAL, () -> Signal.sigtimedwait(set, null, NEGATIVE), "timeout -1 s");
        Signal.sigaddset(set, Signal.SIGRTMIN + 5);
        TimeSpec zero = new TimeSpec();
        sig("sigtimedwait", EAGAIN, () -> Signal.sigtimedwait(set, null, zero), "timeout of 0 s 0 ns", "set {39}");
        assertEquals(EINVAL, Signal.sigwait(set, new int[0]));
        Support.giveBack(Signal.SIGRTMIN + 5);
        sig("kill", EINVAL, () -> Signal.kill(own, 65), "signo 65", "1 to 64");
        sig("kill", EINVAL, () -> Signal.kill(own, Signal.SIGUSR1), "kill of signo 10", "would end the JVM");
        sig("kill", EINVAL, () -> Signal.kill(0, 9), "kill of signo 9");
        sig("kill", Errno.ESRCH, () -> Signal.kill(Integer.MAX_VALUE, 0), "kill to pid 2147483647");
        // another process group is not this process
        sig("kill", Errno.ESRCH, () -> Signal.kill(-Integer.MAX_VALUE, Signal.SIGUSR1), "kill to pid -2147483647");
        sig("raise", EINVAL, () -> Signal.raise(-1), "signo -1");
        sig("raise", EINVAL, () -> Signal.raise(Signal.SIGABRT), "raise of signo 6");
        SigAction act = new SigAction();
        sig("sigaction", EINVAL, () -> Signal.sigaction(0, act, null), "signo 0");
        sig("sigaction", EINVAL, () -> Signal.sigaction(9, act, null), "signo 9 belongs to the kernel");
        SigAction info = new SigAction();
        info.sa_flags = Signal.SA_SIGINFO;
        sig("sigaction", EINVAL, () -> Signal.sigaction(Signal.SIGRTMIN, info, null), "sa_sigaction is null");
        SigAction flags = new SigAction();
        flags.sa_flags = 8;
        sig("sigaction", EINVAL, () -> Signal.sigaction(Signal.SIGRTMIN, flags, null), "sa_flags 0x8");
        SigAction error = new SigAction();
        error.sa_handler = Signal.SIG_ERR;
        sig("sigaction", EINVAL, () -> Signal.sigaction(Signal.SIGRTMIN, error, null), "sa_handler is SIG_ERR");
        assertSame(Signal.SIG_ERR, Signal.signal(Signal.SIGRTMIN, null));
        assertTrue(Errno.message().contains("handler is null"), Errno.message());
        assertSame(Signal.SIG_ERR, Signal.signal(Signal.SIGUSR2, Signal.SIG_IGN));
        sig("sigprocmask", EINVAL, () -> Signal.sigprocmask(3, set, null), "how 3", "SIG_SETMASK (2)");
        assertEquals(EINVAL, Signal.pthread_sigmask(-1, set, null));
        sig("sigpending", EFAULT, () -> Signal.sigpending(null), "set is null");
        sig("sigsuspend", EFAULT, () -> Signal.sigsuspend(null), "sigmask is null");
        refusals.complete(Signal.class, Set.of("sigwait", "pthread_sigmask", "signal"));
    }

    private void sig(String method, int errno, LongSupplier call, String... words) {
        refusals.answers("Signal." + method, errno, call, words);
    }

    @Test
    void aNameWithNulMakesNoFile() {
        refusals.answers(
                "Fcntl.open",
                EINVAL,
                () -> Fcntl.open(dir.resolve("made") + "\0.txt", Fcntl.O_CREAT | Fcntl.O_RDWR, 0600),
                "path");
        assertTrue(Files.notExists(dir.resolve("made")));
    }
}
