package org.sigkevent.signal;

/** What tests look at in the table of the process's signals. */
public final class SignalTable {
    private SignalTable() {}

    /** Whether a handler is called when the signal arrives. */
    public static boolean deliverable(int signo) {
        ProcessSignals all = Signals.instance().table;
        synchronized (all) {
            return SignalOwners.in(all.deliverable(), signo);
        }
    }

    /** Whether somebody takes the signal when it arrives: a thread that waits, or a request. */
    public static boolean waiting(int signo) {
        Signals all = Signals.instance();
        synchronized (all.table) {
            return SignalOwners.in(all.hub.wanted(), signo);
        }
    }
}
