package org.sigkevent;

import org.sigkevent.sys.Native;

/** Says of SIGUSR2 and SIGSTKFLT whether it can be caught where _JAVA_SR_SIGNUM is what it is here. */
final class SuspendSignalMain {
    private static volatile int caught;

    private SuspendSignalMain() {}

    public static void main(String[] args) {
        for (int signo : new int[] {Signal.SIGUSR2, Signal.SIGSTKFLT}) {
            SigAction action = new SigAction();
            action.sa_handler = number -> caught = number;
            if (Signal.sigaction(signo, action, null) < 0) {
                System.out.println(signo + " is refused: " + Errno.errno());
                continue;
            }
            Native.C.syscall(Native.X86_64 ? 62 : 129, Native.C.getpid(), signo);
            Support.until(signo + " comes", () -> caught == signo);
            System.out.println(signo + " is caught");
        }
    }
}
