/*
 * Copies a file with two buffers: while one is being written, the other is being read. It waits in aio_suspend.
 *
 *     cc -O2 -Wall -Wextra -o copier copier.c -lrt
 *     ./copier FROM TO
 */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 65536

struct lane {
    struct aiocb cb;
    char *buffer;
    bool writing;
    bool busy;
};

static int from, to;
static off_t next;
static long long copied;

static void fail(const char *call)
{
    fprintf(stderr, "copier: %s: %s\n", call, strerror(errno));
    exit(1);
}

static void read_more(struct lane *lane)
{
    memset(&lane->cb, 0, sizeof(struct aiocb));
    lane->cb.aio_fildes = from;
    lane->cb.aio_buf = lane->buffer;
    lane->cb.aio_nbytes = BLOCK;
    lane->cb.aio_offset = next;
    lane->writing = false;
    lane->busy = true;
    next += BLOCK;
    if (aio_read(&lane->cb) < 0)
        fail("aio_read");
}

/* What was read goes out, what was written makes room. */
static void turn(struct lane *lane)
{
    ssize_t count = aio_return(&lane->cb);
    if (count < 0)
        fail(lane->writing ? "aio_write" : "aio_read");
    if (lane->writing) {
        copied += count;
        read_more(lane);
    } else if (count == 0) {
        lane->busy = false;
    } else {
        lane->cb.aio_fildes = to;
        lane->cb.aio_nbytes = count;
        lane->writing = true;
        if (aio_write(&lane->cb) < 0)
            fail("aio_write");
    }
}

int main(int argc, char *argv[])
{
    struct lane lanes[2];
    const struct aiocb *waiting[2];
    int i, busy = 2;

    if (argc != 3) {
        fputs("usage: copier FROM TO\n", stderr);
        return 2;
    }
    from = open(argv[1], O_RDONLY);
    if (from == -1)
        fail(argv[1]);
    to = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to == -1)
        fail(argv[2]);

    for (i = 0; i < 2; i++) {
        lanes[i].buffer = malloc(BLOCK);
        if (!lanes[i].buffer)
            fail("malloc");
        read_more(&lanes[i]);
    }
    while (busy) {
        for (i = 0; i < 2; i++)
            waiting[i] = lanes[i].busy ? &lanes[i].cb : NULL;
        if (aio_suspend(waiting, 2, NULL) == -1 && errno != EINTR)
            fail("aio_suspend");
        for (busy = 0, i = 0; i < 2; i++) {
            if (lanes[i].busy && aio_error(&lanes[i].cb) != EINPROGRESS)
                turn(&lanes[i]);
            busy += lanes[i].busy;
        }
    }
    if (fsync(to) == -1 || close(to) == -1)
        fail("close");
    for (i = 0; i < 2; i++)
        free(lanes[i].buffer);
    printf("%lld bytes\n", copied);
    return 0;
}
