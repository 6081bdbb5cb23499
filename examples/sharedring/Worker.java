package sharedring;

import static org.sigkevent.Kevent.KEVENT_TIMER;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_wait;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.sigkevent.Errno;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;

/** A worker in Java, line by line as worker.c: takes numbers of blocks from the ring of another process. */
public final class Worker {
    private Worker() {}

    public static void main(String[] args) throws IOException {
        int kfd = DescriptorServer.receive(Path.of(args[0]));
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        if (ring == null) {
            throw new IOException("kevent_map_ringbuf: " + Errno.message());
        }
        long blocks = 0;
        long sum = 0;
        long ticks = 0;
        ByteBuffer buffer = ByteBuffer.allocate(SharedRing.BLOCK);
        KeventRecord record = new KeventRecord();
        try (FileChannel file = FileChannel.open(Path.of(args[1]))) {
            for (; ; ) {
                int state = ring.state();
                if (!ring.take(record)) {
                    if (kevent_wait(kfd, state, null, null) < 0 && Errno.errno() == Errno.EBADF) {
                        throw new IOException("the owner of the ring is gone");
                    }
                } else if (record.id == KEVENT_TIMER) {
                    ticks += 1 + record.result;
                } else if (record.cookie == SharedRing.END) {
                    break;
                } else {
                    int n = file.read(buffer.clear(), record.cookie * SharedRing.BLOCK);
                    sum += SharedRing.sum(buffer.array(), n);
                    blocks++;
                }
            }
        }
        System.out.println(blocks + " " + sum + " " + ticks);
    }
}
