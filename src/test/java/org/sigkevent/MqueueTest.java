package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EEXIST;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EMSGSIZE;
import static org.sigkevent.Errno.ENAMETOOLONG;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Fcntl.O_CREAT;
import static org.sigkevent.Fcntl.O_EXCL;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.MQ_PRIO_MAX;
import static org.sigkevent.Mqueue.mq_close;
import static org.sigkevent.Mqueue.mq_getattr;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Mqueue.mq_open;
import static org.sigkevent.Mqueue.mq_receive;
import static org.sigkevent.Mqueue.mq_send;
import static org.sigkevent.Mqueue.mq_setattr;
import static org.sigkevent.Mqueue.mq_timedreceive;
import static org.sigkevent.Mqueue.mq_timedsend;
import static org.sigkevent.Mqueue.mq_unlink;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.nothing;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Message queues, and their notification in a ring. */
@Timeout(60)
class MqueueTest {
    private static final Duration QUIET = Duration.ofMillis(20);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private int kfd;
    private final List<String> names = new ArrayList<>();
    private final List<Integer> open = new ArrayList<>();

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(64);
    }

    @AfterEach
    void cleanUp() {
        for (int mqd : open) {
            mq_close(mqd);
        }
        for (String name : names) {
            mq_unlink(name);
        }
        Kevent.kevent_destroy(kfd, null, 0);
    }

    private String name() {
        String name = "/sigkevent-test-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        names.add(name);
        return name;
    }

    private int queue(String name, int flags, long messages, long size) {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = messages;
        attr.mq_msgsize = size;
        int mqd = (int) ok(mq_open(name, O_CREAT | flags, 0600, attr));
        open.add(mqd);
        return mqd;
    }

    private int queue() {
        return queue(name(), O_RDWR, 8, 32);
    }

    private SigEvent event(long cookie) {
        return SigEvent.kevent(kfd, SigVal.of(cookie));
    }

    private static void send(int mqd, String text) {
        ok(mq_send(mqd, text.getBytes(), text.length(), 0));
    }

    private static String receive(int mqd) {
        byte[] into = new byte[8192];
        return new String(into, 0, (int) ok(mq_receive(mqd, into, into.length, null)));
    }

    // ---- messages

    @Test
    void everyMessageComesFromItsBufferAndGoesToItsBufferInWhateverOrderTheyAreUsed() {
        int mqd = queue();
        ByteBuffer[] buffers = new ByteBuffer[4];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = ByteBuffer.allocateDirect(64);
        }
        int[] order = {0, 0, 1, 0, 1, 1, 1, 2, 2, 3, 0, 0, 0, 3, 3, 2, 2, 2, 1, 0};
        for (int i = 0; i < order.length; i++) {
            ByteBuffer from = buffers[order[i]].putInt(0, 1000 + i);
            ByteBuffer to = buffers[order[order.length - 1 - i]].putInt(8, -1);
            ok(mq_send(mqd, from, 4, 0));
            assertEquals(4, ok(mq_receive(mqd, to.position(8), 56, null)));
            assertEquals(1000 + i, to.getInt(8));
            to.position(0);
        }
    }

    @Test
    void messagesComeByPriorityAndThenInOrder() {
        int mqd = queue();
        for (int priority : new int[] {1, 3, 2, 3, MQ_PRIO_MAX - 1}) {
            byte[] text = ("p" + priority).getBytes();
            ok(mq_send(mqd, text, text.length, priority));
        }
        int[] priority = new int[1];
        ByteBuffer direct = ByteBuffer.allocateDirect(40);
        for (int expected : new int[] {MQ_PRIO_MAX - 1, 3, 3, 2, 1}) {
            direct.position(4);
            long length = ok(mq_receive(mqd, direct, 36, priority));
            assertEquals(expected, priority[0]);
            assertEquals(4, direct.position(), "the position stays");
            byte[] text = new byte[(int) length];
            direct.get(4, text);
            assertEquals("p" + expected, new String(text));
        }
    }

    @Test
    void onlyTheMessagesBytesAreWrittenIntoAnyKindOfBuffer() {
        int mqd = queue();
        byte[] array = new byte[33];
        java.util.Arrays.fill(array, (byte) 'Z');
        send(mqd, "ab");
        assertEquals(2, mq_receive(mqd, array, 32, null));
        assertArrayEquals("abZZ".getBytes(), java.util.Arrays.copyOf(array, 4));
        ByteBuffer heap = ByteBuffer.allocate(64);
        heap.position(8);
        send(mqd, "cd");
        assertEquals(2, mq_receive(mqd, heap.slice(), 32, null));
        assertEquals('c', heap.get(8));
        jnr.ffi.Pointer pointer = jnr.ffi.Memory.allocateDirect(jnr.ffi.Runtime.getSystemRuntime(), 32);
        send(mqd, "ef");
        assertEquals(2, mq_receive(mqd, pointer, 32, null));
        assertEquals('e', pointer.getByte(0));
        ok(mq_send(mqd, pointer, 2, 0));
        assertEquals("ef", receive(mqd));
        ok(mq_send(mqd, ByteBuffer.wrap("xgh".getBytes()).position(1).asReadOnlyBuffer(), 2, 0));
        assertEquals("gh", receive(mqd));
        ok(mq_send(mqd, null, 0, 0));
        assertEquals("", receive(mqd));
    }

    @Test
    void badArgumentsAreRefusedAtOnceAlsoWhenItWouldBlock() {
        int mqd = queue(name(), O_RDWR, 1, 8);
        byte[] eight = new byte[8];
        refused(EMSGSIZE, mq_receive(mqd, new byte[7], 7, null));
        refused(EINVAL, mq_receive(mqd, new byte[7], 8, null));
        refused(Errno.EFAULT, mq_receive(mqd, null, 8, null));
        refused(Errno.EFAULT, mq_receive(mqd, ByteBuffer.allocate(8).asReadOnlyBuffer(), 8, null));
        refused(EINVAL, mq_receive(mqd, "text", 8, null));
        ok(mq_send(mqd, eight, 8, 0));
        refused(EMSGSIZE, mq_send(mqd, new byte[9], 9, 0));
        refused(EMSGSIZE, mq_send(mqd, eight, -1, 0));
        refused(EINVAL, mq_send(mqd, eight, 8, MQ_PRIO_MAX));
        refused(EINVAL, mq_send(mqd, eight, 8, -1));
        refused(EINVAL, mq_timedsend(mqd, eight, 8, 0, new TimeSpec(0, -1)));
        refused(EINVAL, mq_timedsend(mqd, eight, 8, 0, new TimeSpec(0, 1_000_000_000)));
        MqAttr attr = new MqAttr();
        ok(mq_getattr(mqd, attr));
        assertEquals(1, attr.mq_curmsgs);
    }

    @Test
    void aDescriptorThatIsNoQueueIsEbadfAndStaysOpen() {
        int file = (int) ok(Fcntl.open("/dev/null", O_RDWR));
        for (int fd : new int[] {-1, 99_999, file}) {
            refused(EBADF, mq_send(fd, new byte[1], 1, 0));
            refused(EBADF, mq_receive(fd, new byte[1], 1, null));
            refused(EBADF, mq_getattr(fd, new MqAttr()));
            refused(EBADF, mq_setattr(fd, new MqAttr(), null));
            refused(EBADF, mq_notify(fd, event(1)));
            refused(EBADF, mq_notify(fd, null));
            refused(EBADF, mq_close(fd));
        }
        ok(Unistd.close(file));
        int readOnly = queue(name(), O_RDONLY, 2, 8);
        refused(EBADF, mq_send(readOnly, new byte[1], 1, 0));
        int writeOnly = queue(name(), O_WRONLY, 2, 8);
        refused(EBADF, mq_receive(writeOnly, new byte[8], 8, null));
        assertEquals(64, freeSlots(), "a refused registration holds no slot");
    }

    private int freeSlots() {
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        return stats.capacity - stats.armed - stats.unread;
    }

    @Test
    void namesAreCheckedAsOnLinux() {
        String name = name();
        refused(ENOENT, mq_open(name, O_RDWR));
        queue(name, O_RDWR, 2, 8);
        refused(EEXIST, mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, null));
        refused(EINVAL, mq_open(name.substring(1), O_RDWR));
        refused(EINVAL, mq_open("", O_RDWR));
        refused(ENOENT, mq_open("/", O_RDWR));
        refused(Errno.EACCES, mq_open("/a/b", O_CREAT | O_RDWR, 0600, null));
        refused(ENAMETOOLONG, mq_open("/" + "x".repeat(256), O_CREAT | O_RDWR, 0600, null));
        refused(ENAMETOOLONG, mq_unlink("/" + "x".repeat(5000)));
        refused(EINVAL, mq_open(name, 3));
        refused(Errno.EFAULT, mq_open(null, O_RDWR));
        MqAttr bad = new MqAttr();
        bad.mq_maxmsg = -1;
        bad.mq_msgsize = 8;
        refused(EINVAL, mq_open(name(), O_CREAT | O_RDWR, 0600, bad));
        ok(mq_unlink(name));
        refused(ENOENT, mq_unlink(name));
    }

    @Test
    void attributesAreReadAndNonblockIsSet() {
        int mqd = queue(name(), O_RDWR, 3, 16);
        MqAttr attr = new MqAttr();
        ok(mq_getattr(mqd, attr));
        assertEquals(3, attr.mq_maxmsg);
        assertEquals(16, attr.mq_msgsize);
        assertEquals(0, attr.mq_flags);
        MqAttr set = new MqAttr();
        set.mq_flags = O_NONBLOCK;
        set.mq_maxmsg = 99;
        MqAttr old = new MqAttr();
        ok(mq_setattr(mqd, set, old));
        assertEquals(0, old.mq_flags);
        ok(mq_getattr(mqd, attr));
        assertEquals(O_NONBLOCK, attr.mq_flags);
        assertEquals(3, attr.mq_maxmsg);
        refused(EAGAIN, mq_receive(mqd, new byte[16], 16, null));
        for (int i = 0; i < 3; i++) {
            send(mqd, "x");
        }
        refused(EAGAIN, mq_send(mqd, new byte[1], 1, 0));
        set.mq_flags = O_NONBLOCK | 1;
        refused(EINVAL, mq_setattr(mqd, set, null));
        refused(EINVAL, mq_setattr(mqd, null, null));
        refused(EINVAL, mq_getattr(mqd, null));
    }

    @Test
    void timedCallsEndAtTheirTimeAndNotBefore() {
        int mqd = queue(name(), O_RDWR, 1, 8);
        TimeSpec time = new TimeSpec();
        for (int i = 0; i < 5; i++) {
            ok(Time.clock_gettime(Time.CLOCK_REALTIME, time));
            long end = time.toNanos() + 10_000_000;
            refused(ETIMEDOUT, mq_timedreceive(mqd, new byte[8], 8, null, TimeSpec.ofNanos(end)));
            ok(Time.clock_gettime(Time.CLOCK_REALTIME, time));
            assertTrue(time.toNanos() >= end);
        }
        refused(ETIMEDOUT, mq_timedreceive(mqd, new byte[8], 8, null, new TimeSpec(1, 0)));
        ok(mq_timedsend(mqd, new byte[1], 1, 0, new TimeSpec(1, 0)));
        refused(ETIMEDOUT, mq_timedsend(mqd, new byte[1], 1, 0, new TimeSpec(1, 0)));
        assertEquals(
                1, mq_timedreceive(mqd, new byte[8], 8, null, new TimeSpec(1, 0)), "a message that is there is given");
    }

    @Test
    void aBlockedReceiverAndABlockedSenderGoOnWhenTheyCan() throws Exception {
        int mqd = queue(name(), O_RDWR, 1, 8);
        FutureTask<String> receiver = start(() -> receive(mqd));
        send(mqd, "hello");
        assertEquals("hello", get(receiver));
        send(mqd, "1");
        FutureTask<Integer> sender = start(() -> mq_send(mqd, "2".getBytes(), 1, 0));
        assertEquals("1", receive(mqd));
        assertEquals(0, get(sender));
        assertEquals("2", receive(mqd));
    }

    @Test
    void anInterruptEndsABlockedCallWithEintr() throws Exception {
        int mqd = queue(name(), O_RDWR, 1, 8);
        for (int i = 0; i < 200; i++) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            FutureTask<Boolean> receiver = start(() -> {
                thread.set(Thread.currentThread());
                refused(EINTR, mq_receive(mqd, new byte[8], 8, null));
                return Thread.currentThread().isInterrupted();
            });
            Support.until("runs", () -> thread.get() != null);
            for (int spin = i * 50; spin > 0; spin--) {
                Thread.onSpinWait();
            }
            thread.get().interrupt();
            assertFalse(get(receiver), "the status is cleared");
        }
    }

    // ---- notification

    @Test
    void aMessageInTheEmptyQueueIsOneRecordOnce() {
        int mqd = queue();
        ok(mq_notify(mqd, event(0x0123_4567_89ab_cdefL)));
        send(mqd, "a");
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_MQ, record.id);
        assertEquals(mqd, record.descriptor);
        assertEquals(0x0123_4567_89ab_cdefL, record.cookie);
        assertEquals(0, record.flags);
        assertEquals("a", receive(mqd));
        send(mqd, "b");
        nothing(kfd, QUIET);
        assertEquals("b", receive(mqd));
        ok(mq_notify(mqd, event(2)));
        send(mqd, "c");
        assertEquals(2, Support.take(kfd).cookie);
    }

    @Test
    void aQueueThatIsNotEmptyNotifiesOnlyAfterItWasEmpty() {
        int mqd = queue();
        send(mqd, "a");
        ok(mq_notify(mqd, event(1)));
        send(mqd, "b");
        nothing(kfd, QUIET);
        receive(mqd);
        receive(mqd);
        send(mqd, "c");
        assertEquals(1, Support.take(kfd).cookie);
    }

    @Test
    void aSecondRegistrationIsEbusyUntilTheFirstIsGone() {
        String name = name();
        int mqd = queue(name, O_RDWR, 4, 8);
        ok(mq_notify(mqd, event(1)));
        refused(EBUSY, mq_notify(mqd, event(2)));
        ok(mq_notify(mqd, null));
        ok(mq_notify(mqd, null));
        nothing(kfd, QUIET);
        assertEquals(64, freeSlots());
        ok(mq_notify(mqd, event(3)));
        send(mqd, "a");
        assertEquals(3, Support.take(kfd).cookie);
    }

    @Test
    void aBlockedReceiverTakesTheMessageAndTheRegistrationStays() throws Exception {
        int mqd = queue();
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<String> receiver = start(() -> {
            thread.set(Thread.currentThread());
            return receive(mqd);
        });
        Support.until("the receiver is blocked", () -> thread.get() != null && inReceive(thread.get()));
        ok(mq_notify(mqd, event(1)));
        send(mqd, "a");
        assertEquals("a", get(receiver));
        nothing(kfd, QUIET);
        refused(EBUSY, mq_notify(mqd, event(2)));
        send(mqd, "b");
        assertEquals(1, Support.take(kfd).cookie);
    }

    /** Whether the kernel shows a thread of this process asleep in a message queue's receive. */
    private static boolean inReceive(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals("transfer")) {
                try (java.util.stream.Stream<java.nio.file.Path> tasks =
                        java.nio.file.Files.list(java.nio.file.Path.of("/proc/self/task"))) {
                    return tasks.anyMatch(task -> {
                        try {
                            String call = java.nio.file.Files.readString(task.resolve("syscall"));
                            return call.startsWith("243 ") || call.startsWith("183 ");
                        } catch (java.io.IOException gone) {
                            return false;
                        }
                    });
                } catch (java.io.IOException unreadable) {
                    return false;
                }
            }
        }
        return false;
    }

    @Test
    void closingAnyDescriptorOfTheQueueIsReportedAsRemoved() {
        String name = name();
        int mqd = queue(name, O_RDWR, 4, 8);
        int second = (int) ok(mq_open(name, O_RDONLY));
        ok(mq_notify(mqd, event(5)));
        ok(mq_close(second));
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_REMOVED, record.flags & Kevent.KEVENT_REMOVED);
        assertEquals(5, record.cookie);
        ok(mq_notify(mqd, event(6)));
        send(mqd, "a");
        record = Support.take(kfd);
        assertEquals(6, record.cookie);
        assertEquals(0, record.flags);
    }

    @Test
    void aRegistrationNeedsASlot() {
        int small = Support.queue(1);
        int a = queue();
        int b = queue();
        ok(mq_notify(a, SigEvent.kevent(small, SigVal.of(1))));
        refused(EAGAIN, mq_notify(b, SigEvent.kevent(small, SigVal.of(2))));
        ok(mq_notify(b, event(3)));
        Support.destroy(small);
        ok(mq_notify(a, event(4)));
        send(a, "x");
        assertEquals(4, Support.take(kfd).cookie);
    }

    @Test
    void aThousandRoundsEachBringTheirCookie() {
        int mqd = queue();
        for (int i = 0; i < 1000; i++) {
            ok(mq_notify(mqd, event(i)));
            send(mqd, "x");
            assertEquals(i, Support.take(kfd).cookie);
            receive(mqd);
        }
    }

    @Test
    void registerThenDrainStrandsNoMessageOfAnotherThread() throws Exception {
        int mqd = queue(name(), O_RDWR | O_NONBLOCK, 8, 8);
        int n = 10_000;
        FutureTask<Void> sender = start(() -> {
            byte[] message = new byte[8];
            for (int i = 0; i < n; ) {
                if (mq_send(mqd, message, 8, 0) == 0) {
                    i++;
                } else {
                    assertEquals(EAGAIN, Errno.errno());
                    Thread.yield();
                }
            }
            return null;
        });
        int got = 0;
        byte[] into = new byte[8];
        while (got < n) {
            ok(mq_notify(mqd, event(1)));
            while (mq_receive(mqd, into, 8, null) >= 0) {
                got++;
            }
            if (got < n) {
                Support.take(kfd);
            }
        }
        get(sender);
    }

    @Test
    void manyRegistrationsAtOnceDoNotBlock() {
        int most = 0;
        List<Integer> all = new ArrayList<>();
        int big = Support.queue(300);
        while (most < 200) {
            MqAttr attr = new MqAttr();
            attr.mq_maxmsg = 1;
            attr.mq_msgsize = 8;
            int mqd = mq_open(name(), O_CREAT | O_RDWR, 0600, attr);
            if (mqd < 0) {
                // as many as this machine allows
                break;
            }
            open.add(mqd);
            all.add(mqd);
            ok(mq_notify(mqd, SigEvent.kevent(big, SigVal.of(most++))));
        }
        assertTrue(most > 10, "only " + most + " queues could be made: " + Errno.message());
        for (int mqd : all) {
            ok(mq_send(mqd, new byte[1], 1, 0));
        }
        boolean[] seen = new boolean[most];
        for (int i = 0; i < most; i++) {
            seen[(int) Support.take(big).cookie] = true;
        }
        for (boolean one : seen) {
            assertTrue(one);
        }
        Support.destroy(big);
    }

    @Test
    void removingThatRacesWithAMessageGivesOneOutcomeAndTheSlotBack() throws Exception {
        int mqd = queue();
        int records = 0;
        for (int i = 0; i < 2000; i++) {
            ok(mq_notify(mqd, event(i)));
            FutureTask<Void> sender = start(() -> {
                send(mqd, "x");
                return null;
            });
            for (int spin = i % 200; spin > 0; spin--) {
                Thread.onSpinWait();
            }
            ok(mq_notify(mqd, null));
            get(sender);
            receive(mqd);
            KeventRecord record = Support.take(kfd, Duration.ZERO);
            if (record != null) {
                records++;
                assertEquals(i, record.cookie);
                assertEquals(0, record.flags);
            }
            assertEquals(64, freeSlots());
        }
        System.out.println("removingThatRacesWithAMessage: " + records + " of 2000 messages came first");
    }

    @Test
    void aNotifiedRoundAllocatesNothing() {
        int mqd = queue();
        SigEvent event = event(3);
        ByteBuffer message = ByteBuffer.allocateDirect(32);
        KeventRing ring = Support.ring(kfd);
        KeventRecord record = new KeventRecord();
        TimeSpec second = new TimeSpec(1, 0);
        int part = 10_000;
        long least =
                // a lock of the JDK allocates when another reader of the socket contends for it: not in
                Long.MAX_VALUE;
        // every part
        long bytes = 0;
        for (int i = 0; i <= 20 * part; i++) {
            if (i % part == 0) {
                long now = Support.allocatedBytes();
                least = i < 2 * part ? least : Math.min(least, now - bytes);
                bytes = Support.allocatedBytes();
            }
            mq_notify(mqd, event);
            mq_send(mqd, message, 8, 0);
            int state = ring.state();
            while (!ring.take(record)) {
                Kevent.kevent_wait(kfd, state, second, null);
                state = ring.state();
            }
            mq_receive(mqd, message, 32, null);
        }
        assertTrue(least <= part, least + " bytes for " + part + " rounds");
    }

    @Test
    void theObjectFaceSendsReceivesAndNotifies() throws Exception {
        String name = name();
        try (KeventQueue queue = KeventQueue.open(4);
                MessageQueue messages = MessageQueue.open(name, O_RDWR | O_CREAT, 0600, null)) {
            messages.notifyInto(queue, SigVal.of("arrived"));
            messages.send(ByteBuffer.wrap("hi".getBytes()), 3);
            assertEquals("arrived", queue.take().object);
            ByteBuffer into = ByteBuffer.allocateDirect((int) messages.attributes().mq_msgsize);
            assertEquals(3, messages.receive(into));
            assertEquals(2, into.position());
            assertEquals(-1, messages.tryReceive(into.clear()));
            assertEquals(-1, messages.receive(into.clear(), Duration.ofMillis(1)));
            messages.notifyInto(queue, SigVal.of(1));
            messages.cancelNotify();
        }
    }

    /** In a JVM of its own: the thread behind SIGEV_THREAD reads the sockets of later tests too. */
    @Test
    void aRegistrationThatGoesWithItsDescriptorCallsNoFunction(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(RemovedRegistrationMain.class.getName()))
                .succeeded("calls: 1");
    }

    @Test
    void aPointerThatKnowsItsSizeIsNotOverrun() {
        int mqd = queue();
        send(mqd, "0123456789");
        jnr.ffi.Pointer small = jnr.ffi.Memory.allocateDirect(jnr.ffi.Runtime.getSystemRuntime(), 16);
        refused(EINVAL, (int) mq_receive(mqd, small, 32, null));
        refused(EINVAL, mq_send(mqd, small, 17, 0));
        refused(Errno.EFAULT, mq_send(mqd, jnr.ffi.Pointer.wrap(jnr.ffi.Runtime.getSystemRuntime(), 0L), 1, 0));
        assertEquals("0123456789", receive(mqd), "nothing was taken");
    }
}
