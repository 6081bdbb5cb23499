/*
 * A job server: takes shell commands from a POSIX message queue, the most urgent first, and runs a few at a time, each with a
 * time limit. Messages, ends of processes and time limits come as signals to one loop. JobServer.java beside this file is the
 * same program, with records of one ring.
 *
 *   cc -O2 -Wall -Wextra -o job_server job_server.c -lrt -lpthread
 *   ./job_server [-w WORKERS] [-t SECONDS] -q /queue [-c COMMAND [-p PRIORITY]]
 *
 * With -c it sends a command to the server of that queue. The command "stop" ends the server once what it has begun is done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_SIZE = 1024 };

/* A command that runs. */
struct job {
    int number;
    char *command;
    pid_t pid;
    timer_t timer;
    bool late;
    struct job *next;
};

static int workers = 4, seconds = 10, priority = 1;
static const char *queue_name, *command;

static sigset_t signals, inherited;
static int message_signal, limit_signal;
static mqd_t mqd = (mqd_t)-1;
static bool registered, serves;
static char message[MESSAGE_SIZE + 1];

static struct job *jobs;
static int started, running, failed;
static bool stopping;

static void close_all(void)
{
    mq_close(mqd);
    if (serves)
        mq_unlink(queue_name);
}

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("job_server: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    close_all();
    exit(1);
}

/* What a client does: it waits while the queue is full. */
static void send_command(void)
{
    mqd_t to = mq_open(queue_name, O_WRONLY | O_CLOEXEC);
    if (to == (mqd_t)-1)
        fail("mq_open %s: %s", queue_name, strerror(errno));
    if (mq_send(to, command, strlen(command), priority) < 0)
        fail("mq_send: %s", strerror(errno));
    mq_close(to);
}

static void register_for_messages(void)
{
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = message_signal;
    if (mq_notify(mqd, &event) < 0)
        fail("mq_notify: %s", strerror(errno));
    registered = true;
}

static void open_all(void)
{
    message_signal = SIGRTMIN;
    limit_signal = SIGRTMIN + 1;
    sigemptyset(&signals);
    sigaddset(&signals, message_signal);
    sigaddset(&signals, limit_signal);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, &inherited);
    struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = MESSAGE_SIZE};
    mqd = mq_open(queue_name, O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600, &attr);
    if (mqd == (mqd_t)-1)
        fail("mq_open %s: %s", queue_name, strerror(errno));
    register_for_messages(); /* EBUSY when another server has the queue */
    serves = true;
    printf("serving %s\n", queue_name);
    fflush(stdout);
}

static void start(const char *text)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL || (job->command = strdup(text)) == NULL)
        fail("no memory");
    job->number = ++started;

    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = limit_signal;
    event.sigev_value.sival_ptr = job;
    struct itimerspec limit = {{0, 0}, {seconds, 0}};
    if (timer_create(CLOCK_MONOTONIC, &event, &job->timer) < 0 || timer_settime(job->timer, 0, &limit, NULL) < 0)
        fail("timer: %s", strerror(errno));

    job->pid = fork();
    if (job->pid < 0)
        fail("fork: %s", strerror(errno));
    if (job->pid == 0) {
        sigprocmask(SIG_SETMASK, &inherited, NULL);
        int null = open("/dev/null", O_RDONLY);
        if (null >= 0)
            dup2(null, 0);
        execl("/bin/sh", "sh", "-c", text, (char *)NULL);
        _exit(127);
    }
    job->next = jobs;
    jobs = job;
    running++;
}

/*
 * Takes messages as long as a worker is free. Registers first: then either a message is found here, or its arrival in the empty
 * queue gives a signal. What stays in the queue because all workers are busy is found when one is free again.
 */
static void take_jobs(void)
{
    if (!registered)
        register_for_messages();
    while (!stopping && running < workers) {
        ssize_t length = mq_receive(mqd, message, MESSAGE_SIZE, NULL);
        if (length < 0 && errno == EAGAIN)
            return;
        if (length < 0)
            fail("mq_receive: %s", strerror(errno));
        message[length] = '\0';
        if (strcmp(message, "stop") == 0)
            stopping = true;
        else
            start(message);
    }
}

static void on_end(pid_t pid, int state)
{
    int status = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
    for (struct job **link = &jobs; *link != NULL; link = &(*link)->next) {
        struct job *job = *link;
        if (job->pid != pid)
            continue;
        *link = job->next;
        timer_delete(job->timer);
        running--;
        if (status != 0) {
            failed++;
            if (job->late)
                fprintf(stderr, "job %d took more than %d s: %s\n", job->number, seconds, job->command);
            else
                fprintf(stderr, "job %d ended with status %d: %s\n", job->number, status, job->command);
        }
        free(job->command);
        free(job);
        return;
    }
}

/* One SIGCHLD may stand for many. */
static void on_children(void)
{
    int state;
    for (pid_t pid; (pid = waitpid(-1, &state, WNOHANG)) > 0;)
        on_end(pid, state);
}

/* The signal may be older than the job's end, so its pointer is looked up before it is followed. */
static void on_limit(const struct job *late)
{
    for (struct job *job = jobs; job != NULL; job = job->next) {
        if (job == late) {
            job->late = true;
            kill(job->pid, SIGKILL);
        }
    }
}

static void run(void)
{
    take_jobs();
    while (!stopping || running > 0) {
        siginfo_t info;
        int signal_number = sigwaitinfo(&signals, &info);
        if (signal_number < 0) {
            if (errno == EINTR)
                continue;
            fail("sigwaitinfo: %s", strerror(errno));
        }
        if (signal_number == message_signal)
            registered = false;
        else if (signal_number == limit_signal)
            on_limit(info.si_value.sival_ptr);
        else
            on_children();
        take_jobs();
    }
}

int main(int argc, char **argv)
{
    bool good = true;
    for (int option; (option = getopt(argc, argv, "w:t:q:c:p:")) != -1;) {
        if (option == 'w')
            workers = atoi(optarg);
        else if (option == 't')
            seconds = atoi(optarg);
        else if (option == 'q')
            queue_name = optarg;
        else if (option == 'c')
            command = optarg;
        else if (option == 'p')
            priority = atoi(optarg);
        else
            good = false;
    }
    if (!good || workers < 1 || seconds < 1 || queue_name == NULL || optind != argc) {
        fputs("usage: job_server [-w WORKERS] [-t SECONDS] -q /queue [-c COMMAND [-p PRIORITY]]\n", stderr);
        return 2;
    }
    if (command != NULL) {
        send_command();
        return 0;
    }
    open_all();
    run();
    close_all();
    printf("%d jobs: %d done, %d failed\n", started, started - failed, failed);
    return failed > 0;
}
