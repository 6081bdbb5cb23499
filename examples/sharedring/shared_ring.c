/*
 * Work that is shared out to other processes, as C programs do it: the parent writes numbers of blocks into a pipe, its children
 * read them and add up the bytes of those blocks. A timer's ticks go through the same pipe.
 *
 *     shared_ring [-w WORKERS] FILE
 *
 * It fails when the sums of the workers are not that of the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 65536
#define END UINT64_MAX
#define TICK (UINT64_MAX - 1)
#define MOST_WORKERS 99

struct result {
    uint64_t blocks, sum, ticks;
};

static int work_pipe[2], result_pipe[2];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static long check(long answer, const char *what)
{
    if (answer < 0)
        fail(what);
    return answer;
}

static uint64_t sum(int file, uint64_t block)
{
    static unsigned char buffer[BLOCK];
    uint64_t total = 0;
    ssize_t n = check(pread(file, buffer, BLOCK, (off_t) block * BLOCK), "pread");
    for (ssize_t i = 0; i < n; i++)
        total += buffer[i];
    return total;
}

static void worker(int file)
{
    struct result mine = {0, 0, 0};
    for (;;) {
        uint64_t number;
        ssize_t n = read(work_pipe[0], &number, sizeof number); /* one system call for each */
        if (n < 0 && errno == EINTR)
            continue;
        if (n != sizeof number)
            fail("read");
        if (number == TICK) {
            mine.ticks++;
        } else if (number == END) {
            break;
        } else {
            mine.sum += sum(file, number);
            mine.blocks++;
        }
    }
    check(write(result_pipe[1], &mine, sizeof mine), "write");
    exit(0);
}

static void post(uint64_t number)
{
    while (write(work_pipe[1], &number, sizeof number) < 0) /* blocks while the workers are behind */
        if (errno != EINTR)
            fail("write");
}

static void on_tick(int signo)
{
    uint64_t tick = TICK;
    int saved = errno;
    (void) signo;
    if (write(work_pipe[1], &tick, sizeof tick) < 0) {
        /* lost: a handler can do nothing about it */
    }
    errno = saved;
}

int main(int argc, char **argv)
{
    int workers = 3;
    if (argc > 2 && !strcmp(argv[1], "-w")) {
        workers = atoi(argv[2]);
        argv += 2;
        argc -= 2;
    }
    if (argc != 2 || workers < 1 || workers > MOST_WORKERS) {
        fprintf(stderr, "usage: shared_ring [-w WORKERS] FILE\n");
        return 2;
    }
    struct stat status;
    int file = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0)
        fail(argv[1]);
    check(pipe(work_pipe), "pipe");
    check(pipe(result_pipe), "pipe");
    for (int i = 0; i < workers; i++)
        if (check(fork(), "fork") == 0)
            worker(file);

    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec every = {{0, 10000000}, {0, 10000000}};
    timer_t timer;
    check(sigaction(SIGRTMIN, &action, NULL), "sigaction");
    check(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
    check(timer_settime(timer, 0, &every, NULL), "timer_settime");

    uint64_t blocks = (status.st_size + BLOCK - 1) / BLOCK, expected = 0;
    for (uint64_t block = 0; block < blocks; block++)
        post(block);
    timer_delete(timer);
    for (int i = 0; i < workers; i++)
        post(END);

    struct result all = {0, 0, 0}, one;
    for (int i = 0; i < workers; i++) {
        if (check(read(result_pipe[0], &one, sizeof one), "read") != sizeof one)
            fail("a worker's result");
        printf("worker: %" PRIu64 " blocks, %" PRIu64 " ticks\n", one.blocks, one.ticks);
        all.blocks += one.blocks;
        all.sum += one.sum;
        all.ticks += one.ticks;
    }
    while (wait(NULL) > 0)
        ;
    for (uint64_t block = 0; block < blocks; block++)
        expected += sum(file, block);
    if (all.blocks != blocks || all.sum != expected) {
        fprintf(stderr, "%" PRIu64 " of %" PRIu64 " blocks, sum %" PRIu64 ", which should be %" PRIu64 "\n", all.blocks, blocks,
                all.sum, expected);
        return 1;
    }
    printf("%" PRIu64 " blocks by %d processes, %" PRIu64 " ticks between them; the sum is right: %" PRIu64 "\n", blocks, workers,
           all.ticks, all.sum);
    return 0;
}
