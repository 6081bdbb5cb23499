package org.sigkevent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * A consumer in another process that does nothing but read a ring: it never waits, so that nobody wakes it and nobody hears of it.
 * Each byte on its input has it map another ring, which a {@link DescriptorServer} gives; what it prints begins with the number of
 * the ring, from 1.
 */
public final class RingOnlyReader {
    private RingOnlyReader() {}

    public static void main(String[] args) throws IOException {
        int number = 0;
        KeventRing ring = null;
        KeventRecord record = new KeventRecord();
        for (; ; ) {
            if (System.in.available() > 0) {
                System.in.read();
                number++;
                ring = Kevent.kevent_map_ringbuf(DescriptorServer.receive(Path.of(args[0])), 1);
                System.out.println(number + " " + (ring == null ? Errno.message() : "mapped"));
            }
            while (ring != null && ring.take(record)) {
                System.out.println(
                        number + " " + record.id + " " + record.cookie + " " + record.result + " " + record.error);
            }
            LockSupport.parkNanos(50_000);
        }
    }
}
