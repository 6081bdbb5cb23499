package soak;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;

/** System V messages and semaphores; a wait that was cancelled has taken no message and nothing from a semaphore. */
final class SystemV extends Scene {
    private static final int IPC_RMID = 0;
    private static final int GETVAL = 12;
    private static final int MODE = 0600;

    private final int messages = Libc.ok(Libc.C.msgget(0, MODE), "msgget");
    private final int semaphore = Libc.ok(Libc.C.semget(0, 1, MODE), "semget");
    private long type;

    SystemV(Stage stage) {
        super(stage, 4_000_000);
    }

    @Override
    void round(Desk desk) throws Exception {
        if (random.nextBoolean()) {
            message(desk);
        } else {
            semaphore(desk);
        }
    }

    private ByteBuffer buffer() {
        ByteBuffer buffer =
                random.nextBoolean() ? ByteBuffer.allocate(Long.BYTES) : ByteBuffer.allocateDirect(Long.BYTES);
        return buffer.order(ByteOrder.nativeOrder());
    }

    private void message(Desk desk) throws Exception {
        type++;
        ByteBuffer into = buffer();
        Ticket received = desk.submit(Kind.SYSVMSG, cookie -> KeventEvent.msgrcv(messages, into, type, 0, cookie));
        boolean cancelled = oneIn(8);
        if (cancelled) {
            desk.cancel(received);
            KeventRecord record = desk.await(received);
            ledger.check(record == null || record.error == Errno.ECANCELED, "cancelled: " + received);
        }
        long number = random.nextLong() >>> 1;
        send(desk, number);
        ByteBuffer got = into;
        if (cancelled) {
            got = buffer();
            ByteBuffer again = got;
            received = desk.submit(Kind.SYSVMSG, cookie -> KeventEvent.msgrcv(messages, again, type, 0, cookie));
        }
        KeventRecord record = desk.await(received);
        if (happened(record, received)) {
            ledger.check(
                    record.result == Long.BYTES && record.data0 == type, "a message of type " + type + ": " + received);
        }
        ledger.check(
                got.getLong(0) == number, "message " + number + " was received as " + got.getLong(0) + ": " + received);
        ledger.count(Ledger.Event.BYTES, Long.BYTES);
    }

    private void send(Desk desk, long number) throws Exception {
        if (oneIn(4)) {
            peer.tell("msg", messages, type, number);
            return;
        }
        ByteBuffer from = buffer().putLong(0, number);
        Ticket sent = desk.submit(Kind.SYSVMSG, cookie -> KeventEvent.msgsnd(messages, from, type, cookie));
        happened(desk.await(sent), sent);
    }

    private void semaphore(Desk desk) throws Exception {
        Ticket down = down(desk);
        boolean cancelled = oneIn(8);
        if (cancelled) {
            desk.cancel(down);
            KeventRecord record = desk.await(down);
            ledger.check(record == null || record.error == Errno.ECANCELED, "cancelled: " + down);
        }
        if (oneIn(4)) {
            peer.tell("sem", semaphore);
        } else {
            Ticket up =
                    desk.submit(Kind.SYSVSEM, cookie -> KeventEvent.semop(semaphore, new short[] {0, 1, 0}, cookie));
            happened(desk.await(up), up);
        }
        if (cancelled) {
            down = down(desk);
        }
        happened(desk.await(down), down);
        int value = Libc.ok(Libc.C.semctl(semaphore, 0, GETVAL, 0), "semctl");
        ledger.check(value == 0, "the semaphore is " + value + " behind " + down);
    }

    private Ticket down(Desk desk) throws InterruptedException {
        return desk.submit(Kind.SYSVSEM, cookie -> KeventEvent.semop(semaphore, new short[] {0, -1, 0}, cookie));
    }

    @Override
    public void close() {
        Libc.C.msgctl(messages, IPC_RMID, 0);
        Libc.C.semctl(semaphore, 0, IPC_RMID, 0);
    }
}
