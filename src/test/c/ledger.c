/*
 * Writes a few lines into a file with one lio_listio, reads them back with another, and compares.
 *
 *     cc -O2 -Wall -Wextra -o ledger ledger.c -lrt
 *     ./ledger FILE
 */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES 5
#define WIDTH 32

static char written[LINES][WIDTH];
static char back[LINES][WIDTH];

static void prepare(struct aiocb *list[], int fd, int opcode)
{
    for (int i = 0; i < LINES; i++) {
        list[i] = calloc(1, sizeof(struct aiocb));
        list[i]->aio_fildes = fd;
        list[i]->aio_offset = i * WIDTH;
        list[i]->aio_buf = opcode == LIO_WRITE ? written[i] : back[i];
        list[i]->aio_nbytes = WIDTH;
        list[i]->aio_lio_opcode = opcode;
    }
}

static int run(struct aiocb *list[], const char *what)
{
    int failed = 0;
    if (lio_listio(LIO_WAIT, list, LINES, NULL) < 0 && errno != EIO) {
        perror("lio_listio");
        return LINES;
    }
    for (int i = 0; i < LINES; i++) {
        int error = aio_error(list[i]);
        ssize_t count = aio_return(list[i]);
        if (error != 0 || count != WIDTH) {
            fprintf(stderr, "%s %d: %s\n", what, i, error ? strerror(error) : "short");
            failed++;
        }
    }
    return failed;
}

int main(int argc, char *argv[])
{
    struct aiocb *list[LINES];
    int different = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: ledger FILE\n");
        return 2;
    }
    int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }

    for (int i = 0; i < LINES; i++) {
        memset(written[i], ' ', WIDTH);
        snprintf(written[i], WIDTH, "line %d of the ledger", i + 1);
        written[i][WIDTH - 1] = '\n';
    }
    prepare(list, fd, LIO_WRITE);
    if (run(list, "write"))
        return 1;
    prepare(list, fd, LIO_READ);
    if (run(list, "read"))
        return 1;

    for (int i = 0; i < LINES; i++)
        if (memcmp(written[i], back[i], WIDTH) != 0)
            different++;
    printf("%d lines, %d different\n", LINES, different);
    printf("the last one: %s\n", back[LINES - 1]);
    close(fd);
    return different ? EXIT_FAILURE : EXIT_SUCCESS;
}
