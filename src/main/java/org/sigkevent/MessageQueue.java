package org.sigkevent;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.mq.MqCalls;
import org.sigkevent.mq.MqRefusals;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Stack;

/**
 * A POSIX message queue as an object: {@link Mqueue} with exceptions. Thread-safe.
 *
 * <p>The loop for arrivals: {@link #notifyInto} first, then {@link #tryReceive} until there is nothing; then take the record
 * from the kevent queue and begin again.
 *
 * <pre>{@code
 * try (KeventQueue queue = KeventQueue.open(1);
 *         MessageQueue jobs = MessageQueue.open("/jobs-example", Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null)) {
 *     MessageQueue.unlink(jobs.name());
 *     jobs.notifyInto(queue, SigVal.of(1));
 *     jobs.send(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
 *     KeventRecord arrived = queue.take();
 *     ByteBuffer message = ByteBuffer.allocate(8192);
 *     while (jobs.tryReceive(message.clear()) >= 0) {
 *         message.flip();
 *     }
 * }
 * }</pre>
 */
public final class MessageQueue implements AutoCloseable {
    private final String name;
    private int mqd = -1;

    private MessageQueue(String name) {
        this.name = name;
    }

    /**
     * Opens a queue, and makes it when {@code oflag} has O_CREAT.
     *
     * @param name a slash and up to 255 characters
     * @param oflag O_ constants of {@link Fcntl}
     * @param mode permission bits of a queue that is made, before the umask
     * @param attr mq_maxmsg and mq_msgsize of a new queue; null for the system's defaults
     * @return the queue
     * @throws KeventException as {@link Mqueue#mq_open}
     */
    public static MessageQueue open(String name, int oflag, int mode, @Nullable MqAttr attr) {
        Stack.reserve();
        // the object first: a descriptor would be lost with it
        MessageQueue queue = new MessageQueue(name);
        queue.mqd = Mqueue.mq_open(name, oflag, mode, attr);
        KeventException.checked(queue.mqd);
        return queue;
    }

    /**
     * Removes a queue's name; the queue goes when nobody has it open.
     *
     * @param name a slash and up to 255 further characters
     * @throws KeventException as {@link Mqueue#mq_unlink}
     */
    public static void unlink(String name) {
        KeventException.checked(Mqueue.mq_unlink(name));
    }

    /**
     * The descriptor; -1 when closed.
     *
     * @return the descriptor
     */
    public synchronized int mqd() {
        return mqd;
    }

    /**
     * The name that it was opened by.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The attributes and the number of messages now.
     *
     * @return a new snapshot
     * @throws KeventException EBADF (closed)
     */
    public MqAttr attributes() {
        MqAttr attr = new MqAttr();
        KeventException.checked(Mqueue.mq_getattr(mqd(), attr));
        return attr;
    }

    /**
     * Sends the buffer's remaining bytes, waiting while the queue is full.
     *
     * @param message the message, from its position to its limit, which both stay
     * @param priority 0 to {@link Mqueue#MQ_PRIO_MAX} - 1
     * @throws InterruptedException when the thread is interrupted while it waits; nothing was sent
     * @throws KeventException as {@link Mqueue#mq_send}
     */
    public void send(ByteBuffer message, int priority) throws InterruptedException {
        sendUntil(null, message, priority);
    }

    /**
     * {@link #send} that waits at most {@code timeout}; false when the queue stayed full.
     *
     * @param message the message, from its position to its limit, which both stay
     * @param priority 0 to {@link Mqueue#MQ_PRIO_MAX} - 1
     * @param timeout how long at most, on CLOCK_REALTIME
     * @return whether it was sent
     * @throws InterruptedException when the thread is interrupted while it waits; nothing was sent
     * @throws KeventException as {@link Mqueue#mq_timedsend}, but for ETIMEDOUT
     */
    public boolean send(ByteBuffer message, int priority, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(message, "message");
        return sendUntil(until(timeout), message, priority);
    }

    private boolean sendUntil(@Nullable TimeSpec end, ByteBuffer message, int priority) throws InterruptedException {
        Stack.reserve();
        Objects.requireNonNull(message, "message");
        if (priority < 0 || priority >= Mqueue.MQ_PRIO_MAX) {
            throw new KeventException(
                    Errnos.EINVAL, "priority " + priority + " is not in 0 to 32,767 (MQ_PRIO_MAX - 1)");
        }
        return interruptible(
                        Mqueue.send(ByHandlers.GOES_ON, mqd(), message, message.remaining(), priority, end),
                        message,
                        "message")
                >= 0;
    }

    /**
     * Receives the oldest message of the highest priority into the buffer from its position, which then stands behind it.
     *
     * @param into where the message goes; it has room for mq_msgsize bytes
     * @return the message's priority
     * @throws InterruptedException when the thread is interrupted while it waits
     * @throws KeventException as {@link Mqueue#mq_receive}
     */
    public int receive(ByteBuffer into) throws InterruptedException {
        return receiveUntil(null, into);
    }

    /**
     * {@link #receive} that waits at most {@code timeout}; -1 when nothing came.
     *
     * @param into where the message goes; it has room for mq_msgsize bytes
     * @param timeout how long at most, on CLOCK_REALTIME
     * @return the message's priority, or -1
     * @throws InterruptedException when the thread is interrupted while it waits
     * @throws KeventException as {@link Mqueue#mq_timedreceive}, but for ETIMEDOUT
     */
    public int receive(ByteBuffer into, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(into, "into");
        return receiveUntil(until(timeout), into);
    }

    private int receiveUntil(@Nullable TimeSpec end, ByteBuffer into) throws InterruptedException {
        Stack.reserve();
        Objects.requireNonNull(into, "into");
        int[] priority = new int[1];
        long length = Mqueue.receive(ByHandlers.GOES_ON, mqd(), into, into.remaining(), priority, end);
        return received(into, interruptible(length, into, "into"), priority);
    }

    /**
     * {@link #receive} of what is there; -1 when nothing is.
     *
     * @param into where the message goes; it has room for mq_msgsize bytes
     * @return the message's priority, or -1
     * @throws KeventException EBADF, EMSGSIZE (the buffer has less room than mq_msgsize), EFAULT (it is read-only)
     */
    public int tryReceive(ByteBuffer into) {
        Stack.reserve();
        Objects.requireNonNull(into, "into");
        int[] priority = new int[1];
        long length = Mqueue.receive(ByHandlers.GOES_ON, mqd(), into, into.remaining(), priority, new TimeSpec(0, 0));
        if (length < 0 && Errno.errno() != Errnos.ETIMEDOUT && Errno.errno() != Errnos.EAGAIN) {
            throw refused(into, "into");
        }
        return received(into, length, priority);
    }

    /**
     * Registers for one record when a message arrives in the empty queue.
     *
     * @param queue the queue that gets the record
     * @param cookie what the record carries; not null
     * @throws KeventException EBUSY (a process is registered), EAGAIN (no free slot), EBADF (either queue is closed)
     */
    public void notifyInto(KeventQueue queue, SigVal cookie) {
        Stack.reserve();
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(cookie, "cookie");
        Destination target = queue.target(cookie);
        try {
            int rc = MqCalls.notify(mqd(), target);
            queue.unlessClosed(rc == 0);
            if (rc < 0) {
                throw new KeventException(-rc, MqRefusals.notification(-rc, this.toString()));
            }
        } catch (ErrnoException refused) {
            throw new KeventException(refused);
        }
    }

    /**
     * Ends this process's registration, if there is one.
     *
     * @throws KeventException EBADF (closed)
     */
    public void cancelNotify() {
        Stack.reserve();
        int rc = MqCalls.notify(mqd(), null);
        if (rc < 0) {
            throw new KeventException(-rc, MqRefusals.notification(-rc, toString()));
        }
    }

    /** The priority of the message in {@code into}; -1 when none has come. */
    private static int received(ByteBuffer into, long length, int[] priority) {
        if (length < 0) {
            return -1;
        }
        into.position(into.position() + (int) length);
        return priority[0];
    }

    private static TimeSpec until(Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        try {
            Instant end = Instant.now().plus(timeout);
            return new TimeSpec(Math.max(0, end.getEpochSecond()), end.getNano());
        } catch (ArithmeticException | java.time.DateTimeException tooLong) {
            return new TimeSpec(Long.MAX_VALUE / 1_000_000_000L, 0);
        }
    }

    /** The answer, or -1 when the time was up. */
    private long interruptible(long answer, ByteBuffer buffer, String argument) throws InterruptedException {
        if (answer >= 0 || Errno.errno() == Errnos.ETIMEDOUT) {
            return answer;
        }
        if (Errno.errno() == Errnos.EINTR) {
            throw new InterruptedException("interrupted while waiting for " + this);
        }
        throw refused(buffer, argument);
    }

    /** What errno says of a transfer, with the words of this face. */
    private KeventException refused(ByteBuffer buffer, String argument) {
        int errno = Errno.errno();
        if (mqd() < 0) {
            return new KeventException(Errnos.EBADF, this + " is closed");
        }
        String words = Errno.message();
        if (errno == Errnos.EFAULT && words.startsWith("msg ")) {
            return new KeventException(errno, argument + words.substring("msg".length()));
        }
        return errno == Errnos.EMSGSIZE
                ? new KeventException(
                        errno,
                        argument + " has " + buffer.remaining() + " bytes, where mq_msgsize of " + this + " is "
                                + attributes().mq_msgsize)
                : new KeventException(errno, this + ": " + words);
    }

    /** Closes the descriptor; that ends this process's registration. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        Stack.reserve();
        if (mqd >= 0) {
            Mqueue.mq_close(mqd);
            mqd = -1;
        }
    }

    @Override
    public String toString() {
        return "message queue " + name;
    }
}
