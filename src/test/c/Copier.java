/*
 * Copies a file with two buffers: while one is being written, the other is being read. It waits in aio_suspend.
 *
 *     java -cp sigkevent.jar:LIBRARIES Copier.java FROM TO
 */

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Unistd.*;

import java.util.stream.Stream;
import org.sigkevent.Aiocb;

public class Copier {
    static final int BLOCK = 65536;

    static class Lane {
        Aiocb cb = new Aiocb();
        byte[] buffer;
        boolean writing;
        boolean busy;
    }

    static int from, to;
    static long next;
    static long copied;

    static void fail(String call) {
        System.err.printf("copier: %s: %s\n", call, strerror(errno()));
        System.exit(1);
    }

    static void read_more(Lane lane) {
        lane.cb = new Aiocb();
        lane.cb.aio_fildes = from;
        lane.cb.aio_buf = lane.buffer;
        lane.cb.aio_nbytes = BLOCK;
        lane.cb.aio_offset = next;
        lane.writing = false;
        lane.busy = true;
        next += BLOCK;
        if (aio_read(lane.cb) < 0)
            fail("aio_read");
    }

    /* What was read goes out, what was written makes room. */
    static void turn(Lane lane) {
        long count = aio_return(lane.cb);
        if (count < 0)
            fail(lane.writing ? "aio_write" : "aio_read");
        if (lane.writing) {
            copied += count;
            read_more(lane);
        } else if (count == 0) {
            lane.busy = false;
        } else {
            lane.cb.aio_fildes = to;
            lane.cb.aio_nbytes = count;
            lane.writing = true;
            if (aio_write(lane.cb) < 0)
                fail("aio_write");
        }
    }

    public static void main(String[] args) {
        Lane[] lanes = Stream.generate(Lane::new).limit(2).toArray(Lane[]::new);
        Aiocb[] waiting = new Aiocb[2];
        int i, busy = 2;

        if (args.length != 2) {
            System.err.println("usage: copier FROM TO");
            System.exit(2);
        }
        from = open(args[0], O_RDONLY);
        if (from == -1)
            fail(args[0]);
        to = open(args[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (to == -1)
            fail(args[1]);

        for (i = 0; i < 2; i++) {
            lanes[i].buffer = new byte[BLOCK];
            read_more(lanes[i]);
        }
        while (busy != 0) {
            for (i = 0; i < 2; i++)
                waiting[i] = lanes[i].busy ? lanes[i].cb : null;
            if (aio_suspend(waiting, 2, null) == -1 && errno() != EINTR)
                fail("aio_suspend");
            for (busy = 0, i = 0; i < 2; i++) {
                if (lanes[i].busy && aio_error(lanes[i].cb) != EINPROGRESS)
                    turn(lanes[i]);
                busy += lanes[i].busy ? 1 : 0;
            }
        }
        if (fsync(to) == -1 || close(to) == -1)
            fail("close");
        System.out.printf("%d bytes\n", copied);
        System.exit(0);
    }
}
