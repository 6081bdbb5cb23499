package org.sigkevent;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Handlers of sun.misc.Signal, as another library in the JVM has them. By reflection: the class is outside the Java platform. */
final class SunSignals {
    private final Class<?> signal = Class.forName("sun.misc.Signal");
    private final Class<?> handler = Class.forName("sun.misc.SignalHandler");
    private final Method handle = signal.getMethod("handle", signal, handler);

    SunSignals() throws ReflectiveOperationException {}

    /** Installs a handler for a signal, named without "SIG". */
    void handle(String name, Runnable run) throws ReflectiveOperationException {
        set(name, Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, args) -> {
            if (method.getName().equals("handle")) {
                run.run();
                return null;
            }
            return method.getName().equals("equals")
                    ? proxy == args[0]
                    : method.getName().hashCode();
        }));
    }

    /** Puts the default back. */
    void reset(String name) throws ReflectiveOperationException {
        set(name, handler.getField("SIG_DFL").get(null));
    }

    private void set(String name, Object to) throws ReflectiveOperationException {
        handle.invoke(null, signal.getConstructor(String.class).newInstance(name), to);
    }
}
