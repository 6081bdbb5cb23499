/* What the parts of the C library's side share; see side.c. */
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 8, ROOM = 4096, FIRST_FD = 600, TOKENS = 128, NO_TIMER = 1 << 29 };

extern sigset_t ours;
extern long cookies[4096];
extern int first_cookie, last_cookie;
extern struct aiocb block[SLOTS];
extern unsigned char room[SLOTS][ROOM];
extern timer_t timer[SLOTS];
extern char prefix[64];

const char *word(void);
long number(void);
int optional(void);
int descriptor(void);
void answer(long value);
int moved(int fd, int slot);
void event(struct sigevent *e, int notify, long cookie);
int keep(int must);
unsigned hash(const unsigned char *bytes, long n);

void forget_names(void);
int aio_operation(const char *op);
int timer_operation(const char *op);
int mq_operation(const char *op);
