/*
 * Takes records from a kevent ring of another process and writes each into a log that this process shares:
 *
 *     consumer RING LOG      until the queue is destroyed
 *
 * A record is copied into log->next before it is claimed, and counted after that. So when this process is killed, the log has
 * everything that it took, but for at most one record, and that one stands in log->next.
 */
#include "kevent_ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRIES 16384
#define LINGER_ONE_IN 256
#define NO_RING 3

struct log {
    _Atomic uint64_t count; /* written here: records in the log */
    _Atomic uint64_t read;  /* written by the owner: how many of them it has read */
    _Alignas(64) struct kevent_record next;
    struct kevent_record taken[ENTRIES];
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int opened(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        fail(path);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: consumer RING LOG\n");
        return 2;
    }
    struct kevent_ring ring;
    int kfd = open(argv[1], O_RDWR | O_CLOEXEC);
    if (kfd < 0 || kevent_ring_map(&ring, kfd) < 0) {
        if (errno == ENOENT || errno == EBADF)
            return NO_RING; /* the queue was destroyed in the meantime */
        fail(argv[1]);
    }
    struct log *log = mmap(NULL, sizeof *log, PROT_READ | PROT_WRITE, MAP_SHARED, opened(argv[2]), 0);
    if (log == MAP_FAILED)
        fail("mmap");
    pid_t owner = getppid();
    for (uint64_t n = 0;; n++) {
        while (n - atomic_load(&log->read) >= ENTRIES) {
            if (getppid() != owner)
                return 0; /* nobody reads the log any more */
            usleep(1000);
        }
        if (kevent_ring_next(&ring, &log->next) < 0) {
            if (errno == EBADF)
                return 0;
            fail("kevent_ring_next");
        }
        if (rand() % LINGER_ONE_IN == 0)
            usleep(500); /* so that it is killed here more often */
        log->taken[n % ENTRIES] = log->next;
        atomic_store_explicit(&log->count, n + 1, memory_order_release);
    }
}
