package soak;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.MessageQueue;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;

/** mq_notify, and messages that come from this process and from the one in C: one record for the first, and all of them in order. */
final class Messages extends Scene {
    private static final int MOST = 8;

    private final ByteBuffer message = ByteBuffer.allocate(MOST).order(ByteOrder.LITTLE_ENDIAN);
    private String name;
    private MessageQueue messages;

    Messages(Stage stage) {
        super(stage, 4_000_000);
    }

    private void open() {
        name = "/soak-" + ProcessHandle.current().pid() + "-" + Long.toHexString(random.nextLong());
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = MOST;
        attr.mq_msgsize = Long.BYTES;
        messages = MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_EXCL | Fcntl.O_RDWR, 0600, attr);
    }

    @Override
    void round(Desk desk) throws Exception {
        if (messages == null) {
            open();
        }
        boolean removed = oneIn(8);
        Ticket ticket = desk.request(
                Kind.MQ,
                removed ? Ticket.Records.ONE_UNTIL_WITHDRAWN : Ticket.Records.ONE,
                event -> Mqueue.mq_notify(messages.mqd(), event));
        if (removed) {
            ticket.withdraw();
            if (oneIn(4)) {
                close();
                return;
            }
            messages.cancelNotify();
        }
        int count = 1 + random.nextInt(MOST);
        long first = random.nextLong() >>> 1;
        for (int i = 0; i < count; i++) {
            if (oneIn(4)) {
                peer.tell("mq", name, first + i);
            } else {
                messages.send(message.clear().putLong(first + i).flip(), 0);
            }
        }
        if (!removed) {
            KeventRecord record = desk.await(ticket);
            boolean right = record == null
                    || record.descriptor == messages.mqd() && (record.flags & Kevent.KEVENT_REMOVED) == 0;
            ledger.check(
                    right && (record == null || record.error == 0), "mq_notify of " + messages.mqd() + ": " + ticket);
        }
        for (int i = 0; i < count; i++) {
            int priority = messages.tryReceive(message.clear());
            long got = priority < 0 ? -1 : message.flip().getLong();
            ledger.check(got == first + i, "message " + i + " is " + got + " and not " + (first + i));
        }
        ledger.check(messages.tryReceive(message.clear()) < 0, "a message that nobody has sent");
        ledger.count(Ledger.Event.BYTES, (long) count * Long.BYTES);
    }

    @Override
    public void close() {
        if (messages != null) {
            MessageQueue.unlink(name);
            messages.close();
            messages = null;
        }
    }
}
