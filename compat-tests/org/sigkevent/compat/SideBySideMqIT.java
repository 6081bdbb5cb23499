package org.sigkevent.compat;

import java.util.Arrays;
import java.util.List;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.TimeSpec;

/** mq_*: compared with the C library. */
class SideBySideMqIT extends SideBySide {
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_NONBLOCK = 04000;

    private final String prefix = "sigkevent-j-" + ProcessHandle.current().pid();

    @Override
    Deviation.Family family() {
        return Deviation.Family.MQ;
    }

    @Override
    long tolerance(String operation) {
        return 0;
    }

    private String name() {
        return oneIn(10) ? anyOf("~1", "/~1/x", "/", ".", "/~*300", "/~*4200") : "/~" + random.nextInt(2);
    }

    @Override
    String operation() {
        switch (random.nextInt(15)) {
            case 0:
            case 1:
            case 2:
                // a queue of its own, which nothing else is done with
                boolean noAccess = oneIn(20);
                return "mq_open " + (noAccess ? "7 /~2" : slot() + " " + name()) + " "
                        + ((noAccess ? 3 : any(0, 1, 2, 2, 2, 2))
                                | any(0, O_CREAT, O_CREAT, O_CREAT | O_EXCL)
                                | any(0, O_NONBLOCK))
                        + " 384 "
                        + any(0, 1, 1, 1) + " " + any(-1, 0, 1, 2, 3, 3, 10, 1000000) + " "
                        + any(-1, 0, 1, 16, 64, 64, 100000000);
            case 3:
                return oneIn(3) ? "mq_close " + slot() : "mq_getattr " + slot();
            case 4:
                return oneIn(2)
                        ? "mq_unlink " + name()
                        : "mq_setattr " + slot() + " " + any(0, 0, O_NONBLOCK, O_NONBLOCK, 1, -1) + " " + any(0, 1);
            case 5:
            case 6:
                return "mq_notify " + slot() + " " + any(0, 0, 0, 1, -2, -2, 99) + " " + serial();
            case 7:
            case 8:
                return "take";
            case 9:
            case 10:
            case 11:
                return "mq_send " + slot() + " " + any(0, 1, 5, 16, 17, 64, 65, 60000) + " "
                        + any(0, 1, 2, 31, 32767, 32767, 32768, -1) + " " + serial() + " " + time();
            case 12:
                return badTime();
            default:
                return "mq_receive " + slot() + " " + any(0, 1, 16, 64, 64, 64, 8192, 60000) + " " + time();
        }
    }

    private String time() {
        return oneIn(2) ? "0" : "1 " + anyOf("0 0", "1000 5", "1000 999999999");
    }

    /** A bad limit on a queue of its own, which may hold something else afterwards. */
    private String badTime() {
        return anyOf("mq_send 6 5 1 77 1 ", "mq_receive 6 64 1 ") + anyOf("-1 0", "1000 -1", "1000 1000000000", "0 0");
    }

    @Override
    List<String> prologue() {
        return List.of("mq_open 6 /~3 66 384 1 1 64");
    }

    @Override
    List<String> subjects(String operation) {
        return operation.matches("mq_(send|receive) 6 .*") ? List.of("6") : List.of();
    }

    private String called() {
        StringBuilder text = new StringBuilder();
        String word = word();
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '*') {
                return text.append("x".repeat(Integer.parseInt(word.substring(i + 1))))
                        .toString();
            }
            text.append(c == '~' ? prefix : c == '.' ? "" : c);
        }
        return text.toString();
    }

    @Override
    void forget() {
        for (int slot = 0; slot < SLOTS; slot++) {
            Mqueue.mq_close(FIRST_FD + slot);
        }
        for (int i = 0; i < 4; i++) {
            Mqueue.mq_unlink("/" + prefix + i);
        }
    }

    @Override
    String perform(String operation, String theirs) {
        switch (operation) {
            case "mq_open":
                return open();
            case "mq_close":
                return answer(Mqueue.mq_close(descriptor()));
            case "mq_unlink":
                return answer(Mqueue.mq_unlink(called()));
            case "mq_send":
                return send();
            case "mq_receive":
                return receive();
            case "mq_notify":
                int mqd = descriptor();
                int notify = integer();
                SigEvent event = event(notify, number());
                return answer(Mqueue.mq_notify(mqd, notify == -2 ? null : event));
            default:
                return attributes(operation.equals("mq_setattr"));
        }
    }

    private String open() {
        int slot = integer();
        String name = called();
        int flags = integer();
        int mode = integer();
        boolean with = number() != 0;
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = number();
        attr.mq_msgsize = number();
        int mqd = Mqueue.mq_open(name, flags, mode, with ? attr : null);
        if (mqd >= 0) {
            Mqueue.mq_close(FIRST_FD + slot);
        }
        return moved(mqd, slot);
    }

    private static boolean wouldBlock(int mqd, boolean full) {
        MqAttr a = new MqAttr();
        return Mqueue.mq_getattr(mqd, a) == 0
                && (a.mq_flags & O_NONBLOCK) == 0
                && a.mq_curmsgs == (full ? a.mq_maxmsg : 0);
    }

    private String send() {
        int mqd = descriptor();
        long length = number();
        int priority = integer();
        byte[] text = new byte[70000];
        Arrays.fill(text, (byte) (number() & 0x7f));
        if (number() != 0) {
            return answer(Mqueue.mq_timedsend(mqd, text, length, priority, new TimeSpec(number(), number())));
        }
        return wouldBlock(mqd, true) ? "would block" : answer(Mqueue.mq_send(mqd, text, length, priority));
    }

    private String receive() {
        int mqd = descriptor();
        long length = number();
        byte[] text = new byte[70000];
        int[] priority = new int[1];
        long n;
        if (number() != 0) {
            n = Mqueue.mq_timedreceive(mqd, text, length, priority, new TimeSpec(number(), number()));
        } else if (wouldBlock(mqd, false)) {
            return "would block";
        } else {
            n = Mqueue.mq_receive(mqd, text, length, priority);
        }
        return answer(n)
                + (n < 0 ? "" : "priority " + priority[0] + " hash " + Integer.toUnsignedString(hash(text, (int) n)));
    }

    private String attributes(boolean set) {
        int mqd = descriptor();
        MqAttr a = new MqAttr();
        int rc;
        boolean want = true;
        if (set) {
            MqAttr to = new MqAttr();
            to.mq_flags = number();
            want = number() != 0;
            rc = Mqueue.mq_setattr(mqd, to, want ? a : null);
        } else {
            rc = Mqueue.mq_getattr(mqd, a);
        }
        return answer(rc)
                + (rc == 0 && want
                        ? "flags " + a.mq_flags + " maxmsg " + a.mq_maxmsg + " msgsize " + a.mq_msgsize + " curmsgs "
                                + a.mq_curmsgs
                        : "");
    }
}
