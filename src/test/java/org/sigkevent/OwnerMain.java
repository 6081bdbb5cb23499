package org.sigkevent;

import java.io.IOException;

/**
 * Owns a ring for another process, which opens it in /proc: prints its pid and the descriptor, and does what the lines on its input say.
 * At the end of its input it returns.
 */
public final class OwnerMain {
    private OwnerMain() {}

    public static void main(String[] args) throws IOException {
        int kfd = Kevent.kevent_init(8);
        System.out.println(ProcessHandle.current().pid() + " " + kfd);
        for (int command; (command = System.in.read()) >= 0; ) {
            switch (command) {
                case 'x' -> System.exit(0);
                case 'd' -> Kevent.kevent_destroy(kfd, null, 0);
                case 'p' -> Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null);
                default -> {}
            }
        }
    }
}
