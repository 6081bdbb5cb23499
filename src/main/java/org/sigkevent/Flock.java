package org.sigkevent;

/**
 * {@code struct flock} of {@code <fcntl.h>}: a record lock, for {@link Fcntl#fcntl(int, int, Flock)}. A plain struct, read and written
 * during the call only; not thread-safe.
 */
public final class Flock {
    /** {@link Fcntl#F_RDLCK}, {@link Fcntl#F_WRLCK} or {@link Fcntl#F_UNLCK}. */
    public int l_type;

    /** Where {@link #l_start} counts from: {@link Fcntl#SEEK_SET}, {@link Fcntl#SEEK_CUR} or {@link Fcntl#SEEK_END}. */
    public int l_whence;

    /** The first byte. */
    public long l_start;

    /** How many bytes; 0 for all up to the end, wherever that will be; negative for those before l_start. */
    public long l_len;

    /** F_GETLK: the process that has the lock, -1 for one of an open file. 0 for F_OFD_SETLK and its like. */
    public int l_pid;

    /** F_RDLCK of the whole file. */
    public Flock() {}

    /**
     * A lock.
     *
     * @param l_type {@link Fcntl#F_RDLCK}, {@link Fcntl#F_WRLCK} or {@link Fcntl#F_UNLCK}
     * @param l_whence {@link Fcntl#SEEK_SET}, {@link Fcntl#SEEK_CUR} or {@link Fcntl#SEEK_END}
     * @param l_start the first byte
     * @param l_len how many bytes; 0 for all up to the end
     */
    public Flock(int l_type, int l_whence, long l_start, long l_len) {
        this.l_type = l_type;
        this.l_whence = l_whence;
        this.l_start = l_start;
        this.l_len = l_len;
    }

    @Override
    public String toString() {
        return "l_type " + l_type + ", l_whence " + l_whence + ", l_start " + l_start + ", l_len " + l_len + ", l_pid "
                + l_pid;
    }
}
