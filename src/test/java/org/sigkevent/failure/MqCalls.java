package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.MessageQueue;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Native;

/** Message queues of both faces. */
final class MqCalls {
    private static final int CREATE = Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK;
    private static final byte[] MESSAGE = new byte[3];

    private MqCalls() {}

    static void list(List<PublicCall> all) {
        life(all);
        messages(all);
        notification(all);
        objects(all);
    }

    private static void life(List<PublicCall> all) {
        all.add(new PublicCall("Mqueue.mq_open", s -> s.mqd = Mqueue.mq_open(s.name, CREATE, 0600, null))
                .before(s -> {
                    s.mqd = -1;
                    s.newName();
                })
                .isInForce(s -> s.mqd >= 0)
                .refused(s -> Mqueue.mq_unlink(s.name))
                .ends(s -> {
                    ok(Mqueue.mq_close(s.mqd));
                    ok(Mqueue.mq_unlink(s.name));
                }));
        all.add(new PublicCall("Mqueue.mq_unlink", s -> Mqueue.mq_unlink(s.name))
                .before(s -> {
                    s.mqd = (int) ok(Mqueue.mq_open(s.newName(), CREATE, 0600, null));
                    ok(Mqueue.mq_close(s.mqd));
                })
                .isInForce(s -> false)
                .refused(s -> Mqueue.mq_unlink(s.name)));
        all.add(new PublicCall("Mqueue.mq_close", s -> Mqueue.mq_close(s.mqd))
                .before(s -> {
                    s.mqd = (int) ok(Mqueue.mq_open(s.newName(), CREATE, 0600, null));
                    ok(Mqueue.mq_unlink(s.name));
                })
                .isInForce(s -> false)
                .refused(MqCalls::closeIfOpen));
        all.add(new PublicCall("Mqueue.mq_close of one with a registration", s -> Mqueue.mq_close(s.mqd))
                .before(s -> {
                    s.mqd = (int) ok(Mqueue.mq_open(s.newName(), CREATE, 0600, null));
                    ok(Mqueue.mq_unlink(s.name));
                    ok(Mqueue.mq_notify(s.mqd, s.sigevent(Signal.SIGEV_KEVENT)));
                })
                .isInForce(s -> true)
                .ends(s -> {
                    closeIfOpen(s);
                    s.failed = true;
                    // says KEVENT_REMOVED
                    s.take();
                }));
        all.add(new PublicCall("Mqueue.mq_getattr", s -> Mqueue.mq_getattr(s.mqd, new MqAttr()))
                .in(Scene::openMq)
                .isInForce(s -> false));
        all.add(new PublicCall("Mqueue.mq_setattr", s -> Mqueue.mq_setattr(s.mqd, (MqAttr) s.made, new MqAttr()))
                .in(s -> {
                    s.openMq();
                    MqAttr attributes = new MqAttr();
                    attributes.mq_flags = Fcntl.O_NONBLOCK;
                    s.made = attributes;
                })
                .isInForce(s -> false));
    }

    private static void closeIfOpen(Scene s) {
        if (Mqueue.mq_getattr(s.mqd, new MqAttr()) == 0) {
            Native.C.close(s.mqd);
        }
    }

    private static long waiting(Scene s) {
        MqAttr attributes = new MqAttr();
        ok(Mqueue.mq_getattr(s.mqd, attributes));
        return attributes.mq_curmsgs;
    }

    private static void messages(List<PublicCall> all) {
        for (Object message : new Object[] {MESSAGE, ByteBuffer.allocateDirect(3)}) {
            String of = message == MESSAGE ? " array" : " buffer";
            all.add(sending("Mqueue.mq_send" + of, s -> Mqueue.mq_send(s.mqd, message, 3, 1)));
            all.add(sending(
                    "Mqueue.mq_timedsend" + of,
                    s -> Mqueue.mq_timedsend(s.mqd, message, 3, 1, new TimeSpec(1L << 32, 0))));
        }
        all.add(receiving("Mqueue.mq_receive", s -> Mqueue.mq_receive(s.mqd, s.bytes, s.bytes.length, new int[1])));
        all.add(receiving(
                "Mqueue.mq_timedreceive",
                s -> Mqueue.mq_timedreceive(s.mqd, s.bytes, s.bytes.length, null, new TimeSpec(1L << 32, 0))));
        all.add(receiving(
                "Mqueue.mq_receive into a buffer",
                s -> Mqueue.mq_receive(s.mqd, s.buffer, s.buffer.remaining(), null)));
        all.add(new PublicCall("Mqueue.mq_timedreceive until the time is up", s -> {
                    long rc = Mqueue.mq_timedreceive(s.mqd, s.bytes, s.bytes.length, null, new TimeSpec(1, 0));
                    return rc == -1 && Errno.errno() == Errno.ETIMEDOUT ? 0 : rc;
                })
                .in(s -> {
                    s.mqd = s.opened(Mqueue.mq_open(s.newName(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
                    ok(Mqueue.mq_unlink(s.name));
                    s.bytes = new byte[8192];
                })
                .isInForce(s -> false));
    }

    private static PublicCall sending(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .in(Scene::openMq)
                .isInForce(s -> waiting(s) > 0)
                .ends(s -> check(Mqueue.mq_receive(s.mqd, s.bytes, s.bytes.length, null) == 3, "no message"));
    }

    private static PublicCall receiving(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .in(s -> {
                    s.openMq();
                    s.buffer = ByteBuffer.allocateDirect(8192);
                })
                .before(s -> ok(Mqueue.mq_send(s.mqd, MESSAGE, 3, 0)))
                .isInForce(s -> false)
                .refused(s ->
                        check(Mqueue.mq_receive(s.mqd, s.bytes, s.bytes.length, null) == 3, "the message is lost"));
    }

    private static void notification(List<PublicCall> all) {
        for (int type : Notified.TYPES) {
            all.add(new PublicCall(
                            "Mqueue.mq_notify, " + Notified.NAMES[type], s -> Mqueue.mq_notify(s.mqd, s.sigevent(type)))
                    .in(s -> {
                        s.openMq();
                        Notified.open(s, type);
                    })
                    .before(s -> Notified.prepare(s, type))
                    .isInForce(MqCalls::registered)
                    .refused(s -> Notified.refused(s, type))
                    .ends(s -> {
                        ok(Mqueue.mq_send(s.mqd, MESSAGE, 3, 0));
                        Notified.came(s, type);
                        ok(Mqueue.mq_receive(s.mqd, s.bytes, s.bytes.length, null));
                    }));
        }
        all.add(new PublicCall("Mqueue.mq_notify null", s -> Mqueue.mq_notify(s.mqd, null))
                .in(Scene::openMq)
                .before(s -> ok(Mqueue.mq_notify(s.mqd, s.sigevent(Signal.SIGEV_KEVENT))))
                .isInForce(s -> false)
                .refused(s -> ok(Mqueue.mq_notify(s.mqd, null)))
                .ends(s -> check(!registered(s), "still registered")));
    }

    /** Whether the kernel has a registration for the queue. */
    private static boolean registered(Scene s) {
        if (Mqueue.mq_notify(s.mqd, new SigEvent()) < 0) {
            check(Errno.errno() == Errno.EBUSY, Errno.message());
            return true;
        }
        ok(Mqueue.mq_notify(s.mqd, null));
        return false;
    }

    private static void objects(List<PublicCall> all) {
        all.add(new PublicCall("MessageQueue.open", s -> {
                    s.messages = MessageQueue.open(s.name, CREATE, 0600, null);
                    return 0;
                })
                .before(s -> {
                    s.messages = null;
                    s.newName();
                })
                .isInForce(s -> s.messages != null)
                .refused(s -> Mqueue.mq_unlink(s.name))
                .ends(s -> {
                    s.messages.close();
                    MessageQueue.unlink(s.name);
                }));
        all.add(new PublicCall("MessageQueue.close", s -> {
                    s.messages.close();
                    return 0;
                })
                .before(MqCalls::openMessages)
                .isInForce(s -> false)
                .refused(s -> s.messages.close()));
        all.add(object("MessageQueue.send", s -> {
                    s.messages.send(ByteBuffer.allocateDirect(3), 1);
                    return 0;
                })
                .isInForce(s -> s.messages.attributes().mq_curmsgs > 0)
                .ends(s -> check(s.messages.tryReceive(s.buffer.clear()) == 1, "no message")));
        all.add(object(
                        "MessageQueue.send with a limit",
                        s -> s.messages.send(ByteBuffer.allocateDirect(3), 1, Duration.ofSeconds(3)) ? 0 : -1)
                .isInForce(s -> s.messages.attributes().mq_curmsgs > 0)
                .ends(s -> check(s.messages.tryReceive(s.buffer.clear()) == 1, "no message")));
        all.add(new PublicCall("MessageQueue.unlink", s -> {
                    MessageQueue.unlink(s.name);
                    return 0;
                })
                .before(s -> {
                    s.mqd = (int) ok(Mqueue.mq_open(s.newName(), CREATE, 0600, null));
                    ok(Mqueue.mq_close(s.mqd));
                })
                .isInForce(s -> false)
                .refused(s -> Mqueue.mq_unlink(s.name)));
        all.add(objectReceives("MessageQueue.receive", s -> s.messages.receive(s.buffer.clear())));
        all.add(objectReceives(
                "MessageQueue.receive with a limit", s -> s.messages.receive(s.buffer.clear(), Duration.ofSeconds(3))));
        all.add(objectReceives("MessageQueue.tryReceive", s -> s.messages.tryReceive(s.buffer.clear())));
        all.add(object("MessageQueue.attributes", s -> {
                    s.messages.attributes();
                    return 0;
                })
                .isInForce(s -> false));
        all.add(object("MessageQueue.notifyInto", s -> {
                    s.messages.notifyInto(s.queue, SigVal.of(s.cookie));
                    return 0;
                })
                .before(Scene::next)
                .ends(s -> {
                    s.messages.send(ByteBuffer.allocateDirect(3), 1);
                    s.take();
                    check(s.messages.tryReceive(s.buffer.clear()) == 1, "no message");
                }));
        all.add(object("MessageQueue.cancelNotify", s -> {
                    s.messages.cancelNotify();
                    return 0;
                })
                .before(s -> s.messages.notifyInto(s.queue, s.next()))
                .isInForce(s -> false)
                .refused(s -> s.messages.cancelNotify()));
    }

    private static void openMessages(Scene s) {
        MessageQueue messages = MessageQueue.open(s.newName(), CREATE, 0600, null);
        MessageQueue.unlink(s.name);
        s.messages = messages;
        s.later(messages::close);
        s.buffer = ByteBuffer.allocateDirect(8192);
    }

    private static PublicCall object(String name, PublicCall.Body body) {
        return new PublicCall(name, body).in(MqCalls::openMessages);
    }

    private static PublicCall objectReceives(String name, PublicCall.Body body) {
        return object(name, body)
                .before(s -> s.messages.send(ByteBuffer.allocateDirect(3), 1))
                .isInForce(s -> false)
                .refused(s -> check(s.messages.tryReceive(s.buffer.clear()) == 1, "the message is lost"));
    }
}
