package org.sigkevent.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** An engine that writes down which thread looks for completions and which sleeps. */
public final class WatchedEngine extends Engine {
    private final Engine real;
    private final Map<Thread, List<String>> asked = new ConcurrentHashMap<>();

    /** What happens while a leader looks around. */
    private volatile Runnable meanwhile = () -> {};

    public WatchedEngine(Engine real) {
        super(real.name, real.asynchronous, real.pollFd);
        this.real = real;
    }

    private volatile Runnable submitting = () -> {};

    /** Once, just before the next operation is in flight. */
    public void beforeSubmit(Runnable happens) {
        submitting = happens;
    }

    private volatile Runnable waking = () -> {};

    /** Once, just before the next wake. */
    public void beforeWake(Runnable happens) {
        waking = happens;
    }

    /** Once, when a thread looks around next. */
    public void meanwhile(Runnable happens) {
        meanwhile = happens;
    }

    /** What a thread has asked for, in order: "reap", "sleep" and "wake". */
    public List<String> askedBy(Thread thread) {
        return asked.getOrDefault(thread, List.of());
    }

    private void asks(String what) {
        asked.computeIfAbsent(Thread.currentThread(), thread -> new CopyOnWriteArrayList<>())
                .add(what);
    }

    @Override
    public int holdFile(int descriptor) {
        return real.holdFile(descriptor);
    }

    @Override
    public void letGoOfFile(int held, int descriptor) {
        real.letGoOfFile(held, descriptor);
    }

    @Override
    boolean nothingToReap() {
        asks("reap");
        return real.nothingToReap();
    }

    @Override
    public boolean anythingToReap() {
        Runnable happens = meanwhile;
        meanwhile = () -> {};
        happens.run();
        return real.anythingToReap();
    }

    @Override
    int handleAll() {
        return real.handleAll();
    }

    @Override
    public int sleep(long deadline, boolean exact, long sigmask) {
        asks("sleep");
        return real.sleep(deadline, exact, sigmask);
    }

    @Override
    public boolean supports(int code) {
        return real.supports(code);
    }

    @Override
    public int submit(Op op) {
        Runnable happens = submitting;
        submitting = () -> {};
        happens.run();
        return real.submit(op);
    }

    @Override
    public void hold(int n) {
        real.hold(n);
    }

    @Override
    public void release() {
        real.release();
    }

    @Override
    public void cancel(Op op) {
        real.cancel(op);
    }

    @Override
    public void wake() {
        asks("wake");
        Runnable happens = waking;
        waking = () -> {};
        happens.run();
        real.wake();
    }

    @Override
    public void refuse() {
        real.refuse();
    }

    @Override
    public long systemCalls() {
        return real.systemCalls();
    }

    @Override
    void free() {
        closed = true;
        real.close();
    }
}
