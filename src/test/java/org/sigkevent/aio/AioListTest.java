package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.sigkevent.Kevent;
import org.sigkevent.core.Deadline;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.notify.Notify;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** lio_listio: order of the records, elements that fail, all or nothing, waiting. */
class AioListTest extends AioFixture {
    private static final long LIST = 100;

    private Destination list() {
        return Destination.records(queue, LIST, null);
    }

    private int go(Destination target, AioRequest... requests) {
        return submitList(requests, requests.length, false, target);
    }

    private static int await(AioRequest... requests) {
        return submitList(requests, requests.length, true, null);
    }

    private AioRequest[] reads(int fd, int n, int size) {
        AioRequest[] r = new AioRequest[n];
        for (int i = 0; i < n; i++) {
            r[i] = recorded(reading(fd, Memory.allocate(size), (long) i * size), i);
        }
        return r;
    }

    @Test
    void aListDrivesItsQueue() {
        boolean[] due = {false};
        Deadline now = new Deadline() {
            @Override
            protected void due(long nanos) {
                due[0] = true;
            }
        };
        queue.driver(Kevent.KEVENT_DRIVER_OFF);
        queue.deadlines().set(now, Linux.CLOCK_MONOTONIC, 1);
        assertEquals(0, go(list(), reads(fileWith(pattern(64, 5)), 2, 32)));
        assertTrue(due[0], "so that a program that submits lists and takes their records needs no driver");
    }

    @Test
    void theListsRecordComesAfterThoseOfAllElements() {
        byte[] data = pattern(32 * 4096, 3);
        int fd = fileWith(data);
        for (int round = 0; round < 50; round++) {
            if (round % 10 == 0) {
                cool(fd);
            }
            AioRequest[] r = reads(fd, 32, 4096);
            Object[] memory =
                    // which a request lets go when it is done
                    Stream.of(r).map(one -> one.transfer.pinned).toArray();
            assertEquals(0, go(list(), r));
            long seen = 0;
            for (int i = 0; i < 32; i++) {
                RingRecord record = take();
                assertTrue(record.cookie < 32);
                assertEquals(4096, record.result);
                seen |= 1L << record.cookie;
            }
            assertEquals((1L << 32) - 1, seen);
            RingRecord last = take();
            assertEquals(LIST, last.cookie);
            assertEquals(-1, last.descriptor);
            assertEquals(AioList.LIST, last.data0);
            assertEquals(32, last.result);
            assertEquals(0, last.error);
            noRecord();
            for (int i = 0; i < 32; i++) {
                byte[] part = java.util.Arrays.copyOfRange(data, i * 4096, i * 4096 + 4096);
                assertArrayEquals(part, bytes(memory(r[i], 4096), 4096));
                ended(r[i], 0, 4096);
            }
            Reference.reachabilityFence(memory);
        }
        assertEquals(0, queue.figures().armed);
    }

    @Test
    void theEndOfAListOfSilentElementsIsToldToItsQueue() {
        byte[] data = pattern(8 * 4096, 5);
        int fd = fileWith(data);
        for (int round = 0; round < 50; round++) {
            if (round % 10 == 0) {
                cool(fd);
            }
            AioRequest[] r = reads(fd, 8, 4096);
            for (AioRequest one : r) {
                one.target = Notify.none();
            }
            assertEquals(0, go(list(), r));
            RingRecord last = take();
            assertEquals(LIST, last.cookie);
            assertEquals(0, last.error);
            for (AioRequest one : r) {
                ended(one, 0, 4096);
            }
        }
        noRecord();
        assertEquals(0, queue.figures().armed);
    }

    private static ByteBuffer memory(AioRequest r, int size) {
        return Memory.view(r.transfer.memory, size);
    }

    @Test
    void aBatchOnOneQueueIsOneSystemCall() {
        assumeTrue(queue.engine().asynchronous, "the epoll engine makes a system call for each request");
        int fd = fileWith(pattern(32 * 4096, 3));
        assertEquals(0, await(reads(fd, 32, 4096)));
        for (int i = 0; i < 32; i++) {
            take();
        }
        AioRequest[] r = reads(fd, 32, 4096);
        long before = queue.figures().systemCalls;
        assertEquals(0, go(null, r));
        assertEquals(1, queue.figures().systemCalls - before);
        for (int i = 0; i < 32; i++) {
            take();
        }
    }

    @Test
    void aListOverTwoQueuesIsOneSystemCallForEach() {
        assumeTrue(queue.engine().asynchronous, "the epoll engine makes a system call for each request");
        int fd = fileWith(pattern(32 * 4096, 3));
        Queue other = newQueue(100);
        AioRequest[] r = reads(fd, 8, 4096);
        for (int i = 1; i < 8; i += 2) {
            r[i].target = Destination.records(other, i, null);
        }
        long before = queue.figures().systemCalls;
        assertEquals(0, go(list(), r));
        assertEquals(1, queue.figures().systemCalls - before);
        assertEquals(1, other.figures().systemCalls);
        for (int i = 0; i < 4; i++) {
            assertEquals(2 * i, take().cookie);
            assertEquals(2 * i + 1, take(other).cookie);
        }
        assertEquals(LIST, take().cookie);
        assertEquals(0, await(again(r)));
    }

    private AioRequest[] again(AioRequest[] r) {
        for (AioRequest one : r) {
            one.target = Destination.silent(one == r[0] ? queue : newQueue(1));
        }
        return r;
    }

    @Test
    void waitingReturnsWhenAllAreDoneAndTellsNobodyElse() {
        int fd = file();
        int[] pipe = pipe();
        AioRequest r = reading(pipe[0], Memory.allocate(1), 0);
        AioRequest w = recorded(writing(fd, pattern(1 << 20, 1), 0), 5);
        Thread feeder = start(() -> write(pipe[1], "x"));
        AioRequest[] both = {r, null, w};
        assertEquals(0, submitList(both, 3, true, list()));
        assertEquals(0, r.state.status);
        assertEquals(0, w.state.status);
        assertEquals(5, take().cookie);
        noRecord();
        join(feeder);
    }

    @Test
    void anEmptyListEndsAtOnce() {
        AioRequest nop = recorded(request(AioTransfer.NOP, file(), null, 0, 0), 1);
        assertEquals(0, go(list(), null, nop, null));
        RingRecord record = take();
        assertEquals(LIST, record.cookie);
        assertEquals(0, record.result);
        assertEquals(0, go(list()));
        assertEquals(LIST, take().cookie);
        assertEquals(0, go(null));
        assertEquals(0, go(Destination.silent(queue), null, nop));
        assertEquals(0, await());
        assertEquals(0, await(nop, null));
        noRecord();
        assertEquals(-1, nop.error());
    }

    @Test
    void aBadDescriptorFailsAloneAndOnlyInItsStatus() {
        int fd = file();
        AioRequest[] r = new AioRequest[10];
        for (int i = 0; i < 10; i++) {
            r[i] = recorded(writing(i == 2 ? -1 : fd, pattern(1024, i), 0), i);
        }
        assertEquals(0, go(list(), r));
        for (int i = 0; i < 10; i++) {
            RingRecord record = take();
            assertEquals(record.cookie == 2 ? Errnos.EBADF : 0, record.error);
        }
        RingRecord last = take();
        assertEquals(LIST, last.cookie);
        assertEquals(Errnos.EIO, last.error);
        ended(r[2], Errnos.EBADF, -1);
        ended(r[3], 0, 1024);
        assertEquals(-Errnos.EIO, await(writing(fd, "ab", 0), writing(-1, "ab", 0), writing(fd, "cd", 2)));
        assertArrayEquals("abcd".getBytes(), java.util.Arrays.copyOf(contents(fd), 4));
    }

    private AioRequest silent(AioRequest r) {
        r.target = Destination.silent(queue);
        return r;
    }

    @Test
    void aRefusedElementHasItsErrnoAndItsRecordAndTheOthersRun() {
        int fd = file();
        AioRequest good = recorded(writing(fd, "good", 0), 1);
        AioRequest operation = recorded(writing(fd, "bad", 0), 2);
        operation.transfer.refuse(Errnos.EINVAL);
        AioRequest place = recorded(writing(fd, "bad", -5), 3);
        AioRequest faces = recorded(writing(fd, "bad", 0), 4);
        faces.transfer.refuse(Errnos.EFAULT);
        assertEquals(-Errnos.EIO, go(list(), operation, good, place, faces));
        int[] errors = new int[5];
        for (int i = 0; i < 4; i++) {
            RingRecord record = take();
            errors[(int) record.cookie] = record.error;
        }
        assertArrayEquals(new int[] {0, 0, Errnos.EINVAL, Errnos.EINVAL, Errnos.EFAULT}, errors);
        assertEquals(Errnos.EIO, take().error);
        noRecord();
        ended(operation, Errnos.EINVAL, -1);
        assertEquals("good", new String(contents(fd)));
        silent(operation).transfer.refuse(Errnos.EINVAL);
        assertEquals(-Errnos.EIO, await(operation));
        faces.transfer.operation = AioTransfer.WRITE;
        ended(submit(silent(faces)), 0, 3);
    }

    @Test
    void whatWasInAListIsOnItsOwnAfterwards() {
        int fd = file();
        AioRequest r = recorded(writing(fd, "list", 0), 1);
        AioRequest other = recorded(writing(fd, "list", 4), 2);
        assertEquals(0, go(list(), r, other));
        for (int i = 0; i < 3; i++) {
            take();
        }
        int[] pipe = pipe();
        AioRequest late = recorded(reading(pipe[0], Memory.allocate(4), 0), 3);
        assertEquals(0, go(list(), late));
        // neither the end of one, nor the refusal of the other, has to do with the list any more
        ended(submit(recorded(r, 4)), 0, 4);
        assertEquals(4, take().cookie);
        int armed = queue.figures().armed;
        other.giveUp(other.claim());
        assertEquals(armed, queue.figures().armed);
        noRecord();
        write(pipe[1], "x");
        assertEquals(3, take().cookie);
        assertEquals(LIST, take().cookie);
    }

    @Test
    void anElementInFlightIsLeftAloneAndTheOthersRun() {
        int[] pipe = pipe();
        int fd = file();
        AioRequest inFlight = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), 1));
        AioRequest good = recorded(writing(fd, "good", 0), 2);
        assertEquals(-Errnos.EIO, go(list(), inFlight, good, good));
        assertEquals(2, take().cookie);
        assertEquals(LIST, take().cookie);
        noRecord();
        pending(inFlight);
        write(pipe[1], "x");
        assertEquals(1, take().cookie);
    }

    @Test
    void slotsAreHadForAllOrNothingIsDone() {
        queue = newQueue(4);
        Queue other = newQueue(4);
        int fd = file();
        AioRequest[] r = new AioRequest[4];
        for (int i = 0; i < 4; i++) {
            r[i] = recorded(writing(fd, "x", i), i);
        }
        assertEquals(-Errnos.EAGAIN, go(list(), r), "four and the list");
        r[3].target = Destination.records(other, 3, null);
        assertEquals(0, queue.figures().armed);
        for (AioRequest one : r) {
            ended(one, Errnos.EAGAIN, -1);
            assertTrue(idle(one));
        }
        assertEquals(0, contents(fd).length);
        AioRequest blocks = reading(pipe()[0], Memory.allocate(1), 0);
        blocks.target = Destination.records(queue, 9, null);
        submit(blocks);
        assertEquals(-Errnos.EAGAIN, go(list(), r));
        assertEquals(1, queue.figures().armed);
        assertEquals(0, other.figures().armed);
        assertEquals(0, go(null, r));
        assertEquals(3, take(other).cookie);
        for (int i = 0; i < 3; i++) {
            take();
        }
        assertEquals(4, contents(fd).length);
        AioCancel.cancel(blocks.transfer.fildes, blocks);
        take();
    }

    @Test
    void anInterruptEndsTheWaitAndTheRequestsGoOn() {
        int[] pipe = pipe();
        AioRequest r = reading(pipe[0], Memory.allocate(1), 0);
        AtomicInteger rc = new AtomicInteger();
        Thread waiter = start(() -> rc.set(await(r)));
        waiter.interrupt();
        join(waiter);
        assertEquals(-Errnos.EINTR, rc.get());
        pending(r);
        write(pipe[1], "x");
        ended(r, 0, 1);
    }

    @Test
    void anInterruptThatComesTogetherWithTheEndIsToldOrKept() {
        int[] pipe = pipe();
        for (int i = 0; i < 500; i++) {
            AioRequest r = reading(pipe[0], Memory.allocate(1), 0);
            AtomicInteger rc = new AtomicInteger(1);
            AtomicBoolean called = new AtomicBoolean();
            AtomicBoolean kept = new AtomicBoolean();
            Thread waiter = start(() -> {
                rc.set(await(r));
                while (!called.get()) {
                    Thread.onSpinWait();
                }
                kept.set(Thread.interrupted());
            });
            waiter.interrupt();
            write(pipe[1], "x");
            called.set(true);
            // what the list waits for ends here, whatever the waiter does
            while (r.state.unfinished() || waiter.isAlive()) {
                queue.drive();
            }
            join(waiter);
            assertEquals(rc.get() == 0, kept.get(), "in round " + i + " it answered " + rc);
            ended(r, 0, 1);
        }
    }

    @Test
    void aCancelledElementLetsTheListEnd() {
        int[] pipe = pipe();
        AioRequest first = submit(reading(pipe[0], Memory.allocate(1), 0));
        AioRequest r = reading(pipe[0], Memory.allocate(1), 0);
        assertEquals(0, go(list(), r));
        noRecord();
        assertEquals(AioCancel.CANCELED, AioCancel.cancel(pipe[0], r));
        RingRecord record = take();
        assertEquals(LIST, record.cookie);
        assertEquals(Errnos.EIO, record.error);
        pending(first);
    }

    @Test
    void twoListsAreCountedApart() {
        int[] p = pipe();
        int[] q = pipe();
        assertEquals(0, go(Destination.records(queue, 1, null), reading(p[0], Memory.allocate(1), 0)));
        assertEquals(0, go(Destination.records(queue, 2, null), reading(q[0], Memory.allocate(1), 0)));
        noRecord();
        write(q[1], "x");
        assertEquals(2, take().cookie);
        write(p[1], "x");
        assertEquals(1, take().cookie);
    }

    @Test
    void streamsInAListKeepTheirOrder() {
        int[] pair = sockets(1);
        AioRequest[] r = new AioRequest[16];
        ByteBuffer in = Memory.allocate(8);
        for (int i = 0; i < 8; i++) {
            r[2 * i] = request(AioTransfer.READ, pair[1], in, 1, 0);
            r[2 * i].transfer.memory += i;
            r[2 * i + 1] = writing(pair[0], "ABCDEFGH".substring(i, i + 1), 0);
        }
        assertEquals(0, await(r));
        assertEquals("ABCDEFGH", text(in, 8));
    }

    @Test
    void appendedWritesInAListKeepTheirOrder() {
        int fd = file(org.sigkevent.sys.Linux.O_APPEND);
        AioRequest[] r = new AioRequest[40];
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < r.length; i++) {
            r[i] = writing(fd, "" + i, 0);
            expected.append(i);
        }
        assertEquals(0, await(r));
        assertEquals(expected.toString(), new String(contents(fd)));
    }

    @Test
    void longListsAreWhole() {
        int fd = fileWith(pattern(2000 * 8, 1));
        queue = newQueue(4000);
        AioRequest[] r = reads(fd, 2000, 8);
        assertEquals(0, go(list(), r));
        for (int i = 0; i < 2000; i++) {
            assertEquals(8, take().result);
        }
        assertEquals(LIST, take().cookie);
    }

    @Test
    void aDeadQueueIsRefused() {
        Queue dying = newQueue(10);
        dying.destroy();
        AioRequest r = reading(file(), Memory.allocate(1), 0);
        r.target = Destination.records(dying, 1, null);
        assertEquals(-Errnos.EBADF, go(null, recorded(writing(file(), "a", 0), 1), r));
        assertEquals(0, queue.figures().armed);
        assertEquals(-Errnos.EBADF, tried(r));
    }
}
