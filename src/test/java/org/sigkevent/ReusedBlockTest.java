package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A block that is used again with another kind of buffer: nothing of the last one counts. */
@Timeout(120)
class ReusedBlockTest {
    private static final int SIZE = 300;

    @TempDir
    Path folder;

    private final Aiocb block = new Aiocb();

    private void done(long answer) {
        ok(answer);
        Support.until("its end", () -> Aio.aio_error(block) != Errno.EINPROGRESS);
        assertEquals(0, Aio.aio_error(block));
        assertEquals(SIZE, Aio.aio_return(block));
    }

    /** Reads or writes these bytes by a buffer of this kind. */
    private void moves(boolean write, int kind, byte[] data) {
        ByteBuffer direct = ByteBuffer.allocateDirect(SIZE + 5);
        direct.put(5, write ? data : new byte[SIZE]);
        byte[] array = write ? data.clone() : new byte[SIZE];
        byte[] longer = new byte[SIZE + 7];
        System.arraycopy(array, 0, longer, 7, SIZE);
        block.aio_nbytes = SIZE;
        switch (kind) {
            case 0 -> block.aio_buf = direct.position(5);
            case 1 -> block.aio_buf = array;
            case 2 -> block.aio_buf = ByteBuffer.wrap(longer).position(7);
            default -> {
                block.aio_iov = new ByteBuffer[] {direct.slice(5, 100), direct.slice(105, SIZE - 100)};
                block.aio_iovcnt = 2;
            }
        }
        if (kind == 3) {
            done(write ? Aio.aio_writev(block) : Aio.aio_readv(block));
        } else {
            done(write ? Aio.aio_write(block) : Aio.aio_read(block));
        }
        byte[] got = new byte[SIZE];
        if (kind == 1) {
            got = array;
        } else if (kind == 2) {
            System.arraycopy(longer, 7, got, 0, SIZE);
        } else {
            direct.get(5, got);
        }
        assertArrayEquals(data, got, "kind " + kind);
    }

    @Test
    void eachRequestMovesTheBytesOfItsOwnBuffer() {
        SplittableRandom random = new SplittableRandom(1);
        block.aio_fildes = (int) ok(Fcntl.open(folder.resolve("file").toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600));
        for (int round = 0; round < 100; round++) {
            byte[] data = new byte[SIZE];
            random.nextBytes(data);
            moves(true, random.nextInt(4), data);
            moves(false, random.nextInt(4), data);
        }
        ok(Unistd.close(block.aio_fildes));
    }
}
