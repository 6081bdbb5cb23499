package org.sigkevent;

/**
 * {@code struct rusage} of {@code <sys/resource.h>}: what a process has used. Those of its children that it has waited for count.
 * A plain struct.
 */
public final class Rusage {
    /** Processor time in the program. */
    public TimeSpec ru_utime = new TimeSpec();

    /** Processor time in the kernel. */
    public TimeSpec ru_stime = new TimeSpec();

    /** The most memory that it had resident at once, in KiB. */
    public long ru_maxrss;

    /** Page faults that needed no input. */
    public long ru_minflt;

    /** Page faults that did. */
    public long ru_majflt;

    /** Times that the file system had to read, in blocks of 512 bytes. */
    public long ru_inblock;

    /** Times that the file system had to write, in blocks of 512 bytes. */
    public long ru_oublock;

    /** Times that it waited of its own accord. */
    public long ru_nvcsw;

    /** Times that another took its processor. */
    public long ru_nivcsw;

    /** All zero. */
    public Rusage() {}

    /** Of the words of the kernel's struct. */
    static Rusage of(long[] words) {
        Rusage usage = new Rusage();
        usage.ru_utime = new TimeSpec(words[0], 1000 * words[1]);
        usage.ru_stime = new TimeSpec(words[2], 1000 * words[3]);
        usage.ru_maxrss = words[4];
        usage.ru_minflt = words[8];
        usage.ru_majflt = words[9];
        usage.ru_inblock = words[11];
        usage.ru_oublock = words[12];
        usage.ru_nvcsw = words[16];
        usage.ru_nivcsw = words[17];
        return usage;
    }

    @Override
    public String toString() {
        return "user " + ru_utime + ", system " + ru_stime + ", at most " + ru_maxrss + " KiB resident";
    }
}
