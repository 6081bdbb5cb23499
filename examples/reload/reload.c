/*
 * A small server that signals drive: a timer has it look how large a file is, a real-time signal reloads its settings, SIGTERM ends
 * it in order. Handlers only take notes; main sleeps in sigsuspend and does the work. Reload.java beside this file is the same program.
 *
 *   cc -O2 -Wall -Wextra -o reload reload.c -lrt
 *   ./reload SETTINGS
 *   kill -s RTMIN+1 PID; kill PID
 *
 * SETTINGS has lines of a name and a value: "file NAME", "interval MILLISECONDS", "limit BYTES". Without an argument the server
 * makes one, changes it, and ends itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MILLI 1000000L
#define LOOK SIGRTMIN
#define RELOAD (SIGRTMIN + 1)

struct settings {
    char file[512];
    long interval;
    long limit;
};

static volatile sig_atomic_t look, reload, end;

static struct settings settings;
static timer_t timer;
static long looks, over;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void on_signal(int signo)
{
    switch (signo) {
    case SIGTERM:
        end = 1;
        break;
    default:
        if (signo == LOOK)
            look = 1;
        else
            reload = 1;
    }
}

static void handle(int signo)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    if (sigaction(signo, &action, NULL) < 0)
        die("sigaction");
}

/* Reads the settings into a new struct; what is in use stays as it is when the file is wrong. */
static int load(const char *path, struct settings *into)
{
    char text[4096], *save, *line;
    memset(into, 0, sizeof *into);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length < 0)
        return -1;
    text[length] = 0;
    for (line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "file ", 5) == 0)
            snprintf(into->file, sizeof into->file, "%s", line + 5);
        else if (strncmp(line, "interval ", 9) == 0)
            into->interval = atol(line + 9);
        else if (strncmp(line, "limit ", 6) == 0)
            into->limit = atol(line + 6);
    }
    if (into->file[0] == 0 || into->interval < 1 || into->limit < 1) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

static void use(const struct settings *loaded)
{
    struct itimerspec spec;
    settings = *loaded;
    spec.it_value.tv_sec = settings.interval / 1000;
    spec.it_value.tv_nsec = settings.interval % 1000 * MILLI;
    spec.it_interval = spec.it_value;
    if (timer_settime(timer, 0, &spec, NULL) < 0)
        die("timer_settime");
    printf("watching %s every %ld ms, limit %ld\n", settings.file, settings.interval, settings.limit);
    fflush(stdout);
}

static void on_reload(const char *path)
{
    struct settings loaded;
    if (load(path, &loaded) < 0) {
        printf("settings kept: %s\n", strerror(errno));
        fflush(stdout);
    } else {
        use(&loaded);
    }
}

static void on_look(void)
{
    struct stat status;
    looks++;
    if (stat(settings.file, &status) < 0) {
        perror(settings.file);
    } else if (status.st_size > settings.limit) {
        over++;
        printf("%ld bytes are over the limit of %ld\n", (long)status.st_size, settings.limit);
        fflush(stdout);
    }
}

static void write_settings(const char *path, long interval, long limit)
{
    char text[PATH_MAX + 64];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        die(path);
    int length = snprintf(text, sizeof text, "file %s\ninterval %ld\nlimit %ld\n", path, interval, limit);
    if (write(fd, text, length) < 0)
        die(path);
    close(fd);
}

/* What an administrator would do, when there is none: after 3 looks other settings, after 6 the end. */
static void administer(const char *path)
{
    if (looks == 3) {
        write_settings(path, 20, 1);
        kill(getpid(), RELOAD);
    } else if (looks == 6) {
        kill(getpid(), SIGTERM);
    }
}

int main(int argc, char **argv)
{
    char own[64];
    const char *path = argv[1];
    if (argc > 2) {
        fprintf(stderr, "usage: reload [SETTINGS]\n");
        return 2;
    }
    if (argc < 2) {
        snprintf(own, sizeof own, "/tmp/reload-%d.settings", getpid());
        path = own;
        write_settings(path, 10, 1000000);
    }

    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, LOOK);
    sigaddset(&blocked, RELOAD);
    sigaddset(&blocked, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &blocked, &before) < 0)
        die("sigprocmask");
    handle(LOOK);
    handle(RELOAD);
    handle(SIGTERM);

    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = LOOK;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
        die("timer_create");
    struct settings first;
    if (load(path, &first) < 0)
        die(path);
    use(&first);

    while (!end) {
        sigsuspend(&before); /* the only place where a handler runs */
        if (reload) {
            reload = 0;
            on_reload(path);
        }
        if (look) {
            look = 0;
            on_look();
            if (argc < 2)
                administer(path);
        }
    }

    timer_delete(timer);
    if (argc < 2)
        unlink(path);
    printf("ended after %ld looks, %ld over the limit\n", looks, over);
    return 0;
}
