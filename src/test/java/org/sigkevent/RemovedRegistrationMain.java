package org.sigkevent;

import static org.sigkevent.Support.ok;

import java.util.concurrent.atomic.AtomicInteger;

/** A registration with SIGEV_THREAD goes with its descriptor, the next one is served: how often the function is called. */
final class RemovedRegistrationMain {
    private RemovedRegistrationMain() {}

    public static void main(String[] args) {
        String name = "/sigkevent-removed-" + ProcessHandle.current().pid();
        AtomicInteger calls = new AtomicInteger();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_function = value -> calls.addAndGet(value.sival_int);
        event.sigev_value = SigVal.of(7);
        int first = open(name);
        ok(Mqueue.mq_notify(first, event));
        ok(Mqueue.mq_close(first));
        event.sigev_value = SigVal.of(1);
        int second = open(name);
        ok(Mqueue.mq_unlink(name));
        ok(Mqueue.mq_notify(second, event));
        ok(Mqueue.mq_send(second, new byte[1], 1, 0));
        Support.until("the call for the message", () -> calls.get() > 0);
        System.out.println(
                // they come in order: one of the first registration would have come before
                "calls: " + calls);
    }

    private static int open(String name) {
        return (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
    }
}
