package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The porter's aid, src/tools/CToJava.java: what it makes of the programs in src/test/c, each of which has its finished port beside it,
 * and of what is no program.
 */
@Tag("any-engine")
class CToJavaTest {
    private static final Path PROGRAMS = Path.of("src", "test", "c");
    private static final Path TOOL = Path.of("src", "tools", "CToJava.java");

    /** Of the lines of code that the tool writes, as many stay as they are. */
    private static final double LEAST = 0.45;

    private static final String NOT_UNDERSTOOD = "this was not understood as C";

    /** A comment, or a literal, which is kept as it is. */
    private static final Pattern COMMENT_OR_LITERAL = Pattern.compile(
            "/\\*.*?(\\*/|\\z)|//[^\\n]*|\"(?:\\\\.|[^\"\\\\\\n])*+\"|'(?:\\\\.|[^'\\\\\\n])*+'", Pattern.DOTALL);

    @TempDir
    static Path directory;

    private static Class<?> tool;
    private static Method turn;

    @BeforeAll
    static void compileTheTool() throws Exception {
        assertEquals("", compile(directory, TOOL));
        tool = new URLClassLoader(new URL[] {directory.toUri().toURL()}).loadClass("CToJava");
        turn = tool.getDeclaredMethod("turn", String.class, String.class);
        turn.setAccessible(true);
    }

    /** What the compiler says; nothing when it compiles. */
    private static String compile(Path to, Path source) {
        return Support.compile(to, source, "-Xlint:all,-classfile");
    }

    private static String turned(String className, String source) throws Exception {
        return (String) turn.invoke(null, className, source);
    }

    private record Program(String className, String c, String port, String turned) {}

    private static List<Program> programs() throws Exception {
        List<Program> programs = new ArrayList<>();
        Method className = tool.getDeclaredMethod("className", String.class);
        className.setAccessible(true);
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            for (Path file : (Iterable<Path>)
                    files.filter(f -> f.toString().endsWith(".c")).sorted()::iterator) {
                String name = (String) className.invoke(null, file.getFileName().toString());
                String c = Files.readString(file);
                String port = Files.readString(PROGRAMS.resolve(name + ".java"));
                programs.add(new Program(name, c, port, turned(name, c)));
            }
        }
        return programs;
    }

    /** Comments out, but for those that keep C. */
    private static String code(String source) {
        return COMMENT_OR_LITERAL.matcher(source).replaceAll(found -> {
            String text = found.group();
            boolean comment = text.startsWith("/") && !text.startsWith("// C: ");
            return Matcher.quoteReplacement(
                    comment
                            ? "\n".repeat((int)
                                    text.chars().filter(c -> c == '\n').count())
                            : text);
        });
    }

    /** Without imports, and without lines that have nothing but braces: they would make the share look better. */
    private static List<String> lines(String source) {
        return code(source)
                .lines()
                .map(line -> line.strip().replaceAll("\\s+", " "))
                .filter(line -> line.matches(".*[\\w\"].*") && !line.startsWith("import "))
                .toList();
    }

    @Test
    void mostLinesStandInTheFinishedPortAsTheyAre() throws Exception {
        List<Program> programs = programs();
        assertTrue(programs.size() >= 10, programs.size() + " programs");
        StringBuilder table = new StringBuilder();
        List<String> few = new ArrayList<>();
        int all = 0;
        int allKept = 0;
        for (Program program : programs) {
            List<String> left = new ArrayList<>(lines(program.port));
            List<String> lines = lines(program.turned);
            long kept = lines.stream().filter(left::remove).count();
            all += lines.size();
            allKept += kept;
            table.append(String.format(
                    "%-12s %4d lines, %4d as they are, %3d %%%n",
                    program.className, lines.size(), kept, 100 * kept / lines.size()));
            if (kept < LEAST * lines.size()) {
                few.add(program.className);
            }
        }
        System.out.print(table);
        System.out.printf("%-12s %4d lines, %4d as they are, %3d %%%n", "all", all, allKept, 100 * allKept / all);
        assertEquals(List.of(), few, table::toString);
    }

    @Test
    void thePortsCompile() throws Exception {
        for (Program program : programs()) {
            assertEquals("", compile(directory, PROGRAMS.resolve(program.className + ".java")));
        }
    }

    @Test
    void whatIsLeftWithoutATodoCompiles() throws Exception {
        int whole = 0;
        for (Program program : programs()) {
            if (!program.turned.contains("// TODO ")) {
                whole++;
                Path to = Files.createDirectories(directory.resolve("turned"));
                Path file = Files.writeString(to.resolve(program.className + ".java"), program.turned);
                assertEquals("", compile(to, file));
            }
        }
        assertTrue(whole >= 8, "programs without a TODO: " + whole);
    }

    /** The names that the tool sends to a section stand there. */
    @Test
    void theSectionThatATodoNamesSaysWhatToDoInstead() throws Exception {
        Map<String, StringBuilder> guide = new HashMap<>();
        String at = "";
        for (String line : Files.readAllLines(Path.of("src", "docs", "porting.md"))) {
            at = line.startsWith("#") ? line.replaceFirst("#+ ", "") : at;
            guide.computeIfAbsent(at, section -> new StringBuilder())
                    .append(line)
                    .append('\n');
        }
        Field sections = tool.getDeclaredField("SECTIONS");
        sections.setAccessible(true);
        List<String> left = new ArrayList<>();
        for (String[] section : (String[][]) sections.get(null)) {
            Set<String> words =
                    new HashSet<>(List.of(guide.get(section[0]).toString().split("\\W+")));
            for (String name : section[1].split(" ")) {
                if (!words.contains(name)) {
                    left.add(section[0] + ": " + name);
                }
            }
        }
        assertEquals(List.of(), left);
    }

    @Test
    void aTodoNamesASectionOfTheGuideAndTheCStandsBelowIt() throws Exception {
        Set<String> sections = new TreeSet<>();
        for (String line : Files.readAllLines(Path.of("src", "docs", "porting.md"))) {
            if (line.startsWith("#")) {
                sections.add(line.replaceFirst("#+ ", ""));
            }
        }
        String everything =
                "int main(void)\n{\nfork(); poll(0, 0, 1); setitimer(0, 0, 0); sigaltstack(0, 0); aio_init(0); waitpid(1, 0, 0);"
                        + " pthread_create(0, 0, 0, 0); goto out; nonsense(1); }";
        int todos = 0;
        List<String> outputs = new ArrayList<>(List.of(turned("Everything", everything.replace("; ", ";\n"))));
        programs().forEach(program -> outputs.add(program.turned));
        for (String output : outputs) {
            List<String> lines = output.lines().map(String::strip).toList();
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).startsWith("// TODO ")) {
                    String line = lines.get(i);
                    assertTrue(
                            sections.stream()
                                    .anyMatch(section -> line.startsWith("// TODO porting.md, " + section + ": ")),
                            line);
                    assertTrue(lines.get(i + 1).startsWith("// C: "), line);
                    todos++;
                }
            }
        }
        assertTrue(todos >= 12, "TODOs: " + todos);
    }

    @Test
    void bracesAreBalanced() throws Exception {
        for (Program program : programs()) {
            assertBalanced(program.className, program.turned);
        }
    }

    private static void assertBalanced(String name, String output) {
        int open = 0;
        for (String line : code(output)
                .lines()
                .filter(l -> !l.strip().startsWith("// C: "))
                .toList()) {
            for (char c : line.replaceAll("\"(?:\\\\.|[^\"\\\\])*+\"|'(?:\\\\.|[^'\\\\])*+'", "")
                    .toCharArray()) {
                open += c == '{' ? 1 : c == '}' ? -1 : 0;
                assertTrue(open >= 0, () -> name + ": a brace too many\n" + output);
            }
        }
        assertEquals(0, open, () -> name + ": a brace is missing\n" + output);
    }

    /** Words of C that Java has another word for, or none. */
    private static final Set<String> ANOTHER_WORD =
            Set.of(("if while for switch return sizeof main memset printf fprintf vfprintf puts fputs fputc"
                            + " putchar va_start va_end memcmp strcmp strncmp time strlen strcpy sprintf snprintf malloc calloc atoi exit _exit usleep NULL EXIT_SUCCESS"
                            + " EXIT_FAILURE SIGEV")
                    .split(" "));

    /** The calls, members and constants of a source, in their order. */
    private static List<String> marks(String source) {
        String code = code(source)
                .replaceAll("(?m)^ *#(?!define \\w+\\().*(\\\\\n.*)*", "")
                .replaceAll("(?m)^(static )?[\\w *]+\\([\\w *,]*\\);$", "")
                .replaceAll("sizeof ?(\\([^()]*\\)|[\\w.>\\[\\]*-]+)", "")
                .replaceAll("(?<=[{,] )\\.(sival|tv)_\\w+ =", "")
                .replaceAll("memset\\(&?[\\w.>\\[\\]-]+", "")
                .replaceAll("\"(?:\\\\.|[^\"\\\\])*+\"", "\"\"");
        List<String> marks = new ArrayList<>();
        Matcher mark = Pattern.compile("(?:\\.|->)\\s*([a-z]\\w*)|\\b(\\w+)(?=\\()|\\b([A-Z][A-Z0-9_]{2,})\\b")
                .matcher(code);
        while (mark.find()) {
            String name = mark.group(1) != null ? mark.group(1) : mark.group(2) != null ? mark.group(2) : mark.group(3);
            if (!ANOTHER_WORD.contains(name)) {
                marks.add(name);
            }
        }
        return marks;
    }

    /** The first mark of the C program that does not come in its turn in the output; null for none. */
    private static String lost(String c, String output) {
        List<String> words = List.of(code(output).split("\\W+"));
        int at = 0;
        for (String mark : marks(c)) {
            int from = at;
            while (at < words.size() && !words.get(at).equals(mark)) {
                at++;
            }
            if (at++ == words.size()) {
                return mark + " after " + words.subList(Math.max(0, from - 8), from);
            }
        }
        return null;
    }

    @Test
    void nothingOfTheCIsLost() throws Exception {
        for (Program program : programs()) {
            assertTrue(marks(program.c).size() > 30, program.className);
            assertEquals(null, lost(program.c, program.turned), program.className);
            // the comments, too
            Matcher comment = Pattern.compile("/\\*.*?\\*/", Pattern.DOTALL).matcher(program.c);
            while (comment.find()) {
                String words = comment.group().replaceAll("[\\s*]+", " ");
                assertTrue(program.turned.replaceAll("[\\s*]+", " ").contains(words), words);
            }
        }
        // and this test would see it
        Program first = programs().get(0);
        String without = first.turned.replaceFirst("\n *sigfillset\\([^\n]*", "");
        assertNotEquals(first.turned, without);
        assertNotEquals(null, lost(first.c, without));
    }

    @Test
    void theLibraryHasWhatTheToolNames() throws Exception {
        Set<String> missing = new TreeSet<>();
        for (String line : (String[]) field("CLASSES")) {
            names(
                    line.substring(0, line.indexOf(':')),
                    line.replaceFirst(".*?:", "").replaceFirst("=.*", ""),
                    missing);
        }
        for (String line : (String[]) field("STRUCTS")) {
            if (!line.startsWith("FILE=")) {
                names(line.substring(line.indexOf('=') + 1, line.indexOf(':')), line.replaceFirst(".*?:", ""), missing);
            }
        }
        assertEquals(Set.of(), missing);
    }

    private static Object field(String name) throws Exception {
        Field field = tool.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(null);
    }

    private static void names(String className, String names, Set<String> missing) {
        Class<?> type;
        try {
            type = Class.forName("org.sigkevent." + className);
        } catch (ClassNotFoundException none) {
            missing.add(className);
            return;
        }
        Set<String> members = new TreeSet<>();
        Arrays.stream(type.getFields()).forEach(f -> members.add(f.getName()));
        Arrays.stream(type.getMethods()).forEach(m -> members.add(m.getName()));
        for (String name : names.strip().split(" ")) {
            String member = name.replaceFirst("/.*", "");
            if (member.length() > 1 && !Character.isUpperCase(member.charAt(0)) && !members.contains(member)) {
                missing.add(className + "." + member);
            }
        }
    }

    private static String in(String statements) throws Exception {
        String all = turned("Prog", "int main(int argc, char **argv)\n{\n" + statements + "\n}\n");
        return all.replaceFirst("(?s).*main\\(String\\[\\] args\\) \\{\n", "")
                .replaceFirst("(?s)\\s*(System.exit\\(0\\);)?\\s*\\}\\s*\\}\\s*$", "");
    }

    @Test
    void singleStatementsAreTurned() throws Exception {
        Map<String, String> pairs = new HashMap<>();
        pairs.put("int fd; if (!fd) close(fd);", "int fd; if (fd == 0) close(fd);");
        pairs.put(
                "char *name = argv[1]; if (name) puts(name);",
                "String name = args[0]; if (name != null) System.out.println(name);");
        pairs.put("int n = write(1, \"abc\", 3);", "int n = (int) write(1, \"abc\".getBytes(), 3);");
        pairs.put("write(1, \"abc\", 4);", "write(1, \"abc\\0\".getBytes(), 4);");
        pairs.put(
                "errno = 0; if (errno == EINTR) abort();",
                "errno(0); if (errno() == EINTR) Runtime.getRuntime().halt(134);");
        pairs.put(
                "printf(\"%5.1f%% %-3d %c\\n\", 1.5, 2, 'x');",
                "System.out.printf(\"%5.1f%% %-3d %c\\n\", 1.5, 2, 'x');");
        pairs.put("printf(\"%m\\n\");", "System.out.printf(\"%s\\n\", strerror(errno()));");
        pairs.put("printf(\"100%%\\n\");", "System.out.println(\"100%\");");
        pairs.put(
                "unsigned char b[4]; int x = b[1] << 8 | b[0];",
                "byte[] b = new byte[4]; int x = (b[1] & 0xff) << 8 | b[0] & 0xff;");
        pairs.put("unsigned char c = 200; if (c == 200) c++;", "byte c = (byte) 200; if ((c & 0xff) == 200) c++;");
        pairs.put("long l = 5000000000; int i = l & 1 ? 1 : 0;", "long l = 5000000000L; int i = (l & 1) != 0 ? 1 : 0;");
        pairs.put(
                "struct timespec a = {1, 2}, b; b = a;",
                "TimeSpec a = new TimeSpec(1, 2), b = new TimeSpec(); b = new TimeSpec(a.tv_sec, a.tv_nsec);");
        pairs.put(
                "sigset_t a, b; a = b; struct sigaction sa; sa.sa_mask = b;",
                "SigSet a = new SigSet(), b = new SigSet(); a = new SigSet(b);"
                        + " SigAction sa = new SigAction(); sa.sa_mask = new SigSet(b);");
        pairs.put(
                "timer_t t[2]; timer_delete(t[0]);\ntimer_create(0, NULL, &t[1]);",
                "int[][] t = new int[2][1]; timer_delete(t[0][0]);\ntimer_create(0, null, t[1]);");
        pairs.put(
                "int sig = 5; sigwait(NULL, &sig); // the next\nkill(1, sig);",
                "int[] sig = { 5 }; sigwait(null, sig); // the next\nkill(1, sig[0]);");
        pairs.put("sigaction(1, 0, 0);", "sigaction(1, null, null);");
        pairs.put(
                "void (*old)(int) = signal(1, SIG_IGN); if (SIG_ERR == old) old(2);",
                "SigHandler old = signal(1, SIG_IGN); if (SIG_ERR == old) old.handle(2);");
        pairs.put("int i = strtol(argv[1], 0, 0);", "int i = (int) Long.decode(args[0]).longValue();");
        pairs.put("void (*f)(void); f = 0;", "Runnable f; f = null;");
        pairs.put("struct aiocb cb; cb.aio_buf = malloc(20);", "Aiocb cb = new Aiocb(); cb.aio_buf = new byte[20];");
        pairs.put("int i = 1; { int i = 2; close(i); }", "int i = 1; { int i2 = 2; close(i2); }");
        pairs.put("int new = 1; close(new);", "int new_ = 1; close(new_);");
        pairs.put(
                "char c = '\\x41'; if (argc > 1) exit(EXIT_FAILURE);",
                "byte c = (byte) '\\101'; if (args.length > 0) System.exit(1);");
        pairs.put(
                "time_t t; time(&t); setbuf(stdout, NULL); puts(\"\");",
                "long[] t = new long[1]; t[0] = System.currentTimeMillis() / 1000;"
                        + " // C: setbuf(stdout, NULL);\nSystem.out.println(\"\");");
        pairs.put(
                "if (argc > 1) close(1);\n#ifdef QUIET\nclose(2);",
                "if (args.length > 0) close(1);\n// TODO porting.md, The aid: Java has no preprocessor\n// C: #ifdef QUIET\nclose(2);");
        pairs.forEach((c, java) -> {
            try {
                assertEquals(java, in(c).strip().replaceAll("\n +", "\n"), c);
            } catch (Exception thrown) {
                throw new AssertionError(c, thrown);
            }
        });
    }

    @Test
    void aMacroThatWritesAMessageAndExitsIsAMethod() throws Exception {
        String main = "int main(void)\n{\nif (close(1) == -1)\ndie(\"close\");\nreturn 0;\n}\n";
        String method = "staticvoiddie(Stringmsg){perror(msg);System.exit(1);}";
        for (String macro : List.of(
                "#define die(msg) do { perror(msg); exit(EXIT_FAILURE); } while (0)\n",
                "#define die(msg) \\\n        do { perror(msg); exit(EXIT_FAILURE); } while (0)\n",
                "# define die( msg )do {perror( msg );exit(1);}while(0)\n")) {
            String java = turned("Any", macro + main);
            assertTrue(java.replaceAll("\\s", "").contains(method), java);
            assertTrue(java.contains("die(\"close\");") && !java.contains("TODO"), java);
        }
        for (String macro : List.of(
                "#define die(msg) do { perror(msg); close(fd); exit(1); } while (0)\n",
                "#define die(msg) do { perror(name); exit(1); } while (0)\n",
                "#define die(msg) do { perror(#msg); exit(1); } while (0)\n",
                "#define die(msg) do { perror(msg); exit(1); } while (1)\n")) {
            assertEquals(1, todos(macro + main), macro);
        }
        assertEquals(1, todos(main.replace("if", "#define die(msg) do { perror(msg); exit(1); } while (0)\nif")));
    }

    @Test
    void aBraceThatIsAddedStandsUnderItsStatement() throws Exception {
        for (String indent : List.of("\t", "    ")) {
            String java = in("{\n" + indent + indent + "if (argc > 1)\n" + indent + indent + indent + "free(0);\n"
                    + indent + "}");
            assertTrue(java.contains("\n    " + indent + indent + "}\n"), java);
        }
    }

    @Test
    void whatComesAfterALabelIsTurned() throws Exception {
        String java = in("if (argc > 1) goto out; exit(1);\nout:\nclose(1);");
        assertTrue(java.contains("// C: out:\n    close(1);"), java);
        java = turned("Any", "int f(int n)\n{\nif (n) goto out;\nreturn 0;\nout:\nreturn 1;\n}\n");
        assertTrue(java.contains("// C: out:") && java.contains("return 1;") && !java.contains("// C: return"), java);
    }

    @Test
    void theBeginningsOfTextsAreCompared() throws Exception {
        String java = turned(
                "Any",
                "int f(const char *a, char b[])\n{\nif (!strncmp(a, \"stop\", 4)) close(1);\nb[0] = 0;\nreturn strncmp(b, a, 2);\n}\n");
        assertTrue(java.contains("string(a.getBytes(), 4).compareTo(string(\"stop\".getBytes(), 4)) == 0"), java);
        assertTrue(java.contains("return string(b, 2).compareTo(string(a.getBytes(), 2));"), java);
    }

    @Test
    void theCallsOfErrHAreMethodsAtTheEnd() throws Exception {
        String java = turned("Any", "int f(int n)\n{\nwarnx(\"%d%%\", n);\nerr(1, \"f\");\n}\n");
        assertTrue(java.contains("warnx(\"%d%%\", n);\n    err(1, \"f\");\n        throw new AssertionError();"), java);
        Path file = Files.writeString(directory.resolve("Any.java"), java);
        assertEquals("", compile(directory, file));
        assertTrue(turned("Any", "void warn(int n)\n{\nwarn(n);\n}\n").contains("warn(n);"));
    }

    @Test
    void aParameterWhoseAddressIsTakenIsAnArray() throws Exception {
        String java = turned(
                "Any",
                "struct sigevent sev;\nvoid f(union sigval v)\n{\nclose(*(int *) v.sival_ptr);\nclose(*((int *) v.sival_ptr));\n}\n"
                        + "int g(int fd)\n{\nsev.sigev_value.sival_ptr = &fd;\nreturn fd;\n}\n");
        assertTrue(java.contains("close(((int[]) v.sival_ptr)[0]);\n    close(((int[]) v.sival_ptr)[0]);"), java);
        assertTrue(java.contains("static int g(int fd_) {\n        int[] fd = { fd_ };\n"), java);
        assertTrue(java.contains("sival_ptr = fd;") && java.contains("return fd[0];") && !java.contains("TODO"), java);
    }

    @Test
    void aConstantThatIsPassedAsACharIsCast() throws Exception {
        String java = turned("Any", "void f(char c, short s)\n{\nf(0, -1);\nf('x', s);\n}\n");
        assertTrue(java.contains("f((byte) 0, (short) -1);") && java.contains("f((byte) 'x', s);"), java);
    }

    @Test
    void oneOfTwoHandlersIsPassed() throws Exception {
        String handlers =
                "void a(int s)\n{\n}\nvoid b(int s)\n{\n}\nvoid c(int s, int t)\n{\n}\nint main(int argc, char **argv)\n{\n";
        String java = turned("Any", handlers + "signal(1, argc > 1 ? a : b);\n}\n");
        assertTrue(java.contains("signal(1, args.length > 0 ? Any::a : Any::b);"), java);
        assertEquals(1, todos(handlers + "signal(1, argc > 1 ? a : c);\n}\n"));
    }

    @Test
    void aHandlerWithInformationIsPassedOn() throws Exception {
        String java = turned(
                "Any",
                "void on(int signo, void (*f)(int, siginfo_t *, void *))\n{\nstruct sigaction sa;\nsa.sa_sigaction = f;\n"
                        + "if (signo == 0) f(1, NULL, NULL);\n}\n");
        assertTrue(java.contains("on(int signo, SigActionHandler f)"), java);
        assertTrue(java.contains("sa.sa_sigaction = f;") && java.contains("f.handle(1, null, null);"), java);
        assertTrue(java.contains("import org.sigkevent.SigActionHandler;"), java);
    }

    /** What C gets then is anything, and nobody looks at it. */
    @Test
    void aReturnWithoutTheValueOfTheFunctionReturnsNothing() throws Exception {
        assertTrue(turned("Any", "int f(void)\n{\nreturn;\n}\n").contains("return 0;"));
        assertTrue(turned("Any", "void *f(void *of)\n{\nreturn;\n}\n").contains("return null;"));
        assertTrue(turned("Any", "void f(void)\n{\nreturn;\n}\n").contains("return;"));
    }

    private static long todos(String source) throws Exception {
        return turned("Any", source)
                .lines()
                .filter(line -> line.contains("// TODO "))
                .count();
    }

    @Test
    void whatTheFileDoesNotSayIsLeftToThePorter() throws Exception {
        assertEquals(2, todos("#include <errno.h>\n#define LAST errno\nint main(void)\n{\nreturn LAST;\n}\n"));
        assertEquals(0, todos("#define LAST 7\nint main(void)\n{\nreturn LAST;\n}\n"));
        assertEquals(1, todos("int other(int);\nint main(void)\n{\nreturn other(1);\n}\n"));
        assertEquals(
                0,
                todos("int other(int);\nint main(void)\n{\nreturn other(1);\n}\nint other(int i)\n{\nreturn i;\n}\n"));
        assertEquals(1, todos("#include \"prog.h\"\nint main(void)\n{\nother(LIMIT);\n}\n"));
        assertEquals(1, todos("#define DIE(x) exit(x)\nint main(void)\n{\nDIE(1);\n}\n"));
        String handler = "void h(int s)\n{\n}\n";
        assertEquals(0, todos(handler + "int main(void)\n{\nif (SIG_ERR == signal(1, h)) exit(1);\n}\n"));
        assertEquals(1, todos(handler + "void (*is)(int);\nint main(void)\n{\nif (is == h) exit(1);\n}\n"));
        // a struct by value, and one that is returned
        String struct = "struct pair { int a; };\nstatic struct pair all;\n";
        assertEquals(1, todos(struct + "void f(struct pair p)\n{\np.a = 1;\n}\n"));
        assertEquals(1, todos(struct + "struct pair f(void)\n{\nreturn all;\n}\n"));
        assertEquals(0, todos(struct + "struct pair f(void)\n{\nstruct pair p = { 1 };\nreturn p;\n}\n"));
    }

    /** A struct that is assigned is copied in C, and would be shared in Java. */
    @Test
    void whatWouldMeanSomethingElseInJavaStaysC() throws Exception {
        for (String c : List.of(
                "struct mq_attr a, b; a = b;",
                "char *p = argv[1]; p++;",
                "char b[9]; char *p; p = b + 1;",
                "char b[9]; int i = atoi(b + 1);",
                "kevent(kqueue(), NULL, 0, NULL, 0, NULL);",
                "int x; int *p = &x; p += 1;",
                "int i; read(0, &i, sizeof i);",
                "FILE *f = fopen(\"a\", \"r\");",
                "goto out;",
                "int n; printf(\"%*d\", n, n);",
                "if (unknown_call(1)) close(1);")) {
            String java = in(c);
            assertTrue(java.contains("// TODO porting.md") && java.contains("// C: "), c + "\n" + java);
        }
    }

    @Test
    void whatIsNoProgramIsTurnedAsFarAsItGoes() throws Exception {
        String program = programs().get(0).c;
        List<String> sources = new ArrayList<>(List.of(
                "",
                "\n\n",
                "/* never ended",
                "// no line",
                "char *s = \"never ended\nint x;",
                "char c = 'x;\nint y;",
                "}}}}",
                "{{{{",
                "int main(void) { if (",
                "#define",
                "#include",
                "#if 0\nint hidden;",
                "\\u0000 \\u000a /* \\user */ // \\users",
                "this is a letter, and no C.",
                "int (*(*f)(int))(void);",
                "\0\1\2 int x; \uFEFF\uD800",
                "(".repeat(20_000),
                "{".repeat(20_000),
                "int x = " + "-".repeat(20_000) + "1;",
                "int main(void) { " + "if (1) ".repeat(5_000) + "; }",
                "a".repeat(100_000)));
        for (String source : sources) {
            String output = turned("Any", source);
            assertFalse(output.contains("\tat "), output);
            assertEquals(-1, output.indexOf('\1'));
        }
        // half a program, and programs with something too few or too much
        Random random = new Random(1);
        for (int at = 0; at < program.length(); at += 5) {
            String more = "{}()[];,*&\"'/#\\".substring(at % 15, at % 15 + 1);
            for (String source : List.of(
                    program.substring(0, at),
                    program.substring(0, at) + more + program.substring(at),
                    program.substring(0, at)
                            + program.substring(Math.min(program.length(), at + 1 + random.nextInt(9))))) {
                assertFalse(turned("Any", source).contains(NOT_UNDERSTOOD), source);
            }
        }
    }

    @Test
    void windowsLinesTabsAndUtf8AreRead() throws Exception {
        String c = "/* gr\u00fc\u00dfe */\nint main(void)\n{\n\tputs(\"\u00e4\u20ac\");\n\treturn 0;\n}\n";
        String unix = turned("Any", c);
        assertEquals(unix, turned("Any", c.replace("\n", "\r\n")));
        assertTrue(unix.contains("\tSystem.out.println(\"\u00e4\u20ac\");"), unix);
        assertTrue(unix.contains("gr\u00fc\u00dfe"), unix);
    }

    private record Run(int status, String out, String err) {}

    private static Run run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ChildJvm.QUICKLY);
        command.add(TOOL.toString());
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(directory, "tool", ".out");
        Path err = Files.createTempFile(directory, "tool", ".err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(100, java.util.concurrent.TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it has not ended: " + command);
        }
        return new Run(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    @Test
    void theCommandWritesJavaOrSaysWhatIsWrong() throws Exception {
        Run program = run(PROGRAMS.resolve("heartbeat.c").toString());
        Run nothing = run();
        Run none = run(directory.resolve("none.c").toString());
        Run folder = run(directory.toString());
        Run empty = run(Files.writeString(directory.resolve("empty.c"), "").toString());
        assertAll(
                () -> assertEquals(0, program.status, program.err),
                () -> assertTrue(program.out.contains("public class Heartbeat {"), program.out),
                () -> assertEquals("", program.err),
                () -> assertEquals(2, nothing.status),
                () -> assertEquals("usage: java CToJava.java prog.c > Prog.java\n", nothing.err),
                () -> assertEquals(2, none.status),
                () -> assertTrue(none.err.matches("CToJava: cannot read .*none.c: there is no such file\n"), none.err),
                () -> assertEquals(2, folder.status),
                () -> assertTrue(folder.err.endsWith("it is a directory\n"), folder.err),
                () -> assertEquals(0, empty.status),
                () -> assertEquals("public class Empty {\n}\n", empty.out),
                () -> assertEquals("", nothing.out + none.out + folder.out + empty.err));
    }
}
