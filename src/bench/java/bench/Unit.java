package bench;

/** What a case's main figure is. */
enum Unit {
    PER_SECOND("op/s"),
    NANOS("ns");

    final String text;

    Unit(String text) {
        this.text = text;
    }

    double of(double nanos) {
        return this == NANOS ? nanos : 1e9 / nanos;
    }
}
