package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Threads;

/** The two rings of an io_uring by themselves, and its table of files: small ones, so that all of it is met. */
@Timeout(60)
class UringRingsTest {
    private static final int SUBMISSIONS = 8;

    /** More than any process may have. */
    private static final int NO_DESCRIPTOR = 1 << 30;

    /** The number of no operation. */
    private static final int NO_OPERATION = 255;

    private UringSetup memory;
    private SubmissionRing submissions;
    private CompletionRing completions;
    private FixedFiles files;
    private final InFlightTable inFlight = new InFlightTable();
    private final List<Integer> told = new ArrayList<>();
    private boolean open;

    private final class Told extends Op {
        Told(int opcode) {
            code = opcode;
            fd = -1;
        }

        @Override
        protected void completed(int result, boolean more) {
            told.add(result);
        }
    }

    @BeforeEach
    void open() {
        try {
            memory = new UringSetup(SUBMISSIONS);
        } catch (ErrnoException refused) {
            abort("no io_uring: " + refused.getMessage());
        }
        open = true;
        submissions = new SubmissionRing(memory);
        completions = new CompletionRing(memory, inFlight);
        files = new FixedFiles(memory.fd);
    }

    @AfterEach
    void close() {
        if (open) {
            Linux.close(memory.fd);
        }
    }

    private Told filled(int code) {
        Told op = new Told(code);
        op.fd = 0x1122_3344;
        op.ioprio = 0x6007;
        op.offset = 0x1112_1314_1516_1718L;
        op.address = 0x2122_2324_2526_2728L;
        op.length = -3;
        op.flags = -5;
        op.ticket = 0x4142_4344_4546_4748L;
        return op;
    }

    /** Adds it and expects an entry of these, and the rest zero. */
    private void expect(
            Op op, int opcode, int flags, int fd, long off, long addr, int len, int opFlags, int file, long addr3) {
        submissions.begin();
        ByteBuffer e = memory.entries;
        for (int i = 0; i < UringLayout.SQE_SIZE; i++) {
            e.put(i, (byte) 0x77);
        }
        submissions.add(op, Threads.current());
        assertEquals(opcode, e.get(0), "opcode");
        assertEquals(flags, e.get(1), "flags");
        assertEquals(op.ioprio & 0xffff, e.getShort(2), "ioprio");
        assertEquals(fd, e.getInt(4), "fd");
        assertEquals(off, e.getLong(8), "off");
        assertEquals(addr, e.getLong(16), "addr");
        assertEquals(len, e.getInt(24), "len");
        assertEquals(opFlags, e.getInt(28), "flags of the operation");
        assertEquals(op.ticket, e.getLong(32), "user data");
        assertEquals(0, e.getInt(40), "buffer index and personality");
        assertEquals(file, e.getInt(44), "file index");
        assertEquals(addr3, e.getLong(48), "addr3");
        assertEquals(0, e.getLong(56));
        assertSame(Threads.current(), op.submitter);
        assertEquals(0, submissions.enters);
    }

    @Test
    void everyFieldOfAnEntryStandsWhereTheKernelLooks() {
        Told read = filled(Op.READ);
        expect(read, 22, 0, read.fd, read.offset, read.address, -3, -5, 0, 0);
        read.fixed = true;
        expect(read, 22, 1, read.fd, read.offset, read.address, -3, -5, 0, 0);
        read.mayBlock = true;
        expect(read, 22, 1 | 16, read.fd, read.offset, read.address, -3, -5, 0, 0);
        read.fixed = false;
        expect(read, 22, 16, read.fd, read.offset, read.address, -3, -5, 0, 0);
        Told poll = filled(Op.POLL);
        poll.mayBlock = true;
        expect(poll, 6, 0, poll.fd, 0, 0, 0, -5, 0, 0);
        poll.fixed = true;
        expect(poll, 6, 1, poll.fd, 0, 0, 0, -5, 0, 0);
        Told edges = filled(Op.POLL_EDGES);
        expect(edges, 6, 0, edges.fd, 0, 0, 1, -5, 0, 0);
        edges.fixed = true;
        expect(edges, 6, 1, edges.fd, 0, 0, 1, -5, 0, 0);
        Told send = filled(Op.SEND);
        send.fixed = true;
        expect(send, 26, 1, send.fd, 0, send.address, -3, -5, 0, 0);
        Told wait = filled(Op.FUTEX_WAIT);
        expect(wait, 51, 0, 2, wait.offset, wait.address, 0, 0, 0, 0xffff_fffdL);
        wait.flags = 0;
        expect(wait, 51, 0, 2 | 128, wait.offset, wait.address, 0, 0, 0, 0xffff_fffdL);
        Told child = filled(Op.WAITID);
        expect(child, 50, 0, child.fd, child.offset, 0, -3, 0, -5, 0);
    }

    @Test
    void whatAnEntryHasBesidesStandsInItsOwn() {
        Told wait = filled(Op.FUTEX_WAIT);
        Told child = filled(Op.WAITID);
        submissions.begin();
        submissions.add(Op.NOP, 0, 1);
        submissions.add(wait, Threads.current());
        submissions.add(child, Threads.current());
        assertEquals(0, memory.entries.getLong(48));
        assertEquals(0xffff_fffdL, memory.entries.getLong(UringLayout.SQE_SIZE + 48));
        assertEquals(-5, memory.entries.getInt(2 * UringLayout.SQE_SIZE + 44));
    }

    @Test
    void moreThanTheRingHoldsGoRoundAndComeBackInOrder() {
        assertEquals(SUBMISSIONS, submissions.capacity);
        for (int round = 0; round < 5; round++) {
            Told[] ops = new Told[5];
            submissions.begin();
            for (int i = 0; i < 5; i++) {
                ops[i] = new Told(Op.NOP);
                inFlight.add(ops[i]);
                submissions.add(ops[i], Threads.current());
            }
            assertEquals(5, submissions.enter(5));
            assertEquals(round + 1, submissions.enters);
            Support.until("five completions", () -> completions.ready() == 5);
            assertFalse(completions.nothingToDo());
            assertEquals(5, completions.take(5));
            assertEquals(0, completions.ready());
            assertFalse(completions.nothingToDo(), "they are to be told");
            assertEquals(5, inFlight.inFlight);
            assertEquals(5, completions.tell());
            assertEquals(0, completions.tell());
            assertTrue(completions.nothingToDo());
            assertEquals(0, inFlight.inFlight);
            assertEquals(5 * (round + 1), told.size());
            for (Told op : ops) {
                assertNull(inFlight.holder(op.ticket));
            }
        }
    }

    @Test
    void whatWasAddedAndNotHandedOverIsForgotten() {
        int mark = submissions.begin();
        submissions.add(Op.NOP, 0, 1);
        submissions.add(Op.NOP, 0, 2);
        assertEquals(2, submissions.enter(2));
        assertEquals(2, submissions.takenSince(mark));
        mark = submissions.begin();
        submissions.add(Op.NOP, 0, 3);
        assertEquals(0, submissions.takenSince(mark));
        submissions.add(Op.NOP, 0, 4);
        assertEquals(1, submissions.enter(1));
        submissions.add(Op.NOP, 0, 5);
        submissions.begin();
        submissions.add(Op.NOP, 0, 6);
        assertEquals(1, submissions.enter(1));
        Support.until("four completions", () -> completions.ready() == 4);
        assertEquals(4, memory.rings.getLong(memory.cqes + 2 * UringLayout.CQE_SIZE));
        assertEquals(6, memory.rings.getLong(memory.cqes + 3 * UringLayout.CQE_SIZE));
    }

    /** The kernel stops behind an entry that it refuses, which has its completion, and is asked again. */
    @Test
    void whatIsBehindARefusedEntryIsHandedOverAsWell() {
        submissions.begin();
        submissions.add(Op.NOP, 0, 1);
        submissions.add(NO_OPERATION, 0, 2);
        submissions.add(Op.NOP, 0, 3);
        assertEquals(3, submissions.enter(3));
        assertEquals(2, submissions.enters);
        Support.until("three completions", () -> completions.ready() == 3);
        assertEquals(-Errnos.EINVAL, memory.rings.getInt(memory.cqes + UringLayout.CQE_SIZE + UringLayout.CQE_RES));
    }

    @Test
    void anErrorOfTheKernelLeavesTheRingEmpty() {
        // its number may be another descriptor's from now on, but that of no io_uring
        open = false;
        Linux.close(memory.fd);
        int mark = submissions.begin();
        submissions.add(Op.NOP, 0, 1);
        submissions.add(Op.NOP, 0, 2);
        int refused = submissions.enter(2);
        assertTrue(refused < 0 && refused != -Errnos.EAGAIN, () -> Errnos.name(-refused));
        assertEquals(1, submissions.enters);
        assertEquals(mark, memory.rings.getInt(memory.sqTail));
        assertEquals(mark, memory.rings.getInt(memory.sqHead));
        assertTrue(completions.sleep(0, 0) < 0);
        assertTrue(files.add(0) < 0);
    }

    @Test
    void completionsAreReadInPortionsAndNoneIsLostBehindTheRingsEnd() {
        int many = memory.completions + SUBMISSIONS;
        for (int i = 0; i < many; i += SUBMISSIONS) {
            submissions.begin();
            for (int k = 0; k < SUBMISSIONS; k++) {
                Told op = new Told(Op.NOP);
                inFlight.add(op);
                submissions.add(op, Threads.current());
            }
            assertEquals(SUBMISSIONS, submissions.enter(SUBMISSIONS));
        }
        assertEquals(memory.completions, completions.ready());
        assertTrue(completions.overflowing());
        assertEquals(32, completions.take(completions.ready()));
        assertEquals(32, completions.tell());
        for (int left = completions.ready(); left > 0; left = completions.ready()) {
            int n = completions.take(left);
            assertEquals(Math.min(32, left), n);
            assertEquals(n, completions.tell());
        }
        if (completions.overflowing()) {
            assertFalse(completions.nothingToDo());
            long before = completions.sleeps;
            completions.fetch();
            assertEquals(before + 1, completions.sleeps);
        }
        assertFalse(completions.overflowing());
        while (completions.ready() > 0) {
            completions.take(completions.ready());
            completions.tell();
        }
        assertEquals(many, told.size());
        assertEquals(0, inFlight.inFlight);
        assertTrue(completions.nothingToDo());
    }

    @Test
    void whatBreaksOffIsGoneOnWith() {
        submissions.begin();
        Op[] ops = {
            new Told(Op.NOP),
            new Op() {
                @Override
                protected void completed(int result, boolean more) {
                    throw new IllegalStateException("of one completion");
                }
            },
            new Told(Op.NOP)
        };
        for (Op op : ops) {
            inFlight.add(op);
            submissions.add(op, Threads.current());
        }
        assertEquals(3, submissions.enter(3));
        Support.until("three completions", () -> completions.ready() == 3);
        completions.take(3);
        IllegalStateException thrown = null;
        try {
            completions.tell();
        } catch (IllegalStateException expected) {
            thrown = expected;
        }
        assertTrue(thrown != null);
        assertEquals(1, told.size());
        assertFalse(completions.nothingToDo());
        assertEquals(1, completions.tell());
        assertEquals(2, told.size());
        assertEquals(0, inFlight.inFlight);
        assertTrue(completions.nothingToDo());
    }

    @Test
    void aPollOfEdgesStaysInFlightUntilItsLastCompletion() {
        int eventfd = Linux.eventfd();
        Told poll = new Told(Op.POLL_EDGES);
        poll.fd = eventfd;
        poll.flags = Linux.POLLIN;
        inFlight.add(poll);
        submissions.begin();
        submissions.add(poll, Threads.current());
        assertEquals(1, submissions.enter(1));
        Linux.signalEventfd(eventfd);
        Support.until("an edge", () -> completions.ready() == 1);
        completions.take(1);
        completions.tell();
        assertEquals(List.of(Linux.POLLIN), told);
        assertEquals(1, inFlight.inFlight);
        assertSame(poll, inFlight.holder(poll.ticket));
        submissions.begin();
        submissions.add(UringLayout.OP_ASYNC_CANCEL, poll.ticket, poll.ticket | Long.MIN_VALUE);
        assertEquals(1, submissions.enter(1));
        Support.until("its end, and that of the cancellation", () -> completions.ready() == 2);
        completions.take(2);
        completions.tell();
        assertEquals(List.of(Linux.POLLIN, -Errnos.ECANCELED), told);
        assertEquals(0, inFlight.inFlight);
        assertEquals(-1, completions.missed(), "the cancellation has not missed");
        Linux.close(eventfd);
    }

    @Test
    void aCancellationThatFoundNothingSaysWhomItHasMissed() {
        submissions.begin();
        submissions.add(UringLayout.OP_ASYNC_CANCEL, 0, Long.MIN_VALUE);
        submissions.add(UringLayout.OP_ASYNC_CANCEL, 6, -1);
        submissions.add(Op.NOP, 0, 7 | Long.MIN_VALUE);
        submissions.add(UringLayout.OP_ASYNC_CANCEL, 8, 8 | Long.MIN_VALUE);
        assertEquals(4, submissions.enter(4));
        Support.until("four completions", () -> completions.ready() == 4);
        completions.take(4);
        assertEquals(0, completions.tell());
        assertEquals(8, completions.missed());
        assertEquals(0, completions.missed());
        assertEquals(-1, completions.missed());
        assertTrue(completions.nothingToDo());
    }

    @Test
    void missesThatNobodyHasLookedAtLeaveLessRoomAndNoneIsLost() {
        int all = 9 * SUBMISSIONS;
        for (int round = 0; round < 9; round++) {
            submissions.begin();
            for (int i = 0; i < SUBMISSIONS; i++) {
                int ticket = round * SUBMISSIONS + i;
                submissions.add(UringLayout.OP_ASYNC_CANCEL, ticket, ticket | Long.MIN_VALUE);
            }
            assertEquals(SUBMISSIONS, submissions.enter(SUBMISSIONS));
        }
        Support.until("their completions", () -> completions.ready() == all);
        Set<Long> missed = new HashSet<>();
        for (int rounds = 0; completions.ready() > 0 && rounds < all; rounds++) {
            while (completions.take(completions.ready()) > 0) {
                assertEquals(0, completions.tell());
            }
            for (long ticket = completions.missed(); ticket >= 0; ticket = completions.missed()) {
                assertTrue(missed.add(ticket));
            }
        }
        assertEquals(all, missed.size());
        assertTrue(completions.nothingToDo());
    }

    @Test
    void anOperationIsToldBesideMisses() {
        Told nop = new Told(Op.NOP);
        inFlight.add(nop);
        submissions.begin();
        submissions.add(UringLayout.OP_ASYNC_CANCEL, 6, 6 | Long.MIN_VALUE);
        submissions.add(nop, Threads.current());
        submissions.add(UringLayout.OP_ASYNC_CANCEL, 7, 7 | Long.MIN_VALUE);
        assertEquals(3, submissions.enter(3));
        Support.until("three completions", () -> completions.ready() == 3);
        assertEquals(3, completions.take(3));
        assertEquals(7, completions.missed());
        assertEquals(1, completions.tell());
        assertEquals(List.of(0), told);
        assertEquals(6, completions.missed());
        assertEquals(-1, completions.missed());
    }

    @Test
    void aSleepEndsAtItsDeadlineOrWithACompletion() {
        long deadline = System.nanoTime() + 20_000_000;
        assertEquals(0, completions.sleep(deadline, 0));
        assertTrue(System.nanoTime() >= deadline);
        assertEquals(0, completions.sleep(Long.MIN_VALUE / 2, 0), "a deadline that is over");
        ByteBuffer nothingBlocked = Memory.allocate(8);
        assertEquals(0, completions.sleep(Long.MIN_VALUE / 2, Memory.address(nothingBlocked)), "with a signal mask");
        assertEquals(3, completions.sleeps);
        submissions.begin();
        submissions.add(Op.NOP, 0, -1);
        assertEquals(1, submissions.enter(1));
        assertEquals(0, completions.sleep(Long.MAX_VALUE, 0));
        assertEquals(1, completions.ready());
    }

    @Test
    void aFileInTheTableIsTheFileWhateverBecomesOfItsNumber() {
        int first = Linux.eventfd();
        int second = Linux.eventfd();
        assertEquals(-Errnos.EBADF, files.add(-1));
        assertEquals(0, files.add(first));
        assertEquals(1, files.add(second));
        Linux.signalEventfd(second);
        Linux.close(second);
        assertEquals(-Errnos.EBADF, files.add(NO_DESCRIPTOR));
        ByteBuffer count = Memory.allocate(8);
        Told read = new Told(Op.READ);
        read.fixed = true;
        read.fd = 1;
        read.address = Memory.address(count);
        read.length = 8;
        run(read);
        assertEquals(1, count.getLong(0));
        files.remove(1);
        run(read);
        assertEquals(List.of(8, -Errnos.EBADF), told);
        Told sync = new Told(Op.FSYNC);
        sync.fixed = true;
        sync.fd = 100;
        run(sync);
        assertEquals(-Errnos.EBADF, told.get(2), "a place that was never taken");
        files.remove(0);
        assertEquals(0, files.add(first));
        assertEquals(1, files.add(first));
        assertEquals(Linux.statusFlags(0) >= 0, files.add(0) >= 0, "0 is a descriptor as any other");
        Linux.close(first);
    }

    @Test
    void whoFindsTheTableFullIsToldSo() {
        int eventfd = Linux.eventfd();
        int places = 0;
        int rc = files.add(eventfd);
        while (rc >= 0) {
            assertEquals(places, rc);
            places++;
            rc = files.add(eventfd);
        }
        assertEquals(-Errnos.EAGAIN, rc);
        assertTrue(List.of(1 << 14, 1 << 10, 1 << 7).contains(places), places + " places");
        files.remove(100);
        assertEquals(100, files.add(eventfd));
        assertEquals(-Errnos.EAGAIN, files.add(eventfd));
        Linux.close(eventfd);
    }

    private void run(Op op) {
        inFlight.add(op);
        submissions.begin();
        submissions.add(op, Threads.current());
        assertEquals(1, submissions.enter(1));
        Support.until("its completion", () -> completions.ready() == 1);
        completions.take(1);
        completions.tell();
    }
}
