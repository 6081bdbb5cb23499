package org.sigkevent.compat;

import java.lang.module.ModuleDescriptor;
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
        // Loads the bindings, for which jnr-ffi defines classes; sys is open for that, and so for us.
        Class<?> bindings = Class.forName("org.sigkevent.sys.Native", true, module.getClassLoader());
        if (bindings.getModule() != module) {
            throw new AssertionError(bindings + " came from " + bindings.getModule());
        }
        Object libc = bindings.getField("C").get(null);
        Object pid = Class.forName("org.sigkevent.sys.Libc", true, module.getClassLoader())
                .getMethod("getpid")
                .invoke(libc);
        if (!pid.equals((int) ProcessHandle.current().pid())) {
            throw new AssertionError("getpid says " + pid);
        }
        System.out.println(module + " works");
    }
}
