package org.sigkevent.sys;

import java.lang.reflect.Field;
import java.util.Locale;

/**
 * Writes which of the system calls that the library makes directly are not there (ENOSYS): an emulator has not all of them. Each is called
 * with arguments that it refuses. For {@code src/aarch64/run.sh}.
 */
final class MissingCallsMain {
    private static final int FIONREAD = 0x541b;

    private MissingCallsMain() {}

    public static void main(String[] args) throws IllegalAccessException {
        StringBuilder missing = new StringBuilder();
        for (Field call : Syscalls.class.getDeclaredFields()) {
            if (call.getType() == int.class) {
                int number = call.getInt(null);
                // an ioctl that it does not know is ENOSYS to an emulator, and an unknown operation of futex to Linux
                int second = number == Syscalls.IOCTL ? FIONREAD : 0;
                if (Linux.call(number, -1, second, -1, -1, -1, -1) == -Errnos.ENOSYS) {
                    missing.append(' ').append(call.getName().toLowerCase(Locale.ROOT));
                }
            }
        }
        System.out.println(missing);
    }
}
