package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** The three sources that a sigevent is given to, alike: a registration, an event that is made to happen, an end. */
abstract class EventSource implements AutoCloseable {
    /** Which source. */
    enum Kind {
        TIMER(Kevent.KEVENT_TIMER, Signal.SI_TIMER),
        AIO(Kevent.KEVENT_AIO, Signal.SI_ASYNCIO),
        MQ(Kevent.KEVENT_MQ, Signal.SI_MESGQ);

        /** The id of its records. */
        final int id;
        /** The si_code of its signals. */
        final int code;

        Kind(int id, int code) {
            this.id = id;
            this.code = code;
        }

        EventSource make() {
            return this == TIMER ? new OfTimer() : this == AIO ? new OfAio() : new OfMq();
        }
    }

    /** The call that registers: 0, or -1 and errno. */
    abstract int register(SigEvent event);

    /** Makes the event happen; it must be registered. */
    abstract void fire();

    /** Takes the registration back: timer_delete, aio_cancel, mq_notify(null). */
    abstract void end();

    /** Whether a registration is in force. */
    abstract boolean registered();

    /** Whether the event has happened, as the source itself tells. */
    abstract boolean happened();

    @Override
    public abstract void close();

    /** What the source's records have as descriptor. */
    abstract int descriptor();

    private static final class OfTimer extends EventSource {
        private static final int NONE = -77;
        private final int[] id = {NONE};

        @Override
        int register(SigEvent event) {
            return Time.timer_create(Time.CLOCK_MONOTONIC, event, id);
        }

        @Override
        void fire() {
            ItimerSpec spec = new ItimerSpec();
            spec.it_value.tv_nsec = 1;
            ok(Time.timer_settime(id[0], 0, spec, null));
        }

        @Override
        void end() {
            ok(Time.timer_delete(id[0]));
            id[0] = NONE;
        }

        @Override
        boolean registered() {
            return id[0] != NONE;
        }

        @Override
        boolean happened() {
            ItimerSpec left = new ItimerSpec();
            ok(Time.timer_gettime(id[0], left));
            return left.it_value.zero();
        }

        @Override
        public void close() {
            if (id[0] != NONE) {
                end();
            }
        }

        @Override
        int descriptor() {
            return id[0];
        }
    }

    /** A read of an empty pipe. */
    private static final class OfAio extends EventSource {
        private final int[] pipe = pipe();
        private final Aiocb cb = new Aiocb();
        private final ByteBuffer buffer = Memory.allocate(8);

        OfAio() {
            cb.aio_fildes = pipe[0];
            cb.aio_buf = buffer;
            cb.aio_nbytes = 8;
        }

        @Override
        int register(SigEvent event) {
            cb.aio_sigevent = event;
            try {
                return Aio.aio_read(cb);
            } finally {
                // so that the block does not hold the caller's cookie
                cb.aio_sigevent = null;
            }
        }

        @Override
        void fire() {
            assertEquals(1, Native.C.write(pipe[1], Memory.address(buffer), 1));
        }

        @Override
        void end() {
            assertEquals(Aio.AIO_CANCELED, Aio.aio_cancel(pipe[0], cb));
        }

        @Override
        boolean registered() {
            return Aio.aio_error(cb) >= 0;
        }

        @Override
        boolean happened() {
            return Aio.aio_error(cb) != Errno.EINPROGRESS;
        }

        @Override
        public void close() {
            Aio.aio_cancel(pipe[0], null);
            ok(Unistd.close(pipe[0]));
            ok(Unistd.close(pipe[1]));
        }

        @Override
        int descriptor() {
            return pipe[0];
        }
    }

    private static final class OfMq extends EventSource {
        private static final AtomicInteger NUMBER = new AtomicInteger();
        private final String name =
                "/sigkevent-source-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        private final int mqd;

        OfMq() {
            MqAttr attr = new MqAttr();
            attr.mq_maxmsg = 4;
            attr.mq_msgsize = 8;
            mqd = (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, attr));
        }

        @Override
        int register(SigEvent event) {
            byte[] old = new byte[8];
            while (Mqueue.mq_receive(mqd, old, old.length, null) >= 0) {
                old[0] = 0;
            }
            assertEquals(Errno.EAGAIN, Errno.errno());
            return Mqueue.mq_notify(mqd, event);
        }

        @Override
        void fire() {
            ok(Mqueue.mq_send(mqd, new byte[1], 1, 0));
        }

        @Override
        void end() {
            ok(Mqueue.mq_notify(mqd, null));
        }

        @Override
        boolean registered() {
            int rc = Mqueue.mq_notify(mqd, new SigEvent());
            if (rc == 0) {
                end();
                return false;
            }
            assertEquals(Errno.EBUSY, Errno.errno(), Errno::message);
            return true;
        }

        @Override
        boolean happened() {
            return !registered();
        }

        @Override
        public void close() {
            ok(Mqueue.mq_close(mqd));
            ok(Mqueue.mq_unlink(name));
        }

        @Override
        int descriptor() {
            return mqd;
        }
    }

    /** The two ends of a pipe. */
    static int[] pipe() {
        ByteBuffer ends = Memory.allocate(8);
        assertEquals(0, Linux.call(Native.X86_64 ? 293 : 59, Memory.address(ends), Linux.O_CLOEXEC), "pipe2");
        return new int[] {ends.getInt(0), ends.getInt(4)};
    }
}
