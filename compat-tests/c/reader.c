/*
 * A consumer of a kevent ring in another process, for tests:
 *
 *     reader SOCKET take        prints "sequence cookie" for every record until the queue is destroyed
 *     reader SOCKET take N      the same, at most N, then exits
 *     reader SOCKET sleep       waits and never takes
 *     reader SOCKET nonsense SECONDS SEED   writes random bytes to random places of the mapping
 *     reader SOCKET remap       doubles its mapping and takes one record through it
 *     reader SOCKET fork        takes one record, and a child that it forks takes another
 *
 * The descriptor comes over the Unix socket with the name SOCKET, as SCM_RIGHTS; or SOCKET is /proc/PID/fd/KFD, which is opened.
 */
#define _GNU_SOURCE
#include "kevent_ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int receive(const char *path)
{
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (s < 0 || connect(s, (struct sockaddr *) &address, sizeof address) < 0)
        fail("connect");
    char byte;
    struct iovec data = {&byte, 1};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(s, &message, MSG_CMSG_CLOEXEC) != 1 || CMSG_FIRSTHDR(&message) == NULL)
        fail("recvmsg");
    int fd;
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    close(s);
    return fd;
}

static void take(struct kevent_ring *ring, long most)
{
    struct kevent_record record;
    for (long n = 0; n != most; n++) {
        if (kevent_ring_next(ring, &record) < 0) {
            if (errno == EBADF)
                return;
            fail("take");
        }
        printf("%llu %llu\n", (unsigned long long) record.sequence, (unsigned long long) record.cookie);
        fflush(stdout);
    }
}

static void nonsense(struct kevent_ring *ring, int seconds, unsigned long long x)
{
    time_t end = time(NULL) + seconds;
    unsigned char *bytes = (unsigned char *) ring->header;
    do {
        for (int i = 0; i < 1000; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            size_t at = (size_t) (x >> 8) % (x & 16 ? ring->size : 512);
            ((volatile unsigned char *) bytes)[at] = (unsigned char) x;
        }
    } while (time(NULL) < end);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: reader SOCKET take|sleep|nonsense|remap|fork ...\n");
        return 2;
    }
    struct kevent_ring ring;
    int kfd = strncmp(argv[1], "/proc/", 6) == 0 ? open(argv[1], O_RDWR | O_CLOEXEC) : receive(argv[1]);
    if (kevent_ring_map(&ring, kfd) < 0)
        fail("map");
    close(kfd);
    printf("mapped\n");
    fflush(stdout);
    if (strcmp(argv[2], "take") == 0) {
        take(&ring, argc > 3 ? atol(argv[3]) : -1);
    } else if (strcmp(argv[2], "sleep") == 0) {
        for (;;)
            kevent_ring_wait(&ring, atomic_load(&ring.header->state), NULL);
    } else if (strcmp(argv[2], "nonsense") == 0 && argc > 4) {
        nonsense(&ring, atoi(argv[3]), strtoull(argv[4], NULL, 10) | 1);
    } else if (strcmp(argv[2], "remap") == 0) {
        void *moved = mremap(ring.header, ring.size, 2 * ring.size, MREMAP_MAYMOVE);
        if (moved == MAP_FAILED)
            fail("mremap");
        ring.header = moved;
        take(&ring, 1);
    } else if (strcmp(argv[2], "fork") == 0) {
        pid_t child = fork();
        if (child < 0)
            fail("fork");
        take(&ring, 1);
        if (child == 0)
            _exit(0);
        int status;
        if (waitpid(child, &status, 0) < 0 || status != 0)
            fail("waitpid");
    } else {
        return 2;
    }
    kevent_ring_unmap(&ring);
    return 0;
}
