package soak;

import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.Signal;
import org.sigkevent.Wait;

/** Children that end by themselves or are killed, waited for with waitid and processEnd; a cancelled wait has taken no status. */
final class Processes extends Scene {
    private static final int SIGKILL = 9;

    Processes(Stage stage) {
        super(stage, 400_000_000);
    }

    @Override
    void round(Desk desk) throws Exception {
        int status = random.nextInt(100);
        boolean killed = oneIn(2);
        int child = killed ? Spawn.start("sleep", "1000") : Spawn.start("sh", "-c", "exit " + status);
        Ticket end = desk.submit(Kind.PROCESS, cookie -> KeventEvent.processEnd(child, cookie));
        Ticket waited = wait(desk, child);
        if (killed && oneIn(2)) {
            desk.cancel(waited);
            KeventRecord record = desk.await(waited);
            ledger.check(record == null || record.error == Errno.ECANCELED, "cancelled: " + waited);
            waited = wait(desk, child);
        }
        if (killed) {
            Libc.ok(Libc.C.kill(child, SIGKILL), "kill");
        }
        happened(desk.await(end), end);
        KeventRecord record = desk.await(waited);
        if (happened(record, waited)) {
            boolean right = record.descriptor == child
                    && record.data0 == (killed ? Signal.CLD_KILLED : Signal.CLD_EXITED)
                    && record.result == (killed ? SIGKILL : status);
            ledger.check(
                    right, "child " + child + (killed ? " was killed: " : " ended with " + status + ": ") + waited);
        }
    }

    private static Ticket wait(Desk desk, int child) throws InterruptedException {
        return desk.submit(Kind.PROCESS, cookie -> KeventEvent.waitid(Wait.P_PID, child, Wait.WEXITED, cookie));
    }
}
