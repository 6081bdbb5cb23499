/*
 * How late the kernel's timers are: 10,000 that expire once, one every 100 us (once), or 1,000 with a period of 10 ms, one every
 * 10 us (periodic); as timerfds in one epoll set, or with SIGEV_SIGNAL and sigwaitinfo, or with SIGEV_THREAD. As many as the
 * limits on descriptors and pending signals allow; fewer are said to be so.
 */
#include "peer.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#define MOST 10000
#define AHEAD 200000000L

static long timers, expiries, taken;
static int64_t apart, period, begin;
static double late[500000];
static int64_t due[MOST];
static sem_t done;

static struct timespec at(int64_t nanos)
{
	struct timespec t = {.tv_sec = nanos / 1000000000, .tv_nsec = nanos % 1000000000};
	return t;
}

static struct itimerspec when(long i)
{
	due[i] = begin + i * apart;
	struct itimerspec spec = {.it_value = at(due[i]), .it_interval = at(period)};
	return spec;
}

static void expired(long i, int64_t count)
{
	int64_t time = now();
	for (; count > 0 && taken < expiries; count--) {
		late[taken++] = time - due[i];
		due[i] += period;
	}
}

/* As many as a limit allows, after raising it as far as may be. */
static long allowed(int resource, long wanted, long others)
{
	struct rlimit limit;
	check(getrlimit(resource, &limit), "getrlimit");
	if (limit.rlim_max == RLIM_INFINITY || (long)limit.rlim_max >= wanted + others)
		limit.rlim_cur = wanted + others;
	else
		limit.rlim_cur = limit.rlim_max;
	check(setrlimit(resource, &limit), "setrlimit");
	return (long)limit.rlim_cur - others < wanted ? (long)limit.rlim_cur - others : wanted;
}

static void descriptors(void)
{
	static struct epoll_event events[64];
	int set = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	int fds[MOST];
	begin = now() + AHEAD;
	for (long i = 0; i < timers; i++) {
		struct itimerspec spec = when(i);
		struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
		fds[i] = check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
		check(timerfd_settime(fds[i], TFD_TIMER_ABSTIME, &spec, NULL), "timerfd_settime");
		check(epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event), "epoll_ctl");
	}
	while (taken < expiries) {
		int n = check(epoll_wait(set, events, 64, -1), "epoll_wait");
		for (int i = 0; i < n; i++) {
			uint64_t count;
			if (read(fds[events[i].data.u64], &count, sizeof count) == sizeof count)
				expired(events[i].data.u64, count);
		}
	}
}

static void post(union sigval value)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&lock);
	expired(value.sival_int, 1);
	if (taken >= expiries)
		sem_post(&done);
	pthread_mutex_unlock(&lock);
}

static void posix(int notify)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	check(sigprocmask(SIG_BLOCK, &set, NULL), "sigprocmask");
	check(sem_init(&done, 0, 0), "sem_init");
	begin = now() + AHEAD;
	for (long i = 0; i < timers; i++) {
		struct itimerspec spec = when(i);
		struct sigevent event = {.sigev_notify = notify, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = i};
		timer_t timer;
		if (notify == SIGEV_THREAD)
			event.sigev_notify_function = post;
		check(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
		check(timer_settime(timer, TIMER_ABSTIME, &spec, NULL), "timer_settime");
	}
	while (notify == SIGEV_SIGNAL && taken < expiries) {
		siginfo_t info;
		if (sigwaitinfo(&set, &info) > 0)
			expired(info.si_value.sival_int, 1 + info.si_overrun);
	}
	if (notify == SIGEV_THREAD)
		while (sem_wait(&done) < 0)
			;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		usage("once|periodic timerfd|signal|thread ROUNDS");
	int periodic = !strcmp(argv[1], "periodic");
	int descriptor = !strcmp(argv[2], "timerfd");
	int notify = !strcmp(argv[2], "thread") ? SIGEV_THREAD : SIGEV_SIGNAL;
	timers = periodic ? 1000 : 10000;
	apart = periodic ? 10000 : 100000;
	period = periodic ? 10000000 : 0;
	timers = descriptor ? allowed(RLIMIT_NOFILE, timers, 16) : allowed(RLIMIT_SIGPENDING, timers, 1000);
	expiries = periodic ? timers * 50 : timers;
	if (descriptor)
		descriptors();
	else
		posix(notify);
	qsort(late, taken, sizeof *late, ascending);
	char subject[96];
	snprintf(subject, sizeof subject, "C %s, %ld timers",
		 descriptor ? "timerfd, epoll" : notify == SIGEV_THREAD ? "SIGEV_THREAD" : "SIGEV_SIGNAL, sigwaitinfo", timers);
	report("timer", subject, late[taken / 2] / 1e3, "p50 us");
	report("timer", subject, late[taken * 99 / 100] / 1e3, "p99 us");
	report("timer", subject, late[taken - 1] / 1e3, "max us");
	return 0;
}
