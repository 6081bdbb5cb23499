package org.sigkevent.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The models of {@code src/model} and the code that they are models of stay in step by the names of the methods. */
@Tag("any-engine")
class ModelsTest {
    private static final Path MODELS = Path.of("src", "model");
    private static final List<String> MODELS_OF_CORE = List.of("ring.pml", "wait.pml", "elsewhere.pml");
    private static final Path PAGE = Path.of("src", "docs", "models.md");
    private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL);
    private static final Pattern NAMED = Pattern.compile("\\b([A-Z]\\w+)(?:\\.[A-Z]\\w+)*\\.([a-z]\\w+)\\b");
    private static final Set<String> OF_THE_JDK = Set.of("Thread", "LockSupport");
    private static final Pattern PLANTED = Pattern.compile("MISTAKE_([A-Z_]+)\\b");

    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file :
                    (Iterable<Path>) files.filter(path -> path.toString().endsWith(".java"))::iterator) {
                sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
        return sources;
    }

    private static String comments(String model) {
        StringBuilder all = new StringBuilder();
        for (Matcher comment = COMMENT.matcher(model); comment.find(); ) {
            all.append(comment.group()).append('\n');
        }
        return all.toString();
    }

    private static Set<String> matches(Pattern pattern, String text) {
        Set<String> found = new TreeSet<>();
        for (Matcher m = pattern.matcher(text); m.find(); ) {
            found.add(m.group(1));
        }
        return found;
    }

    @Test
    void everyMethodThatAStepStandsForExists() throws IOException {
        Map<String, String> sources = sources();
        for (String model : MODELS_OF_CORE) {
            Matcher named = NAMED.matcher(comments(Files.readString(MODELS.resolve(model))));
            int methods = 0;
            while (named.find()) {
                if (OF_THE_JDK.contains(named.group(1))) {
                    continue;
                }
                String source = sources.get(named.group(1));
                assertTrue(source != null, model + ": no class " + named.group());
                // declared, not called: what stands before the name is a type
                Pattern declared = Pattern.compile("[\\w>\\]] " + named.group(2) + "(\\(|;| = )");
                assertTrue(declared.matcher(source).find(), model + ": no " + named.group());
                methods++;
            }
            assertTrue(methods > 8, model + " names " + methods);
        }
    }

    @Test
    void everyMistakeThatCanBePlantedIsPlantedAndStandsOnThePage() throws IOException {
        StringBuilder models = new StringBuilder();
        for (String model : MODELS_OF_CORE) {
            models.append(Files.readString(MODELS.resolve(model)));
        }
        Set<String> mistakes = matches(PLANTED, models.toString());
        assertTrue(mistakes.size() >= 8, mistakes.toString());
        String check = Files.readString(MODELS.resolve("check.sh"));
        assertEquals(mistakes, matches(Pattern.compile("^ *mistake \\w+ ([A-Z_]+)\\b", Pattern.MULTILINE), check));
        assertEquals(mistakes, matches(Pattern.compile("\\| `([A-Z_]+)` \\|"), Files.readString(PAGE)));
    }
}
