package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in the API's comments: each compiles as it stands there, runs, and comes to its end. */
@Tag("any-engine")
class SnippetsTest {
    private static final Pattern SNIPPET = Pattern.compile("<pre>\\{@code\\n(.*?)\\n *\\* \\}</pre>", Pattern.DOTALL);

    @TempDir
    Path directory;

    private static List<String> sources() throws Exception {
        List<String> sources = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src", "main", "java", "org", "sigkevent"))) {
            for (Path file : (Iterable<Path>)
                    files.filter(f -> f.toString().endsWith(".java")).sorted()::iterator) {
                Matcher snippet = SNIPPET.matcher(Files.readString(file));
                while (snippet.find()) {
                    String code = snippet.group(1).replaceAll("(?m)^ *\\* ?", "");
                    String name = file.getFileName().toString().replace(".java", "") + sources.size();
                    sources.add(name + "\n" + code);
                }
            }
        }
        return sources;
    }

    @Test
    void eachCompilesAndRunsToItsEnd() throws Exception {
        List<String> snippets = sources();
        assertTrue(snippets.size() >= 9, snippets.size() + " snippets");
        StringBuilder source = new StringBuilder(
                        "import java.nio.ByteBuffer; import java.nio.file.Path; import java.time.*;\n")
                .append("import org.sigkevent.*;\npublic class Snippets {\n");
        for (String snippet : snippets) {
            int line = snippet.indexOf('\n');
            source.append("public static void ").append(snippet, 0, line).append("() throws Exception {");
            String own = "example-" + ProcessHandle.current().pid() + '-' + System.nanoTime() + '"';
            source.append(snippet.substring(line).replace("example\"", own)).append("\n}\n");
        }
        Path file = Files.writeString(directory.resolve("Snippets.java"), source.append("}\n"));
        assertEquals("", Support.compile(directory, file), source::toString);
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
            for (Method method : loader.loadClass("Snippets").getDeclaredMethods()) {
                if (java.lang.reflect.Modifier.isPublic(method.getModifiers())) {
                    FutureTask<Object> run = Support.start(() -> method.invoke(null));
                    Support.get(run);
                }
            }
        }
    }
}
