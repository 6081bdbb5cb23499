package org.sigkevent.compat;

import java.nio.file.Path;
import org.sigkevent.DescriptorServer;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;

/** The C program {@code reader SOCKET take} in another JVM. */
public final class RingReader {
    private RingReader() {}

    public static void main(String[] args) {
        int kfd = DescriptorServer.receive(Path.of(args[0]));
        KeventRing ring = Kevent.kevent_map_ringbuf(kfd, 1);
        if (ring == null) {
            throw new IllegalStateException(Errno.message());
        }
        System.out.println("mapped");
        KeventRecord record = new KeventRecord();
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                System.out.println(record.sequence + " " + Long.toUnsignedString(record.cookie));
            } else if (Kevent.kevent_wait(kfd, state, null, null) < 0 && Errno.errno() == Errno.EBADF) {
                return;
            }
        }
    }
}
