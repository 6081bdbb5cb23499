/*
 * Reads a file in slices, all of them at the same time; each tells with a signal that it is done, and its number comes along.
 *
 *     cc -O2 -Wall -Wextra -o slices slices.c -lrt
 *     ./slices FILE
 */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SLICES 4
#define SIZE 1024
#define DONE (SIGRTMIN + 3)

struct slice {
    struct aiocb control;
    unsigned char bytes[SIZE];
    unsigned sum;
};

static struct slice slices[SLICES];

static void start(int fd, int number)
{
    struct slice *slice = &slices[number];
    memset(&slice->control, 0, sizeof slice->control);
    slice->control.aio_fildes = fd;
    slice->control.aio_buf = slice->bytes;
    slice->control.aio_nbytes = SIZE;
    slice->control.aio_offset = (off_t) number * SIZE;
    slice->control.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
    slice->control.aio_sigevent.sigev_signo = DONE;
    slice->control.aio_sigevent.sigev_value.sival_int = number;
    if (aio_read(&slice->control) != 0) {
        perror("aio_read");
        exit(1);
    }
}

/* How many bytes there were, or 0 after a failure. */
static ssize_t finish(struct slice *slice)
{
    int error = aio_error(&slice->control);
    ssize_t count = aio_return(&slice->control);
    if (error) {
        fprintf(stderr, "slice at %lld: %s\n", (long long) slice->control.aio_offset, strerror(error));
        return 0;
    }
    slice->sum = 0;
    for (int i = 0; i < count; i++)
        slice->sum = slice->sum * 31 + slice->bytes[i];
    return count;
}

int main(int argc, char **argv)
{
    sigset_t set;
    siginfo_t info;
    size_t total = 0;
    int fd;

    if (argc != 2) {
        fprintf(stderr, "usage: slices FILE\n");
        exit(2);
    }
    if ((fd = open(argv[1], O_RDONLY)) < 0) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
        exit(1);
    }

    sigemptyset(&set);
    sigaddset(&set, DONE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < SLICES; i++)
        start(fd, i);

    for (int left = SLICES; left > 0;) {
        if (sigwaitinfo(&set, &info) < 0)
            continue;
        int number = info.si_value.sival_int;
        ssize_t count = finish(&slices[number]);
        printf("slice %d: %zd bytes, sum %08x\n", number, count, slices[number].sum);
        total += count;
        left--;
    }
    close(fd);
    printf("%zu bytes\n", total);
    return 0;
}
