package bench;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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

/** Runs JMH benchmarks, each in a JVM of its own, and puts their times and the bytes they allocate into the table. */
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

    static void run(Table table, Group group, int rounds, List<String> engines, List<String> options) {
        for (Method method : group.jmh.getDeclaredMethods()) {
            Subject subject = method.getAnnotation(Subject.class);
            if (subject == null || method.getAnnotation(Benchmark.class) == null) {
                continue;
            }
            for (String engine : subject.ours() ? engines : List.of("")) {
                String name = engine.isEmpty() ? subject.value() : "sigkevent (" + engine + ") " + subject.value();
                List<String> jvm = new ArrayList<>(options);
                jvm.add("-Dsigkevent.engine=" + engine);
                Options all = new OptionsBuilder()
                        .include(group.jmh.getName().replace(".", "\\.") + "\\." + method.getName() + "$")
                        .mode(Mode.AverageTime)
                        .timeUnit(TimeUnit.NANOSECONDS)
                        .forks(1)
                        .warmupIterations(5)
                        .warmupTime(TimeValue.milliseconds(500))
                        .measurementIterations(rounds)
                        .measurementTime(TimeValue.milliseconds(500))
                        .jvmArgs(jvm.toArray(new String[0]))
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .build();
                try {
                    add(table, group.name, name, new Runner(all).run());
                } catch (RunnerException failed) {
                    table.missing(group.name, name, "failed: " + failed.getMessage());
                }
            }
        }
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
