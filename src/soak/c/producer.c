/*
 * Makes happen what the campaign waits for, from another process and in C. It reads commands, a line each, and answers each with
 * a line: "ok", or the error.
 *
 *     write PATH LETTER           writes one byte
 *     mq NAME NUMBER              sends a message of 8 bytes to a POSIX message queue
 *     msg ID TYPE NUMBER          sends a message of 8 bytes to a System V message queue
 *     sem ID                      adds one to the first semaphore of a set
 *     futex PATH OFFSET           adds one to a word of a file that the other side has mapped, and wakes one
 *     signal PID SIGNO NUMBER     sigqueue
 *     lock PATH, unlock           holds a POSIX lock of the whole file until then
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <unistd.h>

static int locked = -1;

static int written(const char *path, char letter)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = write(fd, &letter, 1) == 1 ? 0 : -1;
    close(fd);
    return rc;
}

static int sent_mq(const char *name, long number)
{
    mqd_t mqd = mq_open(name, O_WRONLY | O_CLOEXEC);
    if (mqd == (mqd_t) -1)
        return -1;
    int rc = mq_send(mqd, (char *) &number, sizeof number, 0);
    mq_close(mqd);
    return rc;
}

static int sent_msg(int id, long type, long number)
{
    struct {
        long type;
        long number;
    } message = {type, number};
    return msgsnd(id, &message, sizeof message.number, 0);
}

static int added(int id)
{
    struct sembuf one = {0, 1, 0};
    return semop(id, &one, 1);
}

static int woken(const char *path, long offset)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at == MAP_FAILED)
        return -1;
    atomic_fetch_add((_Atomic int32_t *) (at + offset), 1);
    long rc = syscall(SYS_futex, at + offset, FUTEX_WAKE, 1, NULL, NULL, 0);
    munmap(at, 4096);
    return rc < 0 ? -1 : 0;
}

static int signalled(int pid, int signo, long number)
{
    union sigval value = {.sival_ptr = (void *) number};
    return sigqueue(pid, signo, value);
}

static int lock(const char *path)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    locked = open(path, O_RDWR | O_CLOEXEC);
    return locked < 0 ? -1 : fcntl(locked, F_SETLKW, &whole);
}

static int done(char *line)
{
    char what[16], path[512];
    long a, b, c;
    if (sscanf(line, "write %511s %15s", path, what) == 2)
        return written(path, what[0]);
    if (sscanf(line, "mq %511s %ld", path, &a) == 2)
        return sent_mq(path, a);
    if (sscanf(line, "msg %ld %ld %ld", &a, &b, &c) == 3)
        return sent_msg((int) a, b, c);
    if (sscanf(line, "sem %ld", &a) == 1)
        return added((int) a);
    if (sscanf(line, "futex %511s %ld", path, &a) == 2)
        return woken(path, a);
    if (sscanf(line, "signal %ld %ld %ld", &a, &b, &c) == 3)
        return signalled((int) a, (int) b, c);
    if (sscanf(line, "lock %511s", path) == 1)
        return lock(path);
    if (strncmp(line, "unlock", 6) == 0)
        return close(locked);
    errno = EINVAL;
    return -1;
}

int main(void)
{
    char line[1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (done(line) < 0)
            printf("%s\n", strerror(errno));
        else
            puts("ok");
        fflush(stdout);
    }
    return 0;
}
