/*
 * Reads (with depth=D writes too) of 4 KiB at random places of a file through the C library's POSIX AIO.
 *
 * depth=D: D in flight, aio_suspend for the next that is done.
 * thread: SIGEV_THREAD, one at a time.    signal: SIGEV_SIGNAL and sigwaitinfo, one at a time.
 * lio: lio_listio(LIO_WAIT) of 32.
 */
#include "peer.h"
#include <aio.h>
#include <semaphore.h>
#include <signal.h>

#define BATCH 32
#define MOST_DEPTH 1024

static struct aiocb requests[MOST_DEPTH];
static int64_t started[MOST_DEPTH];
static int depth = 1;
static sem_t done;
static sigset_t completion;

static void start(int i)
{
	requests[i].aio_offset = next_offset();
	started[i] = start_clock();
	check(file_writes ? aio_write(&requests[i]) : aio_read(&requests[i]), "aio_read or aio_write");
}

static void finish(int i)
{
	int error = aio_error(&requests[i]);
	check_count(error ? -error : aio_return(&requests[i]));
	stop_clock(started[i]);
}

static void await(const struct aiocb *const *list, int count)
{
	while (aio_suspend(list, count, NULL) < 0)
		if (errno != EINTR)
			fail("aio_suspend");
}

static void suspends(long operations)
{
	static const struct aiocb *list[MOST_DEPTH]; /* null entries are skipped */
	long left = operations;
	int flying = 0;
	for (int i = 0; i < depth && left > 0; i++, left--, flying++) {
		start(i);
		list[i] = &requests[i];
	}
	while (flying > 0) {
		await(list, depth);
		for (int i = 0; i < depth; i++) {
			if (!list[i] || aio_error(list[i]) == EINPROGRESS)
				continue;
			finish(i);
			if (left > 0) {
				start(i);
				left--;
			} else {
				list[i] = NULL;
				flying--;
			}
		}
	}
}

static void lists(long operations)
{
	static struct aiocb *list[BATCH];
	for (long n = 0; n < operations; n += BATCH) {
		for (int i = 0; i < BATCH; i++) {
			list[i] = &requests[i];
			list[i]->aio_offset = next_offset();
			started[i] = start_clock();
		}
		check(lio_listio(LIO_WAIT, list, BATCH, NULL), "lio_listio");
		for (int i = 0; i < BATCH; i++)
			finish(i);
	}
}

static void post(union sigval value)
{
	(void)value;
	sem_post(&done);
}

static void thread_one(long operations)
{
	for (long i = 0; i < operations; i++) {
		start(0);
		while (sem_wait(&done) < 0)
			if (errno != EINTR)
				fail("sem_wait");
		finish(0);
	}
}

static void signal_one(long operations)
{
	for (long i = 0; i < operations; i++) {
		start(0);
		while (sigwaitinfo(&completion, NULL) < 0)
			if (errno != EINTR)
				fail("sigwaitinfo");
		finish(0);
	}
}

int main(int argc, char **argv)
{
	static const char words[] = "lio|thread|signal|depth=D " HOW " FILE ROUNDS";
	if (argc != 5)
		usage(words);
	struct sigevent event = {.sigev_notify = SIGEV_NONE};
	char subject[64];
	work_t work;
	if (!strcmp(argv[1], "lio")) {
		work = lists;
		strcpy(subject, "glibc lio_listio, LIO_WAIT");
	} else if (!strcmp(argv[1], "thread")) {
		work = thread_one;
		strcpy(subject, "glibc aio_read, SIGEV_THREAD");
		event.sigev_notify = SIGEV_THREAD;
		event.sigev_notify_function = post;
		check(sem_init(&done, 0, 0), "sem_init");
	} else if (!strcmp(argv[1], "signal")) {
		work = signal_one;
		strcpy(subject, "glibc aio_read, SIGEV_SIGNAL, sigwaitinfo");
		event.sigev_notify = SIGEV_SIGNAL;
		event.sigev_signo = SIGRTMIN;
		sigemptyset(&completion);
		sigaddset(&completion, SIGRTMIN);
		check(sigprocmask(SIG_BLOCK, &completion, NULL), "sigprocmask");
	} else if (!strncmp(argv[1], "depth=", 6)) {
		work = suspends;
		depth = number(argv[1] + 6, 1, MOST_DEPTH);
		snprintf(subject, sizeof subject, "glibc %s, aio_suspend", strcmp(argv[2], "direct-write") ? "aio_read" : "aio_write");
	} else {
		usage(words);
	}
	int rounds = number(argv[4], 1, MOST_ROUNDS);
	open_file(argv[3], argv[2]);
	char *buffers = blocks(MOST_DEPTH);
	for (int i = 0; i < MOST_DEPTH; i++) {
		requests[i].aio_fildes = file_fd;
		requests[i].aio_buf = buffers + (size_t)i * BLOCK;
		requests[i].aio_nbytes = BLOCK;
		requests[i].aio_lio_opcode = file_writes ? LIO_WRITE : LIO_READ;
		requests[i].aio_sigevent = event;
	}
	struct result result = measure_rate("aio", subject, work, rounds);
	measure_latency("aio", subject, work, result.operations);
	return 0;
}
