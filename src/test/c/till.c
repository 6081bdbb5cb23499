/*
 * A till: a record in a file is changed under a lock of its bytes, and what was changed goes through a pipe to the other end of
 * the program, which adds it up.
 *
 *     cc -O2 -Wall -Wextra -o till till.c
 *     ./till FILE
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD 8

static int file;
static int ends[2];

static void stop(const char *call)
{
    fprintf(stderr, "till: %s: %s\n", call, strerror(errno));
    exit(EXIT_FAILURE);
}

static void lock(short type, off_t record)
{
    struct flock range;
    memset(&range, 0, sizeof range);
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = record * RECORD;
    range.l_len = RECORD;
    while (fcntl(file, F_SETLKW, &range) == -1) {
        if (errno != EINTR)
            stop("fcntl");
    }
}

/* Numbers are digits in the file, so that a person can read them. */
static int get(off_t record)
{
    char digits[RECORD + 1];
    ssize_t count = pread(file, digits, RECORD, record * RECORD);
    if (count < 0)
        stop("pread");
    if (count == 0)
        return 0;
    digits[count] = '\0';
    int value = 0;
    for (int i = 0; digits[i] >= '0' && digits[i] <= '9'; i++)
        value = 10 * value + (digits[i] - '0');
    return value;
}

static void put(off_t record, int value)
{
    char digits[RECORD + 1];
    snprintf(digits, sizeof digits, "%07d\n", value);
    if (pwrite(file, digits, RECORD, record * RECORD) != RECORD)
        stop("pwrite");
}

static void book(off_t record, int amount)
{
    char line[64];
    lock(F_WRLCK, record);
    put(record, get(record) + amount);
    int length = snprintf(line, sizeof line, "%ld:%d;", (long) record, amount);
    if (write(ends[1], line, length) != length)
        stop("write");
    lock(F_UNLCK, record);
}

int main(int argc, char *argv[])
{
    char c;
    int flags, bookings = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    file = open(argv[1], O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
    if (file == -1)
        stop("open");
    if (pipe(ends) == -1)
        stop("pipe");
    if ((flags = fcntl(ends[0], F_GETFL, 0)) == -1 || fcntl(ends[0], F_SETFL, flags | O_NONBLOCK) == -1)
        stop("fcntl");

    for (int i = 1; i <= 3; i++) {
        book(0, i);
        book(i, 10 * i);
    }
    while (read(ends[0], &c, 1) == 1) {
        if (c == ';')
            bookings++;
    }
    if (errno != EAGAIN)
        stop("read");

    lseek(file, 0, SEEK_SET);
    printf("%d bookings, the first record is %d\n", bookings, get(0));
    close(ends[0]);
    close(ends[1]);
    if (ftruncate(file, 0) == -1 || close(file) == -1 || unlink(argv[1]) == -1)
        stop("unlink");
    return 0;
}
