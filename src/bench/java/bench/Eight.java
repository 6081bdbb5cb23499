package bench;

/** A message of 64 bytes, as large as a record of ours. */
final class Eight {
    long a;
    long b;
    long c;
    long d;
    long e;
    long f;
    long g;
    long h;

    /** Writes all. */
    Eight set(long value) {
        a = value;
        b = value;
        c = value;
        d = value;
        e = value;
        f = value;
        g = value;
        h = value;
        return this;
    }

    /** Reads all of another one. */
    void copy(Eight from) {
        a = from.a;
        b = from.b;
        c = from.c;
        d = from.d;
        e = from.e;
        f = from.f;
        g = from.g;
        h = from.h;
    }
}
