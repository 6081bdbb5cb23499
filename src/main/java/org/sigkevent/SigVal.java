package org.sigkevent;

import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;

/**
 * {@code union sigval} of {@code <signal.h>}: the cookie that a notification gives back unchanged, 64 bits wide.
 *
 * <p>One member is set. Of a union in C the last write counts, which a class cannot know: two members that are set and say different
 * things are EINVAL in every call that is given them. What the library fills in has both numbers, which say the same. A jnr {@link Pointer} travels as its address. Any other Java object travels by reference
 * ({@link KeventRecord#object}); its 64 bits are 0, and other processes that read the ring cannot see it. The library holds
 * such an object only for as long as a record with it can still arrive.
 *
 * <p>A plain struct, not thread-safe; read during a call only.
 */
public final class SigVal {
    /** An int; in the record it is {@code (int) cookie}. */
    public int sival_int;

    /** All 64 bits. */
    public long sival_long;

    /** A native pointer ({@link Pointer}) or any Java object. */
    public @Nullable Object sival_ptr;

    /** What a null reference means. */
    private static final SigVal ZERO = new SigVal();

    /** Zero. */
    public SigVal() {}

    /**
     * An int.
     *
     * @param value the int
     * @return a new object
     */
    public static SigVal of(int value) {
        SigVal v = new SigVal();
        v.sival_int = value;
        return v;
    }

    /**
     * All 64 bits.
     *
     * @param bits all 64 bits
     * @return a new object
     */
    public static SigVal of(long bits) {
        SigVal v = new SigVal();
        v.sival_long = bits;
        return v;
    }

    /**
     * A native pointer (its address travels) or any Java object (the reference does).
     *
     * @param object a jnr Pointer or any other object; null is 0
     * @return a new object
     */
    public static SigVal of(@Nullable Object object) {
        SigVal v = new SigVal();
        v.sival_ptr = object;
        return v;
    }

    /**
     * As {@link #orZero}.
     *
     * @throws ErrnoException EINVAL: as {@link #check}
     */
    static SigVal checked(@Nullable SigVal value) {
        SigVal read = orZero(value);
        read.check();
        return read;
    }

    /**
     * That no two members are set to different things.
     *
     * @throws ErrnoException EINVAL, with both
     */
    void check() {
        long bits = bits();
        if (sival_long != 0 && sival_long != bits || sival_int != 0 && sival_int != (int) bits) {
            throw ErrnoException.invalid("sival_int " + sival_int + ", sival_long " + sival_long + " and sival_ptr "
                    + (sival_ptr == null ? "null" : "(a " + sival_ptr.getClass().getName() + ")")
                    + " are set to different things: it is a union, so set one and leave the others 0 and null");
        }
    }

    /** {@code value}, to be read only; zero for null. */
    static SigVal orZero(@Nullable SigVal value) {
        return value == null ? ZERO : value;
    }

    long bits() {
        if (sival_ptr == null) {
            return sival_long != 0 ? sival_long : sival_int;
        }
        return sival_ptr instanceof Pointer pointer ? pointer.address() : 0;
    }

    @Nullable
    Object object() {
        return sival_ptr instanceof Pointer ? null : sival_ptr;
    }

    void set(long bits, @Nullable Object object) {
        sival_int = (int) bits;
        sival_long = bits;
        sival_ptr = object;
    }

    SigVal copy() {
        SigVal v = new SigVal();
        v.sival_int = (int) bits();
        v.sival_long = bits();
        v.sival_ptr = sival_ptr;
        return v;
    }

    @Override
    public String toString() {
        return sival_ptr != null ? String.valueOf(sival_ptr) : Long.toString(bits());
    }
}
