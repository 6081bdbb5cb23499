package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The porting guide names what exists, all of it. {@link PortingRecipesTest} runs its Java. */
@Tag("any-engine")
class PortingGuideTest {
    private static final Path GUIDE = Path.of("src", "docs", "porting.md");
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");
    private static final List<Class<?>> FACES = List.of(
            Aio.class,
            Time.class,
            Mqueue.class,
            Signal.class,
            Kevent.class,
            Fcntl.class,
            Unistd.class,
            Poll.class,
            Wait.class,
            Msg.class,
            Sem.class,
            SysFile.class,
            SysSocket.class,
            Stat.class,
            Ipc.class,
            Futex.class,
            Stdio.class);
    private static final List<Class<?>> STRUCTS = List.of(
            Aiocb.class,
            ItimerSpec.class,
            TimeSpec.class,
            MqAttr.class,
            Flock.class,
            MsgBuf.class,
            MsqidDs.class,
            Sembuf.class,
            SigEvent.class,
            SigVal.class,
            SigInfo.class,
            KeventEvent.class,
            KeventRecord.class);

    @Test
    void everyNameInTheTablesExists() throws Exception {
        List<String> missing = new ArrayList<>();
        int names = 0;
        for (String row : rows()) {
            Matcher name = NAME.matcher(row);
            while (name.find()) {
                names++;
                Class<?> type = Class.forName("org.sigkevent." + name.group(1));
                if (!Modifier.isPublic(type.getModifiers())
                        || !publicNames(type).contains(name.group(2))) {
                    missing.add(name.group());
                }
            }
        }
        assertTrue(names > 200, "names in the tables: " + names);
        assertEquals(List.of(), missing);
    }

    @Test
    void everyMethodAndConstantOfTheHeadersAndEveryStructFieldIsInTheTables() throws Exception {
        Set<String> named = new TreeSet<>();
        for (String row : rows()) {
            Matcher name = NAME.matcher(row);
            while (name.find()) {
                named.add(name.group(1) + "." + name.group(2));
            }
        }
        Set<String> expected = new TreeSet<>();
        for (Class<?> face : FACES) {
            publicNames(face).forEach(member -> expected.add(face.getSimpleName() + "." + member));
        }
        for (Class<?> struct : STRUCTS) {
            for (Field field : struct.getFields()) {
                expected.add(struct.getSimpleName() + "." + field.getName());
            }
        }
        expected.removeAll(named);
        assertEquals(Set.of(), expected);
    }

    /** The C name is in the first column of the row that has the Java one. */
    @Test
    void theCNameStandsBesideTheJavaName() throws Exception {
        for (String row : rows()) {
            String[] columns = row.split("\\|");
            Matcher name = NAME.matcher(columns[2]);
            while (name.find()) {
                String member = name.group(2);
                boolean ours = name.group(1).startsWith("Kevent") || member.equals("sival_long");
                assertTrue(ours || Arrays.asList(columns[1].split("\\W+")).contains(member), row);
            }
        }
    }

    @Test
    void noFunctionOfAHeaderThrowsACheckedException() {
        for (Class<?> face : FACES) {
            for (Method method : face.getDeclaredMethods()) {
                if (Modifier.isPublic(method.getModifiers()) && Modifier.isStatic(method.getModifiers())) {
                    assertEquals(0, method.getExceptionTypes().length, method::toString);
                }
            }
        }
    }

    @Test
    void everyPageThatIsLinkedExists() throws Exception {
        Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(Files.readString(GUIDE));
        while (link.find()) {
            assertTrue(Files.exists(GUIDE.resolveSibling(link.group(1))), link.group(1));
        }
    }

    private static List<String> rows() throws Exception {
        try (Stream<String> lines = Files.lines(GUIDE)) {
            return lines.filter(line -> line.startsWith("| ")).toList();
        }
    }

    private static Set<String> publicNames(Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isPublic(method.getModifiers())) {
                names.add(method.getName());
            }
        }
        for (Field field : type.getFields()) {
            names.add(field.getName());
        }
        return names;
    }
}
