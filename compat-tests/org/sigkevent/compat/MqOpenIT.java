package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.Errno.EACCES;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EEXIST;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EMFILE;
import static org.sigkevent.Errno.ENAMETOOLONG;
import static org.sigkevent.Errno.ENOENT;
import static org.sigkevent.Errno.ENOSPC;
import static org.sigkevent.Fcntl.O_CREAT;
import static org.sigkevent.Fcntl.O_EXCL;
import static org.sigkevent.Fcntl.O_NONBLOCK;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_RDWR;
import static org.sigkevent.Fcntl.O_WRONLY;
import static org.sigkevent.Mqueue.mq_close;
import static org.sigkevent.Mqueue.mq_notify;
import static org.sigkevent.Mqueue.mq_open;
import static org.sigkevent.Mqueue.mq_setattr;
import static org.sigkevent.Mqueue.mq_unlink;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.NativeCalls.LIBC;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.MqAttr;
import org.sigkevent.Support;

/** mq_open. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class MqOpenIT extends MqScene {
    @Test
    @Assertion(id = "mq_open/1-1", says = "The descriptor of a new queue can be sent to.")
    void aNewQueueTakesAMessage() {
        int q = qd();
        assertEquals(0, send(q, "0123456789", 1));
        assertEquals("0123456789/1", next(q));
    }

    @Test
    @Assertion(id = "mq_open/2-1", says = "Another process that opens the name has the same queue.")
    void anotherProcessHasTheSameQueue() {
        int q = q(40, 40);
        ok(send(q, "0123456789\0", 1));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            assertEquals("0123456789\0", child.ask("receive").answers(11).text());
        }
        assertEquals(0, messagesIn(q));
    }

    @Test
    @Assertion(id = "mq_open/3-1", says = "Without O_CREAT a name that does not exist is refused.")
    void withoutCreatAnUnknownNameIsRefused() {
        assertEquals(-1, mq_open(name, O_RDWR));
    }

    @Test
    @Assertion(id = "mq_open/7-2", says = "A process that opened the queue O_RDONLY receives, and cannot send.")
    void aChildThatReadsOnlyCannotSend() {
        int q = q(40, 40);
        ok(send(q, "to the child", 2));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDONLY).succeeds();
            assertEquals("to the child", child.ask("receive").answers(12).text());
            child.ask("send", "back", 1).refused(EBADF);
        }
        try (Puppet child = puppet()) {
            child.ask("open", name, O_WRONLY).succeeds();
            child.ask("send", "back", 1).answers(0);
        }
        int reader = again(O_RDONLY);
        assertEquals("back/1", next(reader));
        refused(EBADF, send(reader, "x", 0));
    }

    @Test
    @Assertion(id = "mq_open/7-3", says = "A process can open a queue for reading several times.")
    void aQueueIsOpenedForReadingTwice() {
        int first = qd(O_RDONLY);
        assertNotEquals(first, again(O_RDONLY));
    }

    @Test
    @Assertion(id = "mq_open/8-1", says = "Descriptors opened O_WRONLY send and do not receive.")
    void writeOnlyDescriptorsOnlySend() {
        int first = q(40, 40, O_WRONLY);
        assertEquals(0, send(first, "one", 1));
        refused(EBADF, receive(first));
        int second = again(O_WRONLY);
        assertEquals(0, send(second, "two", 1));
        refused(EBADF, receive(second));
        assertEquals(2, messagesIn(first));
    }

    @Test
    @Assertion(id = "mq_open/9-1", says = "Descriptors opened O_RDWR send and receive, each of them.")
    void readWriteDescriptorsDoBoth() {
        int first = q(40, 40);
        ok(send(first, "one", 1));
        assertEquals("one/1", next(first));
        int second = again(O_RDWR);
        ok(send(second, "two", 2));
        assertEquals("two/2", next(second));
        ok(send(first, "across", 3));
        assertEquals("across/3", next(second));
    }

    @Test
    @Assertion(id = "mq_open/9-2", says = "O_RDWR allows both in two processes.")
    void readWriteWorksAcrossProcesses() {
        int q = q(40, 40);
        ok(send(q, "own", 1));
        assertEquals("own/1", next(q));
        try (Puppet child = puppet()) {
            child.ask("open", name, O_RDWR).succeeds();
            ok(send(q, "there", 1));
            assertEquals("there", child.ask("receive").answers(5).text());
            child.ask("send", "back", 7).answers(0);
            assertEquals("back/7", next(q));
        }
    }

    @Test
    @Assertion(id = "mq_open/11-1", says = "O_CREAT alone opens a queue that is there.")
    void creatOfAnExistingNameOpensIt() {
        int first = qd();
        ok(send(first, "one", 1));
        int second = qd();
        assertEquals(0, send(second, "two", 1));
        assertEquals(2, messagesIn(first));
    }

    @Test
    @Assertion(id = "mq_open/12-1", says = "Without attributes the queue gets the system's.")
    void noAttributesMeansTheSystems() {
        MqAttr attr = attributes(qd());
        assertEquals(limit("msg_default"), attr.mq_maxmsg);
        assertEquals(limit("msgsize_default"), attr.mq_msgsize);
        assertTrue(attr.mq_maxmsg > 0 && attr.mq_msgsize > 0, attr::toString);
        assertEquals(0, attr.mq_curmsgs);
    }

    @Test
    @Assertion(id = "mq_open/15-1", says = "O_EXCL refuses a name that exists.")
    void exclRefusesAnExistingName() {
        qd();
        assertEquals(-1, mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, null));
    }

    @Test
    @Assertion(id = "mq_open/18-1", says = "O_NONBLOCK can be asked for at once.")
    void nonblockIsAccepted() {
        int q = qd(O_RDWR | O_NONBLOCK);
        assertEquals(0, send(q, "x", 0));
        ok(receive(q));
        refused(EAGAIN, receive(q));
    }

    @Test
    @Assertion(id = "mq_open/20-1", says = "The descriptor can be registered for a record.")
    void theDescriptorCanBeRegistered() {
        int q = qd();
        assertEquals(0, mq_notify(q, kev(1)));
        ok(send(q, "x", 0));
        assertEquals(1, Support.take(kfd).cookie);
    }

    @Test
    @Assertion(id = "mq_open/21-1", says = "A failure is -1 with an errno.")
    void failureIsMinusOneWithErrno() {
        Errno.errno(0);
        assertEquals(-1, mq_open(name, O_RDWR));
        assertNotEquals(0, Errno.errno());
    }

    @Test
    @Assertion(id = "mq_open/23-1", says = "An exclusive creation of an existing name is EEXIST.")
    void anExclusiveCreationOfAnExistingNameIsEexist() {
        int q = qd();
        ok(send(q, "stays", 1));
        refused(EEXIST, mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, null));
        assertEquals("stays/1", next(q));
    }

    @Test
    @Assertion(id = "mq_open/27-1", says = "A name longer than PATH_MAX is ENAMETOOLONG.")
    void aNameLongerThanAPathIsTooLong() {
        refused(ENAMETOOLONG, mq_open("/" + "x".repeat(5000), O_CREAT | O_RDWR, 0600, null));
    }

    @Test
    @Assertion(id = "mq_open/27-2", says = "A component longer than NAME_MAX is ENAMETOOLONG.")
    void aNameLongerThanAComponentIsTooLong() {
        refused(ENAMETOOLONG, mq_open("/" + "x".repeat(256), O_CREAT | O_RDWR, 0600, null));
    }

    @Test
    @Assertion(
            id = "mq_open/speculative/2-2",
            says = "A name needs its slash.",
            strength = CHOICE,
            choice = "EINVAL, as on Linux")
    void aNameWithoutItsSlashIsEinval() {
        refused(EINVAL, mq_open(name.substring(1), O_CREAT | O_RDWR, 0600, null));
    }

    @Test
    @Assertion(
            id = "mq_open/speculative/2-3",
            says = "A second slash in a name is refused.",
            strength = CHOICE,
            choice = "EACCES, as on Linux")
    void aSecondSlashIsEacces() {
        refused(EACCES, mq_open("/tmp" + name, O_CREAT | O_RDWR, 0600, null));
    }

    @Test
    @Assertion(
            id = "mq_open/speculative/6-1",
            says = "Two access modes at once create nothing.",
            strength = CHOICE,
            choice = "EINVAL, also for a new queue, which Linux would make")
    void twoAccessModesCreateNothing() {
        refused(EINVAL, mq_open(name, O_CREAT | O_RDWR | O_WRONLY, 0600, null));
        refused(ENOENT, mq_open(name, O_RDWR));
    }

    @Test
    @Assertion(id = "mq_open/speculative/26-1", says = "A process with no descriptor left gets EMFILE.")
    void noDescriptorLeftIsEmfile() {
        int q = q(2, 8);
        // all that a refusal needs is loaded now
        refused(ENOENT, mq_open(fresh(), O_RDWR));
        List<Integer> opened = new ArrayList<>();
        int[] errno = new int[1];
        NativeCalls.limited(NativeCalls.RLIMIT_NOFILE, q + 20, () -> {
            for (int i = 0; i < 10_000; i++) {
                int more = mq_open(name, O_RDWR);
                if (more < 0) {
                    errno[0] = Errno.errno();
                    return;
                }
                opened.add(more);
            }
        });
        opened.forEach(org.sigkevent.Mqueue::mq_close);
        assertEquals(EMFILE, errno[0], opened.size() + " opened");
        again(O_RDWR);
    }

    @Test
    @Assertion(
            id = "mq_open/x-attr-flags-ignored",
            says = "Of the attributes only mq_maxmsg and mq_msgsize are looked at; oflag alone has O_NONBLOCK.")
    void flagsAndCountInTheAttributesAreIgnored() {
        MqAttr asked = attr(3, 8);
        asked.mq_flags = O_NONBLOCK;
        asked.mq_curmsgs = 2;
        MqAttr got = attributes(track(mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, asked)));
        assertEquals("mq_flags 0, mq_maxmsg 3, mq_msgsize 8, mq_curmsgs 0", got.toString());
    }

    @Test
    @Assertion(
            id = "mq_open/x-umask",
            says = "The umask takes bits from the mode of a new queue.",
            strength = CHOICE,
            choice = "the umask of the process applies, as for files")
    void theUmaskTakesBitsFromTheMode() throws Exception {
        int umask = Integer.parseInt(NativeCalls.statusOf("Umask:"), 8);
        int q = track(mq_open(name, O_CREAT | O_RDWR, 0666, attr(2, 8)));
        assertEquals(bits(0666 & ~umask), modeOf(q));
    }

    private static String modeOf(int mqd) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of("/proc/self/fd/" + mqd)));
    }

    private static String bits(int mode) {
        StringBuilder text = new StringBuilder();
        for (int i = 8; i >= 0; i--) {
            text.append((mode >>> i & 1) != 0 ? "xwr".charAt(i % 3) : '-');
        }
        return text.toString();
    }

    @Test
    @Assertion(
            id = "mq_open/x-limits",
            says = "Attributes beyond the limits are refused, and the product of the two never wraps.")
    void attributesBeyondTheLimitsAreRefused() {
        boolean bound = NativeCalls.limitsBind();
        long messages = bound ? limit("msg_max") : 65_536;
        long size = bound ? limit("msgsize_max") : 16_777_216;
        refused(EINVAL, mq_open(name, O_CREAT | O_RDWR, 0600, attr(messages + 1, 8)));
        refused(EINVAL, mq_open(name, O_CREAT | O_RDWR, 0600, attr(1, size + 1)));
        refused(EINVAL, mq_open(name, O_CREAT | O_RDWR, 0600, attr(Long.MAX_VALUE, Long.MAX_VALUE)));
        refused(EINVAL, mq_open(name, O_CREAT | O_RDWR, 0600, attr(1L << 32, 1L << 32)));
        NativeCalls.limited(
                NativeCalls.RLIMIT_MSGQUEUE,
                1,
                () -> refused(EMFILE, mq_open(name, O_CREAT | O_RDWR, 0600, attr(1, 8))));
        refused(ENOENT, mq_open(name, O_RDWR));
    }

    @Test
    @Assertion(
            id = "mq_open/x-accmode3",
            says = "Access mode 3 opens nothing.",
            strength = CHOICE,
            choice = "EINVAL, as on Linux")
    void accessModeThreeIsEinval() {
        q(2, 8);
        refused(EINVAL, mq_open(name, 3));
    }

    @Test
    @Assertion(
            id = "mq_open/x-fork",
            says = "Descriptors of one open share its O_NONBLOCK.",
            strength = CHOICE,
            choice = "a descriptor is a file descriptor: dup(2) gives a second one of the same description")
    void aDuplicateSharesTheDescription() {
        int q = q(2, 8);
        int twin = track(LIBC.dup(q));
        ok(send(twin, "x", 3));
        MqAttr set = new MqAttr();
        set.mq_flags = O_NONBLOCK;
        ok(mq_setattr(twin, set, null));
        assertEquals("x/3", next(q));
        assertEquals(O_NONBLOCK, attributes(q).mq_flags);
        ok(mq_close(twin));
        ok(send(q, "y", 0));
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "mq_open/p-enoent", says = "Without O_CREAT an unknown name is ENOENT, in each access mode.")
    void anUnknownNameIsEnoent() {
        for (int mode : new int[] {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_NONBLOCK}) {
            refused(ENOENT, mq_open(name, mode));
        }
    }

    @Test
    @Assertion(id = "mq_open/p-eacces", says = "A user whom the mode gives nothing cannot open the queue.")
    void withoutPermissionAnExistingQueueIsEacces() throws Exception {
        q(2, 8);
        NativeCalls.asNobody(() -> {
            for (int mode : new int[] {O_RDONLY, O_WRONLY, O_RDWR}) {
                refused(EACCES, mq_open(name, mode));
            }
            return null;
        });
    }

    @Test
    @Assertion(id = "mq_open/p-owner", says = "A new queue belongs to the effective user of its maker.")
    void aNewQueueBelongsToItsMaker() throws Exception {
        int uid = NativeCalls.asNobody(() -> {
            int q = (int) ok(mq_open(name, O_CREAT | O_RDWR, 0600, attr(2, 8)));
            int owner = (int) Files.getAttribute(Path.of("/proc/thread-self/fd/" + q), "unix:uid");
            mq_close(q);
            return owner;
        });
        assertEquals(65_534, uid);
    }

    @Test
    @Assertion(id = "mq_open/p-einval-attr", says = "mq_maxmsg and mq_msgsize of a new queue must be above zero.")
    void attributesMustBePositive() {
        long[][] bad = {{0, 8}, {-1, 8}, {2, 0}, {2, -1}, {Long.MIN_VALUE, 8}, {2, Long.MIN_VALUE}};
        for (long[] one : bad) {
            refused(EINVAL, mq_open(name, O_CREAT | O_RDWR, 0600, attr(one[0], one[1])));
        }
        refused(ENOENT, mq_open(name, O_RDWR));
    }

    @Test
    @Assertion(id = "mq_open/p-attr-existing", says = "Attributes for a queue that exists change nothing.")
    void attributesForAnExistingQueueChangeNothing() {
        int q = q(3, 16);
        ok(mq_close(track(mq_open(name, O_CREAT | O_RDWR, 0600, attr(2, 8)))));
        assertEquals(3, attributes(q).mq_maxmsg);
        assertEquals(16, attributes(q).mq_msgsize);
    }

    @Test
    @Assertion(id = "mq_open/p-mode-existing", says = "A mode for a queue that exists changes nothing.")
    void aModeForAnExistingQueueChangesNothing() throws Exception {
        int q = track(mq_open(name, O_CREAT | O_RDWR, 0600, attr(2, 8)));
        track(mq_open(name, O_CREAT | O_RDWR, 0640, attr(2, 8)));
        assertEquals(bits(0600), modeOf(q));
    }

    @Test
    @Assertion(id = "mq_open/p-mode-opened", says = "The mode of a new queue does not bind the open that makes it.")
    void theModeDoesNotBindTheOpenThatMakesTheQueue() {
        int q = track(mq_open(name, O_CREAT | O_RDWR, 0, attr(2, 8)));
        ok(send(q, "x", 1));
        assertEquals("x/1", next(q));
    }

    @Test
    @Assertion(id = "mq_open/p-excl-once", says = "Of threads that create a name exclusively exactly one succeeds.")
    void ofManyExclusiveCreationsOneSucceeds() {
        for (int round = 0; round < 20; round++) {
            String contested = fresh();
            AtomicBoolean go = new AtomicBoolean();
            List<Call> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(Call.begin(() -> {
                    while (!go.get()) {
                        Thread.onSpinWait();
                    }
                    return mq_open(contested, O_CREAT | O_EXCL | O_RDWR, 0600, attr(1, 8));
                }));
            }
            go.set(true);
            int made = 0;
            for (Call call : all) {
                if (call.answer() >= 0) {
                    made++;
                    track(call.answer());
                } else {
                    call.refused(EEXIST);
                }
            }
            assertEquals(1, made);
        }
    }

    @Test
    @Assertion(id = "mq_open/p-description", says = "Each open has an O_NONBLOCK of its own.")
    void eachOpenHasItsOwnNonblock() {
        int waits = q(2, 8);
        int doesNot = again(O_RDWR | O_NONBLOCK);
        assertEquals(0, attributes(waits).mq_flags);
        assertEquals(O_NONBLOCK, attributes(doesNot).mq_flags);
        refused(EAGAIN, receive(doesNot));
        Call blocked = Call.begin(() -> receive(waits)).untilBlocked();
        ok(send(doesNot, "x", 0));
        blocked.answers(1);
    }

    @Test
    @Assertion(id = "mq_open/p-cloexec", says = "A program that the process starts does not inherit the descriptor.")
    void theDescriptorIsCloseOnExec() {
        int q = q(2, 8);
        String info = read(Path.of("/proc/self/fdinfo/" + q));
        // 02000000 is O_CLOEXEC
        assertTrue(info.matches("(?s).*flags:\\s+0*2\\d{6}\n.*"), info);
    }

    @Test
    @Assertion(id = "mq_open/p-name-max", says = "A name of NAME_MAX characters is not too long.")
    void theLongestNameWorks() {
        String longest = fresh() + "-";
        longest += "x".repeat(256 - longest.length());
        int q = track(mq_open(longest, O_CREAT | O_RDWR, 0600, attr(1, 8)));
        ok(send(q, "x", 0));
        ok(mq_unlink(longest));
    }

    @Test
    @Assertion(
            id = "mq_open/p-enametoolong-exists",
            says = "A name that is too long is ENAMETOOLONG without O_CREAT, too.")
    void aLongNameIsTooLongWithoutCreat() {
        refused(ENAMETOOLONG, mq_open("/" + "x".repeat(256), O_RDWR));
        refused(ENAMETOOLONG, mq_open("/" + "x".repeat(5000), O_RDWR));
    }

    @Test
    @Assertion(id = "mq_open/p-enospc", says = "When the system has as many queues as it allows the next is ENOSPC.")
    void tooManyQueuesAreEnospc() throws Exception {
        assumeTrue(NativeCalls.limitsBind(), "CAP_SYS_RESOURCE lifts fs.mqueue.queues_max");
        Boolean tried = NativeCalls.amongNoOtherQueues(() -> {
            long most = limit("queues_max");
            assertTrue(most <= 10_000, "queues_max " + most);
            List<Integer> made = new ArrayList<>();
            try {
                for (int i = 0; i < most; i++) {
                    made.add((int) ok(mq_open("/full-" + i, O_CREAT | O_RDWR, 0600, attr(1, 1))));
                }
                refused(ENOSPC, mq_open("/full-more", O_CREAT | O_RDWR, 0600, attr(1, 1)));
                ok(mq_unlink("/full-0"));
                ok(mq_close(made.remove(0)));
                made.add((int) ok(mq_open("/full-0", O_CREAT | O_RDWR, 0600, attr(1, 1))));
            } finally {
                made.forEach(org.sigkevent.Mqueue::mq_close);
            }
            return true;
        });
        assumeTrue(tried != null, "this machine allows no namespace of queues to fill up");
    }
}
