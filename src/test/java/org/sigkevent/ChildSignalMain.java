package org.sigkevent;

import java.util.concurrent.TimeUnit;

/** Blocks SIGCHLD before the first process that the JVM starts, and takes that of this process. */
final class ChildSignalMain {
    private ChildSignalMain() {}

    public static void main(String[] args) throws Exception {
        SigSet set = new SigSet();
        SigInfo info = new SigInfo();
        Signal.sigaddset(set, Signal.SIGCHLD);
        Signal.sigprocmask(Signal.SIG_BLOCK, set, null);
        Process child = new ProcessBuilder("sh", "-c", "exit 7").start();
        child.waitFor(60, TimeUnit.SECONDS);
        int signo = Signal.sigtimedwait(set, info, new TimeSpec(60, 0));
        System.out.println(signo + " of " + (info.si_pid == child.pid()) + ", status " + info.si_status);
    }
}
