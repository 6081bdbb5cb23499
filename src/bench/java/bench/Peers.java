package bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The peers in C: compiled with the system's cc when there is one, run for one round at a time. */
final class Peers {
    private final Path sources;
    private final Path binaries;

    /** What was compiled in this run: null for a program that could not be. */
    private final Map<String, Path> compiled = new HashMap<>();

    Peers(Path sources, Path binaries) {
        this.sources = sources;
        this.binaries = binaries;
    }

    /**
     * Runs one round of a program, behind a prefix (a program that starts another one, or nothing), and adds the lines that it prints (case, subject, value, unit) to the table under
     * {@code group}.
     */
    void run(Table table, String group, List<String> prefix, List<String> program)
            throws IOException, InterruptedException {
        if (program.get(0).equals(Fio.NAME)) {
            Fio.run(table, group, program);
            return;
        }
        Path binary = compile(program.get(0));
        if (binary == null) {
            table.missing(group, program.get(0), "not measured: cc is missing or failed");
            return;
        }
        List<String> command = new ArrayList<>(prefix);
        command.add(binary.toString());
        command.addAll(program.subList(1, program.size()));
        command.add("1");
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] parts = line.split("\t");
                if (parts.length >= 4) {
                    table.add(group, parts[1], parts[3], Double.parseDouble(parts[2]));
                }
            }
        }
        if (process.waitFor() != 0) {
            table.missing(group, String.join(" ", program), "failed with status " + process.exitValue());
        }
    }

    /** The compiled program, null when it cannot be. */
    Path compile(String program) throws IOException, InterruptedException {
        if (compiled.containsKey(program)) {
            return compiled.get(program);
        }
        Path source = sources.resolve(program + ".c");
        Path binary = binaries.resolve(program);
        Files.createDirectories(binaries);
        try {
            Process cc = new ProcessBuilder(
                            "cc",
                            "-O2",
                            "-Wall",
                            "-Wextra",
                            "-o",
                            binary.toString(),
                            source.toString(),
                            "-lpthread",
                            "-lrt")
                    .inheritIO()
                    .start();
            compiled.put(program, cc.waitFor() == 0 ? binary : null);
        } catch (IOException noCompiler) {
            // the table says so
            compiled.put(program, null);
        }
        return compiled.get(program);
    }
}
