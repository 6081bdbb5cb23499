package org.sigkevent.sys;

import java.nio.charset.StandardCharsets;

/** Whether this process is registered (mq_notify) for a message queue: closing any descriptor of the queue would end that. */
final class MqRegistration {
    private static final String OWNER = "NOTIFY_PID:";

    private MqRegistration() {}

    /** True also for a message queue that does not say, because the descriptor is for writing only. */
    static boolean on(int fd) {
        if (!Linux.isMessageQueue(fd)) {
            return false;
        }
        Scratch s = Scratch.get();
        // QSIZE:0          NOTIFY:2     SIGNO:0     NOTIFY_PID:3568
        int length = (int) Native.C.pread(fd, s.address, 128, 0);
        if (length <= 0) {
            return true;
        }
        byte[] bytes = new byte[length];
        s.buffer.get(0, bytes);
        String text = new String(bytes, StandardCharsets.US_ASCII).trim();
        return text.endsWith(OWNER + Native.C.getpid());
    }
}
