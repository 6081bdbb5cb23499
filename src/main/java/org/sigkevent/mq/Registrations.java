package org.sigkevent.mq;

import static org.sigkevent.sys.Unset.unset;

import java.util.Arrays;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
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
    private static Registration[] table = new Registration[16];
    private static int made;
    private static Registration[] free = new Registration[16];
    private static int freeCount;
    private static NotifySocket[] sockets = {};

    private Registrations() {}

    static int register(int mqd, Destination target) {
        Queue queue = target.queue;
        if (!target.silent && !queue.reserve(1)) {
            return queue.dead() ? -Errnos.EINVAL : -Errnos.EAGAIN;
        }
        Registration source;
        try {
            source = enter(mqd, target);
        } catch (ErrnoException refused) {
            return giveBack(target, -refused.errno());
        }
        int rc = 0;
        if (!target.silent) {
            NotifySocketWatch watch = queue.member(NotifySocketWatch.class, NotifySocketWatch::new);
            rc = watch == null ? -Errnos.EINVAL : watch.watch(source.socket);
        }
        if (rc == 0) {
            rc = notifyKernel(mqd, source.sigevent());
        }
        if (rc == 0) {
            if (!target.silent && queue.dead()) {
                remove(mqd); // it was destroyed meanwhile, perhaps before the kernel knew of this
            }
            return 0;
        }
        leave(source);
        return giveBack(target, rc);
    }

    private static int giveBack(Destination target, int rc) {
        if (!target.silent) {
            target.queue.release(1);
        }
        return rc;
    }

    private static int notifyKernel(int mqd, long sigevent) {
        return Native.C.syscall(Syscalls.MQ_NOTIFY, mqd, sigevent) < 0 ? -Native.errno() : 0;
    }

    private static synchronized Registration enter(int mqd, Destination target) {
        NotifySocket socket = socketWithRoom();
        Registration source;
        if (freeCount > 0) {
            source = free[--freeCount];
            free[freeCount] = null;
        } else {
            if (made == table.length) {
                table = Arrays.copyOf(table, 2 * made);
            }
            source = new Registration(made);
            table[made++] = source;
        }
        source.generation++;
        source.mqd = mqd;
        source.target = target;
        source.socket = socket;
        source.removing = false;
        source.live = true;
        socket.live++;
        return source;
    }

    private static NotifySocket socketWithRoom() {
        for (int look = 0; look < 2; look++) {
            for (NotifySocket socket : sockets) {
                if (socket.live < NotifySocket.MOST) {
                    return socket;
                }
            }
            drainAll(); // registrations that nobody listens for (SIGEV_NONE) may be over
        }
        NotifySocket socket = new NotifySocket();
        sockets = Arrays.copyOf(sockets, sockets.length + 1);
        sockets[sockets.length - 1] = socket;
        return socket;
    }

    /** The kernel refused: nobody will hear of this source. */
    private static void leave(Registration source) {
        synchronized (Registrations.class) {
            source.live = false;
            source.socket.live--;
            source.target = unset();
        }
        recycle(source);
    }

    static synchronized void recycle(Registration source) {
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = source;
    }

    /** What a socket said; a generation that has passed is not listened to. */
    static void notified(int place, int generation, boolean removed) {
        Registration source;
        synchronized (Registrations.class) {
            source = place >= 0 && place < made ? table[place] : null;
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
        int rc = Linux.call(Syscalls.MQ_GETSETATTR, mqd, 0, 0);
        if (rc < 0 || asked.load(mqd) < 0) {
            return -Errnos.EBADF;
        }
        drainAllToTheEnd(); // a registration that is over by now has its record when this returns
        FileId one = new FileId();
        Registration found = null;
        synchronized (Registrations.class) {
            for (int i = 0; i < made && found == null; i++) {
                Registration source = table[i];
                if (source.live && one.load(source.mqd) == 0 && one.same(asked)) {
                    source.removing = true;
                    found = source;
                }
            }
        }
        rc = notifyKernel(mqd, 0);
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
                Registration source = table[i];
                if (!source.live || source.target.queue != queue) {
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

    private static void drainAll() {
        NotifySocket[] all;
        synchronized (Registrations.class) {
            all = sockets;
        }
        for (NotifySocket socket : all) {
            socket.drain();
        }
    }

    private static void drainAllToTheEnd() {
        NotifySocket[] all;
        synchronized (Registrations.class) {
            all = sockets;
        }
        for (NotifySocket socket : all) {
            socket.drainToTheEnd();
        }
    }
}
