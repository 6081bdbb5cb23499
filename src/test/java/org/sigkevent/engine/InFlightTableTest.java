package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A ticket finds its operation, once, and no other one. */
@Timeout(60)
@Tag("any-engine")
class InFlightTableTest {
    /** How many places a new table has. */
    private static final int FIRST = 8;

    private final InFlightTable table = new InFlightTable();

    private static final class Any extends Op {
        @Override
        protected void completed(int result, boolean more) {}
    }

    private static Any[] ops(int n) {
        Any[] ops = new Any[n];
        for (int i = 0; i < n; i++) {
            ops[i] = new Any();
        }
        return ops;
    }

    private Any[] added(int n) {
        Any[] ops = ops(n);
        for (Any op : ops) {
            table.add(op);
        }
        return ops;
    }

    @Test
    void eachOperationHasATicketOfItsOwnHoweverManyThereAre() {
        Any[] ops = added(5 * FIRST);
        Set<Integer> places = new HashSet<>();
        for (Any op : ops) {
            assertTrue(op.ticket >= 0);
            assertTrue(places.add((int) op.ticket));
            assertTrue((int) op.ticket < 8 * FIRST);
            assertSame(op, table.holder(op.ticket));
        }
        assertEquals(ops.length, table.inFlight);
        for (Any op : ops) {
            assertSame(op, table.remove(op.ticket));
            assertNull(table.remove(op.ticket));
            assertNull(table.holder(op.ticket));
        }
        assertEquals(ops.length, table.inFlight, "they count until that is said");
        table.done(ops.length - 1);
        assertEquals(1, table.inFlight);
    }

    @Test
    void theNextOneInAPlaceHasAnotherTicket() {
        Any first = added(1)[0];
        long before = first.ticket;
        table.remove(before);
        Any second = added(1)[0];
        assertEquals((int) before, (int) second.ticket);
        assertNotEquals(before, second.ticket);
        assertEquals(before + (1L << 32), second.ticket);
        assertNull(table.remove(before));
        assertNull(table.holder(before));
        assertSame(second, table.remove(second.ticket));
    }

    @Test
    void freePlacesAreUsedAgainBeforeTheTableGrows() {
        for (int round = 0; round < 10; round++) {
            for (Any op : added(FIRST)) {
                assertTrue((int) op.ticket < FIRST);
                assertSame(op, table.remove(op.ticket));
            }
        }
    }

    @Test
    void aTicketOfALargerTableFindsNobody() {
        Any[] ops = added(FIRST);
        assertNull(table.holder(FIRST));
        assertNull(table.holder(1000));
        assertSame(ops[0], table.holder(ops[0].ticket));
    }

    @Test
    void placesThatAreKeptFreeAreGivenToNobodyElse() {
        table.keepFree(FIRST);
        assertFalse(table.tryKeep(1));
        for (Any op : added(FIRST)) {
            assertTrue((int) op.ticket >= FIRST, "the table has grown");
        }
        assertFalse(table.tryKeep(1));
        Any[] kept = ops(FIRST + 2);
        table.addKept(kept, 1, FIRST);
        assertEquals(2 * FIRST, table.inFlight);
        for (int i = 1; i <= FIRST; i++) {
            assertSame(kept[i], table.holder(kept[i].ticket));
        }
        assertNotEquals(0, kept[FIRST].ticket);
        assertFalse(table.tryKeep(1));
        table.remove(kept[1].ticket);
        assertTrue(table.tryKeep(1));
        assertFalse(table.tryKeep(1));
    }

    @Test
    void whatIsNotKeptAnyMoreIsThereForOthers() {
        assertFalse(table.tryKeep(1), "nothing is made before it is needed");
        assertNull(table.holder(0));
        table.keepFree(FIRST);
        assertFalse(table.tryKeep(1));
        assertTrue(table.tryKeep(-2));
        assertFalse(table.tryKeep(3));
        assertTrue(table.tryKeep(2));
        assertTrue(table.tryKeep(-FIRST));
        for (Any op : added(FIRST)) {
            assertTrue((int) op.ticket < FIRST);
        }
    }

    @Test
    void manyPlacesAreKeptFreeAtATime() {
        table.keepFree(10 * FIRST);
        Any[] kept = ops(10 * FIRST);
        table.addKept(kept, 0, kept.length);
        Set<Long> tickets = new HashSet<>();
        for (Any op : kept) {
            assertTrue(tickets.add(op.ticket));
        }
    }

    @Test
    void severalAreTakenBackTogetherAndThoseThatGoOnStay() {
        Any[] ops = added(3);
        long[] tickets = {ops[0].ticket, ops[1].ticket, ops[0].ticket, ops[2].ticket};
        Op[] into = new Op[4];
        table.remove(tickets, 0b0010, into, 3);
        assertSame(ops[0], into[0]);
        assertSame(ops[1], into[1]);
        assertNull(into[2], "taken back before");
        assertNull(into[3], "not asked for");
        assertSame(ops[1], table.holder(ops[1].ticket));
        assertSame(ops[2], table.holder(ops[2].ticket));
    }

    @Test
    void anOperationIsFoundByWhatItIs() {
        Any[] ops = added(5);
        assertSame(ops[3], table.firstWhere(op -> op == ops[3]));
        table.remove(ops[3].ticket);
        assertNull(table.firstWhere(op -> op == ops[3]));
        assertNull(table.firstWhere(op -> false));
    }

    @Test
    void anOperationKnowsWhetherItsThreadHasEnded() throws Exception {
        Any op = new Any();
        assertFalse(op.submitterEnded(), "nobody has submitted it");
        op.submitter = new WeakReference<>(Thread.currentThread());
        assertFalse(op.submitterEnded());
        Thread ended = new Thread(() -> {});
        ended.start();
        ended.join(30_000);
        op.submitter = new WeakReference<>(ended);
        assertTrue(op.submitterEnded());
        op.submitter = new WeakReference<>(null);
        assertTrue(op.submitterEnded());
    }

    @Test
    void whatWasNotHandedOverHasCompletedWithItsErrno() {
        int[] told = {0, 0};
        new Op() {
            @Override
            protected void completed(int result, boolean more) {
                told[0] = result;
                told[1] += more ? 10 : 1;
            }
        }.notSubmitted(11);
        assertEquals(-11, told[0]);
        assertEquals(1, told[1]);
    }
}
