package org.sigkevent.compat;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a test asserts: a row of the conformance table. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Assertion {
    /** {@code interface/number}, unique: the numbers are those of the open POSIX test suite where it has the assertion. */
    String id();

    /** What is asserted, in a sentence. */
    String says();

    /** How binding it is. */
    Strength strength() default Strength.MUST;

    /** Where the standard leaves a choice, what the library does. */
    String choice() default "";

    /** How binding an assertion is. */
    enum Strength {
        /** POSIX requires it. */
        MUST,
        /** POSIX allows it; the library does this or what its documentation says instead. */
        MAY,
        /** POSIX leaves it open; the documentation says what the library does. */
        CHOICE,
        /** It follows from SIGEV_KEVENT. */
        KEVENT
    }
}
