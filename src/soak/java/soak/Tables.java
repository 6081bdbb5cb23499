package soak;

import java.util.List;

/** What the campaign prints. */
final class Tables {
    private Tables() {}

    private static long sum(List<Child> all, Kind kind, Ledger.Column column) {
        return all.stream().mapToLong(child -> child.get(kind, column)).sum();
    }

    private static long sum(List<Child> all, Ledger.Event event) {
        return all.stream().mapToLong(child -> child.get(event)).sum();
    }

    /** Records that came. */
    private static long records(List<Child> all, Kind kind) {
        return sum(all, kind, Ledger.Column.COMPLETED) + sum(all, kind, Ledger.Column.CANCELLED);
    }

    private static long records(List<Child> all) {
        long records = 0;
        for (Kind kind : Kind.values()) {
            records += records(all, kind);
        }
        return records;
    }

    private static long aio(List<Child> all) {
        return sum(all, Kind.AIO_FILE, Ledger.Column.SUBMITTED) + sum(all, Kind.AIO_STREAM, Ledger.Column.SUBMITTED);
    }

    static String line(long seconds, List<Child> all) {
        return String.format(
                "%5d s: %,d records, %,d AIO requests, %,d kills; %s: %s",
                seconds,
                records(all),
                aio(all),
                sum(all, Ledger.Event.KILLS),
                all.get(0).name,
                all.get(0).level());
    }

    static String table(List<Child> all) {
        StringBuilder text = new StringBuilder();
        for (Child child : all) {
            text.append(child).append('\n');
        }
        for (String engine : List.of("io_uring", "epoll")) {
            List<Child> those =
                    all.stream().filter(child -> child.runsOn(engine)).toList();
            if (!those.isEmpty()) {
                text.append('\n').append("on ").append(engine).append('\n');
                table(text, those);
            }
        }
        return text.toString();
    }

    private static void table(StringBuilder text, List<Child> all) {
        text.append(String.format("%-10s", ""));
        for (Ledger.Column column : Ledger.Column.values()) {
            text.append(String.format(" %14s", column.name().toLowerCase(java.util.Locale.ROOT)));
        }
        for (Kind kind : Kind.values()) {
            text.append(String.format("%n%-10s", kind));
            for (Ledger.Column column : Ledger.Column.values()) {
                text.append(String.format(" %,14d", sum(all, kind, column)));
            }
        }
        text.append(String.format("%n%,d records, %,d AIO requests", records(all), aio(all)));
        for (Ledger.Event event : Ledger.Event.values()) {
            text.append(String.format(", %,d %s", sum(all, event), event.name().toLowerCase(java.util.Locale.ROOT)));
        }
        text.append('\n');
    }
}
