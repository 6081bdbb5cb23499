package idiomatic;

import java.util.concurrent.Flow;
import org.sigkevent.Errno;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;

/**
 * The records of a queue as a {@link Flow.Publisher}, for one subscriber. A record is taken only when the subscriber has asked for
 * one, so what it does not ask for stays in the ring; a periodic timer then counts overruns and no record is made for nobody.
 *
 * <p>The stream completes when the queue is closed.
 */
final class RecordPublisher implements Flow.Publisher<KeventRecord> {
    private final KeventQueue queue;
    private boolean subscribed;

    RecordPublisher(KeventQueue queue) {
        this.queue = queue;
    }

    @Override
    public synchronized void subscribe(Flow.Subscriber<? super KeventRecord> subscriber) {
        if (subscribed) {
            subscriber.onSubscribe(new Nothing());
            subscriber.onError(new IllegalStateException("there is a subscriber already"));
            return;
        }
        subscribed = true;
        new Subscription(subscriber).start();
    }

    /** That of a subscriber who is turned away. */
    private static final class Nothing implements Flow.Subscription {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }

    private final class Subscription extends Thread implements Flow.Subscription {
        private final Flow.Subscriber<? super KeventRecord> subscriber;
        private long demand;
        private boolean cancelled;
        private boolean badRequest;

        Subscription(Flow.Subscriber<? super KeventRecord> subscriber) {
            super("records");
            this.subscriber = subscriber;
            setDaemon(true);
        }

        @Override
        public synchronized void request(long n) {
            if (n <= 0) {
                badRequest = true;
            } else {
                demand = demand > Long.MAX_VALUE - n ? Long.MAX_VALUE : demand + n;
            }
            notifyAll();
        }

        @Override
        public synchronized void cancel() {
            cancelled = true;
            interrupt();
        }

        /** Waits until something is asked for; false when the subscriber was told that it asked for nonsense. */
        private synchronized boolean awaitDemand() throws InterruptedException {
            while (demand == 0 && !badRequest && !cancelled) {
                wait();
            }
            if (!badRequest) {
                demand--;
            }
            return !badRequest;
        }

        private synchronized boolean cancelled() {
            return cancelled;
        }

        @Override
        public void run() {
            subscriber.onSubscribe(this);
            try {
                while (!cancelled()) {
                    if (!awaitDemand()) {
                        subscriber.onError(
                                new IllegalArgumentException("a subscriber must ask for one record at least"));
                        return;
                    }
                    if (!cancelled()) {
                        subscriber.onNext(queue.take());
                    }
                }
            } catch (InterruptedException ended) {
                // by cancel: the subscriber wants to hear nothing more
            } catch (KeventException closed) {
                if (closed.errno() == Errno.EBADF) {
                    subscriber.onComplete();
                } else {
                    subscriber.onError(closed);
                }
            }
        }
    }
}
