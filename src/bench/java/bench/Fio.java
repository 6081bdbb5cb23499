package bench;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The program fio, of those who measure disks, on the same file: where it is installed. It runs once for the rate, without the
 * clock around each operation, and once for the latencies.
 */
final class Fio {
    /** The first word of a command that is fio's. */
    static final String NAME = "fio";

    private static final int RUN_MILLIS = 300;
    private static final int MOST_IN_A_BATCH = 32;

    private final Table table;
    private final String group;
    private final String subject;

    private Fio(Table table, String group, String subject) {
        this.table = table;
        this.group = group;
        this.subject = subject;
    }

    /** io_uring as fio uses it when nothing else is asked for. */
    static List<String> uring(IoFile file, int depth) {
        return options(file, "io_uring", 1, "--iodepth=" + depth);
    }

    /** io_uring with what can be registered, and in batches. */
    static List<String> expert(IoFile file, int depth) {
        int batch = Math.min(depth, MOST_IN_A_BATCH);
        return options(
                file,
                "io_uring",
                1,
                "--iodepth=" + depth,
                "--fixedbufs",
                "--registerfiles",
                "--iodepth_batch_submit=" + batch,
                "--iodepth_batch_complete_min=1",
                "--iodepth_batch_complete_max=" + batch);
    }

    /** Threads that call pread or pwrite. */
    static List<String> psync(IoFile file, int depth) {
        return options(file, "psync", depth);
    }

    private static List<String> options(IoFile file, String engine, int jobs, String... more) {
        long size;
        try {
            size = file.size() / Blocks.SIZE * Blocks.SIZE;
        } catch (IOException gone) {
            // whoever opens it will say so
            size = 0;
        }
        boolean cold = file.how == IoFile.How.COLD_READ;
        List<String> options = new ArrayList<>(List.of(
                "--name=bench",
                "--filename=" + file.path,
                "--rw=" + (file.writes() ? "randwrite" : "randread"),
                "--bs=" + Blocks.SIZE,
                "--direct=" + (file.direct() ? 1 : 0),
                "--ioengine=" + engine,
                "--thread",
                "--numjobs=" + jobs,
                "--group_reporting",
                "--runtime=" + RUN_MILLIS + "ms",
                "--time_based",
                "--randrepeat=0",
                // the others give the kernel no hint either
                "--fadvise_hint=0"));
        if (cold) {
            // no block twice: fio draws each once, and each job has a part of its own
            long part = size / jobs / Blocks.SIZE * Blocks.SIZE;
            options.addAll(List.of("--invalidate=1", "--size=" + part, "--offset_increment=" + part));
        } else {
            options.addAll(List.of("--invalidate=0", "--size=" + size, "--norandommap"));
        }
        options.addAll(List.of(more));
        return options;
    }

    /** One round of a command: the name, a subject, and options. */
    static void run(Table table, String group, List<String> command) throws IOException, InterruptedException {
        List<String> options = command.subList(2, command.size());
        Fio fio = new Fio(table, group, command.get(1));
        JsonObject rate = fio.job(options, "--gtod_reduce=1");
        if (rate == null) {
            return;
        }
        JsonObject done = direction(rate, options);
        double cpuShare =
                (rate.get("usr_cpu").getAsDouble() + rate.get("sys_cpu").getAsDouble()) / 100;
        double nanos = rate.get("job_runtime").getAsDouble() * 1e6;
        fio.add("op/s", done.get("iops").getAsDouble());
        fio.add("cpu ns/op", cpuShare * nanos / done.get("total_ios").getAsLong());
        JsonObject latencies = fio.job(options, "--lat_percentiles=1", "--clat_percentiles=0");
        if (latencies == null) {
            return;
        }
        JsonObject percentiles =
                direction(latencies, options).getAsJsonObject("lat_ns").getAsJsonObject("percentile");
        for (String which : List.of("50", "99", "99.9")) {
            double nanosOfOne = percentiles
                    .get(which.contains(".") ? which + "00000" : which + ".000000")
                    .getAsDouble();
            fio.add("p" + which + " ns", nanosOfOne);
        }
    }

    private static JsonObject direction(JsonObject job, List<String> options) {
        return job.getAsJsonObject(options.contains("--rw=randwrite") ? "write" : "read");
    }

    private void add(String unit, double value) {
        table.add(group, subject, unit, value);
    }

    /** What fio says of its jobs together; null when it says nothing, and then the table says why. */
    private JsonObject job(List<String> options, String... more) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(NAME, "--output-format=json"));
        command.addAll(options);
        command.addAll(List.of(more));
        if (options.contains("--invalidate=1")) {
            try {
                dropped();
            } catch (IllegalStateException warm) {
                table.missing(group, subject, warm.getMessage());
                return null;
            }
        }
        Path complaints = Files.createTempFile("fio", ".err");
        try {
            Process process;
            try {
                process = new ProcessBuilder(command)
                        .redirectError(complaints.toFile())
                        .start();
            } catch (IOException noProgram) {
                table.missing(group, subject, "fio is not installed");
                return null;
            }
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                // each job says the same
                String why = Files.readString(complaints)
                        .lines()
                        .findFirst()
                        .orElse("failed with status " + process.exitValue());
                table.missing(group, subject, why);
                return null;
            }
            // a warning may stand before it
            return JsonParser.parseString(output.substring(output.indexOf('{')))
                    .getAsJsonObject()
                    .getAsJsonArray("jobs")
                    .get(0)
                    .getAsJsonObject();
        } finally {
            Files.delete(complaints);
        }
    }

    private static PageCache large;

    /** fio drops the file's pages itself, but does not look whether they are gone. */
    private static void dropped() throws IOException {
        if (large == null) {
            large = new PageCache(IoFile.large(IoFile.How.COLD_READ));
        }
        large.drop(0);
    }
}
