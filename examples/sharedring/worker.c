/*
 * A worker of SharedRing: takes numbers of blocks from the ring of another process and adds up the bytes of those blocks.
 *
 *     worker SOCKET FILE      prints "blocks sum ticks" when it takes the record that ends it
 *
 * The ring's descriptor comes over the Unix socket SOCKET, as SCM_RIGHTS.
 */
#include "kevent_ring.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BLOCK 65536
#define END UINT64_MAX
#define KEVENT_TIMER 2

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
        fail(path);
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

int main(int argc, char **argv)
{
    static unsigned char buffer[BLOCK];
    struct kevent_ring ring;
    struct kevent_record record;
    uint64_t blocks = 0, sum = 0, ticks = 0;

    if (argc != 3) {
        fprintf(stderr, "usage: worker SOCKET FILE\n");
        return 2;
    }
    if (kevent_ring_map(&ring, receive(argv[1])) < 0)
        fail("kevent_ring_map");
    int file = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (file < 0)
        fail(argv[2]);
    for (;;) {
        if (kevent_ring_next(&ring, &record) < 0)
            fail("kevent_ring_next");
        if (record.id == KEVENT_TIMER) {
            ticks += 1 + record.result;
        } else if (record.cookie == END) {
            break;
        } else {
            ssize_t n = pread(file, buffer, BLOCK, (off_t) record.cookie * BLOCK);
            if (n < 0)
                fail("pread");
            for (ssize_t i = 0; i < n; i++)
                sum += buffer[i];
            blocks++;
        }
    }
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", blocks, sum, ticks);
    return 0;
}
