package org.sigkevent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.sigkevent.sys.Libc;

/**
 * Layers import only from below, examples only from the top, nothing but the top layer is exported, and no binding of the C
 * library is generated.
 */
@Tag("any-engine")
class LayersTest {
    private static final String TOP = "org.sigkevent";

    /** From the top to the bottom; what stands beside each other does not know each other. */
    private static final List<List<String>> LAYERS = List.of(
            List.of(TOP),
            List.of("org.sigkevent.notify"),
            List.of(
                    "org.sigkevent.aio",
                    "org.sigkevent.timer",
                    "org.sigkevent.mq",
                    "org.sigkevent.signal",
                    "org.sigkevent.kinds"),
            List.of("org.sigkevent.core"),
            List.of("org.sigkevent.engine"),
            List.of("org.sigkevent.events"),
            List.of("org.sigkevent.sys"));

    private static final Path LIBRARY = library();
    private static final JavaClasses CLASSES = read(LIBRARY);

    private static JavaClasses read(Path path) {
        // no rule here asks what a class of somebody else looks like inside
        ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
        return new ClassFileImporter().importPath(path);
    }

    @TestFactory
    Stream<DynamicTest> eachPackageImportsOnlyFromLayersBelow() {
        return packages().skip(1).map(name -> {
            String[] allowed = Stream.concat(Stream.of(name), below(name)).toArray(String[]::new);
            String[] others = packages()
                    .filter(other -> !Arrays.asList(allowed).contains(other))
                    .toArray(String[]::new);
            return DynamicTest.dynamicTest(
                    name,
                    () -> noClasses()
                            .that()
                            .resideInAPackage(name)
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(others)
                            .check(CLASSES));
        });
    }

    @Test
    void everyClassStandsInALayer() {
        classes().should().resideInAnyPackage(packages().toArray(String[]::new)).check(CLASSES);
    }

    /**
     * A cycle has no first class to read and none that can be tested alone. The facade's classes know each other, as the structs
     * and calls of a header do.
     */
    @TestFactory
    Stream<DynamicTest> noPackageBelowTheTopHasACycleOfClasses() {
        return packages()
                .filter(name -> !name.equals(TOP))
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    assertTrue(classesOf(name).findAny().isPresent(), "found no classes to look at");
                    String cycles = Cycles.describe(classesOf(name));
                    assertTrue(cycles.isEmpty(), cycles);
                }));
    }

    private static Stream<JavaClass> classesOf(String name) {
        return CLASSES.stream()
                .filter(type -> type.getPackageName().equals(name)
                        && !type.getSimpleName().equals("package-info"));
    }

    @Test
    void theRuleAboveSeesACycleThroughNestedClasses() {
        JavaClasses three =
                new ClassFileImporter().importClasses(First.class, First.Inner.class, Second.class, Third.class);
        assertEquals(List.of(Set.of("First", "Second")), Cycles.of(three.stream()));
    }

    /** A name must say which class is meant, whatever is imported, and hide nothing that every source file sees by itself. */
    @Test
    void eachTopLevelClassHasANameOfItsOwn() throws Exception {
        List<JavaClass> all = CLASSES.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getSimpleName().equals("package-info")
                        && !type.getSimpleName().equals("module-info"))
                .toList();
        assertFalse(all.isEmpty(), "found no classes to look at");
        Map<String, List<String>> byName = all.stream()
                .collect(Collectors.groupingBy(
                        JavaClass::getSimpleName, Collectors.mapping(JavaClass::getName, Collectors.toList())));
        for (String name : Stream.concat(publicClasses("java/lang"), publicClasses("java/net"))
                .toList()) {
            String simple = name.substring(name.lastIndexOf('.') + 1);
            byName.computeIfPresent(
                    simple,
                    (key, list) -> Stream.concat(list.stream(), Stream.of(name)).toList());
        }
        assertEquals(
                List.of(),
                byName.values().stream().filter(list -> list.size() > 1).toList(),
                "classes of one name");
    }

    /** The public top-level classes of a package of java.base. */
    private static Stream<String> publicClasses(String directory) throws Exception {
        Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/java.base/" + directory);
        try (Stream<Path> files = Files.list(modules)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(file ->
                            file.endsWith(".class") && !file.contains("$") && !file.equals("package-info.class"))
                    .map(file -> directory.replace('/', '.') + "." + file.substring(0, file.length() - 6))
                    .filter(LayersTest::isPublic)
                    .toList();
            assertFalse(names.isEmpty(), "found no classes in " + modules);
            return names.stream();
        }
    }

    private static boolean isPublic(String name) {
        try {
            return Modifier.isPublic(Class.forName(name, false, null).getModifiers());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static Stream<String> packages() {
        return LAYERS.stream().flatMap(List::stream);
    }

    private static Stream<String> below(String name) {
        return LAYERS.stream().dropWhile(layer -> !layer.contains(name)).skip(1).flatMap(List::stream);
    }

    /** What has jdk.jfr in its name must not be needed to load anything else: the module may be missing. */
    @Test
    void onlyTheEventsKnowFlightRecorder() {
        noClasses()
                .that()
                .resideOutsideOfPackage("org.sigkevent.events")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jdk.jfr..")
                .check(CLASSES);
    }

    @Test
    void examplesUseOnlyTheTopLayer() {
        Path examples = LIBRARY.resolveSibling("examples-classes");
        assertTrue(Files.isDirectory(examples), "no examples at " + examples);
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(packages().skip(1).toArray(String[]::new))
                .check(read(examples));
    }

    @Test
    void onlyTheTopLayerIsExported() {
        ModuleDescriptor module =
                ModuleFinder.of(LIBRARY).find("org.sigkevent").orElseThrow().descriptor();
        assertFalse(module.isOpen() || module.isAutomatic());
        assertEquals(
                Set.of("org.sigkevent"),
                module.exports().stream().map(ModuleDescriptor.Exports::source).collect(Collectors.toSet()));
        assertEquals(Set.of(), module.opens());
    }

    /** jnr-ffi would generate a class for each function before the first call, and its x86-64 code passes a wrong sixth argument. */
    @Test
    void noBindingIsGenerated() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("jnr.ffi.LibraryLoader")
                .check(CLASSES);
    }

    /** The folder or jar that holds the library. */
    private static Path library() {
        try {
            return Path.of(Libc.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}

/** Two classes that need each other, one of them through a nested one, and one that only uses them. */
final class First {
    static final class Inner {
        Second other;
    }
}

final class Second {
    First[] others;
}

final class Third {
    First first;
    Second second;
}
