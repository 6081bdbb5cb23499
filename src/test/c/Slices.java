/*
 * Reads a file in slices, all of them at the same time; each tells with a signal that it is done, and its number comes along.
 *
 *     java -cp sigkevent.jar:LIBRARIES Slices.java FILE
 */

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Unistd.*;

import java.util.stream.Stream;
import org.sigkevent.Aiocb;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;

public class Slices {
    static final int SLICES = 4;
    static final int SIZE = 1024;
    static final int DONE = (SIGRTMIN + 3);

    static class Slice {
        Aiocb control = new Aiocb();
        byte[] bytes = new byte[SIZE];
        int sum;
    }

    static Slice[] slices = Stream.generate(Slice::new).limit(SLICES).toArray(Slice[]::new);

    static void start(int fd, int number) {
        Slice slice = slices[number];
        slice.control = new Aiocb();
        slice.control.aio_fildes = fd;
        slice.control.aio_buf = slice.bytes;
        slice.control.aio_nbytes = SIZE;
        slice.control.aio_offset = (long) number * SIZE;
        slice.control.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
        slice.control.aio_sigevent.sigev_signo = DONE;
        slice.control.aio_sigevent.sigev_value.sival_int = number;
        if (aio_read(slice.control) != 0) {
            perror("aio_read");
            System.exit(1);
        }
    }

    /* How many bytes there were, or 0 after a failure. */
    static long finish(Slice slice) {
        int error = aio_error(slice.control);
        long count = aio_return(slice.control);
        if (error != 0) {
            System.err.printf("slice at %d: %s\n", slice.control.aio_offset, strerror(error));
            return 0;
        }
        slice.sum = 0;
        for (int i = 0; i < count; i++)
            slice.sum = slice.sum * 31 + (slice.bytes[i] & 0xff);
        return count;
    }

    public static void main(String[] args) {
        SigSet set = new SigSet();
        SigInfo info = new SigInfo();
        long total = 0;
        int fd;

        if (args.length != 1) {
            System.err.println("usage: slices FILE");
            System.exit(2);
        }
        if ((fd = open(args[0], O_RDONLY)) < 0) {
            System.err.printf("%s: %s\n", args[0], strerror(errno()));
            System.exit(1);
        }

        sigemptyset(set);
        sigaddset(set, DONE);
        sigprocmask(SIG_BLOCK, set, null);
        for (int i = 0; i < SLICES; i++)
            start(fd, i);

        for (int left = SLICES; left > 0;) {
            if (sigwaitinfo(set, info) < 0)
                continue;
            int number = info.si_value.sival_int;
            long count = finish(slices[number]);
            System.out.printf("slice %d: %d bytes, sum %08x\n", number, count, slices[number].sum);
            total += count;
            left--;
        }
        close(fd);
        System.out.printf("%d bytes\n", total);
        System.exit(0);
    }
}
