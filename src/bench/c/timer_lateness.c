/*
 * How late timers are: 10,000 that expire once, one every 100 us (once), or 1,000 with a period of 10 ms, one every 10 us (periodic).
 * In a heap with one timerfd, as event loops have them; as timerfds in one epoll set; with SIGEV_SIGNAL and sigwaitinfo; with
 * SIGEV_THREAD. As many as the limits on descriptors and pending signals allow; fewer are said to be so. Alone, or beside two
 * processes that always want a processor (busy).
 *
 * Every expiry that is due counts, with its own time: also one that is merged into a later one. Each timer has as many.
 */
#include "peer.h"
#include "timer_heap.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#define MOST 10000
#define AHEAD 200000000L
#define BUSY 2

static long timers, each, taken;
static int64_t apart, period, begin;
static double late[500000];
static int64_t due[MOST];
static long told[MOST];
static timer_t posix_timers[MOST];
static sem_t done;
static pid_t busy[BUSY];

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
	for (; count > 0 && told[i] < each; count--) {
		late[taken++] = time - due[i];
		due[i] += period;
		told[i]++;
	}
}

static int complete(void)
{
	return taken == timers * each;
}

/* One that runs until it is killed, or until this process ends. */
static void start_busy(void)
{
	pid_t parent = getpid();
	for (int i = 0; i < BUSY; i++) {
		busy[i] = check(fork(), "fork");
		if (busy[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			while (getppid() == parent)
				for (volatile int spin = 0; spin < 1000000; spin++)
					;
			_exit(0);
		}
	}
}

static void end_busy(void)
{
	for (int i = 0; i < BUSY; i++) {
		kill(busy[i], SIGKILL);
		waitpid(busy[i], NULL, 0);
	}
}

static void heap(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int set = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	heap_open(timers);
	check(epoll_ctl(set, EPOLL_CTL_ADD, heap_fd, &event), "epoll_ctl");
	begin = now() + AHEAD;
	for (long i = 0; i < timers; i++) {
		when(i);
		heap_arm(i, due[i]);
	}
	while (!complete()) {
		int64_t time = now();
		while (heap_size > 0 && heap_nodes[0].due <= time) {
			struct node first = heap_nodes[0];
			expired(first.timer, 1);
			if (period)
				heap_arm(first.timer, first.due + period);
			else
				heap_disarm(first.timer);
			time = now();
		}
		if (complete())
			break;
		heap_wake_for_earliest();
		/* edge-triggered: the next setting clears what was not read */
		check(epoll_wait(set, &event, 1, -1), "epoll_wait");
		heap_wakes = INT64_MAX;
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
	while (!complete()) {
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
	expired(value.sival_int, 1 + timer_getoverrun(posix_timers[value.sival_int]));
	if (complete())
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
		if (notify == SIGEV_THREAD)
			event.sigev_notify_function = post;
		check(timer_create(CLOCK_MONOTONIC, &event, &posix_timers[i]), "timer_create");
		check(timer_settime(posix_timers[i], TIMER_ABSTIME, &spec, NULL), "timer_settime");
	}
	while (notify == SIGEV_SIGNAL && !complete()) {
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
	if (argc != 5)
		usage("once|periodic heap|timerfd|signal|thread alone|busy ROUNDS");
	const char *how = argv[2], *name = "heap and one timerfd";
	int periodic = !strcmp(argv[1], "periodic"), others = !strcmp(argv[3], "busy");
	timers = periodic ? 1000 : 10000;
	apart = periodic ? 10000 : 100000;
	period = periodic ? 10000000 : 0;
	each = periodic ? 50 : 1;
	if (others)
		start_busy();
	int64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	if (!strcmp(how, "heap")) {
		heap();
	} else if (!strcmp(how, "timerfd")) {
		name = "a timerfd for each, epoll";
		timers = allowed(RLIMIT_NOFILE, timers, 16);
		descriptors();
	} else {
		int thread = !strcmp(how, "thread");
		name = thread ? "SIGEV_THREAD" : "SIGEV_SIGNAL, sigwaitinfo";
		timers = allowed(RLIMIT_SIGPENDING, timers, 1000);
		posix(thread ? SIGEV_THREAD : SIGEV_SIGNAL);
	}
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (others)
		end_busy();
	qsort(late, taken, sizeof *late, ascending);
	char subject[96];
	snprintf(subject, sizeof subject, timers == (periodic ? 1000 : 10000) ? "C %s" : "C %s, %ld timers", name, timers);
	report("timer", subject, late[taken / 2] / 1e3, "p50 us");
	report("timer", subject, late[taken * 99 / 100] / 1e3, "p99 us");
	report("timer", subject, late[taken * 999 / 1000] / 1e3, "p99.9 us");
	report("timer", subject, late[taken - 1] / 1e3, "max us");
	report("timer", subject, (double)cpu / taken, "cpu ns/op");
	return 0;
}
