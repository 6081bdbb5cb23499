package org.sigkevent.engine;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.sigkevent.KeventCapabilities;

/**
 * Where the property {@value #PROPERTY} names an errno, io_uring is refused with it to this JVM, and to the JVMs that it starts, before
 * the first test: all tests run on the engine that the library chooses then.
 */
public final class RefusedIoUring implements LauncherSessionListener {
    private static final String PROPERTY = "sigkevent.tests.refused";

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        int errno = Integer.getInteger(PROPERTY, 0);
        if (errno != 0) {
            Refusing.refuse(errno);
            KeventCapabilities here = KeventCapabilities.here();
            if (!here.engine().equals("epoll")) {
                throw new IllegalStateException("io_uring is refused with errno " + errno + ", and yet: " + here);
            }
        }
    }
}
