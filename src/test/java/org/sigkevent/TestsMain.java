package org.sigkevent;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.List;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests of one class without Maven, for {@code src/aarch64/run.sh}: its arguments are the class and the names of the methods that
 * are left out. It writes a line when a test starts and one when it ends, so that a JVM that was killed has said in which test.
 */
public final class TestsMain implements TestExecutionListener {
    private TestsMain() {}

    public static void main(String[] args) {
        if (args.length == 0) {
            System.out.println(System.getProperty("java.class.path"));
            return;
        }
        List<String> methods = List.of(args).subList(1, args.length);
        PostDiscoveryFilter filter = test -> FilterResult.includedIf(
                !methods.contains(method(test.getSource().orElse(null))));
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(args[0]))
                .filters(filter)
                .build();
        LauncherConfig config = LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .build();
        LauncherFactory.create(config).execute(request, new TestsMain());
        say("end", args[0], null);
        // a test that failed may have left threads
        Runtime.getRuntime().halt(0);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (test.isTest()) {
            say("start", name(test), null);
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        say("skipped", name(test), null);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Throwable thrown = result.getThrowable().orElse(null);
        switch (result.getStatus()) {
            case ABORTED -> say("skipped", name(test), thrown);
            case FAILED -> say("failed", name(test), thrown);
            case SUCCESSFUL -> {
                if (test.isTest()) {
                    say("passed", name(test), null);
                }
            }
        }
    }

    private static void say(String what, String name, Throwable thrown) {
        System.out.println("\n@@ " + what + " " + name);
        if (thrown != null) {
            thrown.printStackTrace(System.out);
        }
        System.out.flush();
    }

    private static String name(TestIdentifier test) {
        return method(test.getSource().orElse(null));
    }

    /** The name of a method; of what is none (a class, whose BeforeAll failed) this word. */
    private static String method(TestSource source) {
        return source instanceof MethodSource ? ((MethodSource) source).getMethodName() : "class";
    }
}
