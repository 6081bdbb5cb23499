package bench;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs JMH benchmarks, in turns, and puts their times and the bytes they allocate into the table. */
final class Jmh {
    /** What the table calls a benchmark. */
    @Retention(RetentionPolicy.RUNTIME)
    @Target(ElementType.METHOD)
    @interface Subject {
        String value();

        /** Whether it is of this library: then it runs on each engine. */
        boolean ours() default false;
    }

    private Jmh() {}

    /** In each round each benchmark has a JVM, in turn, which warms up and takes one figure. */
    static void run(Table table, Group group, int rounds, List<String> engines, List<String> options)
            throws IOException, InterruptedException {
        Map<String, Options> all = new LinkedHashMap<>();
        for (Method method : group.jmh.getDeclaredMethods()) {
            Subject subject = method.getAnnotation(Subject.class);
            if (subject == null || method.getAnnotation(Benchmark.class) == null) {
                continue;
            }
            for (String engine : subject.ours() ? engines : List.of("")) {
                String name = engine.isEmpty() ? subject.value() : Turns.NOW + " (" + engine + ") " + subject.value();
                all.put(name, options(group.jmh, method, engine, options));
            }
        }
        for (int round = 0; round < rounds; round++) {
            table.begin(group.name, Others.share());
            all.forEach((name, one) -> {
                try {
                    add(table, group.name, name, new Runner(one).run());
                } catch (RunnerException failed) {
                    table.missing(group.name, name, "failed: " + why(failed));
                }
            });
        }
    }

    /** What the benchmark threw; JMH adds it as suppressed to what it throws itself. */
    private static String why(RunnerException failed) {
        Throwable cause = failed.getCause();
        Throwable[] thrown = cause == null ? new Throwable[0] : cause.getSuppressed();
        return Child.words(thrown.length > 0 ? thrown[0] : failed);
    }

    private static Options options(Class<?> benchmarks, Method method, String engine, List<String> options) {
        List<String> jvm = new ArrayList<>(options);
        jvm.add("-Dsigkevent.engine=" + engine);
        return new OptionsBuilder()
                .include(benchmarks.getName().replace(".", "\\.") + "\\." + method.getName() + "$")
                .mode(Mode.AverageTime)
                .timeUnit(TimeUnit.NANOSECONDS)
                .forks(1)
                .warmupIterations(5)
                .warmupTime(TimeValue.milliseconds(300))
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(500))
                .jvmArgs(jvm.toArray(new String[0]))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
    }

    private static void add(Table table, String group, String subject, Collection<RunResult> results) {
        for (RunResult run : results) {
            run.getBenchmarkResults().forEach(one -> {
                for (IterationResult iteration : one.getIterationResults()) {
                    table.add(group, subject, "ns", iteration.getPrimaryResult().getScore());
                    Result<?> bytes = iteration.getSecondaryResults().get("gc.alloc.rate.norm");
                    if (bytes != null) {
                        table.add(group, subject, "bytes/op", bytes.getScore());
                    }
                }
            });
        }
    }
}
