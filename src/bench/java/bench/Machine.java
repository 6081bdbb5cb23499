package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

/** Where and when the figures were taken, in words. */
final class Machine {
    private static final List<String> MODEL = List.of("model name", "Hardware", "CPU part");

    private Machine() {}

    /** Processor, how many, kernel, JDK, day. */
    static String text() throws IOException {
        return String.format(
                Locale.ROOT,
                "%s, %d processors, Linux %s (%s), JDK %s, %s",
                processor(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                System.getProperty("java.version"),
                LocalDate.now(ZoneOffset.UTC));
    }

    /** As the kernel calls it; on arm there is a number at the most. */
    private static String processor() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/cpuinfo"));
        for (String name : MODEL) {
            for (String line : lines) {
                if (line.startsWith(name)) {
                    String model = line.substring(line.indexOf(':') + 1).strip();
                    return name.equals("CPU part") ? "CPU part " + model : model;
                }
            }
        }
        return "unknown processor";
    }
}
