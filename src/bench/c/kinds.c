/*
 * One event of each kind after the other, as it is written by hand: fd (a one-shot in epoll), signal (sigqueue, sigwaitinfo), notified (a timer with SIGEV_SIGNAL, sigwaitinfo),
 * futex and lock (a thread that blocks and tells the one that asked by a futex), process (posix_spawn, a pidfd in epoll,
 * waitid), accept (a one-shot in epoll, accept4).
 */
#include "peer.h"
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

extern char **environ;

static int set, from, to, server, holder, waiter;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static sigset_t signals;
static timer_t timer;

/* The words: what is waited for, what the thread is asked for, and what it has done. */
static _Atomic uint32_t word, asked, answered;

static long futex(_Atomic uint32_t *at, int operation, uint32_t value)
{
	return syscall(SYS_futex, at, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void wait_while(_Atomic uint32_t *at, uint32_t value)
{
	while (*at == value)
		futex(at, FUTEX_WAIT, value);
}

static void tell(_Atomic uint32_t *at)
{
	++*at;
	futex(at, FUTEX_WAKE, 1);
}

static void watch(int operation, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
	check(epoll_ctl(set, operation, fd, &event), "epoll_ctl");
}

static void ready(void)
{
	struct epoll_event event;
	while (epoll_wait(set, &event, 1, -1) != 1)
		if (errno != EINTR)
			fail("epoll_wait");
}

static void fds(long operations)
{
	char c = 0;
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		watch(EPOLL_CTL_MOD, from);
		check(write(to, &c, 1), "write");
		ready();
		check(read(from, &c, 1), "read");
		stop_clock(started);
	}
}

static void queued(long operations)
{
	union sigval value = {.sival_int = 7};
	siginfo_t info;
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		check(sigqueue(getpid(), SIGRTMIN, value), "sigqueue");
		check(sigwaitinfo(&signals, &info), "sigwaitinfo");
		stop_clock(started);
	}
}

/* SIGEV_SIGNAL: a timer that expires at once. */
static void notified(long operations)
{
	struct itimerspec once = {.it_value.tv_nsec = 1};
	siginfo_t info;
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		check(timer_settime(timer, 0, &once, NULL), "timer_settime");
		check(sigwaitinfo(&signals, &info), "sigwaitinfo");
		stop_clock(started);
	}
}

static void *futex_thread(void *unused)
{
	(void)unused;
	for (uint32_t seen = 0;; seen++) {
		wait_while(&asked, seen);
		futex(&word, FUTEX_WAIT, 0);
		tell(&answered);
	}
	return NULL;
}

static void futexes(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		uint32_t seen = answered;
		tell(&asked);
		while (futex(&word, FUTEX_WAKE, 1) == 0)
			; /* the wait has not begun */
		wait_while(&answered, seen);
		stop_clock(started);
	}
}

static void *lock_thread(void *unused)
{
	(void)unused;
	for (uint32_t seen = 0;; seen++) {
		wait_while(&asked, seen);
		check(flock(waiter, LOCK_EX), "flock");
		tell(&answered);
	}
	return NULL;
}

static void locks(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		uint32_t seen = answered;
		check(flock(holder, LOCK_EX), "flock");
		tell(&asked);
		check(flock(holder, LOCK_UN), "flock");
		wait_while(&answered, seen);
		check(flock(waiter, LOCK_UN), "flock");
		stop_clock(started);
	}
}

static void processes(long operations)
{
	char *const arguments[] = {"true", NULL};
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		pid_t pid;
		siginfo_t info;
		errno = posix_spawnp(&pid, "true", NULL, NULL, arguments, environ);
		if (errno)
			fail("posix_spawnp");
		int fd = check(syscall(SYS_pidfd_open, pid, 0), "pidfd_open");
		watch(EPOLL_CTL_ADD, fd);
		ready();
		check(waitid(P_PID, pid, &info, WEXITED), "waitid");
		close(fd);
		stop_clock(started);
	}
}

static void accepts(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		watch(EPOLL_CTL_MOD, server);
		int client = check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
		check(connect(client, (struct sockaddr *)&address, sizeof address), "connect");
		ready();
		close(check(accept4(server, NULL, NULL, SOCK_CLOEXEC), "accept4"));
		close(client);
		stop_clock(started);
	}
}

static void start(void *(*body)(void *))
{
	pthread_t thread;
	errno = pthread_create(&thread, NULL, body, NULL);
	if (errno)
		fail("pthread_create");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("fd|signal|notified|futex|process|lock|accept ROUNDS");
	const char *kind = argv[1], *subject = NULL;
	int rounds = number(argv[2], 1, MOST_ROUNDS);
	work_t work = NULL;
	set = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	if (!strcmp(kind, "fd")) {
		int ends[2];
		check(pipe2(ends, O_CLOEXEC), "pipe2");
		from = ends[0];
		to = ends[1];
		watch(EPOLL_CTL_ADD, from);
		work = fds;
		subject = "C epoll, one-shot";
	} else if (!strcmp(kind, "signal")) {
		sigemptyset(&signals);
		sigaddset(&signals, SIGRTMIN);
		check(sigprocmask(SIG_BLOCK, &signals, NULL), "sigprocmask");
		work = queued;
		subject = "C sigwaitinfo";
	} else if (!strcmp(kind, "notified")) {
		struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
		sigemptyset(&signals);
		sigaddset(&signals, SIGRTMIN);
		check(sigprocmask(SIG_BLOCK, &signals, NULL), "sigprocmask");
		check(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
		work = notified;
		subject = "C timer_create, sigwaitinfo";
	} else if (!strcmp(kind, "futex")) {
		start(futex_thread);
		work = futexes;
		subject = "C, a thread that waits";
	} else if (!strcmp(kind, "process")) {
		work = processes;
		subject = "C pidfd, epoll, waitid";
	} else if (!strcmp(kind, "lock")) {
		char name[] = "/tmp/sigkevent-bench-XXXXXX";
		holder = check(mkostemp(name, O_CLOEXEC), "mkostemp");
		waiter = check(open(name, O_RDWR | O_CLOEXEC), "open");
		unlink(name);
		start(lock_thread);
		work = locks;
		subject = "C, a thread that waits";
	} else if (!strcmp(kind, "accept")) {
		server = check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
		snprintf(address.sun_path, sizeof address.sun_path, "/tmp/sigkevent-bench-%d", (int)getpid());
		check(bind(server, (struct sockaddr *)&address, sizeof address), "bind");
		check(listen(server, 16), "listen");
		watch(EPOLL_CTL_ADD, server);
		work = accepts;
		subject = "C epoll, accept4";
	} else {
		usage("fd|signal|notified|futex|process|lock|accept ROUNDS");
	}
	struct result result = measure_rate("kinds", subject, work, rounds);
	measure_latency("kinds", subject, work, result.operations);
	if (address.sun_path[0])
		unlink(address.sun_path);
	return 0;
}
