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
import java.util.stream.Collectors;

/** The peers in C: compiled with the system's cc when there is one, run for one round at a time. */
final class Peers {
    private final Path sources;
    private final Path binaries;

    /** What was compiled in this run: null for a program that could not be. */
    private final Map<String, Path> compiled = new HashMap<>();

    /** Why a program could not be compiled. */
    private final Map<String, String> reasons = new HashMap<>();

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
            table.missing(group, called(program), reasons.get(program.get(0)));
            return;
        }
        List<String> command = new ArrayList<>(prefix);
        command.add(binary.toString());
        command.addAll(program.subList(1, program.size()));
        command.add("1");
        Process process = new ProcessBuilder(command).start();
        LastWords lastWords = new LastWords(process);
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
            table.missing(group, called(program), lastWords.why(""));
        }
    }

    /** A program with its arguments, of files the last part. */
    private static String called(List<String> program) {
        return "C "
                + program.stream()
                        .map(word -> word.substring(word.lastIndexOf('/') + 1))
                        .collect(Collectors.joining(" "));
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
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String why = new LastWords(cc).why("");
            compiled.put(program, cc.exitValue() == 0 ? binary : null);
            reasons.put(program, "cc " + why);
        } catch (IOException noCompiler) {
            compiled.put(program, null);
            reasons.put(program, "cc is not installed");
        }
        return compiled.get(program);
    }
}
