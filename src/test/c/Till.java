/*
 * A till: a record in a file is changed under a lock of its bytes, and what was changed goes through a pipe to the other end of
 * the program, which adds it up.
 *
 *     java -cp sigkevent.jar:LIBRARIES Till.java FILE
 */

import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Stat.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.Flock;

public class Till {
    static final int RECORD = 8;

    static int file;
    static int[] ends = new int[2];

    static void stop(String call) {
        System.err.printf("till: %s: %s\n", call, strerror(errno()));
        System.exit(1);
    }

    static void lock(short type, long record) {
        Flock range = new Flock();
        range.l_type = type;
        range.l_whence = SEEK_SET;
        range.l_start = record * RECORD;
        range.l_len = RECORD;
        while (fcntl(file, F_SETLKW, range) == -1) {
            if (errno() != EINTR)
                stop("fcntl");
        }
    }

    /* Numbers are digits in the file, so that a person can read them. */
    static int get(long record) {
        byte[] digits = new byte[RECORD + 1];
        long count = pread(file, digits, RECORD, record * RECORD);
        if (count < 0)
            stop("pread");
        if (count == 0)
            return 0;
        digits[(int) count] = '\0';
        int value = 0;
        for (int i = 0; digits[i] >= '0' && digits[i] <= '9'; i++)
            value = 10 * value + (digits[i] - '0');
        return value;
    }

    static void put(long record, int value) {
        byte[] digits = String.format("%07d\n", value).getBytes();
        if (pwrite(file, digits, RECORD, record * RECORD) != RECORD)
            stop("pwrite");
    }

    static void book(long record, int amount) {
        byte[] line = String.format("%d:%d;", record, amount).getBytes();
        lock((short) F_WRLCK, record);
        put(record, get(record) + amount);
        if (write(ends[1], line, line.length) != line.length)
            stop("write");
        lock((short) F_UNLCK, record);
    }

    public static void main(String[] args) {
        byte[] c = new byte[1];
        int flags, bookings = 0;

        if (args.length != 1) {
            System.err.printf("usage: %s FILE\n", "Till");
            System.exit(2);
        }
        file = open(args[0], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
        if (file == -1)
            stop("open");
        if (pipe(ends) == -1)
            stop("pipe");
        if ((flags = fcntl(ends[0], F_GETFL, 0)) == -1 || fcntl(ends[0], F_SETFL, flags | O_NONBLOCK) == -1)
            stop("fcntl");

        for (int i = 1; i <= 3; i++) {
            book(0, i);
            book(i, 10 * i);
        }
        while (read(ends[0], c, 1) == 1) {
            if (c[0] == ';')
                bookings++;
        }
        if (errno() != EAGAIN)
            stop("read");

        lseek(file, 0, SEEK_SET);
        System.out.printf("%d bookings, the first record is %d\n", bookings, get(0));
        close(ends[0]);
        close(ends[1]);
        if (ftruncate(file, 0) == -1 || close(file) == -1 || unlink(args[0]) == -1)
            stop("unlink");
        System.exit(0);
    }
}
