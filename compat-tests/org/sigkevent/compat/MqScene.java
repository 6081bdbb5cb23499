package org.sigkevent.compat;

import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventStats;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** What the tests of message queues share: a ring, fresh names, and that nothing of a test is left behind. */
abstract class MqScene {
    /** Room for the largest message of a queue that was made without attributes. */
    static final int ROOM = 65_536;

    /** The number of no descriptor. */
    static final int NOT_OPEN = 1_000_000_007;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** The ring of the test. */
    int kfd;

    /** The name of the test's queue. */
    String name;

    private final List<String> names = new ArrayList<>();
    private final List<Integer> descriptors = new ArrayList<>();

    @BeforeEach
    void setTheScene() {
        kfd = Support.queue(64);
        name = fresh();
    }

    @AfterEach
    void clearTheScene() {
        descriptors.forEach(Mqueue::mq_close);
        names.forEach(Mqueue::mq_unlink);
        Support.destroy(kfd);
    }

    /** A name that nobody uses, unlinked after the test. */
    String fresh() {
        String fresh = "/sigkevent-it-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        names.add(fresh);
        return fresh;
    }

    /** Has a descriptor closed after the test. */
    int track(long mqd) {
        ok(mqd);
        descriptors.add((int) mqd);
        return (int) mqd;
    }

    /** Makes {@link #name} for so many messages of this size, or as many as the machine allows. */
    int q(long messages, long size, int... flags) {
        return track(make(name, Fcntl.O_CREAT | mode(flags), messages, size));
    }

    /** Makes {@link #name} with the attributes that the system gives. */
    int qd(int... flags) {
        return track(Mqueue.mq_open(name, Fcntl.O_CREAT | mode(flags), 0600, null));
    }

    /** Opens {@link #name} once more. */
    int again(int flags) {
        return track(Mqueue.mq_open(name, flags));
    }

    /** mq_open with attributes; what is above the machine's limits is lowered to them. */
    static int make(String name, int oflag, long messages, long size) {
        return Mqueue.mq_open(
                name, oflag, 0600, attr(Math.min(messages, limit("msg_max")), Math.min(size, limit("msgsize_max"))));
    }

    private static int mode(int[] flags) {
        return flags.length == 0 ? Fcntl.O_RDWR : flags[0];
    }

    static MqAttr attr(long messages, long size) {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = messages;
        attr.mq_msgsize = size;
        return attr;
    }

    static MqAttr attributes(int mqd) {
        MqAttr attr = new MqAttr();
        ok(Mqueue.mq_getattr(mqd, attr));
        return attr;
    }

    static long messagesIn(int mqd) {
        return attributes(mqd).mq_curmsgs;
    }

    /** A limit of the system: a file of fs.mqueue. */
    static long limit(String file) {
        return Long.parseLong(read(Path.of("/proc/sys/fs/mqueue", file)).trim());
    }

    /** The text of a file in /proc, read in one piece: a file of /proc/sys has nothing more after the first read. */
    static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] piece = new byte[8192];
            int length = Math.max(0, in.read(piece));
            return new String(piece, 0, length, StandardCharsets.ISO_8859_1);
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    // ---- messages

    /** A message as it was received. */
    static final class Message {
        final byte[] bytes;
        final int priority;

        Message(byte[] bytes, int priority) {
            this.bytes = bytes;
            this.priority = priority;
        }

        @Override
        public String toString() {
            return new String(bytes, StandardCharsets.ISO_8859_1) + "/" + priority;
        }
    }

    static int send(int mqd, String text, int priority) {
        return Mqueue.mq_send(mqd, text.getBytes(StandardCharsets.ISO_8859_1), text.length(), priority);
    }

    static int timedsend(int mqd, String text, int priority, TimeSpec end) {
        return Mqueue.mq_timedsend(mqd, text.getBytes(StandardCharsets.ISO_8859_1), text.length(), priority, end);
    }

    static long receive(int mqd) {
        return Mqueue.mq_receive(mqd, new byte[ROOM], ROOM, null);
    }

    static long timedreceive(int mqd, TimeSpec end) {
        return Mqueue.mq_timedreceive(mqd, new byte[ROOM], ROOM, null, end);
    }

    /** The next message, as text/priority; it must be there. */
    static String next(int mqd) {
        return message(mqd, new TimeSpec(0, 0)).toString();
    }

    static Message message(int mqd, TimeSpec end) {
        byte[] into = new byte[ROOM];
        int[] priority = {-1};
        int length = (int) ok(Mqueue.mq_timedreceive(mqd, into, ROOM, priority, end));
        return new Message(Arrays.copyOf(into, length), priority[0]);
    }

    /** Fills the queue with messages of one byte; how many it took. */
    static int fill(int mqd) {
        MqAttr attr = attributes(mqd);
        for (long i = attr.mq_curmsgs; i < attr.mq_maxmsg; i++) {
            ok(send(mqd, "f", 0));
        }
        return (int) attr.mq_maxmsg;
    }

    // ---- time

    /** The time on CLOCK_REALTIME in so many milliseconds. */
    static TimeSpec in(long millis) {
        return TimeSpec.ofNanos(now() + millis * 1_000_000);
    }

    static long now() {
        TimeSpec time = new TimeSpec();
        ok(Time.clock_gettime(Time.CLOCK_REALTIME, time));
        return time.toNanos();
    }

    /** Beyond what the clock can reach while a test runs. */
    static TimeSpec far() {
        return in(60_000);
    }

    // ---- the ring

    SigEvent kev(long cookie) {
        return SigEvent.kevent(kfd, SigVal.of(cookie));
    }

    /** How many slots of the ring are neither armed nor unread. */
    int freeSlots() {
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        return stats.capacity - stats.armed;
    }

    /** That the ring has no record: what the kernel had to say it said before the call that caused it came back. */
    void noRecord() {
        Support.nothing(kfd, java.time.Duration.ofMillis(20));
    }

    // ---- other processes

    /** A child in C, ended after the test by its try block. */
    static Puppet puppet() {
        return Puppet.start();
    }
}
