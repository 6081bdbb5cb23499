package org.sigkevent.compat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.sigkevent.KeventCapabilities;

/**
 * Notes how each {@link Assertion} came out, in {@code target/conformance/<engine>-<pid>.tsv}; of a test that runs several times the
 * worst. Only where that directory is asked for, with the property {@code sigkevent.conformance}.
 */
public final class ConformanceListener implements TestExecutionListener {
    private final Map<String, ConformanceTable.Row> rows = new TreeMap<>();

    @Override
    public synchronized void executionSkipped(TestIdentifier test, String reason) {
        note(test, "skipped: " + reason);
    }

    @Override
    public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
        switch (result.getStatus()) {
            case SUCCESSFUL:
                note(test, "passed");
                break;
            case ABORTED:
                note(
                        test,
                        "skipped: "
                                + result.getThrowable()
                                        .map(Throwable::getMessage)
                                        .orElse("?"));
                break;
            default:
                note(test, "failed");
        }
    }

    private void note(TestIdentifier test, String result) {
        TestSource source = test.getSource().orElse(null);
        if (!test.isTest() || !(source instanceof MethodSource)) {
            return;
        }
        Assertion assertion = ((MethodSource) source).getJavaMethod().getAnnotation(Assertion.class);
        if (assertion != null) {
            ConformanceTable.Row row = new ConformanceTable.Row(assertion, result);
            rows.merge(row.id, row, (a, b) -> a.result.equals("passed") ? b : a);
        }
    }

    @Override
    public synchronized void testPlanExecutionFinished(TestPlan plan) {
        String directory = System.getProperty("sigkevent.conformance");
        if (directory == null || rows.isEmpty()) {
            return;
        }
        try {
            // the JVMs among which the tests are shared write a file each
            String engine = KeventCapabilities.here().engine();
            Path file =
                    Path.of(directory, engine + "-" + ProcessHandle.current().pid() + ".tsv");
            Files.createDirectories(file.getParent());
            StringBuilder text = new StringBuilder();
            rows.values().forEach(row -> text.append(row.toTsv()).append('\n'));
            Files.writeString(file, text);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
