package org.sigkevent.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Handles on fields that several threads write: as constants of the class that looks them up. */
public final class Fields {
    private Fields() {}

    /** The handle of a field of the class that {@code lookup} is of. */
    public static VarHandle handle(MethodHandles.Lookup lookup, String name, Class<?> type) {
        try {
            return lookup.findVarHandle(lookup.lookupClass(), name, type);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }
}
