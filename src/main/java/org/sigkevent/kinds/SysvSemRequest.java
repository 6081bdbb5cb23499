package org.sigkevent.kinds;

import java.nio.ByteBuffer;
import org.sigkevent.core.BlockingRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/** KEVENT_SYSVSEM: a semop. */
public final class SysvSemRequest extends BlockingRequest {
    private static final int SIZEOF_SEMBUF = 6;

    private final int length;
    private final int count;
    private final ByteBuffer operations;
    private final ByteBuffer without;

    /** {@code operations} are sem_num, sem_op and sem_flg of each, one after the other. */
    public SysvSemRequest(Destination to, int semid, short[] operations) {
        super(to, Kinds.KEVENT_SYSVSEM, semid);
        length = operations.length;
        count = operations.length % 3 == 0 ? operations.length / 3 : 0;
        this.operations = Memory.allocate(Math.max(1, count) * SIZEOF_SEMBUF);
        this.without = Memory.allocate(Math.max(1, count) * SIZEOF_SEMBUF);
        for (int i = 0; i < 3 * count; i++) {
            this.operations.putShort(2 * i, operations[i]);
            this.without.putShort(2 * i, (short) (i % 3 == 2 ? operations[i] | Linux.IPC_NOWAIT : operations[i]));
        }
    }

    @Override
    protected void check() {
        if (count == 0) {
            throw ErrnoException.invalid(
                    "operations has " + length + " numbers: three for each operation, sem_num, sem_op and sem_flg");
        }
    }

    @Override
    protected String asked() {
        return "semop of semid " + descriptor + ", " + count + " operations";
    }

    @Override
    protected String because(int errno) {
        return errno == Errnos.EINVAL ? "there is no such set of semaphores" : "";
    }

    @Override
    protected long attempt() {
        return Linux.call(Syscalls.SEMOP, descriptor, Memory.address(without), count);
    }

    @Override
    public long blocking() {
        return removed(Linux.call(Syscalls.SEMOP, descriptor, Memory.address(operations), count));
    }
}
