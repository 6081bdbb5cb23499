package org.sigkevent.compat;

import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGenerator;

/** Names a test by the id and the text of its {@link Assertion}. */
public final class AssertionNames extends DisplayNameGenerator.Standard {
    @Override
    public String generateDisplayNameForMethod(List<Class<?>> enclosing, Class<?> testClass, Method method) {
        Assertion assertion = method.getAnnotation(Assertion.class);
        return assertion == null
                ? super.generateDisplayNameForMethod(enclosing, testClass, method)
                : assertion.id() + ": " + assertion.says();
    }
}
