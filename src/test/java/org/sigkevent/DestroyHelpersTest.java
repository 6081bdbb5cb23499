package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** What requests whose calls helper threads make do after their queue was destroyed: nothing. */
@Timeout(240)
class DestroyHelpersTest {
    private static final int SEMGET = Native.X86_64 ? 64 : 190;
    private static final int SEMCTL = Native.X86_64 ? 66 : 191;
    private static final int MSGGET = Native.X86_64 ? 68 : 186;
    private static final int MSGSND = Native.X86_64 ? 69 : 189;
    private static final int MSGRCV = Native.X86_64 ? 70 : 188;
    private static final int MSGCTL = Native.X86_64 ? 71 : 187;
    private static final int GETVAL = 12;
    private static final int SETVAL = 16;
    private static final int WAITERS = 8;

    @Test
    void noneOfThemTakesASemaphoreThatIsRaisedThen() {
        int set = (int) ok(Linux.call(SEMGET, 0, 1, 0600));
        try {
            for (int round = 0; round < 100; round++) {
                ok(Linux.call(SEMCTL, set, 0, SETVAL, 0));
                int queue = Support.queue(WAITERS);
                for (int i = 0; i < WAITERS; i++) {
                    ok(Kevent.kevent_submit(
                            queue, KeventEvent.semop(set, new short[] {0, -1, 0}, null), Kevent.KEVENT_NOWAIT, null));
                }
                Support.destroy(queue);
                ok(Linux.call(SEMCTL, set, 0, SETVAL, WAITERS));
                Thread.yield();
                assertEquals(WAITERS, Linux.call(SEMCTL, set, 0, GETVAL), "round " + round);
            }
        } finally {
            Linux.call(SEMCTL, set, 0, 0);
        }
    }

    @Test
    void aMessageThatCameMeanwhileIsInItsQueueAndTheBufferIsTheCallersAgain() throws Exception {
        int msqid = (int) ok(Linux.call(MSGGET, 0, 0600));
        ByteBuffer message = Memory.allocate(16).putLong(0, 5).putInt(8, 1234567);
        ByteBuffer got = Memory.allocate(16);
        ByteBuffer into = ByteBuffer.allocateDirect(16);
        try {
            for (int round = 0; round < 300; round++) {
                int queue = Support.queue(4);
                ok(Kevent.kevent_submit(
                        queue, KeventEvent.msgrcv(msqid, into, 0, 0, null), Kevent.KEVENT_NOWAIT, null));
                ok(Linux.call(MSGSND, msqid, Memory.address(message), 4, 0));
                Support.destroy(queue);
                into.putLong(0, -1);
                assertEquals(
                        4, Linux.call(MSGRCV, msqid, Memory.address(got), 8, 0, Linux.IPC_NOWAIT), "round " + round);
                assertEquals(1234567, got.getInt(8));
                assertEquals(-1, into.getLong(0));
            }
        } finally {
            Linux.call(MSGCTL, msqid, 0, 0);
        }
    }
}
