package org.sigkevent.mq;

import java.util.Arrays;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.GrowingTable;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Syscalls;

/**
 * mq_notify with the kernel's own semantics and without a signal: the kernel knows a kind of notification (it is how C
 * libraries make SIGEV_THREAD) that sends 32 bytes to a netlink socket, and tells apart a message that arrived and a
 * registration that was removed.
 *
 * <p><b>Objects.</b> A table of {@link Registration}s, each with a place and a generation, which are the bytes that the kernel sends
 * back; {@link NotifySocket}s, each for up to 128 live registrations; a {@link NotifySocketWatch} in each queue that uses them.
 *
 * <p><b>Order.</b> A source is live in the table before the kernel hears of it, because its notification can be read by another
 * thread before the call has returned. It is not live any more when its notification was read, and its place is used again
 * when its record was taken, with the next generation. What the kernel removed when a descriptor was closed is in the socket
 * before close(2) returns: after the sockets were read, a live registration's descriptor is still the one it was made with.
 */
final class Registrations {
    private static final GrowingTable<Registration> TABLE = new GrowingTable<>();
    private static final IntrusiveList<Registration> FREE = new IntrusiveList<>();
    private static int made;
    private static long registrations;
    private static volatile NotifySocket[] sockets = {};

    /** Calls of {@link #register} that are under way. */
    private static int registering;

    private Registrations() {}

    /** 0, or an errno negated with nothing done. The kernel's call comes last: nothing can fail after it. */
    static int register(int mqd, Destination target) {
        Queue queue = target.queue;
        Registration source = claim(mqd, target);
        boolean reserved = false;
        int rc = -Errnos.EAGAIN;
        try {
            long sigevent = source.sigevent();
            int ready = 0;
            if (!target.silent) {
                NotifySocketWatch watch = queue.member(
                        NotifySocketWatch.class, owner -> new NotifySocketWatch(owner, Registrations::abandon));
                ready = watch == null ? -Errnos.EINVAL : watch.watch(source.socket);
                reserved = ready == 0 && queue.reserve(1);
                if (ready == 0 && !reserved) {
                    ready = queue.dead() ? -Errnos.EINVAL : -Errnos.EAGAIN;
                }
            }
            rc = ready < 0 ? ready : notifyKernel(mqd, sigevent);
        } finally {
            if (rc < 0) {
                // the kernel was not asked, or refused: nobody will hear of this source
                synchronized (Registrations.class) {
                    source.live = false;
                    source.socket.live--;
                    recycle(source);
                }
                if (reserved) {
                    queue.release(1);
                }
            }
            registered();
        }
        // destroyed meanwhile, perhaps before the kernel knew of this
        if (rc == 0 && queue.dead()) {
            remove(mqd);
        }
        return rc;
    }

    private static int notifyKernel(int mqd, long sigevent) {
        return Native.C.syscall(Syscalls.MQ_NOTIFY, mqd, sigevent) < 0 ? -Native.errno() : 0;
    }

    /** A place that is live from now on: its notification can be read before the kernel's call has returned. */
    private static synchronized Registration claim(int mqd, Destination target) {
        Shutdown.check();
        NotifySocket socket = socketWithRoom();
        Registration source = FREE.pollFirst();
        if (source == null) {
            TABLE.ensure(made);
            source = new Registration(made, Registrations::recycle);
            TABLE.set(made, source);
            made++;
        }
        source.number = ++registrations;
        source.generation++;
        source.mqd = mqd;
        source.target = target;
        source.socket = socket;
        source.removing = false;
        source.live = true;
        socket.live++;
        registering++;
        return source;
    }

    private static NotifySocket socketWithRoom() {
        for (int look = 0; look < 2; look++) {
            for (NotifySocket socket : sockets) {
                if (socket.live < NotifySocket.MOST) {
                    return socket;
                }
            }
            // registrations that nobody listens for (SIGEV_NONE) may be over
            for (NotifySocket socket : sockets) {
                socket.drain();
            }
        }
        NotifySocket[] more = Arrays.copyOf(sockets, sockets.length + 1);
        NotifySocket socket = new NotifySocket(Registrations::notified);
        more[sockets.length] = socket;
        sockets = more;
        return socket;
    }

    private static synchronized void registered() {
        registering--;
        Registrations.class.notifyAll();
    }

    /** Ends what is left of all registrations: those that no queue is told of. Then nobody uses the sockets any more. */
    static void end() {
        NotifySocket[] all;
        synchronized (Registrations.class) {
            while (registering > 0) {
                try {
                    Registrations.class.wait();
                } catch (InterruptedException strange) {
                    // nobody knows this thread
                }
            }
            all = sockets;
        }
        for (int i = 0; i < made; i++) {
            Registration source = TABLE.get(i);
            Destination target = source == null ? null : source.target;
            if (source != null && source.live && target != null) {
                abandon(target.queue);
            }
        }
        for (NotifySocket socket : all) {
            socket.close();
        }
    }

    static synchronized void recycle(Registration source) {
        source.target = null;
        FREE.addLast(source.whileFree);
    }

    /** What a socket said; a generation that has passed is not listened to. */
    static void notified(int place, int generation, boolean removed) {
        Registration source;
        synchronized (Registrations.class) {
            source = TABLE.get(place);
            if (source == null || !source.live || source.generation != generation) {
                return;
            }
            source.live = false;
            source.socket.live--;
        }
        source.notified(removed);
    }

    /** Ends this process's registration for the queue behind {@code mqd}; 0 also when there is none. */
    static int remove(int mqd) {
        FileId asked = new FileId();
        if (!Linux.isMessageQueue(mqd) || asked.load(mqd) < 0) {
            return -Errnos.EBADF;
        }
        // a registration that is over by now has its record when this returns
        drainAllToTheEnd();
        Registration found = null;
        synchronized (Registrations.class) {
            for (int i = 0; i < made; i++) {
                Registration source = TABLE.get(i);
                // the last one: an earlier one whose descriptor was closed may seem to have this number, too
                if (source != null
                        && source.live
                        && (found == null || source.number > found.number)
                        && asked.isBehind(source.mqd)) {
                    found = source;
                }
            }
            if (found != null) {
                found.removing = true;
            }
        }
        int rc = notifyKernel(mqd, 0);
        if (found != null) {
            found.socket.drainToTheEnd();
        }
        return rc;
    }

    /** The queue is dead: its registrations end, and nothing is made known. */
    static void abandon(Queue queue) {
        drainAllToTheEnd();
        for (int i = 0; ; i++) {
            int mqd;
            NotifySocket socket;
            synchronized (Registrations.class) {
                if (i >= made) {
                    return;
                }
                Registration source = TABLE.get(i);
                Destination target = source == null ? null : source.target;
                if (source == null || !source.live || target == null || target.queue != queue) {
                    continue;
                }
                source.removing = true;
                mqd = source.mqd;
                socket = source.socket;
            }
            notifyKernel(mqd, 0);
            socket.drainToTheEnd();
        }
    }

    private static void drainAllToTheEnd() {
        for (NotifySocket socket : sockets) {
            socket.drainToTheEnd();
        }
    }
}
