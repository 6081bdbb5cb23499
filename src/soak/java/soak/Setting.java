package soak;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the campaign was told: system properties, with what they are when nothing is said. The children get them too. */
final class Setting {
    private Setting() {}

    /** How long, in seconds. */
    static long seconds() {
        return Math.round(60 * Double.parseDouble(text("soak.minutes", "10")));
    }

    static long seed() {
        String seed = text("soak.seed", "");
        return seed.isEmpty() ? System.nanoTime() : Long.parseLong(seed);
    }

    /** The engine that was asked for; null for the library's choice. */
    static String engine() {
        String engine = text("sigkevent.engine", "");
        return engine.isEmpty() ? null : engine;
    }

    static Path sources() {
        return Path.of(text("soak.sources", "src/soak/c"));
    }

    /** For files, sockets and what was compiled. Its name is short, because names of sockets are. */
    static Path directory() {
        return Path.of(text("soak.directory", "target/soak")).toAbsolutePath();
    }

    static String binary(String program) {
        return directory().resolve(program).toString();
    }

    /** A property; what Maven has not replaced counts as empty. */
    private static String text(String name, String otherwise) {
        String value = System.getProperty(name, "");
        return value.isEmpty() || value.startsWith("${") ? otherwise : value;
    }

    /** A command for a JVM with the classes of this one. */
    static List<String> java(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of(options));
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        return command;
    }
}
