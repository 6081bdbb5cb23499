/*
 * The checksums of all files in a directory: eight threads, each of which reads a block with aio_read while the one before goes
 * into the sum, and waits with aio_suspend; a timer tells how far it is on a thread of its own (SIGEV_THREAD). Sums.java beside
 * this file is the same program with the library's objects.
 *
 *   cc -O2 -Wall -Wextra -o sums sums.c -lrt -lpthread
 *   ./sums DIRECTORY
 */
#define _GNU_SOURCE
#include <aio.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, THREADS = 8 };

struct file {
    char *path;
    uint32_t crc;
    off_t size;
};

static struct file *files;
static size_t count;
static atomic_size_t next_file;
static atomic_llong bytes;
static uint32_t table[256];

static void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("sums: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void start_read(struct aiocb *cb, int fd, off_t offset)
{
    cb->aio_fildes = fd;
    cb->aio_offset = offset;
    cb->aio_nbytes = BLOCK;
    cb->aio_sigevent.sigev_notify = SIGEV_NONE;
    if (aio_read(cb) < 0)
        fail("aio_read: %s", strerror(errno));
}

static size_t finish_read(struct aiocb *cb, const char *path)
{
    const struct aiocb *one[] = {cb};
    while (aio_error(cb) == EINPROGRESS)
        if (aio_suspend(one, 1, NULL) < 0 && errno != EINTR)
            fail("aio_suspend: %s", strerror(errno));
    if (aio_error(cb) != 0)
        fail("%s: %s", path, strerror(aio_error(cb)));
    return aio_return(cb);
}

/* Reads a block while the one before goes into the sum. */
static void sum(struct file *file, struct aiocb cb[2])
{
    uint32_t crc = 0xffffffff;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail("open %s: %s", file->path, strerror(errno));
    start_read(&cb[0], fd, 0);
    for (int i = 0;; i ^= 1) {
        size_t length = finish_read(&cb[i], file->path);
        bool last = length < BLOCK;
        file->size += length;
        if (!last)
            start_read(&cb[i ^ 1], fd, file->size);
        const unsigned char *data = (const unsigned char *)cb[i].aio_buf;
        for (size_t k = 0; k < length; k++)
            crc = crc >> 8 ^ table[(crc ^ data[k]) & 0xff];
        atomic_fetch_add(&bytes, length);
        if (last)
            break;
    }
    file->crc = ~crc;
    close(fd);
}

static void *work(void *unused)
{
    struct aiocb cb[2];
    memset(cb, 0, sizeof cb);
    cb[0].aio_buf = malloc(BLOCK);
    cb[1].aio_buf = malloc(BLOCK);
    if (cb[0].aio_buf == NULL || cb[1].aio_buf == NULL)
        fail("no memory");
    for (size_t i; (i = atomic_fetch_add(&next_file, 1)) < count;)
        sum(&files[i], cb);
    free((void *)cb[0].aio_buf);
    free((void *)cb[1].aio_buf);
    return unused;
}

static void progress(union sigval unused)
{
    (void)unused;
    fprintf(stderr, "%lld MB\n", atomic_load(&bytes) / 1000000);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static void list(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        fail("%s: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat about;
        struct file file = {0};
        if (asprintf(&file.path, "%s/%s", folder, entry->d_name) < 0)
            fail("no memory");
        if (stat(file.path, &about) < 0 || !S_ISREG(about.st_mode)) {
            free(file.path);
            continue;
        }
        files = realloc(files, (count + 1) * sizeof *files);
        if (files == NULL)
            fail("no memory");
        files[count++] = file;
    }
    closedir(directory);
    if (count > 0)
        qsort(files, count, sizeof *files, by_path);
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    struct sigevent event;
    struct itimerspec tenth = {{0, 100000000}, {0, 100000000}};
    timer_t timer;
    if (argc != 2) {
        fputs("usage: sums DIRECTORY\n", stderr);
        return 2;
    }
    list(argv[1]);
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++)
            table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
    }
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = progress;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &tenth, NULL) < 0)
        fail("timer: %s", strerror(errno));
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            fail("no thread");
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    timer_delete(timer);
    for (size_t i = 0; i < count; i++)
        printf("%08x %10jd %s\n", (unsigned)files[i].crc, (intmax_t)files[i].size, files[i].path);
    fprintf(stderr, "%zu files, %lld bytes\n", count, atomic_load(&bytes));
    return 0;
}
