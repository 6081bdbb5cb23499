package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Aio.LIO_NOP;
import static org.sigkevent.Aio.LIO_NOWAIT;
import static org.sigkevent.Aio.LIO_READ;
import static org.sigkevent.Aio.LIO_WAIT;
import static org.sigkevent.Aio.LIO_WRITE;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Aio.lio_listio;
import static org.sigkevent.Errno.EINPROGRESS;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EIO;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aiocb;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;

/** lio_listio. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class LioListioIT extends AioScene {
    private static final long LIST = 100;

    private static Aiocb reading(int fd, byte[] into) {
        return opcode(LIO_READ, cb(fd, into));
    }

    private static Aiocb writing(int fd, byte[] data) {
        return opcode(LIO_WRITE, cb(fd, data));
    }

    private static Aiocb writing(int fd, String text, long offset) {
        Aiocb cb = opcode(LIO_WRITE, cb(fd, text));
        cb.aio_offset = offset;
        return cb;
    }

    /** Ten writes of so many bytes to the start of a file, notified with their number. */
    private Aiocb[] tenWrites(int length) {
        int fd = tmp();
        Aiocb[] writes = new Aiocb[10];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = notified(writing(fd, new byte[length]), i);
        }
        return writes;
    }

    private Set<Long> cookies(int count) {
        Set<Long> cookies = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            KeventRecord record = take();
            assertTrue(cookies.add(record.cookie), record::toString);
        }
        silent();
        return cookies;
    }

    // ---- the modes

    @Test
    @Assertion(id = "lio_listio/1-1", says = "LIO_WAIT returns when every request is done, and sig is not looked at.")
    void waitingReturnsWhenAllIsDone() {
        int fd = tmp();
        Aiocb[] writes = new Aiocb[10];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = writing(fd, new byte[MIB]);
        }
        done(list(LIO_WAIT, kev(0), writes));
        for (Aiocb cb : writes) {
            assertEquals(0, aio_error(cb));
            assertEquals(MIB, aio_return(cb));
        }
        silent();
        // nor whether it could be used
        done(list(LIO_WAIT, event(99, 0), writes));
    }

    @Test
    @Assertion(id = "lio_listio/p-wait-members", says = "With LIO_WAIT each request notifies as its own sigevent says.")
    void waitingLetsTheMembersNotify() {
        done(list(LIO_WAIT, null, tenWrites(100)));
        assertEquals(Set.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), cookies(10));
    }

    @Test
    @Assertion(id = "lio_listio/p-wait-blocks", says = "LIO_WAIT sleeps as long as a request goes on.")
    void waitingSleeps() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = reading(pipe[0], new byte[1]);
        Running<Answer> waiter = run(() -> new Answer(list(LIO_WAIT, null, writing(tmp(), "a", 0), cb)))
                .asleep();
        assertFalse(waiter.ended());
        feed(pipe[1], "a");
        waiter.get().is(0);
        assertEquals(1, aio_return(cb));
    }

    @Test
    @Assertion(
            id = "lio_listio/p-eintr",
            says = "Interrupting the thread ends LIO_WAIT with EINTR, and the requests go on.")
    void anInterruptEndsTheWait() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = reading(pipe[0], new byte[1]);
        Running<Answer> waiter = run(() -> new Answer(list(LIO_WAIT, null, cb))).asleep();
        waiter.thread.interrupt();
        waiter.get().failed(EINTR);
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(id = "lio_listio/3-1", says = "With LIO_NOWAIT the list notifies when all its requests are done.")
    void theListNotifiesAtTheEnd() {
        Aiocb[] writes = tenWrites(1024);
        done(list(LIO_NOWAIT, kev(LIST), writes));
        for (int i = 0; i < 10; i++) {
            assertNotEquals(LIST, take().cookie);
        }
        KeventRecord record = take(LIST);
        assertEquals(10, record.result);
        assertEquals(0, record.error);
        for (Aiocb cb : writes) {
            assertEquals(0, aio_error(cb));
            assertEquals(1024, aio_return(cb));
        }
        silent();
    }

    @Test
    @Assertion(id = "lio_listio/p-nowait", says = "LIO_NOWAIT does not wait.")
    void notWaitingReturnsAtOnce() {
        int[] pipe = pipe();
        Aiocb cb = reading(pipe[0], new byte[1]);
        done(list(LIO_NOWAIT, null, cb));
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(id = "lio_listio/10-1", says = "LIO_NOWAIT gives 0 when all was queued.")
    void queuingGivesZero() {
        Aiocb[] writes = tenWrites(1024);
        assertEquals(0, list(LIO_NOWAIT, kev(LIST), writes));
        assertEquals(11, cookies(11).size());
        for (Aiocb cb : writes) {
            ends(1024, cb);
        }
    }

    @Test
    @Assertion(id = "lio_listio/12-1", says = "LIO_WAIT gives 0 when all succeeded.")
    void successGivesZero() {
        Aiocb[] writes = tenWrites(1024);
        assertEquals(0, list(LIO_WAIT, null, writes));
        for (Aiocb cb : writes) {
            assertEquals(0, aio_error(cb));
        }
    }

    @Test
    @Assertion(id = "lio_listio/18-1", says = "Any other mode is EINVAL.")
    void otherModesAreRefused() {
        for (int mode : new int[] {-1, 2, 77}) {
            refused(EINVAL, list(mode, null, writing(tmp(), "a", 0)));
        }
    }

    @Test
    @Assertion(id = "lio_listio/x-badmode-inert", says = "A call that fails with EINVAL starts nothing.")
    void aRefusedListStartsNothing() {
        int fd = tmp();
        refused(EINVAL, list(5, kev(LIST), notified(writing(fd, "ab", 0), 1)));
        silent();
        assertEquals(0, size(fd));
    }

    @Test
    @Assertion(
            id = "lio_listio/x-nent-neg",
            says = "A negative count is EINVAL.",
            strength = MAY,
            choice = "-1 and EINVAL; also for more than the list has.")
    void aCountThatTheListDoesNotHave() {
        int fd = tmp();
        refused(EINVAL, lio_listio(LIO_NOWAIT, new Aiocb[1], -1, null));
        refused(EINVAL, lio_listio(LIO_NOWAIT, new Aiocb[] {writing(fd, "a", 0)}, 2, null));
        refused(EINVAL, lio_listio(LIO_WAIT, null, 1, null));
        assertEquals(0, size(fd));
    }

    @Test
    @Assertion(
            id = "lio_listio/p-listio-max",
            says = "A list may be longer than _POSIX_AIO_LISTIO_MAX.",
            choice = "AIO_LISTIO_MAX is indeterminate.")
    void longListsAreAccepted() {
        int[] pipe = pipe();
        Aiocb[] reads = new Aiocb[2000];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = reading(pipe[0], new byte[1]);
        }
        done(list(LIO_NOWAIT, kev(LIST), reads));
        feed(pipe[1], new byte[reads.length]);
        assertEquals(reads.length, take(LIST).result);
        for (Aiocb cb : reads) {
            assertEquals(0, aio_error(cb));
        }
    }

    @Test
    @Assertion(id = "lio_listio/p-front", says = "Only the first nent entries count, and null entries are skipped.")
    void onlyTheFrontCounts() {
        int fd = tmp();
        Aiocb left = writing(fd, "b", 5);
        done(lio_listio(LIO_WAIT, new Aiocb[] {null, writing(fd, "a", 0), null, left}, 3, null));
        assertEquals(1, size(fd));
        refused(EINVAL, aio_error(left));
    }

    @Test
    @Assertion(
            id = "lio_listio/p-empty",
            says = "A list without requests is done at once.",
            strength = CHOICE,
            choice = "0, and with LIO_NOWAIT it notifies at once.")
    void anEmptyListIsDone() {
        done(lio_listio(LIO_WAIT, new Aiocb[0], 0, null));
        done(lio_listio(LIO_WAIT, null, 0, null));
        done(lio_listio(LIO_NOWAIT, new Aiocb[2], 2, kev(LIST)));
        assertEquals(0, take(LIST).result);
        silent();
    }

    // ---- the opcodes

    @Test
    @Assertion(id = "lio_listio/6-1", says = "The opcodes are different, and so are the modes.")
    void theConstantsAreDifferent() {
        assertEquals(3, Set.of(LIO_READ, LIO_WRITE, LIO_NOP).size());
        assertNotEquals(LIO_WAIT, LIO_NOWAIT);
    }

    @Test
    @Assertion(
            id = "lio_listio/5-1",
            says = "LIO_READ, LIO_WRITE and LIO_NOP are allowed; another opcode fails with EIO.")
    void otherOpcodesFail() {
        int fd = tmp();
        Aiocb write = writing(fd, new byte[1024]);
        Aiocb read = reading(tmp(new byte[1024]), new byte[1024]);
        done(list(LIO_WAIT, null, write, read, opcode(LIO_NOP, cb(fd, new byte[1024]))));
        ends(1024, write);
        ends(1024, read);
        refused(EIO, list(LIO_WAIT, null, opcode(-1, write)));
        fails(EINVAL, write);
    }

    @Test
    @Assertion(
            id = "lio_listio/x-badop-nowait",
            says = "With LIO_NOWAIT another opcode is that entry's status, and the list ends.",
            strength = CHOICE,
            choice = "-1 and EIO; the status is EINVAL, and the others run.")
    void anotherOpcodeIsItsOwnFailure() {
        int fd = tmp();
        Aiocb good = writing(fd, "ab", 0);
        Aiocb bad = opcode(77, cb(fd, "cd"));
        refused(EIO, list(LIO_NOWAIT, kev(3), good, bad));
        assertEquals(EIO, take(3).error);
        ends(2, good);
        fails(EINVAL, bad);
        assertEquals("ab", text(contents(fd), 2));
        silent();
    }

    @Test
    @Assertion(id = "lio_listio/7-1", says = "LIO_NOP entries are skipped and do not notify.")
    void nopIsSkipped() {
        Aiocb[] writes = tenWrites(1024);
        opcode(LIO_NOP, writes[1]);
        opcode(LIO_NOP, writes[7]);
        done(list(LIO_NOWAIT, kev(LIST), writes));
        assertEquals(Set.of(0L, 2L, 3L, 4L, 5L, 6L, 8L, 9L, LIST), cookies(9));
    }

    @Test
    @Assertion(id = "lio_listio/x-nop-inert", says = "LIO_NOP does nothing, notifies nobody and leaves no status.")
    void nopDoesNothing() {
        int fd = tmp();
        Aiocb nop = notified(opcode(LIO_NOP, cb(fd, "ab")), 1);
        done(list(LIO_WAIT, null, nop));
        assertEquals(0, size(fd));
        silent();
        refused(EINVAL, aio_error(nop));
    }

    @Test
    @Assertion(id = "lio_listio/p-nop-unchecked", says = "Nothing in a LIO_NOP entry makes the call fail.")
    void nopIsNotLookedAt() {
        Aiocb nop = opcode(LIO_NOP, cb(-1, null, -1, -1));
        nop.aio_reqprio = -1;
        nop.aio_sigevent = event(99, 1);
        done(list(LIO_WAIT, null, nop));
        done(list(LIO_NOWAIT, null, nop));
    }

    @Test
    @Assertion(id = "lio_listio/8-1", says = "LIO_READ reads as aio_read does.")
    void listsRead() {
        byte[] file = new byte[512];
        for (int i = 0; i < file.length; i++) {
            file[i] = (byte) i;
        }
        byte[] into = new byte[512];
        Aiocb cb = reading(tmp(file), into);
        done(list(LIO_WAIT, null, cb));
        ends(512, cb);
        assertArrayEquals(file, into);
    }

    @Test
    @Assertion(id = "lio_listio/9-1", says = "LIO_WRITE writes as aio_write does.")
    void listsWrite() {
        int fd = tmp();
        Aiocb cb = writing(fd, filled(512, 7));
        done(list(LIO_WAIT, null, cb));
        ends(512, cb);
        holds(fd, filled(512, 7));
    }

    @Test
    @Assertion(
            id = "lio_listio/p-append",
            says = "Writes of a list to a file opened with O_APPEND are appended in the order of the list.")
    void listsAppendInOrder() {
        int fd = append();
        Aiocb[] writes = new Aiocb[50];
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < writes.length; i++) {
            String text = "<" + i + ">";
            all.append(text);
            writes[i] = writing(fd, text, 0);
        }
        done(list(LIO_WAIT, null, writes));
        assertEquals(all.toString(), text(contents(fd), (int) size(fd)));
    }

    // ---- notification of the list

    @Test
    @Assertion(id = "lio_listio/x-notify-last", says = "The list does not notify before its last request is done.")
    void theListNotifiesLast() {
        int[] pipe = pipe();
        Aiocb write = writing(tmp(), "a", 0);
        Aiocb read = reading(pipe[0], new byte[1]);
        done(list(LIO_NOWAIT, kev(3), write, read));
        silent();
        feed(pipe[1], "a");
        take(3);
        assertEquals(0, aio_error(write));
        assertEquals(0, aio_error(read));
    }

    @Test
    @Assertion(
            id = "lio_listio/x-badsig",
            says = "A list sigevent that cannot be used is refused and nothing is started.",
            strength = CHOICE,
            choice = "-1 and EINVAL.")
    void anUnusableListSigeventIsRefused() {
        int fd = tmp();
        for (SigEvent bad :
                new SigEvent[] {event(99, 1), SigEvent.kevent(-1, SigVal.of(1)), event(Signal.SIGEV_THREAD, 1)}) {
            refused(EINVAL, list(LIO_NOWAIT, bad, notified(writing(fd, "a", 0), 1)));
        }
        silent();
        assertEquals(0, size(fd));
    }

    @Test
    @Assertion(
            id = "lio_listio/x-sig-none",
            says = "A list sigevent of SIGEV_NONE, and none at all, notify nobody of the list.")
    void noneIsSilent() {
        int fd = tmp();
        done(list(LIO_NOWAIT, event(Signal.SIGEV_NONE, 3), notified(writing(fd, "a", 0), 1)));
        done(list(LIO_NOWAIT, null, notified(writing(fd, "a", 0), 2)));
        assertEquals(Set.of(1L, 2L), cookies(2));
    }

    @Test
    @Assertion(
            id = "lio_listio/x-cookie-list",
            says = "The list notifies with its own value; its record can be told from its members'.",
            strength = KEVENT)
    void theListHasItsOwnValue() {
        int fd = tmp();
        done(list(LIO_NOWAIT, kev(2), notified(writing(fd, "a", 0), 1)));
        KeventRecord member = take(1);
        assertEquals(fd, member.descriptor);
        KeventRecord list = take(2);
        assertEquals(-1, list.descriptor);
        assertEquals(-1, list.data0);
        assertEquals(Kevent.KEVENT_AIO, list.id);
        silent();
    }

    @Test
    @Assertion(id = "lio_listio/x-two-lists", says = "Two lists in flight are counted apart.")
    void twoListsAreCountedApart() {
        int[] p = pipe();
        int[] q = pipe();
        done(list(LIO_NOWAIT, kev(1), reading(p[0], new byte[1])));
        done(list(LIO_NOWAIT, kev(2), reading(q[0], new byte[1])));
        feed(q[1], "a");
        take(2);
        silent();
        feed(p[1], "a");
        take(1);
        silent();
    }

    @Test
    @Assertion(
            id = "lio_listio/p-other-queue",
            says = "A list notifies one queue though its requests notify others, or nobody.",
            strength = KEVENT)
    void membersOfOtherQueues() {
        int other = queue(8);
        for (int i = 0; i < 3; i++) {
            int[] pipe = pipe();
            Aiocb silent = reading(pipe[0], new byte[1]);
            Aiocb elsewhere = reading(pipe[0], new byte[1]);
            elsewhere.aio_sigevent = SigEvent.kevent(other, SigVal.of(i));
            Aiocb own = notified(reading(pipe[0], new byte[1]), 1);
            done(list(LIO_NOWAIT, kev(LIST), silent, elsewhere, own));
            inProgress(silent);
            feed(pipe[1], "abc");
            take(1);
            take(LIST);
            assertEquals(i, Support.take(other).cookie);
            for (Aiocb cb : new Aiocb[] {silent, elsewhere, own}) {
                assertNotEquals(EINPROGRESS, aio_error(cb));
                ends(1, cb);
            }
        }
    }
}
