/**
 * POSIX sigevent notification and one kevent ring for Java on Linux.
 *
 * <p>Only {@code org.sigkevent} is for users. jnr-ffi needs ASM at run time; its modules are automatic ones and ASM is not, so nobody but
 * this module can ask for it. {@code jnr.ffi.Pointer} is part of our API. jnr-posix makes the calls of
 * {@code Unistd} and its like that it has with the widths of the kernel; jffi the others. Without
 * {@code jdk.jfr} there are no events for Flight Recorder; on the module path {@code --add-modules jdk.jfr} brings it in.
 */
module org.sigkevent {
    requires transitive org.jnrproject.ffi;
    requires org.jnrproject.posix;
    requires org.jnrproject.jffi;
    requires org.jnrproject.constants;
    requires org.objectweb.asm;
    requires static jdk.jfr;
    requires static org.jspecify;

    exports org.sigkevent;
}
