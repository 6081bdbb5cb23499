package soak;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventTimer;
import org.sigkevent.Poll;
import org.sigkevent.SigVal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.Unistd;

/** Queues of its own that are destroyed with requests in flight and threads that wait: those leave, the requests are cancelled. */
final class Destroys extends Scene {
    private static final int CAPACITY = 64;

    Destroys(Stage stage) {
        super(stage, 40_000_000);
    }

    @Override
    boolean mayBeShared() {
        return false;
    }

    @Override
    void round(Desk desk) throws Exception {
        int[] two = new int[2];
        Libc.ok(Libc.C.pipe2(two, Libc.O_CLOEXEC), "pipe2");
        KeventQueue queue = KeventQueue.open(CAPACITY);
        AtomicInteger taken = new AtomicInteger();
        List<Thread> waiters = new ArrayList<>();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            Thread waiter = new Thread(() -> takeAll(queue, taken), "soak-waiter");
            waiter.setDaemon(true);
            waiter.start();
            waiters.add(waiter);
        }
        Aiocb read = new Aiocb();
        read.aio_fildes = two[0];
        read.aio_buf = oneIn(2) ? ByteBuffer.allocate(16) : ByteBuffer.allocateDirect(16);
        read.aio_nbytes = 16;
        read.aio_sigevent = queue.sigevent(SigVal.of(1));
        Calls.ok(Aio.aio_read(read));
        queue.submit(KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(2)));
        queue.submit(KeventEvent.fd(two[0], Poll.POLLIN, SigVal.of(3)));
        KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(4));
        timer.every(Duration.ofNanos(10_000 + random.nextInt(1_000_000)));
        int posted = 0;
        for (int i = random.nextInt(CAPACITY / 2); i > 0; i--) {
            posted += queue.offer(SigVal.of(5)) ? 1 : 0;
        }
        LockSupport.parkNanos(random.nextInt(2_000_000));
        queue.close();
        for (Thread waiter : waiters) {
            waiter.join(Desk.PATIENCE_MILLIS);
            ledger.check(!waiter.isAlive(), "a thread waits for a queue that was destroyed");
        }
        int status = Aio.aio_error(read);
        ledger.check(status == Errno.ECANCELED, "the read of a destroyed queue: " + Errno.strerror(status));
        ledger.check(taken.get() <= posted, taken + " user records taken, " + posted + " posted");
        timer.close();
        Unistd.close(two[0]);
        Unistd.close(two[1]);
        ledger.count(Ledger.Event.DESTROYS, 1);
    }

    private void takeAll(KeventQueue queue, AtomicInteger taken) {
        try {
            for (KeventRecord record = new KeventRecord(); ; ) {
                queue.take(record);
                taken.addAndGet(record.cookie == 5 ? 1 : 0);
            }
        } catch (KeventException destroyed) {
            ledger.check(destroyed.errno() == Errno.EBADF, "waiting for a queue that is destroyed: " + destroyed);
        } catch (Throwable thrown) {
            ledger.wrong("waiting for a queue that is destroyed", thrown);
        }
    }
}
