package org.sigkevent.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Unistd;

/** A list for which the queue has too few slots: every element says so, as POSIX wants, and a program can submit them again. */
class RefusedListTest {
    private static final int ELEMENTS = 5;

    @TempDir
    Path directory;

    private final Aiocb[] list = new Aiocb[ELEMENTS];

    private void contents(byte what) {
        for (Aiocb one : list) {
            one.aio_buf = ByteBuffer.allocateDirect(1).put(0, what);
        }
    }

    @Test
    void everyElementOfARefusedListHasStatusEagain() throws Exception {
        Path path = Files.createFile(directory.resolve("file"));
        int fd = (int) ok(Fcntl.open(path.toString(), Fcntl.O_RDWR));
        int kfd = Support.queue(ELEMENTS - 1);
        for (int i = 0; i < ELEMENTS; i++) {
            list[i] = new Aiocb();
            list[i].aio_fildes = fd;
            list[i].aio_nbytes = 1;
            list[i].aio_offset = i;
            list[i].aio_lio_opcode = Aio.LIO_WRITE;
        }
        contents((byte) 'a');
        ok(Aio.lio_listio(Aio.LIO_WAIT, list, ELEMENTS, null));
        contents((byte) 'b');
        for (Aiocb one : list) {
            one.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        }
        refused(Errno.EAGAIN, Aio.lio_listio(Aio.LIO_NOWAIT, list, ELEMENTS, null));
        for (Aiocb one : list) {
            assertEquals(Errno.EAGAIN, Aio.aio_error(one), "aio_error");
            assertEquals(-1, Aio.aio_return(one), "aio_return");
        }
        assertEquals("aaaaa", Files.readString(path));
        for (Aiocb one : list) {
            ok(Aio.aio_write(one));
            assertEquals(0, Support.take(kfd).error);
        }
        assertEquals("bbbbb", Files.readString(path));
        Support.destroy(kfd);
        ok(Unistd.close(fd));
    }
}
