package bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Subjects that are compared with each other: ours, on each engine; others in Java; programs in C. The name says how the figures
 * are drawn: those of groups whose names differ in one number as lines over it ({@link Family}), the others as bars, in one
 * picture with those whose names are the same up to a comma ({@link Pictures}).
 */
final class Group {
    /** Makes a subject's work ready. It is called in the JVM in which the work is done. */
    interface Opening {
        Work open() throws Exception;
    }

    /** A subject in Java. */
    static final class Subject {
        final String name;
        final boolean ours;
        final Opening opening;

        Subject(String name, boolean ours, Opening opening) {
            this.name = name;
            this.ours = ours;
            this.opening = opening;
        }
    }

    final String name;
    final Unit unit;
    final List<Subject> subjects = new ArrayList<>();
    final List<List<String>> programs = new ArrayList<>();

    /** Options of the JVMs of this group's subjects, beside those that all have. */
    final List<String> options = new ArrayList<>();

    /** On how many processors whole subjects run; 0: wherever the machine likes. */
    int processors;

    /** The class of JMH benchmarks that are this group's subjects; null when they are none. */
    Class<?> jmh;

    Group(String name, Unit unit) {
        this.name = name;
        this.unit = unit;
    }

    /**
     * The subjects are the benchmarks of a class; those that the class says are ours run on each engine. Subjects that are
     * added stand for them where versions are compared in turns.
     */
    static Group ofJmh(String name, Class<?> benchmarks) {
        Group group = new Group(name, Unit.NANOS);
        group.jmh = benchmarks;
        return group;
    }

    Group ours(String what, Opening opening) {
        subjects.add(new Subject(what, true, opening));
        return this;
    }

    Group other(String what, Opening opening) {
        subjects.add(new Subject(what, false, opening));
        return this;
    }

    /** Gives the JVMs of all subjects these options. */
    Group jvm(String... added) {
        options.addAll(List.of(added));
        return this;
    }

    /** Binds each subject, all its threads, to so many processors. */
    Group pinned(int count) {
        processors = count;
        return this;
    }

    /** The program fio with these options, where it is installed. */
    Group fio(String subject, List<String> options) {
        List<String> command = new ArrayList<>(List.of(Fio.NAME, subject));
        command.addAll(options);
        programs.add(command);
        return this;
    }

    /** A program in C; the number of rounds is its last argument and is added. */
    Group program(String file, Object... arguments) {
        List<String> command = new ArrayList<>(List.of(file));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        programs.add(command);
        return this;
    }
}
