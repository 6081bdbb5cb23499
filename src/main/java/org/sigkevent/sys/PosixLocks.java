package org.sigkevent.sys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this process has POSIX locks (fcntl(2)) on a file: those that closing any descriptor of the file would give up. */
final class PosixLocks {
    private static final Path ALL = Path.of("/proc/locks");

    private PosixLocks() {}

    /** Throws nothing; true when it is not certain. */
    static boolean on(int fd) {
        int owner = Linux.lockOwner(fd);
        if (owner == 0 || owner == Native.C.getpid()) {
            return owner != 0;
        }
        // the kernel names one lock; there may be others behind it
        try {
            FileId file = new FileId();
            return file.load(fd) != 0 || listed(file.inode);
        } catch (Throwable uncertain) {
            return true;
        }
    }

    /** Whether the kernel's list has one of this process on a file with this inode number: on another device, perhaps. */
    private static boolean listed(long inode) throws java.io.IOException {
        String self = Integer.toString(Native.C.getpid());
        String number = Long.toUnsignedString(inode);
        String text = new String(Files.readAllBytes(ALL), StandardCharsets.US_ASCII);
        for (String line : text.split("\n", -1)) {
            // 1: POSIX  ADVISORY  WRITE 3568 fd:00:2531452 0 EOF
            String[] words = line.trim().split(" +", -1);
            if (words.length > 5
                    && words[1].equals("POSIX")
                    && words[4].equals(self)
                    && words[5].substring(words[5].lastIndexOf(':') + 1).equals(number)) {
                return true;
            }
        }
        return false;
    }
}
