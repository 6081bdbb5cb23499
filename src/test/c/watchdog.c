/*
 * Watchdogs for jobs: each job has a timer that calls back in a thread of its own when the job has taken too long. A table of
 * functions says what the jobs do; one of them starts a child, which has no counterpart in a JVM.
 *
 *     cc -O2 -Wall -Wextra -o watchdog watchdog.c -lrt -lpthread
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct job {
    const char *name;
    int limit_ms;
    void (*body)(void);
    timer_t timer;
    volatile bool late;
};

static void quick(void);
static void sleepy(void);
static void child(void);

static struct job jobs[] = {
    { .name = "quick", .limit_ms = 5000, .body = quick },
    { .name = "sleepy", .limit_ms = 20, .body = sleepy },
    { .name = "child", .limit_ms = 5000, .body = child },
};

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("watchdog: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void bark(union sigval value)
{
    struct job *job = value.sival_ptr;
    job->late = true;
}

static void quick(void)
{
    unsigned long sum = 0;
    for (unsigned i = 0; i < 1000; i++)
        sum += i;
    printf("  the sum is %lu\n", sum);
}

static void sleepy(void)
{
    static int calls;
    struct timespec nap = { 0, 200 * 1000 * 1000 };
    calls++;
    while (nanosleep(&nap, &nap) < 0 && errno == EINTR)
        ;
    printf("  slept, call %d\n", calls);
}

static void child(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(3);
    if (waitpid(pid, &status, 0) < 0)
        fail("waitpid: %s", strerror(errno));
    printf("  the child said %d\n", WEXITSTATUS(status));
}

static void watch(struct job *job)
{
    struct sigevent event = { 0 };
    struct itimerspec limit = { 0 };
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = bark;
    event.sigev_notify_attributes = NULL;
    event.sigev_value.sival_ptr = job;
    if (timer_create(CLOCK_MONOTONIC, &event, &job->timer) < 0)
        fail("timer_create for %s: %s", job->name, strerror(errno));
    limit.it_value.tv_sec = job->limit_ms / 1000;
    limit.it_value.tv_nsec = job->limit_ms % 1000 * 1000000L;
    if (timer_settime(job->timer, 0, &limit, NULL) < 0)
        fail("timer_settime for %s: %s", job->name, strerror(errno));
}

int main(void)
{
    int late = 0;
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        struct job *job = &jobs[i];
        printf("%s, %d ms\n", job->name, job->limit_ms);
        watch(job);
        job->body();
        timer_delete(job->timer);
        if (job->late) {
            printf("  %s was late\n", job->name);
            late++;
        }
    }
    return late == 1 ? 0 : 1;
}
