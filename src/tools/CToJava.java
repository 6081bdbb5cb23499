import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Turns what can be turned mechanically in a C program that uses timers, asynchronous I/O, message queues, signals, pipes and
 * files into Java for sigkevent. What it cannot turn stays as {@code // C: …} below a TODO that names the section of
 * src/docs/porting.md that applies.
 *
 * <pre>java src/tools/CToJava.java prog.c &gt; Prog.java</pre>
 *
 * <p>Exit status: 0, or 2 with a message when there is nothing to read. A program that is not C is turned as far as it goes.
 *
 * <p>There are four passes, one nested class for each:
 *
 * <ol>
 *   <li>{@link Lexer}: text to tokens. Each {@link Token} keeps what stands before it, white space and comments, so that the output
 *       has the lines of the input. A directive is one token; what a {@code #define} stands for is lexed behind the end of the
 *       program, where the parser reads it as an expression.
 *   <li>{@link Parser}: tokens to {@link Node}s, by recursive descent. What it does not understand becomes a node "raw" up to the
 *       next semicolon or closing brace, and it goes on behind that.
 *   <li>{@link Binder}: names to {@link Sym}s, by C's scopes, and what must be known before the first line is written: which
 *       variables have their address taken (they become arrays of one element), which {@code char *} are texts and which are
 *       buffers, which pointers are arrays, which names Java does not allow.
 *   <li>{@link Writer}: nodes to text. An expression is an {@link Ex}: its text, its {@link Type} and its precedence, so that a
 *       condition gets its {@code != 0}, an assignment its cast, and parentheses stand where Java needs them. Whatever meets
 *       something without a counterpart throws {@link Untranslatable}; the statement around it is then kept as C.
 * </ol>
 *
 * <p>A struct is an object: a struct that is declared is a new one, a pointer to it is the same as it. char[] is byte[] and stays
 * terminated by a 0 byte; {@code const char *} is String. An assignment of a struct would copy it in C: a TimeSpec is copied here
 * too, other structs are left to the porter.
 */
public final class CToJava {
    private CToJava() {}

    public static void main(String[] args) {
        if (args.length != 1) {
            System.err.println("usage: java CToJava.java prog.c > Prog.java");
            System.exit(2);
        }
        Path file = new File(args[0]).toPath();
        String source = "";
        try {
            source = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException refused) {
            String why = Files.isDirectory(file) ? "it is a directory" : Files.exists(file) ? "it is not readable" : "there is no such file";
            System.err.println("CToJava: cannot read " + file + ": " + why);
            System.exit(2);
        }
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        out.print(turn(className(file.getFileName().toString()), source));
        out.flush();
    }

    /** The Java for a C program; never throws, whatever the source is. */
    static String turn(String className, String source) {
        String text = source.replace("\r\n", "\n").replace('\r', '\n').replace("\0", "").replace("\1", "").replace("\2", "").replace("\uFEFF", "");
        try {
            Parser parser = new Parser(new Lexer(text).tokens());
            List<Node> program = parser.program();
            new Binder(parser, className).bind(program);
            return new Writer(parser, className).write(program);
        } catch (RuntimeException | StackOverflowError beyondUs) {
            return "// TODO porting.md, The aid: this was not understood as C (" + beyondUs.getClass().getSimpleName() + ")\n"
                    + text.lines().map(line -> "// C: " + line.replace("\\u", "\\\\u")).collect(Collectors.joining("\n")) + "\n";
        }
    }

    static String className(String fileName) {
        return camel(fileName.replaceFirst("\\.[^.]*$", ""));
    }

    /** io_request and io_request_t: IoRequest. */
    static String camel(String name) {
        StringBuilder camel = new StringBuilder();
        boolean up = true;
        for (char c : name.replaceFirst("_t$", "").toCharArray()) {
            boolean part = camel.length() == 0 ? Character.isJavaIdentifierStart(c) : Character.isJavaIdentifierPart(c);
            if (part && c != '_') { camel.append(up ? Character.toUpperCase(c) : c); }
            up = !part || c == '_';
        }
        return camel.length() == 0 ? "Program" : camel.toString();
    }

    // ---- what the library has

    /**
     * Class: methods with their type and what they take (i int, l long, s text, b buffer, p pointer, h handler, any other: as it is); "="
     * precedes the prefixes of its constants.
     */
    private static final String[] CLASSES = {
        "Aio: i aio_read/p aio_write/p aio_readv/p aio_writev/p aio_fsync/ip aio_error/p aio_suspend/pip aio_cancel/ip lio_listio/ipip"
                + " l aio_return/p = AIO_ LIO_",
        "Time: i timer_create/ipp timer_settime/iipp timer_gettime/ip timer_getoverrun/i timer_delete/i clock_gettime/ip clock_getres/ip"
                + " clock_settime/ip clock_getcpuclockid/ip nanosleep/pp clock_nanosleep/iipp = CLOCK_ TIMER_ DELAYTIMER_MAX",
        "Mqueue: i mq_open/siip mq_close/i mq_unlink/s mq_send/ibli mq_timedsend/iblip mq_notify/ip mq_getattr/ip mq_setattr/ipp"
                + " l mq_receive/iblp mq_timedreceive/iblpp = MQ_",
        "Signal: i sigaction/ipp sigprocmask/ipp pthread_sigmask/ipp sigpending/p sigsuspend/p kill/ii raise/i sigqueue/iip sigwait/pp"
                + " sigwaitinfo/pp sigtimedwait/ppp sigemptyset/p sigfillset/p sigaddset/pi sigdelset/pi sigismember/pi h signal/ih"
                + " = SIG SA_ SI_ CLD_",
        "Errno: s strerror/i = E",
        "Fcntl: i open/sii fcntl/ii = O_ F_ LOCK_ SEEK_ SYNC_",
        "Unistd: i close/i pipe/p pipe2/pi unlink/s access/si isatty/i getpid/ getppid/ gettid/ getuid/ geteuid/ getgid/ getegid/ dup/i dup2/ii"
                + " fsync/i fdatasync/i ftruncate/il pause/ sleep/i alarm/i l read/ibl write/ibl pread/ibll pwrite/ibll lseek/ili"
                + " = STDIN_FILENO STDOUT_FILENO STDERR_FILENO F_OK R_OK W_OK X_OK",
        "Kevent: i kevent_init/i kevent_ctl/ii kevent_submit/ipip kevent_wait/iipp kevent_take/ipp kevent_destroy/ipl r kevent_map_ringbuf/il"
                + " = KEVENT_",
        "SysFile: i flock/ii",
        "SysSocket: i socket/iii socketpair/iiip shutdown/ii = AF_ SOCK_ SHUT_",
        "Msg: i msgget/ii msgctl/iip = MSG_",
        "Sem: i semget/iii semctl/iii semop/ipl = SEM_ SETVAL GETVAL SETALL GETALL",
        "Ipc: i ftok/si = IPC_",
        "Stat: i stat/sp fstat/ip mkdir/si mkfifo/si umask/i z S_ISREG/i S_ISDIR/i S_ISFIFO/i S_ISSOCK/i S_ISCHR/i S_ISBLK/i = S_I",
        "Stdio: v perror/s",
        "Wait: = P_ALL P_PID P_PGID P_PIDFD WEXITED WSTOPPED WCONTINUED WNOWAIT",
        "Poll: = POLL",
    };

    /** Constants whose prefix is another class's, or that are in no class. */
    private static final Map<String, String> ELSEWHERE = Map.of("EXIT_SUCCESS", "0", "EXIT_FAILURE", "1",
            "INT_MAX", "Integer.MAX_VALUE", "LONG_MAX", "Long.MAX_VALUE", "PATH_MAX", "4096",
            "NULL", "null", "EOF", "-1");

    /** struct or typedef = class: fields with their type (i, l, o Object, c callback with one argument, C with three, B aio_buf, or a class). */
    private static final String[] STRUCTS = {
        "sigevent=SigEvent: i sigev_notify sigev_signo sigev_notify_thread_id sigev_notify_kqueue SigVal sigev_value"
                + " c sigev_notify_function o sigev_notify_attributes",
        "sigval,sigval_t=SigVal: i sival_int l sival_long o sival_ptr",
        "aiocb=Aiocb: i aio_fildes aio_reqprio aio_lio_opcode aio_iovcnt l aio_offset aio_nbytes B aio_buf SigEvent aio_sigevent",
        "timespec=TimeSpec: l tv_sec tv_nsec",
        "itimerspec=ItimerSpec: TimeSpec it_interval it_value",
        "mq_attr=MqAttr: l mq_flags mq_maxmsg mq_msgsize mq_curmsgs",
        "siginfo,siginfo_t=SigInfo: i si_signo si_code si_pid si_uid si_timerid si_overrun si_status si_fd l si_band SigVal si_value",
        "sigset_t=SigSet:",
        "sigaction=SigAction: c sa_handler C sa_sigaction SigSet sa_mask i sa_flags",
        "flock=Flock: i l_type l_whence l_pid l l_start l_len",
        "stat=Stat: l st_dev st_ino st_nlink st_rdev st_size st_blksize st_blocks i st_mode st_uid st_gid TimeSpec st_atim st_mtim st_ctim",
        "sembuf=Sembuf: i sem_num sem_op sem_flg",
        "msqid_ds=MsqidDs:",
        "kevent_event=KeventEvent: i id descriptor error SigVal value l result data0 data1",
        "kevent_record=KeventRecord: i id descriptor error flags l cookie result data0 data1 time_ns sequence o object",
        "kevent_ring=KeventRing:",
        "FILE=PrintStream:",
    };

    /** Names without a counterpart, and the section of porting.md that says what to do instead. */
    private static final String[][] SECTIONS = {
        {"What cannot be the same", "fork vfork execl execlp execv execvp execve pthread_attr_init pthread_attr_setdetachstate setrlimit"},
        {"A poll loop to a ring", "poll ppoll select pselect epoll_create epoll_create1 epoll_ctl epoll_wait FD_SET FD_ZERO FD_ISSET FD_CLR"},
        {"time.h", "setitimer getitimer timerfd_create timerfd_settime timerfd_gettime gettimeofday ualarm"},
        {"signal.h", "sigaltstack signalfd siginterrupt sigsetjmp siglongjmp psignal psiginfo strsignal pthread_kill sigpause killpg"},
        {"aio.h", "aio_init"},
        {"FreeBSD", "kqueue kqueue1 kqueuex kevent EV_SET aio_waitcomplete thr_self"},
        {"poll.h, sys/socket.h, sys/wait.h, sys/ipc.h, sys/msg.h, sys/sem.h, linux/futex.h",
            "eventfd eventfd_write eventfd_read wait waitpid waitid wait4 bind listen accept accept4 connect msgsnd msgrcv"},
        {"mqueue.h, fcntl.h, unistd.h, sys/file.h, sys/stat.h", "syscall"},
    };

    /** Functions of C's library that a header of the program's own does not declare. */
    private static final Set<String> LIBC = Set.of((""
            + "getopt optarg optind opterr optopt scanf sscanf fscanf fgets gets getchar fgetc getc fopen fclose fread fwrite feof"
            + " ferror setbuf setvbuf setlinebuf strcat strncat strcasecmp strchr strrchr strstr strtok strtok_r strcspn strspn"
            + " malloc calloc realloc qsort bsearch rand srand random srandom atexit system localtime gmtime ctime strftime clock times"
            + " sysconf mmap munmap chdir getcwd isdigit isalpha isspace toupper tolower abs WEXITSTATUS WIFEXITED WIFSIGNALED WTERMSIG"
            + " alloca vsnprintf stdin environ popen pclose mkstemp tmpfile remove rename sched_yield setpriority getrusage shm_open"
            + " shm_unlink sem_open sem_wait sem_post fdopen readv writev ioctl chmod setsid daemon syslog getline inet_ntoa htons"
            + " ntohs ttyname asprintf fileno").split(" "));

    private static final Set<String> JAVA_WORDS = Set.of("abstract", "assert", "boolean", "byte", "catch", "class", "extends", "final",
            "finally", "implements", "import", "instanceof", "interface", "native", "new", "null", "package", "private", "protected",
            "public", "strictfp", "super", "synchronized", "this", "throw", "throws", "transient", "try", "args");
    private static final Set<String> JAVA_METHODS = Set.of("notify", "wait", "clone", "finalize", "toString", "hashCode", "equals",
            "getClass", "notifyAll", "yield", "string");
    /** A nested class must not hide what the output itself names. */
    private static final Set<String> JAVA_CLASSES = Set.of("Object", "String", "System", "Arrays", "Stream", "Integer", "Long", "Runtime",
            "ByteBuffer", "AssertionError", "Runnable", "Override");

    private static final Map<String, Character> FUNCTIONS = new HashMap<>();
    private static final Map<String, String> TAKES = new HashMap<>();
    private static final Map<String, String> CLASS_OF_FUNCTION = new HashMap<>();
    private static final Map<String, String> CLASS_OF_PREFIX = new HashMap<>();

    static {
        for (String line : CLASSES) {
            String name = line.substring(0, line.indexOf(':'));
            char type = 'i';
            boolean constants = false;
            for (String word : line.substring(line.indexOf(':') + 1).strip().split(" ")) {
                if (word.equals("=")) {
                    constants = true;
                } else if (constants) {
                    CLASS_OF_PREFIX.put(word, name);
                } else if (word.length() == 1) {
                    type = word.charAt(0);
                } else {
                    String function = word.substring(0, word.indexOf('/'));
                    FUNCTIONS.put(function, type);
                    TAKES.put(function, word.substring(function.length() + 1));
                    CLASS_OF_FUNCTION.put(function, name);
                }
            }
        }
    }

    /** The class that has a constant, by the longest prefix; null for none. */
    static String classOfConstant(String name) {
        if (name.length() < 3 || !name.matches("[A-Z][A-Z0-9_]+") || name.startsWith("E") && name.contains("_")) { return null; }
        for (int length = name.length(); length > 0; length--) {
            String owner = CLASS_OF_PREFIX.get(name.substring(0, length));
            if (owner != null) { return owner; }
        }
        return null;
    }

    // ---- tokens

    /** kind: i name, n number, s string, c character, p punctuation, # directive, e end. lead: the white space and comments before. */
    private static final class Token {
        final char kind;
        final String text;
        String lead;
        /** Of a #define without parameters: where its tokens begin; 0 for none. */
        int body;

        Token(char kind, String text, String lead) {
            this.kind = kind;
            this.text = text;
            this.lead = lead;
        }
    }

    private static final class Lexer {
        private static final String[] OPERATORS = {"...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
            "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##"};
        private static final Pattern ENDS = Pattern.compile("#\\s*define\\s+(\\w+)\\(\\s*(\\w+)\\s*\\)([\\s\\\\]*)do\\b[\\s\\\\]*"
                + "(\\{[\\s\\\\]*perror\\(\\s*\\2\\s*\\)\\s*;[\\s\\\\]*exit\\(\\w+\\)\\s*;[\\s\\\\]*\\})[\\s\\\\]*while\\s*\\(0\\)\\s*");
        private final String in;
        private int at;

        Lexer(String in) {
            this.in = in;
        }

        List<Token> tokens() {
            List<Token> all = new ArrayList<>();
            int braces = 0;
            for (Token t : lex()) {
                Matcher macro = t.kind == '#' && braces == 0 ? ENDS.matcher(t.text) : null;
                if (macro != null && macro.matches()) {
                    all.addAll(method(macro, t.lead));
                } else {
                    all.add(t);
                }
                braces += t.kind != 'p' ? 0 : t.text.equals("{") ? 1 : t.text.equals("}") ? -1 : 0;
            }
            int size = all.size();
            for (int i = 0; i < size; i++) {
                Token t = all.get(i);
                String rest = t.text.replaceFirst("^#\\s*define\\s+\\w+", "");
                if (t.kind == '#' && !rest.equals(t.text) && rest.matches("(?s)\\s.*\\S.*")) {
                    t.body = all.size();
                    all.addAll(new Lexer(rest.strip()).lex());
                }
            }
            return all;
        }

        /** A macro that writes a message and ends the program is a function that a program could have, too. */
        private static List<Token> method(Matcher macro, String lead) {
            String block = (macro.group(3) + macro.group(4)).replace("\\\n", "\n");
            List<Token> all = new Lexer("static void " + macro.group(1) + "(const char *" + macro.group(2) + ")" + block).lex();
            all.remove(all.size() - 1);
            all.get(0).lead = lead;
            return all;
        }

        private List<Token> lex() {
            List<Token> all = new ArrayList<>();
            while (true) {
                int from = at;
                StringBuilder lead = new StringBuilder();
                boolean lineStart = skip(lead) || from == 0;
                if (at >= in.length()) {
                    all.add(new Token('e', "", lead.toString()));
                    return all;
                }
                int start = at;
                char c = in.charAt(at);
                char kind = 'p';
                if (c == '#' && lineStart) {
                    kind = '#';
                    directive();
                } else if (Character.isJavaIdentifierStart(c)) {
                    kind = 'i';
                    while (at < in.length() && Character.isJavaIdentifierPart(in.charAt(at))) { at++; }
                } else if (Character.isDigit(c) || c == '.' && at + 1 < in.length() && Character.isDigit(in.charAt(at + 1))) {
                    kind = 'n';
                    while (at < in.length() && (Character.isLetterOrDigit(in.charAt(at)) || in.charAt(at) == '.'
                            || "+-".indexOf(in.charAt(at)) >= 0 && "eE".indexOf(in.charAt(at - 1)) >= 0 && !in.startsWith("0x", start))) {
                        at++;
                    }
                } else if (c == '"' || c == '\'') {
                    kind = literal(c) ? c == '"' ? 's' : 'c' : '?';
                } else {
                    at++;
                    for (String operator : OPERATORS) {
                        if (in.startsWith(operator, start)) {
                            at = start + operator.length();
                            break;
                        }
                    }
                }
                all.add(new Token(kind, in.substring(start, at), lead.toString()));
            }
        }

        /** White space, comments and what #if 0 hides; tells whether a line has begun. */
        private boolean skip(StringBuilder lead) {
            boolean lineStart = false;
            while (at < in.length()) {
                char c = in.charAt(at);
                int start = at;
                if (c == '\\' && in.startsWith("\\\n", at)) {
                    at += 2;
                    lead.append(' ');
                } else if (Character.isWhitespace(c)) {
                    lineStart |= c == '\n';
                    at++;
                    lead.append(c == '\f' || c == '\u000b' ? ' ' : c);
                } else if (in.startsWith("//", at)) {
                    at = end("\n", at, 0);
                    lead.append(in.substring(start, at).replace("\\u", "\\\\u"));
                } else if (in.startsWith("/*", at)) {
                    at = end("*/", at + 2, 2);
                    String comment = in.substring(start, at).replace("\\u", "\\\\u");
                    lead.append(comment).append(comment.endsWith("*/") && comment.length() > 3 ? "" : " */");
                } else if (lineStart && in.startsWith("#if 0", at)) {
                    at = end("\n#endif", at, 7);
                    in.substring(start, at).lines().forEach(line -> lead.append("// C: ").append(line.replace("\\u", "\\\\u")).append('\n'));
                } else {
                    break;
                }
            }
            return lineStart;
        }

        private int end(String mark, int from, int more) {
            int found = in.indexOf(mark, from);
            return found < 0 ? in.length() : found + more;
        }

        private void directive() {
            while (at < in.length() && in.charAt(at) != '\n' && !in.startsWith("/*", at) && !in.startsWith("//", at)) {
                char c = in.charAt(at);
                if (c == '"' || c == '\'') {
                    literal(c);
                } else {
                    at += in.startsWith("\\\n", at) ? 2 : 1;
                }
            }
        }

        /** False when the line ends before the literal does. */
        private boolean literal(char quote) {
            for (at++; at < in.length() && in.charAt(at) != '\n'; at++) {
                char c = in.charAt(at);
                if (c == '\\' && at + 1 < in.length()) {
                    at++;
                } else if (c == quote) {
                    at++;
                    return true;
                }
            }
            return false;
        }
    }

    // ---- types, names and nodes

    /** i int, l long, b char, d double, f float, s short, z bool, v void, S text, O struct, P pointer, A array, F function, o Object, ? */
    private static final class Type {
        static final Type INT = new Type('i', null, null), LONG = new Type('l', null, null), CHAR = new Type('b', null, null),
                TEXT = new Type('S', null, null), BOOL = new Type('z', null, null), VOID = new Type('v', null, null),
                DOUBLE = new Type('d', null, null), ANY = new Type('o', null, null), UNKNOWN = new Type('?', null, null),
                CALLBACK = new Type('c', null, null), CALLBACK_WITH_INFO = new Type('c', null, null),
                BUFFER = new Type('B', null, null), VARARGS = new Type('V', null, null);
        final char kind;
        final Type of;
        final Struct struct;
        boolean constant;
        boolean unsigned;
        Node length;
        List<Sym> params = List.of();
        boolean variadic;

        Type(char kind, Type of, Struct struct) {
            this.kind = kind;
            this.of = of;
            this.struct = struct;
        }

        static Type pointer(Type to) {
            if (to.kind == 'b' && to.constant && !to.unsigned) { return TEXT; }
            return to.kind == 'v' ? ANY : new Type('P', to.kind == 'P' && to.of.kind == 'b' ? TEXT : to, null);
        }

        boolean number() {
            return "ilbsdf".indexOf(kind) >= 0;
        }

        boolean bytes() {
            return (kind == 'P' || kind == 'A') && of.kind == 'b';
        }

        boolean reference() {
            return "SPAoOcBF".indexOf(kind) >= 0;
        }

        /** The struct itself, or what a pointer to it is: the same object. */
        Struct object() {
            return kind == 'O' ? struct : kind == 'P' && of.kind == 'O' ? of.struct : null;
        }
    }

    private static final class Struct {
        String java;
        boolean library;
        final Map<String, Sym> fields = new LinkedHashMap<>();
    }

    private static final class Sym {
        String java;
        Type type;
        boolean isStatic;
        boolean constant;
        boolean isVolatile;
        boolean isExtern;
        /** The address is taken: an array of one element. Of an array: each element is one. */
        boolean boxed;
        boolean parameter;
        /** A variable of a function that is new each time. */
        boolean local;
        Node init;
        int from;

        Sym(String name, Type type) {
            this.java = name;
            this.type = type;
        }
    }

    private static final class Node {
        final String kind;
        final int from;
        int to;
        /** The index of its operator or name. */
        int op;
        final List<Node> kids = new ArrayList<>();
        Sym sym;
        Type type;
        List<Sym> syms = List.of();
        Struct struct;
        String why;

        Node(String kind, int from, Node... kids) {
            this.kind = kind;
            this.from = from;
            this.op = from;
            this.kids.addAll(List.of(kids));
        }

        Node kid(int i) {
            return kids.get(i);
        }

        boolean is(String kind) {
            return this.kind.equals(kind);
        }
    }

    private static final class NotUnderstood extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotUnderstood(String what) {
            super(what);
        }
    }

    private static final class Untranslatable extends RuntimeException {
        private static final long serialVersionUID = 1L;
        boolean unknown;

        Untranslatable(String section, String what) {
            super("porting.md, " + section + ": " + what);
        }

        Untranslatable(String what) {
            this("The aid", what);
        }
    }

    // ---- the parser

    private static final class Parser {
        private static final Set<String> QUALIFIERS = Set.of("static", "extern", "typedef", "const", "volatile", "register", "inline",
                "restrict", "auto", "_Atomic", "_Noreturn", "__restrict", "_Thread_local", "__inline", "noreturn");
        private static final Set<String> BASE = Set.of("void", "char", "short", "int", "long", "float", "double", "signed", "unsigned",
                "bool", "_Bool", "struct", "union", "enum");
        private static final String[] LEVELS = {"||", "&&", "|", "^", "&", "== !=", "< > <= >=", "<< >>", "+ -", "* / %"};
        private static final Set<String> ASSIGN = Set.of("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=");
        private static final int DEEPEST = 200;

        final List<Token> tokens;
        final Map<String, Type> typedefs = new HashMap<>();
        final Map<String, Struct> structs = new HashMap<>();
        private int at;
        private int depth;
        /** Of the declaration that is read. */
        private boolean isStatic, isExtern, isTypedef, isVolatile;
        private Node inline;

        Parser(List<Token> tokens) {
            this.tokens = tokens;
            define(Type.INT, "mqd_t pid_t timer_t uid_t gid_t mode_t clockid_t sig_atomic_t key_t socklen_t useconds_t int32_t atomic_int id_t");
            define(Type.LONG, "ssize_t size_t off_t time_t int64_t uint64_t intptr_t uintptr_t ptrdiff_t suseconds_t intmax_t off64_t");
            define(new Type('s', null, null), "int16_t");
            define(Type.CHAR, "int8_t");
            Type bits = new Type('i', null, null);
            Type octet = new Type('b', null, null);
            octet.unsigned = bits.unsigned = true;
            define(bits, "uint32_t");
            define(octet, "uint8_t");
            define(Type.VARARGS, "va_list");
            define(Type.UNKNOWN, "pthread_t fd_set sighandler_t DIR jmp_buf sigjmp_buf");
            for (String line : STRUCTS) {
                Struct struct = library(line.substring(line.indexOf('=') + 1, line.indexOf(':')));
                Type type = Type.UNKNOWN;
                for (String word : line.substring(line.indexOf(':') + 1).strip().split(" ")) {
                    switch (word.length() > 1 ? Character.isUpperCase(word.charAt(0)) ? 'O' : 'f' : word.isEmpty() ? 'f' : word.charAt(0)) {
                        case 'i' -> type = Type.INT;
                        case 'l' -> type = Type.LONG;
                        case 'o' -> type = Type.ANY;
                        case 'c' -> type = Type.CALLBACK;
                        case 'C' -> type = Type.CALLBACK_WITH_INFO;
                        case 'B' -> type = Type.BUFFER;
                        case 'O' -> type = new Type('O', null, library(word));
                        default -> struct.fields.put(word, new Sym(word, type));
                    }
                }
                for (String name : line.substring(0, line.indexOf('=')).split(",")) {
                    structs.put(name, struct);
                    if (name.endsWith("_t") || name.equals("FILE")) {
                        typedefs.put(name, new Type('O', null, struct));
                    }
                }
            }
        }

        private void define(Type type, String names) {
            for (String name : names.split(" ")) { typedefs.put(name, type); }
        }

        private Struct library(String java) {
            Struct struct = structs.computeIfAbsent(" " + java, name -> new Struct());
            struct.java = java;
            struct.library = true;
            return struct;
        }

        // what is next; a directive in the middle of something goes along as a comment

        private Token tok(int ahead) {
            int i = at;
            while (true) {
                Token t = tokens.get(Math.min(i, tokens.size() - 1));
                if (t.kind == '#' && i == at) {
                    Token after = tokens.get(i + 1);
                    after.lead = t.lead + "// TODO porting.md, The aid: Java has no preprocessor" + t.lead.substring(Math.max(0, t.lead.lastIndexOf('\n')))
                            + "// C: " + oneLine(t.text) + "\1" + after.lead;
                    at++;
                } else if (t.kind != '#' && ahead-- == 0) {
                    return t;
                }
                if (t.kind == 'e') { return t; }
                i++;
            }
        }

        private boolean is(String text) {
            Token t = tok(0);
            return t.text.equals(text) && t.kind != 's';
        }

        private boolean accept(String text) {
            if (is(text)) {
                at++;
                return true;
            }
            return false;
        }

        private void expect(String text) {
            if (!accept(text)) { throw new NotUnderstood(text + " is missing before " + tok(0).text); }
        }

        private String name() {
            if (tok(0).kind != 'i') { throw new NotUnderstood("a name is missing before " + tok(0).text); }
            return tokens.get(at++).text;
        }

        private boolean typeAt(int ahead) {
            Token t = tok(ahead);
            if (t.kind != 'i') { return false; }
            Token next = tok(ahead + 1);
            return QUALIFIERS.contains(t.text) || BASE.contains(t.text) || typedefs.containsKey(t.text)
                    || t.text.endsWith("_t") && (next.kind == 'i' || next.text.equals("*"));
        }

        // declarations

        List<Node> program() {
            List<Node> all = new ArrayList<>();
            while (tokens.get(at).kind != 'e') {
                all.add(tokens.get(at).kind == '#' ? directive() : orRaw(this::external));
            }
            all.add(new Node("end", at));
            for (Token t : new ArrayList<>(tokens)) {
                if (t.body > 0) {
                    at = t.body;
                    Node value = null;
                    try {
                        value = expression();
                    } catch (NotUnderstood code) {
                        at = -1;
                    }
                    if (at < 0 || tokens.get(at).kind != 'e') { value = null; }
                    for (Node node : all) {
                        if (node.is("directive") && tokens.get(node.from) == t && value != null) {
                            node.kids.add(value);
                        }
                    }
                }
            }
            return all;
        }

        private Node directive() {
            Node node = new Node("directive", at++);
            node.to = at;
            return node;
        }

        private interface Reader {
            Node read();
        }

        private Node orRaw(Reader reader) {
            int from = at;
            int deep = depth;
            try {
                if (++depth > DEEPEST) { throw new NotUnderstood("nested too deeply"); }
                Node node = reader.read();
                node.to = at;
                return node;
            } catch (NotUnderstood why) {
                at = from;
                int open = 0;
                while (tokens.get(at).kind != 'e') {
                    String text = tokens.get(at).kind == 'p' ? tokens.get(at).text : "";
                    if (open == 0 && at > from && text.equals("}")) { break; }
                    open += text.equals("{") || text.equals("(") ? 1 : text.equals("}") || text.equals(")") ? -1 : 0;
                    at++;
                    if (open <= 0 && (text.equals(";") || text.equals("}"))) { break; }
                }
                Node raw = new Node("raw", from);
                raw.why = why.getMessage();
                raw.to = at;
                return raw;
            } finally {
                depth = deep;
            }
        }

        private Node external() {
            if (!typeAt(0) && !(tok(0).kind == 'i' && tok(1).text.equals("("))) { throw new NotUnderstood("no declaration"); }
            return declaration(true);
        }

        private Type specifiers() {
            isStatic = isExtern = isTypedef = isVolatile = false;
            inline = null;
            Type type = null;
            boolean constant = false;
            boolean unsigned = false;
            int longs = 0;
            while (tok(0).kind == 'i') {
                attributes(false);
                Token t = tok(0);
                switch (t.text) {
                    case "static" -> isStatic = true;
                    case "extern" -> isExtern = true;
                    case "typedef" -> isTypedef = true;
                    case "const" -> constant = true;
                    case "volatile", "_Atomic" -> isVolatile = true;
                    case "unsigned" -> unsigned = true;
                    case "signed" -> type = type == null ? Type.INT : type;
                    case "long" -> longs++;
                    case "int" -> type = type == null ? Type.INT : type;
                    case "void" -> type = Type.VOID;
                    case "char" -> type = Type.CHAR;
                    case "short" -> type = new Type('s', null, null);
                    case "bool", "_Bool" -> type = Type.BOOL;
                    case "float" -> type = new Type('f', null, null);
                    case "double" -> type = Type.DOUBLE;
                    case "struct", "union", "enum" -> {
                        boolean[] flags = {isStatic, isExtern, isTypedef, isVolatile};
                        type = tagged(t.text);
                        isStatic = flags[0];
                        isExtern = flags[1];
                        isTypedef = flags[2];
                        isVolatile = flags[3];
                        continue;
                    }
                    default -> {
                        if (!QUALIFIERS.contains(t.text)) {
                            if (type != null || longs > 0 || unsigned || !typeAt(0)) { return qualified(type, constant, unsigned, longs); }
                            type = typedefs.getOrDefault(t.text, Type.UNKNOWN);
                        }
                    }
                }
                at++;
            }
            return qualified(type, constant, unsigned, longs);
        }

        private static Type qualified(Type base, boolean constant, boolean unsigned, int longs) {
            Type type = longs > 0 && (base == null || base.kind == 'i') ? Type.LONG : base == null ? Type.INT : base;
            if (!constant && !unsigned) { return type; }
            Type copy = new Type(type.kind, type.of, type.struct);
            copy.constant = constant;
            copy.unsigned = unsigned || type.unsigned;
            copy.params = type.params;
            copy.length = type.length;
            return copy;
        }

        private Type tagged(String what) {
            int from = at++;
            String tag = tok(0).kind == 'i' ? name() : "";
            if (what.equals("enum")) {
                if (accept("{")) {
                    inline = new Node("enum", from);
                    while (!is("}")) {
                        Node value = new Node("enumerator", at);
                        name();
                        if (accept("=")) { value.kids.add(conditional()); }
                        value.to = at;
                        inline.kids.add(value);
                        if (!accept(",")) { break; }
                    }
                    expect("}");
                    inline.to = at;
                }
                return Type.INT;
            }
            Struct struct = tag.isEmpty() ? new Struct() : structs.computeIfAbsent(tag, t -> new Struct());
            if (!tag.isEmpty() && struct.java == null) { struct.java = camel(tag); }
            if (is("{")) {
                if (struct.library || what.equals("union")) {
                    throw new NotUnderstood(what.equals("union") ? "a union has no counterpart" : "this struct is the library's");
                }
                Node node = new Node("struct", from);
                node.op = at++;
                node.struct = struct;
                while (!accept("}")) {
                    Node field = declaration(false);
                    field.to = at;
                    node.kids.add(field);
                    field.syms.forEach(sym -> struct.fields.put(sym.java, sym));
                }
                node.to = at;
                inline = node;
            }
            return new Type('O', null, struct);
        }

        /** A declaration with its semicolon, or a function with its body. */
        private Node declaration(boolean top) {
            Node node = new Node("decl", at);
            node.syms = new ArrayList<>();
            Type base = specifiers();
            Node defined = inline;
            boolean[] flags = {isStatic, isExtern, isTypedef, isVolatile};
            if (defined != null) { node.kids.add(defined); }
            while (!is(";")) {
                int from = at;
                Sym sym = declarator(base);
                if (sym.java == null) { throw new NotUnderstood("a name is missing"); }
                sym.from = from;
                sym.isStatic = flags[0];
                sym.isExtern = flags[1];
                sym.isVolatile = flags[3];
                sym.constant = base.constant && sym.type.kind != 'P';
                if (flags[2]) {
                    typedefs.put(sym.java, sym.type);
                    if (sym.type.kind == 'O' && sym.type.struct.java == null) {
                        sym.type.struct.java = camel(sym.java);
                    }
                    node.op = -1;
                }
                node.syms.add(sym);
                if (top && is("{") && sym.type.kind == 'F') {
                    Node function = new Node("function", node.from, block());
                    function.sym = sym;
                    return function;
                }
                if (is(":")) { throw new NotUnderstood("bit fields have no counterpart"); }
                if (accept("=")) { sym.init = initializer(); }
                if (!accept(",")) { break; }
            }
            expect(";");
            return node;
        }

        private void balanced(String open, String close) {
            int count = 0;
            do {
                count += is(open) ? 1 : is(close) ? -1 : 0;
                if (tok(0).kind == 'e') { throw new NotUnderstood(close + " is missing"); }
                at++;
            } while (count > 0);
        }

        private Sym declarator(Type base) {
            Type type = base;
            while (is("*") || QUALIFIERS.contains(tok(0).text)) {
                if (is("volatile")) { isVolatile = true; }
                type = tokens.get(at++).text.equals("*") ? Type.pointer(type) : type;
            }
            if (is("(") && tok(1).text.equals("*")) {
                int open = at;
                balanced("(", ")");
                type = suffixes(type);
                int end = at;
                at = open + 1;
                Sym inner = declarator(type);
                expect(")");
                at = end;
                return inner;
            }
            attributes(false);
            String name = tok(0).kind == 'i' && !BASE.contains(tok(0).text) ? name() : null;
            Sym sym = new Sym(name, suffixes(type));
            attributes(true);
            return sym;
        }

        /** Skips __attribute__((…)), and behind a name also a macro that stands for it. */
        private void attributes(boolean behindName) {
            while (is("__attribute__") || behindName && tok(0).kind == 'i' && List.of(",", ")", ";", "=").contains(tok(1).text)) {
                at++;
                if (is("(")) { balanced("(", ")"); }
            }
        }

        private Type suffixes(Type type) {
            if (accept("[")) {
                Node length = is("]") ? null : assignment();
                expect("]");
                Type of = suffixes(type);
                Type array = new Type('A', of.kind == 'P' && of.of.kind == 'b' ? Type.TEXT : of, null);
                array.length = length;
                return array;
            }
            if (accept("(")) {
                Type function = new Type('F', type, null);
                function.params = new ArrayList<>();
                while (!is(")")) {
                    if (accept("...")) {
                        function.variadic = true;
                        break;
                    }
                    int from = at;
                    if (!typeAt(0)) { throw new NotUnderstood("a parameter without a type"); }
                    Sym param = declarator(specifiers());
                    param.from = from;
                    param.parameter = true;
                    if (param.type.kind == 'A') { param.type = Type.pointer(param.type.of); }
                    if (param.java == null) { param.java = "unused" + function.params.size(); }
                    if (param.type.kind != 'v') { function.params.add(param); }
                    if (!accept(",")) { break; }
                }
                expect(")");
                return function;
            }
            return type;
        }

        private Node initializer() {
            if (!is("{")) { return assignment(); }
            Node list = new Node("init", at++);
            while (!is("}")) {
                Node item = new Node("item", at);
                while (is(".") || is("[")) {
                    Node part = new Node(is(".") ? "member" : "index", at++);
                    part.op = at;
                    if (part.is("member")) {
                        name();
                    } else {
                        part.kids.add(conditional());
                        expect("]");
                    }
                    item.kids.add(part);
                }
                if (!item.kids.isEmpty()) { expect("="); }
                item.kids.add(initializer());
                item.to = at;
                list.kids.add(item);
                if (!accept(",")) { break; }
            }
            expect("}");
            list.to = at;
            return list;
        }

        // statements

        private Node block() {
            Node block = new Node("block", at);
            expect("{");
            while (tokens.get(at).kind == '#' || !is("}")) {
                if (tokens.get(at).kind == 'e') { throw new NotUnderstood("} is missing"); }
                block.kids.add(tokens.get(at).kind == '#' ? directive() : labels() ? label() : orRaw(this::statement));
            }
            block.op = at++;
            block.to = at;
            return block;
        }

        private boolean labels() {
            return tok(0).kind == 'i' && tok(1).text.equals(":") && !is("default");
        }

        private Node label() {
            Node node = new Node("label", at++);
            expect(":");
            return done(node);
        }

        private Node body() {
            return orRaw(this::statement);
        }

        /** Not over a directive that belongs to what comes after the if. */
        private boolean elseFollows() {
            int i = at;
            while (tokens.get(i).kind == '#') { i++; }
            return tokens.get(i).text.equals("else") && is("else");
        }

        private Node statement() {
            Node node = new Node(tok(0).text, at);
            switch (tok(0).kind == 'i' || tok(0).kind == 'p' ? tok(0).text : "") {
                case "{" -> { return block(); }
                case ";" -> at++;
                case "if", "while", "switch" -> {
                    at++;
                    expect("(");
                    node.kids.add(expression());
                    node.op = at;
                    expect(")");
                    node.kids.add(body());
                    if (node.is("if") && elseFollows()) { node.kids.add(new Node("else", at++, body())); }
                }
                case "do" -> {
                    at++;
                    node.kids.add(body());
                    node.op = at;
                    expect("while");
                    expect("(");
                    node.kids.add(expression());
                    expect(")");
                    expect(";");
                }
                case "for" -> {
                    at++;
                    expect("(");
                    node.kids.add(typeAt(0) ? declarationNode() : optional(";"));
                    node.kids.add(optional(";"));
                    node.kids.add(optional(")"));
                    node.op = at - 1;
                    node.kids.add(body());
                }
                case "return" -> {
                    at++;
                    if (!is(";")) { node.kids.add(expression()); }
                    expect(";");
                }
                case "break", "continue" -> {
                    at++;
                    expect(";");
                }
                case "case" -> {
                    at++;
                    node.kids.add(conditional());
                    node.op = at;
                    expect(":");
                }
                case "default" -> {
                    at++;
                    node.op = at;
                    expect(":");
                }
                case "goto" -> throw new NotUnderstood("goto: break, out of a block with this name");
                case "asm", "__asm__" -> throw new NotUnderstood(tok(0).text + " has no counterpart");
                default -> {
                    if (labels()) { throw new NotUnderstood("a label has no counterpart"); }
                    boolean pointer = BASE.contains(tok(0).text) && tok(2).text.equals("*");
                    if (typeAt(0) && (pointer || !tok(1).text.equals("("))) { return declarationNode(); }
                    node = new Node("expression", at, expression());
                    expect(";");
                }
            }
            node.to = at;
            return node;
        }

        private Node declarationNode() {
            Node node = declaration(false);
            node.to = at;
            return node;
        }

        private Node optional(String end) {
            Node node = is(end) ? new Node("nothing", at) : expression();
            node.to = at;
            expect(end);
            return node;
        }

        // expressions

        private Node done(Node node) {
            node.to = at;
            return node;
        }

        private Node expression() {
            Node left = assignment();
            while (is(",")) {
                left = new Node("comma", left.from, left);
                left.op = at++;
                left.kids.add(assignment());
                done(left);
            }
            return left;
        }

        private Node assignment() {
            Node left = conditional();
            if (ASSIGN.contains(tok(0).text) && tok(0).kind == 'p') {
                left = new Node("assign", left.from, left);
                left.op = at++;
                left.kids.add(assignment());
                done(left);
            }
            return left;
        }

        private Node conditional() {
            if (++depth > DEEPEST) { throw new NotUnderstood("nested too deeply"); }
            Node left = binary(0);
            depth--;
            if (is("?")) {
                left = new Node("?", left.from, left);
                left.op = at++;
                left.kids.add(expression());
                Node colon = new Node(":", at);
                expect(":");
                left.kids.add(conditional());
                left.kids.add(colon);
                done(left);
            }
            return left;
        }

        private Node binary(int level) {
            if (level == LEVELS.length) { return unary(); }
            Node left = binary(level + 1);
            while (tok(0).kind == 'p' && List.of(LEVELS[level].split(" ")).contains(tok(0).text)) {
                left = new Node("binary", left.from, left);
                left.op = at++;
                left.kids.add(binary(level + 1));
                done(left);
            }
            return left;
        }

        private Type typeName() {
            Sym sym = declarator(specifiers());
            expect(")");
            return sym.type;
        }

        private Node unary() {
            int from = at;
            Token t = tok(0);
            if (t.kind == 'p' && Set.of("&", "*", "+", "-", "!", "~", "++", "--").contains(t.text)) {
                at++;
                return done(new Node("unary", from, unary()));
            }
            if (t.kind == 'i' && t.text.equals("sizeof")) {
                at++;
                Node node = new Node("sizeof", from);
                if (is("(") && typeAt(1)) {
                    at++;
                    node.type = typeName();
                } else {
                    node.kids.add(unary());
                }
                return done(node);
            }
            if (is("(") && typeAt(1)) {
                at++;
                Node node = new Node("cast", from);
                node.type = typeName();
                if (is("{")) {
                    Node literal = new Node("literal", from, initializer());
                    literal.type = node.type;
                    return postfix(done(literal));
                }
                node.op = at;
                node.kids.add(unary());
                return done(node);
            }
            return postfix(primary());
        }

        private Node primary() {
            Token t = tok(0);
            int from = at++;
            switch (t.kind) {
                case 'i', 'n', 'c' -> {
                    boolean text = t.kind == 'i' && tok(0).kind == 's';
                    return text ? string(from) : done(new Node(t.kind == 'i' ? "name" : t.kind == 'n' ? "number" : "character", from));
                }
                case 's' -> { return string(from); }
                default -> {
                    if (t.text.equals("(")) {
                        Node inside = new Node("paren", from, expression());
                        inside.op = at;
                        expect(")");
                        return done(inside);
                    }
                    throw new NotUnderstood("no expression: " + t.text);
                }
            }
        }

        /** Literals side by side are one text. */
        private Node string(int from) {
            while (tok(0).kind == 's' || tok(0).kind == 'i' && (tok(1).kind == 's' || tokens.get(at - 1).kind == 's')) {
                at++;
            }
            return done(new Node("string", from));
        }

        private Node postfix(Node left) {
            while (true) {
                Node node;
                if (is("(")) {
                    node = new Node("call", left.from, left);
                    at++;
                    while (!is(")")) {
                        node.kids.add(assignment());
                        if (!accept(",")) { break; }
                    }
                    node.op = at;
                    expect(")");
                } else if (is("[")) {
                    at++;
                    node = new Node("index", left.from, left, expression());
                    node.op = at;
                    expect("]");
                } else if (is(".") || is("->")) {
                    at++;
                    node = new Node("member", left.from, left);
                    node.op = at;
                    name();
                } else if (is("++") || is("--")) {
                    node = new Node("after", left.from, left);
                    node.op = at++;
                } else {
                    return left;
                }
                left = done(node);
            }
        }
    }

    static String oneLine(String text) {
        return text.replace("\\\n", " ").replace("\n", " ").replace("\\u", "\\\\u").replaceAll("\\s+", " ").strip();
    }

    // ---- names

    private static final class Binder {
        private final Parser parser;
        private final String className;
        private final Deque<Map<String, Sym>> scopes = new ArrayDeque<>();
        private final Set<String> statics = new HashSet<>();
        private final Set<Sym> texts = new HashSet<>();
        private final Set<Sym> buffers = new HashSet<>();
        private String function;

        Binder(Parser parser, String className) {
            this.parser = parser;
            this.className = className;
        }

        void bind(List<Node> program) {
            for (Struct struct : parser.structs.values()) {
                if (struct.java != null && !struct.library && (struct.java.equals(className) || JAVA_CLASSES.contains(struct.java))) {
                    struct.java += "Data";
                }
            }
            scopes.push(new HashMap<>());
            for (Node node : program) {
                if (node.is("directive") && !node.kids.isEmpty()) {
                    Sym sym = new Sym(definedName(parser.tokens.get(node.from)), Type.UNKNOWN);
                    sym.constant = true;
                    node.sym = sym;
                    scopes.peek().put(sym.java, sym);
                }
                node.kids.stream().filter(kid -> kid.is("enum")).forEach(this::enumerators);
                List<Sym> declared = node.is("function") ? List.of(node.sym) : node.op < 0 ? List.of() : node.syms;
                for (Sym sym : declared) {
                    if (!node.is("function") && librarys(sym)) { continue; }
                    Sym before = scopes.peek().get(sym.java);
                    // a prototype gives way to the function, what is extern to what is here
                    if (before == null || node.is("function") || before.isExtern) {
                        scopes.peek().put(sym.java, sym);
                        statics.add(sym.java);
                    }
                }
            }
            for (Node node : program) {
                if (node.sym != null && node.is("directive")) { node.sym.type = bind(node.kid(0)); }
            }
            Map<String, Sym> globals = scopes.peek();
            for (Node node : program) {
                node.syms.forEach(sym -> value(sym));
                node.kids.stream().filter(kid -> kid.is("struct")).flatMap(s -> s.kids.stream()).flatMap(f -> f.syms.stream())
                        .forEach(field -> lengths(field.type));
                if (node.is("function")) {
                    Sym known = globals.get(node.sym.java);
                    function = known.java;
                    scopes.push(new HashMap<>());
                    node.sym.type.params.forEach(this::declare);
                    bind(node.kid(0));
                    scopes.pop();
                }
            }
            globals.forEach((name, sym) -> rename(sym, JAVA_WORDS));
            globals.values().stream().filter(sym -> sym.type.kind == 'F').forEach(sym -> rename(sym, JAVA_METHODS));
            parser.structs.values().stream().flatMap(s -> s.fields.values().stream()).forEach(sym -> rename(sym, JAVA_WORDS));
            texts.removeAll(buffers);
            texts.forEach(sym -> sym.type = Type.TEXT);
        }

        /** What the program declares by itself instead of including its header. */
        private static boolean librarys(Sym sym) {
            boolean known = FUNCTIONS.containsKey(sym.java) || LIBC.contains(sym.java) || sym.java.equals("errno");
            return known && (sym.isExtern || sym.type.kind == 'F');
        }

        private static void rename(Sym sym, Set<String> taken) {
            if (taken.contains(sym.java)) { sym.java += "_"; }
        }

        private void enumerators(Node list) {
            for (Node value : list.kids) {
                Sym sym = new Sym(parser.tokens.get(value.from).text, Type.INT);
                sym.constant = true;
                value.sym = sym;
                scopes.peek().put(sym.java, sym);
                value.kids.forEach(this::bind);
            }
        }

        private void declare(Sym sym) {
            String name = sym.java;
            if (sym.isStatic) {
                // hoisted out of its function
                sym.java = statics.add(name) ? name : function + "_" + name;
            } else {
                rename(sym, JAVA_WORDS);
                sym.local = true;
                long hidden = scopes.stream().limit(scopes.size() - 1L).filter(scope -> scope.containsKey(name)).count();
                sym.java += hidden > 0 ? String.valueOf(hidden + 1) : "";
            }
            scopes.peek().put(name, sym);
            value(sym);
        }

        private void value(Sym sym) {
            lengths(sym.type);
            if (sym.init != null) {
                Type type = bind(sym.init);
                flow(sym, sym.init, type);
            }
        }

        private void lengths(Type type) {
            for (Type t = type; t != null; t = t.of) {
                if (t.length != null) { bind(t.length); }
            }
        }

        private Sym find(String name) {
            return scopes.stream().filter(s -> s.containsKey(name)).findFirst().map(s -> s.get(name)).orElse(null);
        }

        /** What a pointer gets tells what it is in Java. */
        private void flow(Sym to, Node from, Type type) {
            if (to == null) { return; }
            Node value = from;
            while (value.is("cast") || value.is("paren")) { value = value.kid(0); }
            boolean many = false;
            if (value.is("call")) {
                String callee = parser.tokens.get(value.from).text;
                many = callee.equals("malloc") && value.kids.size() == 2 && value.kid(1).is("binary")
                        || callee.equals("calloc") && value.kids.size() == 3 && !parser.tokens.get(value.kid(1).from).text.equals("1");
                if (callee.endsWith("alloc")) { buffers.add(to); }
            }
            if (to.type.bytes() && to.type.kind == 'P') {
                (type.kind == 'S' ? texts : type.bytes() ? buffers : new HashSet<Sym>()).add(to);
            } else if (many && to.type.kind == 'P' && (to.type.of.kind == 'O' || to.type.of.number()) && !to.parameter) {
                to.type = new Type('A', to.type.of, null);
            }
        }

        /** The declared type as far as it is known here; nodes get their symbols. */
        private Type bind(Node node) {
            switch (node.kind) {
                case "block", "for" -> {
                    scopes.push(new HashMap<>());
                    node.kids.forEach(this::bind);
                    scopes.pop();
                    return Type.VOID;
                }
                case "decl" -> {
                    node.kids.stream().filter(kid -> kid.is("enum")).forEach(this::enumerators);
                    node.syms.forEach(this::declare);
                    return Type.VOID;
                }
                case "name" -> {
                    node.sym = find(parser.tokens.get(node.op).text);
                    return node.sym == null ? Type.UNKNOWN : node.sym.type;
                }
                case "string" -> {
                    for (int i = node.from; i < node.to; i++) {
                        Sym sym = parser.tokens.get(i).kind == 'i' ? find(parser.tokens.get(i).text) : null;
                        if (sym != null) {
                            node.syms = new ArrayList<>(node.syms);
                            node.syms.add(sym);
                        }
                    }
                    return Type.TEXT;
                }
                default -> {
                    boolean measured = node.is("sizeof");
                    List<Type> types = new ArrayList<>();
                    for (Node kid : node.kids) {
                        types.add(measured && kid.is("unary") ? bind(kid.kid(0)) : bind(kid));
                    }
                    return type(node, types);
                }
            }
        }

        private Type type(Node node, List<Type> types) {
            String text = parser.tokens.get(node.op).text;
            switch (node.kind) {
                case "member" -> {
                    if (types.isEmpty()) { return Type.UNKNOWN; }
                    Struct struct = types.get(0).object();
                    node.sym = struct == null ? null : struct.fields.get(text);
                    return node.sym == null ? Type.UNKNOWN : node.sym.type;
                }
                case "index" -> {
                    if (types.isEmpty() || node.kids.size() < 2) { return Type.UNKNOWN; }
                    Sym sym = node.kid(0).sym;
                    if (sym != null && sym.type.kind == 'P' && sym.type.of.kind == 'O') {
                        sym.type = new Type('A', sym.type.of, null);
                    }
                    return types.get(0).kind == 'S' ? Type.CHAR : types.get(0).of == null ? Type.UNKNOWN : types.get(0).of;
                }
                case "unary" -> {
                    Type type = types.get(0);
                    if (text.equals("&")) {
                        address(node.kid(0), type);
                        return Type.pointer(type);
                    }
                    return text.equals("*") && type.of != null ? type.of : type;
                }
                case "call" -> {
                    String callee = parser.tokens.get(node.from).text;
                    Sym sym = node.kid(0).sym;
                    if (sym != null && sym.type.kind == 'F') {
                        for (int i = 1; i < node.kids.size() && i <= sym.type.params.size(); i++) {
                            flow(sym.type.params.get(i - 1), node.kid(i), types.get(i));
                        }
                        return sym.type.of;
                    }
                    Character known = FUNCTIONS.get(callee);
                    return known == null ? callee.equals("getenv") || callee.equals("strdup") ? Type.TEXT : Type.UNKNOWN
                            : known == 'l' ? Type.LONG : known == 's' ? Type.TEXT : Type.INT;
                }
                case "assign" -> {
                    flow(node.kid(0).sym, node.kid(1), types.get(1));
                    return types.get(0);
                }
                case "cast", "literal" -> { return node.type; }
                case "number" -> { return text.contains(".") ? Type.DOUBLE : text.matches("(?i).*l.*") ? Type.LONG : Type.INT; }
                case "binary" -> {
                    Type left = types.get(0);
                    return left.kind == 'i' && types.get(1).kind == 'l' ? types.get(1) : left;
                }
                default -> { return types.isEmpty() ? Type.INT : types.get(types.size() > 1 && node.is("?") ? 1 : 0); }
            }
        }

        private static void address(Node of, Type type) {
            if (of.is("paren")) {
                address(of.kid(0), type);
            } else if (of.is("index") && of.kid(0).sym != null && type.kind != 'b' && type.kind != 'O' && of.kid(0).sym.type.kind == 'A') {
                of.kid(0).sym.boxed = true;
            } else if (of.sym != null && (type.number() || type.kind == 'P' || type.kind == 'S' || type.kind == 'z' || type.kind == 'o')) {
                of.sym.boxed = true;
            }
        }
    }

    static String definedName(Token define) {
        return define.text.replaceFirst("^#\\s*define\\s+(\\w+)(?s:.*)", "$1");
    }

    // ---- the Java

    /** An expression in Java. lead: what stands before its first token. prec: 15 for a name or a call down to 1 for an assignment. */
    private record Ex(String lead, String text, Type type, int prec) {
        Ex as(String text, Type type, int prec) {
            return new Ex(lead, text, type, prec);
        }

        /** To be an operand of an operator that binds so strongly. */
        String at(int least) {
            return prec < least ? "(" + text + ")" : text;
        }

        String all() {
            return lead + text;
        }
    }

    private static final class Writer {
        private static final Map<String, Integer> PREC = Map.ofEntries(Map.entry("||", 3), Map.entry("&&", 4), Map.entry("|", 5),
                Map.entry("^", 6), Map.entry("&", 7), Map.entry("==", 8), Map.entry("!=", 8), Map.entry("<", 9), Map.entry(">", 9),
                Map.entry("<=", 9), Map.entry(">=", 9), Map.entry("<<", 10), Map.entry(">>", 10), Map.entry("+", 11), Map.entry("-", 11),
                Map.entry("*", 12), Map.entry("/", 12), Map.entry("%", 12));
        private final Parser parser;
        private final List<Token> tokens;
        private final String className;
        private final Set<String> imports = new TreeSet<>();
        private final Set<String> statics = new TreeSet<>();
        private final Set<String> macros = new HashSet<>();
        private final Set<String> defined = new HashSet<>();
        private final Map<String, String> helpers = new LinkedHashMap<>();
        private final Map<String, String> callbacks = new LinkedHashMap<>();
        private final StringBuilder hoisted = new StringBuilder();
        private Sym function;
        private boolean isMain;
        /** What a header of the program's own may declare is taken as it stands. */
        private boolean ownHeader;
        private String argc = "", argv = "", varargs = "";
        /** Structs that are new and have not been named since, with the number of loops around their declaration. */
        private final Map<Sym, Integer> fresh = new HashMap<>();
        private int loops;
        /** The statement just written is not one statement of Java. */
        private boolean several;

        Writer(Parser parser, String className) {
            this.parser = parser;
            this.tokens = parser.tokens;
            this.className = className;
        }

        String write(List<Node> program) {
            for (Node node : program) {
                if (node.is("function")) { defined.add(node.sym.java); }
                node.syms.stream().filter(sym -> !sym.isExtern && sym.type.kind != 'F').forEach(sym -> defined.add(sym.java));
            }
            StringBuilder body = new StringBuilder();
            for (Node node : program) {
                try {
                    body.append(external(node));
                } catch (Untranslatable why) {
                    body.append(kept(node, why.getMessage()));
                }
            }
            callbacks.forEach((signature, declaration) -> body.append("\n").append(declaration));
            helpers.values().forEach(helper -> body.append("\n").append(helper));
            String all = tidy(body.toString());
            // the comments at the head of the file stay there
            int head = 0;
            if (tokens.get(0).kind == '#' || all.startsWith("/*") || all.startsWith("//")) {
                int blank = all.indexOf("\n\n");
                head = all.startsWith("/*") ? all.indexOf("*/") + 2 : all.startsWith("//") && blank > 0 && !all.startsWith("// C:")
                        && !all.startsWith("// TODO") ? blank : 0;
            }
            StringBuilder out = new StringBuilder(all.substring(0, head)).append(head > 0 ? "\n\n" : "");
            statics.forEach(owner -> out.append("import static org.sigkevent.").append(owner).append(".*;\n"));
            out.append(statics.isEmpty() ? "" : "\n");
            imports.forEach(name -> out.append("import ").append(name).append(";\n"));
            out.append(imports.isEmpty() ? "" : "\n").append("public class ").append(className).append(" {\n");
            all.substring(head).strip().lines().forEach(line -> out.append(line.isBlank() ? "" : "    " + line).append("\n"));
            return out.append("}\n").toString();
        }

        /** \1 ends a comment up to the end of its line, \2 is where something is left out. */
        private static String tidy(String text) {
            return text.replaceAll("\1[ \t]*(?=\n|//)", "").replaceAll("\1[ \t]*(?=/\\*[^\n]*\\*/[ \t]*\n)", " ").replace("\1", "\n")
                    .replaceAll("(?m)^[ \t]*\2[ \t\2]*\n", "").replaceAll("[ \t]*\2", "").replaceAll("\n{3,}", "\n\n");
        }

        // what is kept as C

        private String lead(int token) {
            return tokens.get(token).lead;
        }

        private String source(int from, int to) {
            StringBuilder text = new StringBuilder();
            for (int i = from; i < to; i++) { text.append(i > from ? lead(i) : "").append(tokens.get(i).text); }
            return text.toString();
        }

        private String indent(int token) {
            for (int i = token; i >= 0; i--) {
                int line = lead(i).lastIndexOf('\n');
                if (line >= 0 || i == 0) {
                    String after = lead(i).substring(line + 1);
                    return after.replaceAll("\\S.*", "");
                }
            }
            return "";
        }

        private String kept(Node node, String why) {
            return lead(node.from) + todo(indent(node.from), why, source(node.from, node.to));
        }

        private String todo(String indent, String why, String source) {
            several = true;
            return "// TODO " + oneLine(why) + "\n" + indent + comment(indent, source);
        }

        private static String comment(String indent, String source) {
            return source.lines().map(line -> "// C: " + line.replace("\1", "").replace("\2", "").replace("\\u", "\\\\u").strip())
                    .filter(line -> line.length() > 6)
                    .collect(Collectors.joining("\n" + indent)) + "\1";
        }

        // declarations

        private String external(Node node) {
            switch (node.kind) {
                case "end" -> { return lead(node.from); }
                case "raw" -> { return kept(node, "porting.md, The aid: " + node.why); }
                case "directive" -> { return directive(node); }
                case "function" -> { return function(node); }
                default -> {
                    String indent = indent(node.from);
                    StringBuilder text = new StringBuilder(lead(node.from));
                    for (Node kid : node.kids) {
                        text.append(kid.is("struct") ? struct(kid) : enumeration(kid)).append("\n");
                    }
                    if (node.op >= 0 && node.syms.stream().anyMatch(this::elsewhere)) { throw new Untranslatable("what is defined elsewhere"); }
                    List<Sym> syms = node.op < 0 ? List.of() : node.syms.stream().filter(sym -> sym.type.kind != 'F' && !sym.isExtern).toList();
                    if (syms.isEmpty()) { return node.kids.isEmpty() ? text + "\2" : text.substring(0, text.length() - 1); }
                    List<String> after = new ArrayList<>();
                    text.append(declare(syms, "static ", after));
                    if (!after.isEmpty()) {
                        text.append("\n").append(indent).append("static {\n");
                        after.forEach(line -> text.append(indent).append("    ").append(line).append("\n"));
                        text.append(indent).append("}");
                    }
                    return text.toString();
                }
            }
        }

        private boolean elsewhere(Sym sym) {
            return (sym.isExtern || sym.type.kind == 'F') && !Binder.librarys(sym) && !defined.contains(sym.java);
        }

        private String directive(Node node) {
            Token t = tokens.get(node.from);
            String line = oneLine(t.text);
            if (line.matches("# ?include ?\".*")) {
                ownHeader = true;
                return kept(node, "porting.md, The aid: what is used of this header comes here");
            }
            if (line.matches("# ?include.*|# ?define _\\w+( \\d+L?)?") || line.matches("# ?define \\w+") && t.body == 0) { return t.lead + "\2"; }
            if (!node.kids.isEmpty() && isMain) { throw new Untranslatable("a #define in a function"); }
            if (!node.kids.isEmpty()) {
                String name = node.sym.java;
                node.sym.java = null;
                if (!constant(node.kid(0))) { throw new Untranslatable("a macro that is no constant is a method in Java"); }
                Ex value = ex(node.kid(0));
                node.sym.java = name;
                node.sym.type = value.type;
                return t.lead + "static final " + java(value.type) + " " + node.sym.java + " = " + value.text + ";";
            }
            boolean macro = line.startsWith("#define") || line.startsWith("# define");
            if (macro) { macros.add(definedName(t)); }
            return kept(node, "porting.md, The aid: " + (macro ? "a macro with code is a method in Java" : "Java has no preprocessor"));
        }

        /** Whether a macro has always the same value. */
        private boolean constant(Node node) {
            boolean changes = node.is("call") || node.is("assign") || node.is("member") || node.is("index") || node.is("after")
                    || node.is("name") && (node.sym != null ? !node.sym.constant : tokens.get(node.op).text.equals("errno"))
                    || node.is("unary") && tokens.get(node.op).text.matches("[&*]|\\+\\+|--");
            return !changes && node.kids.stream().allMatch(this::constant);
        }

        private String struct(Node node) {
            if (node.struct.java == null) { throw new Untranslatable("a struct without a name"); }
            StringBuilder text = new StringBuilder("static class " + node.struct.java + lead(node.op) + "{");
            for (Node field : node.kids) {
                try {
                    List<String> after = new ArrayList<>();
                    String fields = declare(field.syms, "", after);
                    text.append(lead(field.from)).append(fields);
                } catch (Untranslatable why) {
                    text.append(kept(field, why.getMessage()));
                }
            }
            return text.append(lead(node.to - 1)).append("}").toString();
        }

        private String enumeration(Node node) {
            StringBuilder text = new StringBuilder("static final int");
            String before = null;
            for (Node value : node.kids) {
                String is = value.kids.isEmpty() ? before == null ? "0" : before.matches("\\d{1,8}") ? String.valueOf(Integer.parseInt(before) + 1)
                        : before + " + 1" : ex(value.kid(0)).text;
                text.append(before == null ? "" : ",").append(before == null && lead(value.from).isEmpty() ? " " : lead(value.from))
                        .append(value.sym.java).append(" = ").append(is);
                before = is;
            }
            return text.append(";").toString();
        }

        private String function(Node node) {
            function = node.sym;
            isMain = function.java.equals("main");
            argc = argv = varargs = "";
            hoisted.setLength(0);
            List<Sym> params = function.type.params;
            StringBuilder head = new StringBuilder(isMain ? "public static void main(String[] args" : "static " + java(function.type.of) + " "
                    + function.java + "(");
            String separator = "";
            for (Sym param : params) {
                if (isMain) {
                    argc = params.get(0).java;
                    argv = params.get(params.size() - 1).java;
                    break;
                }
                String gap = lead(param.from);
                boolean first = separator.isEmpty();
                gap = first && gap.isBlank() && !gap.contains("\n") ? "" : !first && gap.isEmpty() ? " " : gap;
                head.append(separator).append(gap).append(java(param.type)).append(" ").append(param.java).append(boxes(param) ? "_" : "");
                separator = ",";
            }
            if (function.type.variadic) {
                varargs = "arguments";
                head.append(", Object... arguments");
            }
            String body = block(node.kid(0));
            String boxed = isMain ? "" : params.stream().filter(this::boxes)
                    .map(param -> "\n    " + java(param.type) + "[] " + param.java + " = { " + param.java + "_ };").collect(Collectors.joining());
            body = "{" + boxed + body.substring(1);
            if (isMain && falls(node.kid(0))) {
                body = body.substring(0, body.length() - 1).replaceFirst("\\s*$", "") + "\n    System.exit(0);\n}";
            } else if (!isMain && function.type.of.kind != 'v' && exits(node.kid(0))) {
                body = body.substring(0, body.length() - 1).replaceFirst("\\s*$", "") + "\n    throw new AssertionError();\n}";
            }
            isMain = false;
            String gap = lead(node.kid(0).from);
            return lead(node.from) + hoisted + head + ")" + (gap.isBlank() ? " " : gap) + body;
        }

        private boolean boxes(Sym param) {
            return param.boxed && param.type.kind != 'A';
        }

        /** Whether the end of main can be reached. */
        private boolean falls(Node block) {
            if (block.kids.isEmpty()) { return true; }
            Node last = block.kids.get(block.kids.size() - 1);
            return !last.is("return") && !last.is("raw") && !endless(last) && !exits(block);
        }

        private boolean exits(Node block) {
            Node last = block.kids.isEmpty() ? block : block.kids.get(block.kids.size() - 1);
            return last.is("expression") && last.kid(0).is("call") && tokens.get(last.from).text.matches("_?exit|abort|errx?");
        }

        private boolean endless(Node loop) {
            boolean always = loop.is("while") && tokens.get(loop.kid(0).from).text.matches("1|true") && loop.kid(0).to == loop.kid(0).from + 1
                    || loop.is("for") && loop.kid(1).is("nothing");
            return always && !leaves(loop.kids.get(loop.kids.size() - 1));
        }

        /** Whether Java says that what follows cannot be reached. */
        private boolean ends(Node node) {
            return switch (node.kind) {
                case "break", "continue" -> true;
                case "return" -> !isMain;
                case "block" -> node.kids.stream().anyMatch(this::ends);
                case "if" -> node.kids.size() > 2 && ends(node.kid(1)) && ends(node.kid(2).kid(0));
                default -> endless(node);
            };
        }

        private boolean leaves(Node node) {
            return node.is("break") || node.is("raw")
                    || !node.is("while") && !node.is("for") && !node.is("do") && !node.is("switch") && node.kids.stream().anyMatch(this::leaves);
        }

        String java(Type type) {
            switch (type.kind) {
                case 'i', 'l', 's', 'd', 'f', 'v', 'z', 'b' -> {
                    return Map.of('i', "int", 'l', "long", 's', "short", 'd', "double", 'f', "float", 'v', "void", 'z', "boolean", 'b', "byte")
                            .get(type.kind);
                }
                case 'S' -> { return "String"; }
                case 'o', 'B' -> { return "Object"; }
                case 'O' -> {
                    if (type.struct.java == null || type.struct.fields.isEmpty() && !type.struct.library) {
                        throw new Untranslatable("a struct that is not known here");
                    }
                    if (type.struct.library) {
                        imports.add((type.struct.java.equals("PrintStream") ? "java.io." : "org.sigkevent.") + type.struct.java);
                    }
                    return type.struct.java;
                }
                case 'P' -> { return type.of.kind == 'O' ? java(type.of) : type.of.kind == 'F' ? callback(type.of) : java(type.of) + "[]"; }
                case 'A' -> { return java(type.of) + "[]"; }
                case 'F' -> { return callback(type); }
                default -> throw new Untranslatable("a type without a counterpart");
            }
        }

        /** An interface for a pointer to a function. */
        private String callback(Type type) {
            String params = type.params.stream().map(sym -> java(sym.type)).collect(Collectors.joining(", "));
            if (params.isEmpty() && type.of.kind == 'v') { return "Runnable"; }
            if (params.equals("int") && type.of.kind == 'v') {
                imports.add("org.sigkevent.SigHandler"); // which signal gives back and takes
                return "SigHandler";
            }
            if (params.equals("int, SigInfo, Object") && type.of.kind == 'v') {
                imports.add("org.sigkevent.SigActionHandler"); // what sa_sigaction takes
                return "SigActionHandler";
            }
            String key = java(type.of) + " " + params;
            String name = "Callback" + (callbacks.containsKey(key) ? new ArrayList<>(callbacks.keySet()).indexOf(key) + 1 : callbacks.size() + 1);
            StringBuilder arguments = new StringBuilder();
            for (String param : params.isEmpty() ? new String[0] : params.split(", ")) {
                arguments.append(arguments.length() == 0 ? "" : ", ").append(param).append(" a").append(arguments.length());
            }
            callbacks.putIfAbsent(key, "interface " + name + " {\n    " + java(type.of) + " call(" + arguments + ");\n}\n");
            return name;
        }

        /** Declarators of one Java type share a declaration. What cannot be an initializer goes to after. No prefix: a local variable. */
        private String declare(List<Sym> syms, String prefix, List<String> after) {
            StringBuilder text = new StringBuilder();
            String type = null;
            for (Sym sym : syms) {
                boolean constant = sym.constant && "static ".equals(prefix) && sym.type.kind != 'O';
                boolean isVolatile = sym.isVolatile && prefix != null && !sym.boxed;
                String is = (prefix == null ? "" : prefix) + (isVolatile ? "volatile " : "") + (constant ? "final " : "")
                        + java(sym.type) + (sym.boxed ? "[]" : "");
                String init = initial(sym, after);
                String gap = type == null || !lead(sym.from).contains("\n") ? " " : lead(sym.from);
                text.append(is.equals(type) ? "," + gap : (type == null ? "" : ";" + gap) + is + " ").append(sym.java)
                        .append(init.isEmpty() ? "" : " = " + init);
                type = is;
            }
            return text.append(";").toString();
        }

        private String initial(Sym sym, List<String> after) {
            Type type = sym.type;
            Node init = sym.init;
            if (sym.boxed && type.kind != 'A') {
                return init == null ? "new " + base(java(type)) + "[1]" + dimensions(java(type)) : "{ " + value(init, type, null).strip() + " }";
            }
            if (type.kind == 'A' && (init == null || !init.is("string") && !init.is("init"))) {
                if (init != null || type.length == null) { return init == null ? "" : inline(value(init, type, sym)); }
                return array(type, sym.boxed ? "[1]" : "", 0);
            }
            if (type.kind == 'A' && init.is("string")) {
                Ex text = ex(init);
                imports.addAll(type.length == null ? Set.of() : Set.of("java.util.Arrays"));
                return type.length == null ? zeroEnded(text.text) + ".getBytes()" : "Arrays.copyOf(" + text.text + ".getBytes(), "
                        + asInt(type.length) + ")";
            }
            if (type.kind == 'A') {
                boolean plain = !sym.boxed && type.of.kind != 'O' && init.kids.stream().allMatch(item -> item.kids.size() == 1)
                        && (type.length == null || type.length.is("number") && tokens.get(type.length.from).text.equals("" + init.kids.size()));
                if (plain && type.of.kind != 'A') {
                    return init.kids.stream().map(item -> coerce(ex(item.kid(0)), type.of, item.kid(0)).strip())
                            .collect(Collectors.joining(", ", "{ ", " }"));
                }
                flatten(sym.java, type, init, after);
                return array(type, sym.boxed ? "[1]" : "", init.kids.size());
            }
            if (type.kind == 'O') {
                if (init == null) { return "new " + java(type) + "()"; }
                if (init.is("init")) { return fresh(type, init, sym.java, after); }
            }
            return init == null ? "" : inline(value(init, type, sym));
        }

        /** Without the blank before it. */
        private static String inline(String text) {
            return text.startsWith(" ") && !text.startsWith("  ") ? text.substring(1) : text;
        }

        private String value(Node node, Type to, Sym sym) {
            Node of = node;
            while (of.is("cast")) { of = of.kid(0); }
            boolean allocated = of.is("call") && tokens.get(of.from).text.matches("[mc]alloc");
            boolean boxes = sym != null && sym.boxed && to.kind == 'A';
            return allocated ? lead(node.from) + memory(of, to) + (boxes ? "[1]" : "") : coerce(ex(node), to, node);
        }

        private static String base(String java) {
            return java.replaceFirst("(\\[\\])+$", "");
        }

        private static String dimensions(String java) {
            return java.substring(base(java).length());
        }

        private String array(Type type, String more, int count) {
            String length = type.length == null ? String.valueOf(count) : asInt(type.length);
            if (type.of.kind == 'O') {
                imports.add("java.util.stream.Stream");
                String name = java(type.of);
                return "Stream.generate(" + name + "::new).limit(" + length + ").toArray(" + name + "[]::new)";
            }
            String of = "[" + length + "]";
            Type element = type.of;
            while (element.kind == 'A' && element.of.kind != 'O') {
                of += "[" + asInt(element.length) + "]";
                element = element.of;
            }
            return "new " + base(java(element)) + of + dimensions(java(element)) + more;
        }

        private String asInt(Node node) {
            return coerce(ex(node), Type.INT, node).strip();
        }

        /** A new struct from a list in braces. */
        private String fresh(Type type, Node list, String path, List<String> after) {
            String name = java(type);
            List<Node> items = list.kids;
            boolean positional = items.stream().allMatch(item -> item.kids.size() == 1 && !item.kid(0).is("init"));
            if (name.equals("TimeSpec") && items.size() <= 2 && items.stream().allMatch(item -> item.kids.size() <= 2)) {
                String[] parts = {"0", "0"};
                for (int i = 0; i < items.size(); i++) {
                    Node item = items.get(i);
                    int at = item.kids.size() == 1 ? i : tokens.get(item.kid(0).op).text.equals("tv_sec") ? 0 : 1;
                    Node value = item.kids.get(item.kids.size() - 1);
                    parts[at] = coerce(ex(value), Type.LONG, value).strip();
                }
                boolean zero = parts[0].equals("0") && parts[1].equals("0");
                return zero ? "new TimeSpec()" : "new TimeSpec(" + parts[0] + ", " + parts[1] + ")";
            }
            if (name.equals("SigVal") && items.size() == 1) {
                Node value = items.get(0).kids.get(items.get(0).kids.size() - 1);
                boolean number = tokens.get(items.get(0).kid(0).op).text.equals("sival_int") || items.get(0).kids.size() == 1;
                return "SigVal.of(" + (number ? asInt(value) : ex(value).text.replaceFirst("^null$", "(Object) null")) + ")";
            }
            if (after == null) {
                if (!items.isEmpty() && !zero(list)) { throw new Untranslatable("a struct literal with values: fill a " + name + " before"); }
            } else if (!zero(list) || !positional) {
                flatten(path, type, list, after);
            }
            return "new " + name + "()";
        }

        private boolean zero(Node list) {
            return list.kids.size() <= 1 && list.kids.stream().allMatch(item -> item.kids.size() == 1
                    && (item.kid(0).is("init") ? zero(item.kid(0)) : tokens.get(item.kid(0).from).text.matches("0|NULL")));
        }

        private void flatten(String path, Type type, Node list, List<String> after) {
            List<Sym> fields = type.kind == 'O' ? new ArrayList<>(type.struct.fields.values()) : List.of();
            int at = 0;
            if (zero(list)) { return; }
            for (Node item : list.kids) {
                Node value = item.kids.get(item.kids.size() - 1);
                String to = path;
                Type of = type;
                Sym sym = null;
                for (Node part : item.kids.size() == 1 ? List.<Node>of() : item.kids.subList(0, item.kids.size() - 1)) {
                    if (part.is("index")) {
                        to += "[" + asInt(part.kid(0)) + "]";
                        of = of.of;
                    } else {
                        sym = of.object() == null ? null : of.object().fields.get(tokens.get(part.op).text);
                        if (sym == null) { throw new Untranslatable("the member " + tokens.get(part.op).text + " is not known"); }
                        at = fields.indexOf(sym);
                        to += "." + sym.java;
                        of = sym.type;
                    }
                }
                if (item.kids.size() == 1) {
                    if (type.kind == 'O' && at >= fields.size()) { throw new Untranslatable("more values than members"); }
                    sym = type.kind == 'O' ? fields.get(at) : null;
                    to += sym == null ? "[" + at + "]" : "." + sym.java;
                    of = sym == null ? type.of : sym.type;
                }
                at++;
                String comment = lead(item.from).strip();
                String before = comment.isEmpty() ? "" : comment + (comment.contains("//") ? "\n" : " ");
                if (value.is("init") && of.kind == 'O' && java(of).equals("TimeSpec")) {
                    after.add(before + to + " = " + fresh(of, value, to, after) + ";");
                } else if (value.is("init")) {
                    flatten(to, of, value, after);
                } else {
                    after.add(before + to + (sym != null && sym.boxed ? "[0]" : "") + " = " + coerce(ex(value), of, value).strip() + ";");
                }
            }
        }

        // statements

        private String block(Node block) {
            StringBuilder text = new StringBuilder("{");
            boolean reached = true;
            for (Node kid : block.kids) {
                reached |= kid.is("case") || kid.is("default") || kid.is("label") || kid.is("directive");
                text.append(reached ? statement(kid) : lead(kid.from) + comment(indent(kid.from), source(kid.from, kid.to)));
                reached &= !ends(kid);
            }
            several = false;
            return text.append(lead(block.op)).append("}").toString();
        }

        /** What can stand behind if (…): in braces when it has become several statements. */
        private String body(Node node) {
            several = false;
            String text = statement(node);
            if (several || text.contains("\2")) {
                String indent = indent(node.from).isEmpty() || !lead(node.from).contains("\n") ? indent(node.from) + "    " : indent(node.from);
                String outer = indent.startsWith("\t") ? indent.substring(1) : indent.length() >= 4 ? indent.substring(4) : "";
                text = " {\n" + indent + text.strip() + "\n" + outer + "}";
            }
            several = false;
            return text;
        }

        private String loop(Node node) {
            loops++;
            String text = body(node);
            loops--;
            return text;
        }

        private String statement(Node node) {
            try {
                return lead(node.from) + plain(node);
            } catch (IndexOutOfBoundsException few) {
                return kept(node, "porting.md, The aid: a call with fewer arguments than it needs");
            } catch (Untranslatable why) {
                return node.kids.size() > 1 && Set.of("if", "while", "for", "switch").contains(node.kind) ? halfKept(node, why.getMessage())
                        : kept(node, why.getMessage());
            }
        }

        /** The head stays C, the body is turned. */
        private String halfKept(Node node, String why) {
            Node body = node.kid(node.is("for") ? 3 : 1);
            String text = lead(node.from) + todo(indent(node.from), why, source(node.from, body.from)) + "\n" + indent(node.from)
                    + (node.is("switch") ? "switch (0)" : "if (false)") + (body.is("block") ? " " + body(body).stripLeading() : body(body));
            if (node.is("if") && node.kids.size() > 2) {
                text += lead(node.kid(2).from) + "else" + body(node.kid(2).kid(0));
            }
            several = true;
            return text;
        }

        private String plain(Node node) {
            switch (node.kind) {
                case "block" -> { return block(node); }
                case "raw" -> { throw new Untranslatable(node.why); }
                case "label" -> { throw new Untranslatable("a label: the end of a block with this name, which break leaves"); }
                case "directive" -> {
                    several = true;
                    return directive(node).substring(lead(node.from).length());
                }
                case ";" -> { return ";"; }
                case "break", "continue" -> { return source(node.from, node.to); }
                case "case" -> { return "case" + ex(node.kid(0)).all() + lead(node.op) + ":"; }
                case "default" -> { return "default:"; }
                case "if", "while" -> {
                    String text = node.kind + lead(node.from + 1) + "(" + condition(node.kid(0)).all() + lead(node.op) + ")"
                            + (node.is("if") ? body(node.kid(1)) : loop(node.kid(1)));
                    if (node.kids.size() < 3) { return text; }
                    String gap = text.endsWith("\1") ? "\n" + indent(node.from) : lead(node.kid(2).from);
                    return text + (gap.isEmpty() ? " " : gap) + "else" + body(node.kid(2).kid(0));
                }
                case "switch" -> {
                    Ex value = ex(node.kid(0));
                    String of = value.type.kind == 'l' ? "(int) " + value.at(14) : value.text;
                    return "switch" + lead(node.from + 1) + "(" + of + ")" + body(node.kid(1));
                }
                case "do" -> {
                    String text = "do" + loop(node.kid(0));
                    return text + lead(node.op) + "while" + lead(node.op + 1) + "(" + condition(node.kid(1)).all() + ");";
                }
                case "for" -> {
                    String init = "";
                    if (node.kid(0).is("decl")) {
                        init = declare(node.kid(0).syms, null, new ArrayList<>());
                        if (init.indexOf(';') < init.length() - 1) { throw new Untranslatable("variables of several types in a for"); }
                    } else {
                        init = (node.kid(0).is("nothing") ? "" : comma(node.kid(0), ", ")) + ";";
                    }
                    String test = node.kid(1).is("nothing") ? ";" : condition(node.kid(1)).all() + ";";
                    String step = node.kid(2).is("nothing") ? "" : lead(node.kid(2).from) + comma(node.kid(2), ", ");
                    return "for" + lead(node.from + 1) + "(" + init + test + step + ")" + loop(node.kid(3));
                }
                case "return" -> {
                    Node value = node.kids.isEmpty() ? null : node.kid(0);
                    if (isMain) { return "System.exit(" + (value == null ? "0" : asInt(value)) + ");"; }
                    if (value != null && function.type.of.kind == 'v') { throw new Untranslatable("a value returned from void"); }
                    if (value == null) {
                        Type of = function.type.of;
                        return of.kind == 'v' ? "return;" : of.kind == 'z' ? "return false;" : of.number() ? "return 0;" : "return null;";
                    }
                    return "return" + lead(value.from) + coerce(ex(value), function.type.of, value).strip() + ";";
                }
                case "decl" -> { return local(node); }
                case "expression" -> {
                    String text = comma(node.kid(0), ";\n" + indent(node.from));
                    return text.endsWith("\1") || text.endsWith("\2") ? text : text + ";";
                }
                default -> throw new Untranslatable("this statement");
            }
        }

        private String local(Node node) {
            if (!node.kids.isEmpty()) { throw new Untranslatable("a struct or enum that is declared in a function"); }
            if (node.op < 0) { return "\2"; }
            List<Sym> here = new ArrayList<>();
            for (Sym sym : node.syms) {
                if (sym.type.kind == 'V') {
                    varargs = sym.java;
                } else if (sym.isStatic) {
                    List<String> after = new ArrayList<>();
                    hoisted.append(declare(List.of(sym), "static ", after)).append("\n");
                    hoisted.append(after.isEmpty() ? "" : "static {\n    " + String.join("\n    ", after) + "\n}\n");
                } else if (!sym.isExtern && sym.type.kind != 'F') {
                    here.add(sym);
                }
            }
            if (here.isEmpty()) { return "\2"; }
            List<String> after = new ArrayList<>();
            String text = declare(here, null, after);
            here.stream().filter(sym -> sym.type.kind == 'O' && sym.init == null).forEach(sym -> fresh.put(sym, loops));
            several |= !after.isEmpty();
            return text + after.stream().map(line -> "\n" + indent(node.from) + line).collect(Collectors.joining());
        }

        private String comma(Node node, String separator) {
            if (node.is("comma")) {
                several |= separator.startsWith(";");
                return comma(node.kid(0), separator) + separator + comma(node.kid(1), separator);
            }
            if (node.is("paren")) { return comma(node.kid(0), separator); }
            if (node.is("cast") && node.type.kind == 'v') { return node.kid(0).is("call") ? comma(node.kid(0), separator) : "\2"; }
            if (node.is("call")) {
                String special = specialStatement(node, tokens.get(node.from).text);
                if (special != null) { return special; }
            }
            if (!node.is("call") && !node.is("assign") && !node.is("after") && !(node.is("unary") && tokens.get(node.from).text.length() == 2)) {
                throw new Untranslatable("an expression without an effect");
            }
            return ex(node).text;
        }

        /** Calls that Java has another form for; null for an ordinary one. */
        private String specialStatement(Node node, String callee) {
            List<Node> args = node.kids.subList(1, node.kids.size());
            switch (callee) {
                case "memset", "bzero" -> { return cleared(args); }
                case "va_start", "va_end" -> { return "\2"; }
                case "free", "setbuf", "setvbuf" -> {
                    if (!callee.equals("free") && !source(args.get(0).from, args.get(0).to).matches("stdout|stderr")) { return null; }
                    several = true;
                    return comment("", source(node.from, node.to) + ";");
                }
                case "assert" -> {
                    Ex holds = condition(args.get(0));
                    return "if (!" + holds.at(14) + ") {\n" + indent(node.from) + "    throw new AssertionError();\n" + indent(node.from) + "}\2";
                }
                case "strcpy", "strncpy" -> {
                    helper("strcpy");
                    return "strcpy(" + bytes(args.get(0)) + ", " + text(args.get(1)) + ")";
                }
                case "memcpy", "memmove" -> {
                    Ex to = ex(args.get(0));
                    Ex from = ex(args.get(1));
                    String n = args.size() > 2 ? asInt(args.get(2)) : "";
                    if (to.type.bytes() && from.type.kind == 'S') {
                        return "System.arraycopy(" + from.at(15) + ".getBytes(), 0, " + to.text + ", 0, " + n + ")";
                    }
                    if (to.type.bytes() && from.type.bytes()) { return "System.arraycopy(" + from.text + ", 0, " + to.text + ", 0, " + n + ")"; }
                    throw new Untranslatable("a copy of memory that is no char array");
                }
                default -> { return null; }
            }
        }

        private String cleared(List<Node> args) {
            Node to = args.get(0);
            while (to.is("cast") || to.is("paren")) { to = to.kid(0); }
            boolean zero = args.size() < 3 || tokens.get(args.get(1).from).text.matches("0|'\\\\0'|0x0+");
            if (to.is("unary") && tokens.get(to.from).text.equals("&") && zero) {
                if (Integer.valueOf(loops).equals(fresh.get(to.kid(0).sym))) { return "\2"; }
                Ex what = ex(to.kid(0));
                if (what.type.kind == 'O') { return what.text + " = new " + java(what.type) + "()"; }
                if (what.type.number()) { return what.text + " = 0"; }
            }
            Ex what = ex(to);
            if (what.type.kind == 'A' && what.type.of.kind == 'O' && zero) {
                imports.add("java.util.Arrays");
                return "Arrays.setAll(" + what.text + ", unused -> new " + java(what.type.of) + "())";
            }
            if (what.type.bytes() || what.type.kind == 'A' && what.type.of.number()) {
                imports.add("java.util.Arrays");
                String size = args.size() < 3 ? asInt(args.get(1)) : asInt(args.get(2));
                String value = args.size() < 3 ? "(byte) 0" : coerce(ex(args.get(1)), what.type.of, args.get(1)).strip();
                value = value.startsWith("(") || what.type.of.kind != 'b' ? value : "(byte) " + value;
                boolean all = size.equals(what.text + ".length") || !what.type.bytes();
                return "Arrays.fill(" + what.text + ", " + (all ? "" : "0, " + size + ", ") + value + ")";
            }
            if (what.type.kind == 'P' && what.type.of.kind == 'O' && to.sym != null && !to.sym.parameter && zero) {
                return what.text + " = new " + java(what.type.of) + "()";
            }
            throw new Untranslatable("memset of what others may point to");
        }

        // expressions

        private Ex condition(Node node) {
            Ex e = ex(node);
            if (e.type.kind == 'z') { return e; }
            if (e.type.number()) {
                if (node.is("number") && e.text.matches("[01]")) { return e.as(e.text.equals("1") ? "true" : "false", Type.BOOL, 15); }
                return e.as(e.at(9) + " != 0", Type.BOOL, 8);
            }
            if (e.type.reference()) { return e.as(e.at(9) + " != null", Type.BOOL, 8); }
            throw new Untranslatable("a condition of a type that is not known");
        }

        private Ex not(Node node) {
            Node inner = node;
            while (inner.is("paren")) { inner = inner.kid(0); }
            if (inner.is("call") && tokens.get(inner.from).text.equals("strcmp")) { return new Ex("", equal(inner), Type.BOOL, 15); }
            Ex e = ex(inner);
            if (e.type.kind == 'z') { return new Ex("", "!" + e.at(14), Type.BOOL, 14); }
            if (e.type.number() || e.type.reference()) { return new Ex("", e.at(9) + " == " + (e.type.number() ? "0" : "null"), Type.BOOL, 8); }
            throw new Untranslatable("a condition of a type that is not known");
        }

        private String equal(Node strcmp) {
            Ex first = ex(strcmp.kid(1));
            return (first.type.kind == 'S' ? first.at(15) : text(strcmp.kid(1))) + ".equals(" + text(strcmp.kid(2)) + ")";
        }

        /** As a String. */
        private String text(Node node) {
            return coerce(ex(node), Type.TEXT, node).strip();
        }

        private String bytes(Node node) {
            Ex e = ex(node);
            if (!e.type.bytes()) { throw new Untranslatable("a text that is changed"); }
            return e.text;
        }

        private static boolean literal(Node node) {
            return node.is("number") || node.is("character") || node.is("unary") && node.kid(0).is("number");
        }

        /** As a value of that type, as an assignment in C converts it. */
        private String coerce(Ex e, Type to, Node node) {
            char from = e.type.kind;
            boolean isNull = e.text.equals("null");
            if (e.text.startsWith("ByteBuffer.wrap(") && to.reference() && to.kind != 'B' && to.kind != 'o') {
                throw new Untranslatable("a pointer that moves: an index in Java");
            }
            if (to.number() && from == 'z') { return e.lead + e.at(3) + " ? 1 : 0"; }
            if (to.kind == 'z' && e.type.number()) { return condition(node).all(); }
            if (to.kind == 'b' && place(e) != e) { return place(e).all(); }
            if (to.number() && e.type.number()) {
                boolean fits = to.kind == from || to.kind == 'd' || to.kind == 'l' && "ibs".indexOf(from) >= 0
                        || to.kind == 'i' && "bs".indexOf(from) >= 0
                        || "bs".indexOf(to.kind) >= 0 && literal(node) && e.text.matches("-?\\d{1,2}|'[^\\\\]'|'\\\\[nrt0]'");
                return fits ? e.all() : e.lead + "(" + java(to) + ") " + e.at(14);
            }
            if (to.kind == 'c' && e.text.contains("::")) { return e.lead + callback(e.text, to, node); }
            if (to.reference() && e.type.number() && node.is("number") && e.text.equals("0")) { return e.lead + "null"; }
            if (to.kind == 'S' && e.type.bytes()) {
                helper("string");
                return e.lead + "string(" + e.text + ")";
            }
            if ((to.bytes() || to.kind == 'B') && from == 'S') { return e.lead + (e.text.startsWith("\"") ? e.text : e.at(15)) + ".getBytes()"; }
            if (to.kind == 'S' && from == 'B') {
                helper("string");
                return e.lead + "string((byte[]) " + e.at(14) + ")";
            }
            if (!isNull && (from == 'o' || from == 'B') && (to.kind == 'S' || to.kind == 'P' || to.kind == 'A')) { return e.lead + "(" + java(to) + ") " + e.at(14); }
            if (to.kind == 'P' && to.of.kind == 'O' && from == 'A') { return e.lead + e.at(15) + "[0]"; }
            if (to.kind == 'O' && from == 'O' && !node.is("call") && !node.is("literal")) {
                if (java(to).equals("TimeSpec")) { return e.lead + "new TimeSpec(" + e.text + ".tv_sec, " + e.text + ".tv_nsec)"; }
                if (java(to).equals("SigSet")) { return e.lead + "new SigSet(" + e.text + ")"; }
                boolean fresh = node.sym != null && node.sym.local && !node.sym.parameter && to == function.type.of;
                if (!java(to).equals("SigVal") && !fresh) { throw new Untranslatable("an assignment that copies a struct"); }
            }
            if (e.type.number() && to.reference() || to.number() && e.type.reference() && from != 'c') {
                throw new Untranslatable("a number as a pointer, or a pointer as a number");
            }
            return e.all();
        }

        private String callback(String reference, Type to, Node node) {
            Node of = node;
            while (of.is("paren") || of.is("cast") || of.is("unary")) { of = of.kid(0); }
            if (of.is("?") && callback("", to, of.kid(1)).isEmpty() && callback("", to, of.kid(2)).isEmpty()) { return reference; }
            int takes = of.sym == null || of.sym.type.kind != 'F' ? -1 : of.sym.type.params.size();
            int given = to == Type.CALLBACK_WITH_INFO ? 3 : 1;
            if (takes == 0) { return (given == 3 ? "(unused1, unused2, unused3)" : "unused") + " -> " + of.sym.java + "()"; }
            if (takes != given) { throw new Untranslatable("a function that takes something else than it gets"); }
            return reference;
        }

        private Ex ex(Node node) {
            String lead = lead(node.from);
            String text = tokens.get(node.op).text;
            switch (node.kind) {
                case "name" -> { return name(node, lead, text); }
                case "number" -> { return number(lead, text); }
                case "character" -> {
                    boolean escape = text.length() > 3 && text.startsWith("'\\");
                    return new Ex(lead, escape ? "'" + escapes(text.substring(1, text.length() - 1)) + "'" : text, Type.INT, 15);
                }
                case "string" -> { return string(node); }
                case "paren" -> {
                    Ex e = ex(node.kid(0));
                    return new Ex(lead, "(" + e.all() + lead(node.op) + ")", e.type, 15);
                }
                case "unary" -> { return unary(node, lead, text); }
                case "after" -> {
                    Ex e = place(ex(node.kid(0)));
                    if (!e.type.number()) { throw new Untranslatable("a pointer that moves: an index in Java"); }
                    return new Ex(lead, e.at(15) + text, e.type, 15);
                }
                case "binary" -> { return binary(node, text); }
                case "assign" -> { return assign(node, text); }
                case "?" -> {
                    Ex test = condition(node.kid(0));
                    Ex yes = ex(node.kid(1));
                    Ex no = ex(node.kid(2));
                    boolean mixed = yes.type.kind != no.type.kind && (yes.type.kind == 'z' || no.type.kind == 'z');
                    Type type = yes.text.equals("null") || no.type.kind == 'l' ? no.type : mixed ? Type.INT : yes.type;
                    Node colon = node.kid(3);
                    String left = mixed || type.kind == 'S' ? coerce(yes, type, node.kid(1)) : yes.all();
                    String right = mixed || type.kind == 'S' ? coerce(no, type, node.kid(2)) : no.all();
                    return test.as(test.at(3) + lead(node.op) + "?" + left + lead(colon.op) + ":" + right, type, 2);
                }
                case "call" -> { return call(node, lead, text); }
                case "index" -> { return index(node); }
                case "member" -> { return member(node, text); }
                case "cast" -> { return cast(node, lead); }
                case "sizeof" -> { return new Ex(lead, size(node), Type.INT, 15); }
                case "literal" -> {
                    if (node.type.kind != 'O' || !node.kid(0).is("init")) { throw new Untranslatable("a literal in braces"); }
                    return new Ex(lead, fresh(node.type, node.kid(0), null, null), node.type, 15);
                }
                default -> throw new Untranslatable(node.is("comma") ? "a comma in an expression" : "a list in braces");
            }
        }

        private Ex name(Node node, String lead, String text) {
            Sym sym = node.sym;
            if (!argc.isEmpty() && isMain && sym != null && sym.parameter && sym.java.equals(argc)) {
                return new Ex(lead, "args.length + 1", Type.INT, 11);
            }
            if (sym != null && sym.parameter && sym.boxed && !boxes(sym)) { throw new Untranslatable("the address of a parameter"); }
            if (sym != null && isMain && sym.parameter) {
                throw new Untranslatable("argv as a whole: it is args in Java, without the name of the program");
            }
            if (sym != null) {
                fresh.remove(sym);
                if (sym.java == null) { throw new Untranslatable("a macro that is not turned"); }
                if (sym.type.kind == 'F') { return new Ex(lead, className + "::" + sym.java, Type.CALLBACK, 15); }
                return octet(new Ex(lead, sym.java + (sym.boxed && sym.type.kind != 'A' ? "[0]" : ""), sym.type, 15));
            }
            if (ELSEWHERE.containsKey(text)) {
                return new Ex(lead, ELSEWHERE.get(text), text.equals("NULL") ? Type.ANY : text.startsWith("LONG") ? Type.LONG : Type.INT, 15);
            }
            if (text.equals("true") || text.equals("false")) { return new Ex(lead, text, Type.BOOL, 15); }
            if (text.equals("stdout") || text.equals("stderr")) {
                return new Ex(lead, text.equals("stdout") ? "System.out" : "System.err", Type.pointer(parser.typedefs.get("FILE")), 15);
            }
            if (text.equals("errno")) {
                statics.add("Errno");
                return new Ex(lead, "errno()", Type.INT, 15);
            }
            String owner = CLASS_OF_FUNCTION.containsKey(text) ? null : classOfConstant(text);
            if (owner == null) {
                Untranslatable missing = missing(text);
                if (ownHeader && missing.unknown) { return new Ex(lead, text, Type.UNKNOWN, 15); }
                throw missing;
            }
            statics.add(owner);
            boolean handler = Set.of("SIG_DFL", "SIG_IGN", "SIG_ERR").contains(text);
            return new Ex(lead, text, handler ? Type.CALLBACK : Type.INT, 15);
        }

        private static Untranslatable missing(String name) {
            for (String[] section : SECTIONS) {
                if (List.of(section[1].split(" ")).contains(name)) { return new Untranslatable(section[0], name + " has another form in Java"); }
            }
            Untranslatable unknown = new Untranslatable(name + " is not known");
            unknown.unknown = !LIBC.contains(name);
            return !name.startsWith("pthread_") ? unknown
                    : new Untranslatable("What cannot be the same", name + " is not in the library: java.lang.Thread");
        }

        private static Ex number(String lead, String text) {
            if (text.matches("(?i)[0-9]*\\.?[0-9]*(e[-+]?[0-9]+)?[fl]?") && text.matches("(?i).*[.e].*")) {
                return new Ex(lead, text.replaceAll("(?i)l$", ""), Type.DOUBLE, 15);
            }
            String digits = text.replaceAll("(?i)[ul]+$", "");
            boolean isLong = text.substring(digits.length()).toUpperCase().contains("L");
            try {
                if (digits.matches("[0-9]+") && !digits.matches("0[0-9]+")) {
                    isLong |= Long.parseLong(digits) > Integer.MAX_VALUE;
                } else {
                    isLong |= Long.decode(digits) >= 1L << 32 || !text.matches("(?i).*u.*") && Long.decode(digits) > 0xffffffffL;
                }
            } catch (NumberFormatException beyond) {
                if (!digits.matches("(?i)0x[0-9a-f]{1,16}")) { throw new Untranslatable("the number " + text); }
                isLong = true;
            }
            return new Ex(lead, digits + (isLong ? "L" : ""), isLong ? Type.LONG : Type.INT, 15);
        }

        private Ex unary(Node node, String lead, String op) {
            Node of = node.kid(0);
            switch (op) {
                case "&" -> { return address(of, lead); }
                case "!" -> {
                    Ex not = not(of);
                    return new Ex(lead, not.text, not.type, not.prec);
                }
                case "*" -> {
                    Ex e = ex(of);
                    if (e.type.kind == 'P' && e.type.of.kind == 'O') { return new Ex(lead, e.text, e.type.of, e.prec); }
                    Node inner = of;
                    while (inner.is("paren")) { inner = inner.kid(0); }
                    boolean boxed = inner.is("cast") && e.type.kind == 'P' && e.type.of.number() && e.type.of.kind != 'b';
                    if ((e.type.kind == 'P' || e.type.kind == 'A') && of.is("name") || boxed) {
                        return element(new Ex(lead, e.text, e.type, e.prec), "0", of.sym);
                    }
                    throw new Untranslatable("what a pointer points to");
                }
                default -> {
                    Ex e = op.length() == 2 ? place(ex(of)) : ex(of);
                    if (!e.type.number() && e.type.kind != 'z' || op.length() == 2 && e.type.kind == 'z') {
                        throw new Untranslatable("a pointer that moves: an index in Java");
                    }
                    String value = e.type.kind == 'z' ? coerce(e, Type.INT, of) : e.text;
                    Type type = e.type.kind == 'z' || e.type.kind == 'b' && op.length() == 1 ? Type.INT : e.type;
                    return new Ex(lead, op + (e.prec < 14 || e.type.kind == 'z' ? "(" + value + ")" : value), type, 14);
                }
            }
        }

        private Ex address(Node of, String lead) {
            Node inner = of.is("paren") ? of.kid(0) : of;
            if (inner.is("literal")) {
                Ex e = ex(inner);
                return new Ex(lead, e.text, Type.pointer(e.type), 15);
            }
            Ex e = place(ex(inner));
            if (e.type.kind == 'O') { return new Ex(lead, e.text, Type.pointer(e.type), e.prec); }
            if (e.type.kind == 'c') { return new Ex(lead, e.text, e.type, 15); }
            if (inner.is("index") && e.type.kind == 'b') { return slice(inner.kid(0), asInt(inner.kid(1)), lead); }
            if (e.text.endsWith("[0]") && inner.sym != null && inner.sym.boxed
                    || inner.is("index") && inner.kid(0).sym != null && inner.kid(0).sym.boxed && e.text.endsWith("[0]")) {
                return new Ex(lead, e.text.substring(0, e.text.length() - 3), Type.pointer(e.type), 15);
            }
            if (e.type.kind == 'A') { return new Ex(lead, e.text, e.type, e.prec); }
            throw new Untranslatable("the address of a member or of an element");
        }

        /** A part of a byte array, for a call that takes a ByteBuffer. */
        private Ex slice(Node array, String offset, String lead) {
            String of = bytes(array);
            if (offset.equals("0")) { return new Ex(lead, of, Type.pointer(Type.CHAR), 15); }
            imports.add("java.nio.ByteBuffer");
            String room = of + ".length - " + (offset.matches("\\w+|\\w+\\[\\w+\\]") ? offset : "(" + offset + ")");
            return new Ex(lead, "ByteBuffer.wrap(" + of + ", " + offset + ", " + room + ")", Type.BUFFER, 15);
        }

        private Ex binary(Node node, String op) {
            Node leftNode = node.kid(0);
            Node rightNode = node.kid(1);
            String gap = lead(node.op);
            if (op.equals("&&") || op.equals("||")) {
                Ex left = condition(leftNode);
                Ex right = condition(rightNode);
                return left.as(left.at(PREC.get(op)) + gap + op + right.lead + right.at(PREC.get(op) + 1), Type.BOOL, PREC.get(op));
            }
            boolean equality = op.equals("==") || op.equals("!=");
            if (equality && leftNode.is("call") && tokens.get(leftNode.from).text.equals("strcmp") && tokens.get(rightNode.from).text.equals("0")) {
                return new Ex(lead(node.from), (op.equals("==") ? "" : "!") + equal(leftNode), Type.BOOL, 14);
            }
            if (op.equals("/") && leftNode.is("sizeof") && rightNode.is("sizeof") && !leftNode.kids.isEmpty()) {
                Ex array = ex(measured(leftNode));
                if (array.type.kind == 'A') { return new Ex(lead(node.from), array.at(15) + ".length", Type.INT, 15); }
            }
            Ex left = ex(leftNode);
            Ex right = ex(rightNode);
            int prec = PREC.get(op);
            if (equality && (left.text.matches("\\w+::\\w+") || right.text.matches("\\w+::\\w+"))) { throw new Untranslatable("a comparison with a function"); }
            if (equality && left.type.reference() && (right.type.reference() || right.text.equals("0"))) {
                String other = right.text.equals("0") ? "null" : right.at(prec + 1);
                return left.as(left.at(prec) + gap + op + right.lead + other, Type.BOOL, prec);
            }
            if (equality && left.type.kind == 'z' && right.type.kind == 'z') {
                return left.as(left.at(prec) + gap + op + right.lead + right.at(prec + 1), Type.BOOL, prec);
            }
            if (op.equals("-") && left.text.equals("args.length + 1") && right.text.equals("1")) { return left.as("args.length", Type.INT, 15); }
            if (op.equals("+") && left.type.bytes() && right.type.number()) { return slice(leftNode, asInt(rightNode), lead(node.from)); }
            String l = left.type.kind == 'z' ? "(" + coerce(left, Type.INT, leftNode).strip() + ")" : left.at(prec);
            String r = right.type.kind == 'z' ? "(" + coerce(right, Type.INT, rightNode).strip() + ")" : right.at(prec + 1);
            boolean numbers = (left.type.number() || left.type.kind == 'z') && (right.type.number() || right.type.kind == 'z');
            if (!numbers) { throw new Untranslatable("arithmetic with a pointer, or with what is not known"); }
            if (prec == 8 || prec == 9) {
                Ex count = argument(left, op, right);
                return count != null ? count : left.as(l + gap + op + right.lead + r, Type.BOOL, prec);
            }
            boolean real = left.type.kind == 'd' || right.type.kind == 'd' || left.type.kind == 'f' || right.type.kind == 'f';
            boolean isLong = left.type.kind == 'l' || right.type.kind == 'l' && prec != 10;
            String java = op.equals(">>") && left.type.unsigned ? ">>>" : op;
            Type type = real ? Type.DOUBLE : isLong ? Type.LONG : left.type.unsigned && left.type.kind == 'i' ? left.type : Type.INT;
            return left.as(l + gap + java + right.lead + r, type, prec);
        }

        /** argc compared with a number: args.length compared with one less. */
        private Ex argument(Ex left, String op, Ex right) {
            if (left.text.equals("args.length + 1") && right.text.matches("[1-9]\\d?")) {
                return left.as("args.length " + op + " " + (Integer.parseInt(right.text) - 1), Type.BOOL, PREC.get(op));
            }
            return null;
        }

        private Ex assign(Node node, String op) {
            Node target = node.kid(0);
            Node value = node.kid(1);
            String gap = lead(node.op);
            if (target.is("name") && tokens.get(target.op).text.equals("errno") && target.sym == null && op.equals("=")) {
                statics.add("Errno");
                return new Ex(lead(node.from), "errno(" + asInt(value) + ")", Type.VOID, 15);
            }
            if (target.is("unary") && tokens.get(target.from).text.equals("*") && ex(target).type.kind == 'O') {
                throw new Untranslatable("a struct that is written through a pointer");
            }
            Node root = target;
            while (root.is("member") && root.kid(0).is("member") || root.is("member") && root.kid(0).is("name")) {
                root = root.kid(0);
            }
            if (root != target && root.sym != null && root.sym.parameter && root.sym.type.kind == 'O') {
                throw new Untranslatable("a struct passed by value is a copy in C, and is changed here");
            }
            Ex to = place(ex(target));
            if (!op.equals("=")) {
                Ex from = ex(value);
                if (!to.type.number() || !from.type.number() && from.type.kind != 'z') {
                    throw new Untranslatable("a pointer that moves: an index in Java");
                }
                String java = op.equals(">>=") && to.type.unsigned ? ">>>=" : op;
                return to.as(to.text + gap + java + (from.type.kind == 'z' ? coerce(from, Type.INT, value) : from.all()), to.type, 1);
            }
            return to.as(to.text + gap + "=" + value(value, to.type, target.sym), to.type, 1);
        }

        /** The value of an unsigned char: a byte is signed. */
        private static Ex octet(Ex e) {
            return e.type.kind == 'b' && e.type.unsigned ? e.as(e.text + " & 0xff", e.type, 7) : e;
        }

        /** The variable, not its value. */
        private static Ex place(Ex e) {
            return e.text.endsWith(" & 0xff") && e.prec == 7 && e.type.kind == 'b' ? e.as(e.text.substring(0, e.text.length() - 7), e.type, 15) : e;
        }

        private Ex index(Node node) {
            Node of = node.kid(0);
            Node at = node.kid(1);
            if (isMain && of.is("name") && of.sym != null && of.sym.parameter && of.sym.java.equals(argv)) {
                if (at.is("number") && tokens.get(at.op).text.matches("\\d{1,4}")) {
                    int i = Integer.parseInt(tokens.get(at.op).text);
                    return new Ex(lead(node.from), i == 0 ? '"' + className + '"' : "args[" + (i - 1) + "]", Type.TEXT, 15);
                }
                return new Ex(lead(node.from), "args[" + asInt(at) + " - 1]", Type.TEXT, 15);
            }
            Ex array = ex(of);
            Ex where = ex(at);
            if (array.type.kind == 'S') { return array.as(array.at(15) + ".charAt(" + asInt(at) + ")", Type.INT, 15); }
            if (array.type.kind != 'A' && array.type.kind != 'P') { throw new Untranslatable("an element of what is no array"); }
            return element(array, where.lead + coerce(where, Type.INT, at).strip(), of.sym);
        }

        private Ex element(Ex array, String at, Sym sym) {
            Type of = array.type.of;
            String text = array.at(15) + "[" + at + "]" + (sym != null && sym.boxed && sym.type.kind == 'A' ? "[0]" : "");
            return octet(array.as(text, of, 15));
        }

        private Ex member(Node node, String field) {
            Ex of = ex(node.kid(0));
            Struct struct = of.type.object();
            if (struct != null && struct.library && struct.java.equals("SigInfo") && field.matches("si_int|si_ptr")) {
                return of.as(of.at(15) + ".si_value.sival_" + field.substring(3), field.equals("si_int") ? Type.INT : Type.ANY, 15);
            }
            if (struct == null && of.type.kind == 'A' && of.type.of.kind == 'O') {
                of = of.as(of.at(15) + "[0]", of.type.of, 15);
                struct = of.type.struct;
            }
            Sym sym = struct == null ? null : struct.fields.get(field);
            if (sym == null) { throw new Untranslatable("the member " + field + " is not known"); }
            Type type = sym.type;
            String java = sym.java + (sym.boxed && type.kind != 'A' ? "[0]" : "");
            String dot = lead(node.op - 1) + "." + lead(node.op);
            return octet(of.as(of.at(15) + dot + java, type, 15));
        }

        private Ex cast(Node node, String lead) {
            Type to = node.type;
            Node of = node.kid(0);
            Ex e = ex(of);
            Ex kept = new Ex(lead, e.text, e.type, e.prec);
            if (to.kind == 'z') { return new Ex(lead, condition(of).text, Type.BOOL, 8); }
            if (to.number() && e.type.kind == 'z') { return new Ex(lead, "(" + coerce(e, to, of).strip() + ")", to, 15); }
            if (to.number() && e.type.number()) {
                boolean same = to.kind == e.type.kind || to.kind == 'i' && (of.is("character") || "bs".indexOf(e.type.kind) >= 0);
                return same ? kept.as(e.text, to, e.prec) : new Ex(lead, "(" + java(to) + ") " + e.at(14), to, 14);
            }
            if (e.type.number() || to.number()) {
                throw new Untranslatable("a number as a pointer, or a pointer as a number: sival_long, or an object");
            }
            boolean needed = (e.type.kind == 'o' || e.type.kind == 'B') && to.kind != 'o' && !e.text.equals("null");
            return needed ? new Ex(lead, "(" + java(to) + ") " + e.at(14), to, 14) : kept;
        }

        /** What is measured by sizeof, without parentheses. */
        private Node measured(Node sizeof) {
            Node of = sizeof.kid(0);
            while (of.is("paren")) { of = of.kid(0); }
            return of;
        }

        private String size(Node node) {
            Type type = node.type;
            if (type == null) {
                Node of = measured(node);
                Ex e = ex(of);
                type = e.type;
                if (type.kind == 'A' && type.of.kind == 'b') { return e.at(15) + ".length"; }
                if (type.kind == 'S' && (of.is("string") || of.sym != null && of.sym.constant)) { return "(" + e.text + ".length() + 1)"; }
            }
            String bytes = Map.of('i', "4", 'l', "8", 'b', "1", 's', "2", 'd', "8", 'f', "4", 'z', "1").get(type.kind);
            if (bytes == null) { throw new Untranslatable("the size of a struct or pointer"); }
            return bytes;
        }

        /** malloc and calloc. */
        private String memory(Node call, Type to) {
            List<Node> args = call.kids.subList(1, call.kids.size());
            boolean measured = args.stream()
                    .anyMatch(arg -> arg.is("sizeof") || arg.is("binary") && arg.kids.stream().anyMatch(kid -> kid.is("sizeof")));
            if (to.bytes() || to.kind == 'B' || to.kind == 'o' && !measured) {
                boolean both = args.size() == 2 && !tokens.get(args.get(1).from).text.equals("1") && !args.get(1).is("sizeof");
                return "new byte[" + asInt(args.get(0)) + (both ? " * " + asInt(args.get(1)) : "") + "]";
            }
            Node count = args.size() == 2 ? args.get(0) : args.get(0).is("binary") ? args.get(0).kid(args.get(0).kid(0).is("sizeof") ? 1 : 0) : null;
            if (to.kind == 'A' && to.of.kind == 'O' && count != null) {
                imports.add("java.util.stream.Stream");
                String name = java(to.of);
                return "Stream.generate(" + name + "::new).limit(" + asInt(count) + ").toArray(" + name + "[]::new)";
            }
            if (to.kind == 'P' && to.of.kind == 'O') { return "new " + java(to.of) + "()"; }
            if ((to.kind == 'P' || to.kind == 'A') && (to.of.number() || to.of.kind == 'P' || to.of.kind == 'S') && count != null) {
                return "new " + base(java(to.of)) + "[" + asInt(count) + "]" + dimensions(java(to.of));
            }
            throw new Untranslatable("memory whose type is not known");
        }

        // calls

        private Ex call(Node node, String lead, String close) {
            String callee = tokens.get(node.from).text;
            List<Node> args = node.kids.subList(1, node.kids.size());
            if (!node.kid(0).is("name")) { return pointed(node, args); }
            Sym sym = node.kid(0).sym;
            if (sym != null && sym.type.kind == 'F') { return new Ex(lead, sym.java + "(" + passed(args, sym.type) + ")", sym.type.of, 15); }
            if (sym != null) { return pointed(node, args); }
            Ex special = special(node, callee, args);
            if (special != null) { return new Ex(lead, special.text, special.type, special.prec); }
            if (macros.contains(callee) || ownHeader && !FUNCTIONS.containsKey(callee) && missing(callee).unknown) {
                return new Ex(lead, callee + "(" + args.stream().map(arg -> ex(arg).all()).collect(Collectors.joining(",")) + ")", Type.UNKNOWN, 15);
            }
            Character type = FUNCTIONS.get(callee);
            if (type == null) { throw missing(callee); }
            statics.add(CLASS_OF_FUNCTION.get(callee));
            StringBuilder texts = new StringBuilder();
            for (int i = 0; i < args.size(); i++) {
                texts.append(i == 0 ? "" : ",").append(argument(i < TAKES.get(callee).length() ? TAKES.get(callee).charAt(i) : '?', args, i));
            }
            Type of = switch (type) {
                case 'z' -> Type.BOOL;
                case 'l' -> Type.LONG;
                case 's' -> Type.TEXT;
                case 'v' -> Type.VOID;
                case 'h' -> Type.CALLBACK;
                case 'r' -> new Type('O', null, parser.structs.get("kevent_ring"));
                default -> Type.INT;
            };
            return new Ex(lead, callee + "(" + texts + ")", of, 15);
        }

        private String argument(char kind, List<Node> args, int at) {
            Node arg = args.get(at);
            if (kind == 'b') { return lead(arg.from) + buffer(arg, args.get(Math.min(at + 1, args.size() - 1))); }
            Ex e = ex(arg);
            return switch (kind) {
                case 'i' -> coerce(e, Type.INT, arg);
                case 'l' -> coerce(e, Type.LONG, arg);
                case 's' -> coerce(e, Type.TEXT, arg);
                case 'h' -> coerce(e, Type.CALLBACK, arg);
                case 'p' -> e.type.number() ? coerce(e, Type.ANY, arg) : e.all();
                default -> e.type.kind == 'z' ? coerce(e, Type.INT, arg) : e.all();
            };
        }

        /** A call through a pointer. */
        private Ex pointed(Node node, List<Node> args) {
            Node to = node.kid(0);
            while (to.is("paren") || to.is("unary") && tokens.get(to.from).text.equals("*")) { to = to.kid(0); }
            Ex e = ex(to);
            Type type = e.type.kind == 'P' ? e.type.of : e.type;
            if (type.kind != 'F') { throw new Untranslatable("a call through a pointer"); }
            String method = Map.of("Runnable", "run", "SigHandler", "handle", "SigActionHandler", "handle").getOrDefault(callback(type), "call");
            return new Ex(e.lead, e.at(15) + "." + method + "(" + passed(args, type) + ")", type.of, 15);
        }

        private String passed(List<Node> args, Type function) {
            List<String> texts = new ArrayList<>();
            int fixed = function.params.size();
            for (int i = 0; i < args.size(); i++) {
                boolean format = function.variadic && i == fixed - 1 && function.params.get(i).type.kind == 'S' && args.get(i).is("string");
                if (format) {
                    texts.add(formatted(args.get(i), args.subList(i + 1, args.size())));
                    break;
                }
                texts.add(i < fixed ? given(args.get(i), function.params.get(i).type) : ex(args.get(i)).all());
            }
            return String.join(",", texts);
        }

        /** As coerce, but that Java narrows no constant in a call. */
        private String given(Node arg, Type to) {
            String text = coerce(ex(arg), to, arg);
            return "bs".indexOf(to.kind) >= 0 && literal(arg) && !text.contains("(") ? lead(arg.from) + "(" + java(to) + ") " + text.strip() : text;
        }

        /** What is sent or filled: a byte array, or a ByteBuffer of a part of one. */
        private String buffer(Node node, Node length) {
            Node inner = node;
            while (inner.is("cast") || inner.is("paren")) { inner = inner.kid(0); }
            Ex e = ex(inner);
            if (e.type.kind == 'S') {
                String size = source(length.from, length.to);
                boolean more = inner.is("string") && size.matches("[1-9]\\d{0,5}") && Integer.parseInt(size) > e.text.length() - 2;
                boolean zero = more || size.matches("sizeof.*|strlen ?\\(.*\\) \\+ 1");
                return zero ? zeroEnded(e.text) + ".getBytes()" : e.at(15) + ".getBytes()";
            }
            if (e.type.bytes() || e.type.kind == 'B' || e.type.kind == 'o') { return e.text; }
            throw new Untranslatable("the bytes of a number or struct: a ByteBuffer has putInt and getInt");
        }

        private static String zeroEnded(String text) {
            return text.endsWith("\"") ? text.substring(0, text.length() - 1) + "\\0\"" : "(" + text + " + \"\\0\")";
        }

        private Ex special(Node node, String callee, List<Node> args) {
            int n = args.size();
            switch (callee) {
                case "exit" -> { return new Ex("", "System.exit(" + asInt(args.get(0)) + ")", Type.VOID, 15); }
                case "_exit", "_Exit" -> { return new Ex("", "Runtime.getRuntime().halt(" + asInt(args.get(0)) + ")", Type.VOID, 15); }
                case "abort" -> { return new Ex("", "Runtime.getRuntime().halt(134)", Type.VOID, 15); }
                case "printf", "vprintf" -> { return new Ex("", print("System.out", args.get(0), args.subList(1, n)), Type.VOID, 15); }
                case "fprintf", "vfprintf" -> { return new Ex("", print(stream(args.get(0)), args.get(1), args.subList(2, n)), Type.VOID, 15); }
                case "puts" -> { return new Ex("", "System.out.println(" + text(args.get(0)) + ")", Type.VOID, 15); }
                case "fputs" -> { return new Ex("", plainPrint(stream(args.get(1)), text(args.get(0))), Type.VOID, 15); }
                case "err", "errx", "warn", "warnx" -> {
                    int at = callee.startsWith("err") ? 1 : 0;
                    if (!args.get(at).is("string")) { throw new Untranslatable(callee + " without a format"); }
                    helper(callee);
                    return new Ex("", callee + "(" + (at == 0 ? "" : asInt(args.get(0)) + ",")
                            + (at == 0 ? formatted(args.get(0), args.subList(1, n)).strip() : formatted(args.get(1), args.subList(2, n))) + ")", Type.VOID, 15);
                }
                case "putchar", "fputc", "putc" -> {
                    String what = args.get(0).is("character") ? ex(args.get(0)).text : "(char) " + ex(args.get(0)).at(14);
                    return new Ex("", (callee.equals("putchar") ? "System.out" : stream(args.get(1))) + ".print(" + what + ")", Type.VOID, 15);
                }
                case "fflush" -> { return new Ex("", stream(args.get(0)) + ".flush()", Type.VOID, 15); }
                case "strlen" -> {
                    Ex e = ex(args.get(0));
                    if (e.type.kind == 'S') { return new Ex("", e.at(15) + ".length()", Type.INT, 15); }
                    helper("strlen");
                    return new Ex("", "strlen(" + bytes(args.get(0)) + ")", Type.INT, 15);
                }
                case "strcmp" -> { return new Ex("", text(args.get(0)) + ".compareTo(" + text(args.get(1)) + ")", Type.INT, 15); }
                case "strncmp" -> {
                    helper("part");
                    String most = ", " + asInt(args.get(2)) + ")";
                    return new Ex("", "string(" + octets(args.get(0)) + most + ".compareTo(string(" + octets(args.get(1)) + most + ")", Type.INT, 15);
                }
                case "snprintf", "sprintf" -> {
                    helper("snprintf");
                    int at = callee.equals("snprintf") ? 2 : 1;
                    String to = bytes(args.get(0));
                    String format = args.get(at).is("string") ? formatted(args.get(at), args.subList(at + 1, n)) : " \"%s\", " + text(args.get(at));
                    return new Ex("", "snprintf(" + to + ", " + (at == 2 ? asInt(args.get(1)) : to + ".length") + "," + format + ")", Type.INT, 15);
                }
                case "atoi" -> { return new Ex("", "Integer.parseInt(" + text(args.get(0)) + ")", Type.INT, 15); }
                case "atol", "atoll", "strtol", "strtoll", "strtoul" -> {
                    if (n > 1 && !source(args.get(1).from, args.get(1).to).matches("NULL|0")) {
                        throw new Untranslatable(callee + " that says where the number ends");
                    }
                    String method = n > 2 && tokens.get(args.get(2).from).text.equals("0") ? "Long.decode(" : "Long.parseLong(";
                    return new Ex("", method + text(args.get(0)) + (method.contains("decode") ? ").longValue()" : ")"), Type.LONG, 15);
                }
                case "atof" -> { return new Ex("", "Double.parseDouble(" + text(args.get(0)) + ")", Type.DOUBLE, 15); }
                case "getenv" -> { return new Ex("", "System.getenv(" + text(args.get(0)) + ")", Type.TEXT, 15); }
                case "strdup" -> { return new Ex("", text(args.get(0)), Type.TEXT, 15); }
                case "time" -> {
                    if (n == 1 && source(args.get(0).from, args.get(0).to).matches("NULL|0")) {
                        return new Ex("", "System.currentTimeMillis() / 1000", Type.LONG, 12);
                    }
                    Ex to = n == 1 ? ex(args.get(0)) : null;
                    if (to == null || to.type.kind != 'P' || to.type.of.kind != 'l') { return null; }
                    return new Ex("", to.at(15) + "[0] = System.currentTimeMillis() / 1000", Type.LONG, 1);
                }
                case "usleep" -> {
                    imports.add("org.sigkevent.TimeSpec");
                    statics.add("Time");
                    return new Ex("", "nanosleep(TimeSpec.ofNanos(" + ex(args.get(0)).at(12) + " * 1000L), null)", Type.INT, 15);
                }
                case "abs", "labs" -> {
                    Ex e = ex(args.get(0));
                    return new Ex("", "Math.abs(" + e.text + ")", e.type, 15);
                }
                case "memcmp" -> {
                    imports.add("java.util.Arrays");
                    String size = asInt(args.get(2));
                    return new Ex("", "Arrays.compare(" + range(args.get(0), size) + ", " + range(args.get(1), size) + ")", Type.INT, 15);
                }
                default -> { return null; }
            }
        }

        private String range(Node node, String size) {
            return octets(node) + ", 0, " + size;
        }

        private String octets(Node node) {
            Ex e = ex(node);
            return e.type.kind == 'S' ? e.at(15) + ".getBytes()" : bytes(node);
        }

        private String stream(Node node) {
            Ex e = ex(node);
            if (e.type.object() != parser.structs.get("FILE")) { throw new Untranslatable("what is no FILE"); }
            return e.at(15);
        }

        // texts and formats

        private Ex string(Node node) {
            StringBuilder text = new StringBuilder();
            boolean first = true;
            for (int i = node.from; i < node.to; i++) {
                String part = tokens.get(i).kind == 's' ? escapes(tokens.get(i).text) : named(node, i);
                text.append(first ? "" : lead(i).contains("\n") ? lead(i) + "+ " : " + ").append(part);
                first = false;
            }
            return new Ex(lead(node.from), text.toString(), Type.TEXT, node.to - node.from > 1 ? 11 : 15);
        }

        /** A macro among literals. */
        private String named(Node node, int i) {
            String name = tokens.get(i).text;
            if (node.syms.stream().noneMatch(sym -> name.equals(sym.java) && sym.type.kind == 'S')) {
                throw new Untranslatable("a literal with " + name + " in it");
            }
            return name;
        }

        /** C's escapes that Java does not have. */
        private static String escapes(String literal) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < literal.length(); i++) {
                char c = literal.charAt(i);
                char next = i + 1 < literal.length() ? literal.charAt(i + 1) : 0;
                if (c != '\\') {
                    text.append(c);
                } else if (next == '\n') {
                    i++;
                } else if (next == 'x') {
                    int end = i + 2;
                    while (end < literal.length() && end < i + 4 && Character.digit(literal.charAt(end), 16) >= 0) {
                        end++;
                    }
                    int code = end > i + 2 ? Integer.parseInt(literal.substring(i + 2, end), 16) : 0;
                    text.append(String.format("\\%03o", code & 0xff));
                    i = end - 1;
                } else {
                    text.append(switch (next) {
                        case 'a' -> "\\007";
                        case 'v' -> "\\013";
                        case 'e' -> "\\033";
                        case '?' -> "?";
                        case 'u', 'U' -> "\\\\" + next;
                        default -> "\\" + next;
                    });
                    i++;
                }
            }
            return text.toString();
        }

        private String print(String stream, Node format, List<Node> args) {
            boolean handedOn = !varargs.isEmpty() && args.size() == 1 && tokens.get(args.get(0).op).text.equals(varargs);
            if (!format.is("string")) {
                if (handedOn) { return stream + ".printf(" + text(format) + ", arguments)"; }
                if (args.isEmpty()) { return stream + ".print(" + text(format) + ")"; }
                throw new Untranslatable("a format that is no literal");
            }
            String text = formatted(format, args);
            if (!args.isEmpty() || source(format.from, format.to).contains("%m")) { return stream + ".printf(" + text.strip() + ")"; }
            return plainPrint(stream, text.strip().replace("%%", "%"));
        }

        private static String plainPrint(String stream, String text) {
            return text.startsWith("\"") && text.endsWith("\\n\"") && !text.endsWith("\\\\n\"")
                    ? stream + ".println(" + (text.equals("\"\\n\"") ? "" : text.substring(0, text.length() - 3) + "\"") + ")"
                    : stream + ".print(" + text + ")";
        }

        /** A literal format and its arguments, as Java's Formatter wants them. */
        private String formatted(Node format, List<Node> args) {
            StringBuilder text = new StringBuilder(lead(format.from));
            List<String> values = new ArrayList<>();
            int next = 0;
            boolean open = false;
            for (int i = format.from; i < format.to; i++) {
                Token t = tokens.get(i);
                if (t.kind == 'i' && !t.text.startsWith("PRI")) {
                    text.append(open ? "\" + " : "").append(named(format, i)).append(i + 1 < format.to ? " + \"" : " + \"");
                    open = false;
                    continue;
                }
                if (t.kind == 'i') {
                    // a macro of inttypes.h: the length is gone, the conversion is its third letter
                    char conversion = t.text.charAt(3);
                    text.append(conversion == 'u' || conversion == 'i' ? 'd' : conversion);
                    values.add(value(args, next++, 'd'));
                    continue;
                }
                String literal = escapes(t.text);
                if (open && tokens.get(i - 1).kind == 's') {
                    text.append('"').append(t.lead.contains("\n") ? t.lead + "+ " : " + ").append('"');
                }
                open = true;
                for (int at = 1; at < literal.length() - 1; at++) {
                    char c = literal.charAt(at);
                    if (c != '%') {
                        text.append(text.length() == lead(format.from).length() ? "\"" : "").append(c);
                        continue;
                    }
                    text.append(text.length() == lead(format.from).length() ? "\"" : "");
                    int end = at + 1;
                    while (end < literal.length() - 1 && "-+ #0123456789.*".indexOf(literal.charAt(end)) >= 0) {
                        end++;
                    }
                    String flags = literal.substring(at + 1, end);
                    while (end < literal.length() - 1 && "hlLqjzt".indexOf(literal.charAt(end)) >= 0) { end++; }
                    char conversion = end < literal.length() - 1 ? literal.charAt(end) : 0;
                    at = end;
                    if (conversion == '%') {
                        text.append("%%");
                    } else if (conversion == 'm') {
                        statics.add("Errno");
                        text.append("%").append(flags).append("s");
                        values.add(" strerror(errno())");
                    } else if (conversion == 0) {
                        text.append("%").append(flags);
                        at--;
                    } else {
                        next = conversion(text, flags, conversion, args, next, values);
                    }
                }
            }
            if (next < args.size()) { throw new Untranslatable("more arguments than the format names"); }
            text.append(text.length() == lead(format.from).length() ? "\"\"" : "\"");
            return text + values.stream().map(value -> "," + value).collect(Collectors.joining());
        }

        private int conversion(StringBuilder text, String flags, char conversion, List<Node> args, int next, List<String> values) {
            String java = flags;
            if (flags.contains("*")) {
                if (!flags.equals(".*") || conversion != 's' || next + 1 >= args.size()) { throw new Untranslatable("a width that is an argument"); }
                Ex e = ex(args.get(next + 1));
                String length = asInt(args.get(next));
                helper("part");
                text.append("%s");
                String bytes = e.type.bytes() ? e.text : e.type.kind == 'o' ? "(byte[]) " + e.at(14) : text(args.get(next + 1)) + ".getBytes()";
                values.add(" string(" + bytes + ", " + length + ")");
                return next + 2;
            }
            int dot = flags.indexOf('.');
            boolean whole = "diuxXo".indexOf(conversion) >= 0;
            if (whole && dot >= 0) { java = flags.substring(0, dot) + "0" + flags.substring(dot + 1); }
            text.append('%').append(java).append(switch (conversion) {
                case 'd', 'i', 'u' -> "d";
                case 'x', 'X', 'o', 'c', 's', 'f', 'e', 'E', 'g', 'G' -> String.valueOf(conversion);
                case 'F' -> "f";
                case 'p' -> "s";
                default -> throw new Untranslatable("the conversion %" + conversion);
            });
            values.add(value(args, next, conversion));
            return next + 1;
        }

        private String value(List<Node> args, int at, char conversion) {
            if (at >= args.size()) { throw new Untranslatable("fewer arguments than the format names"); }
            Node arg = args.get(at);
            Ex e = ex(arg);
            return conversion == 's' ? coerce(e, Type.TEXT, arg) : e.type.kind == 'z' ? coerce(e, Type.INT, arg)
                    : "fFeEgG".indexOf(conversion) >= 0 && e.type.kind != 'd' && e.type.number() ? e.lead + "(double) " + e.at(14)
                    : conversion == 'c' && e.type.kind != 'b' && !arg.is("character") && e.type.kind == 'l' ? e.lead + "(int) " + e.at(14) : e.all();
        }

        private void helper(String name) {
            switch (name) {
                case "string" -> helpers.put(name, """
                        /** The text in a char array of C: up to its 0 byte. */
                        static String string(byte[] text) {
                            return new String(text, 0, strlen(text));
                        }
                        """);
                case "part" -> helpers.put(name, """
                        /** The text in a char array of C: up to its 0 byte, and no more than that. */
                        static String string(byte[] text, int most) {
                            return new String(text, 0, Math.min(most, strlen(text)));
                        }
                        """);
                case "strlen" -> helpers.put(name, """
                        static int strlen(byte[] text) {
                            int length = 0;
                            while (length < text.length && text[length] != 0) {
                                length++;
                            }
                            return length;
                        }
                        """);
                case "strcpy" -> helpers.put(name, """
                        static void strcpy(byte[] to, String text) {
                            byte[] bytes = (text + "\\0").getBytes();
                            System.arraycopy(bytes, 0, to, 0, bytes.length);
                        }
                        """);
                case "err", "errx" -> helpers.put(name, """
                        static void %s(int status, String format, Object... arguments) {
                            %s(format, arguments);
                            System.exit(status);
                        }
                        """.formatted(name, name.replace("err", "warn")));
                case "warn", "warnx" -> {
                    boolean says = name.equals("warn");
                    if (says) { statics.add("Errno"); }
                    helpers.put(name, """
                            static void %s(String format, Object... arguments) {
                                System.err.println("%s: " + String.format(format, arguments)%s);
                            }
                            """.formatted(name, className, says ? " + \": \" + strerror(errno())" : ""));
                }
                default -> helpers.put(name, """
                        static int snprintf(byte[] to, int size, String format, Object... arguments) {
                            byte[] bytes = String.format(format, arguments).getBytes();
                            int length = Math.min(bytes.length, size - 1);
                            System.arraycopy(bytes, 0, to, 0, length);
                            to[length] = 0;
                            return bytes.length;
                        }
                        """);
            }
            if (name.equals("string") || name.equals("part")) { helper("strlen"); }
            if (name.startsWith("err")) { helper(name.replace("err", "warn")); }
        }
    }
}
