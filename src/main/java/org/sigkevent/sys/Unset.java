package org.sigkevent.sys;

/**
 * What stands in a field that means something only while its object is in use: the field is never looked at otherwise, so it is
 * not called nullable, and what it referred to can be collected.
 */
public final class Unset {
    private Unset() {}

    /** Null, where null is never seen. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    public static <T> T unset() {
        return null;
    }
}
