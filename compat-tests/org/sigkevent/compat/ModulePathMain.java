package org.sigkevent.compat;

import java.lang.module.ModuleDescriptor;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@link ModulePathIT} runs in a JVM that has the library on its module path. Exits with 0 if all is well. */
public final class ModulePathMain {
    private ModulePathMain() {}

    public static void main(String[] args) throws ReflectiveOperationException {
        Module module = ModuleLayer.boot().findModule("org.sigkevent").orElseThrow();
        Set<String> exported = module.getDescriptor().exports().stream()
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        if (!exported.equals(Set.of("org.sigkevent"))) {
            throw new AssertionError("exported: " + exported);
        }
        // what this library binds, and what jnr-posix does
        int kfd = (int) call(module, "Kevent", "kevent_init", 1);
        if (kfd < 0) {
            throw new AssertionError("kevent_init says " + kfd);
        }
        if ((int) call(module, "Unistd", "getpid") != ProcessHandle.current().pid()) {
            throw new AssertionError("getpid says something else");
        }
        System.out.println(module + " works");
    }

    private static Object call(Module module, String name, String method, Integer... arguments)
            throws ReflectiveOperationException {
        Class<?> face = Class.forName("org.sigkevent." + name, true, module.getClassLoader());
        if (face.getModule() != module) {
            throw new AssertionError(face + " came from " + face.getModule());
        }
        Class<?>[] types = new Class<?>[arguments.length];
        Arrays.fill(types, int.class);
        return face.getMethod(method, types).invoke(null, (Object[]) arguments);
    }
}
