/*
 * Arming and disarming one timer of the kernel while N others are pending: timer_settime with SIGEV_SIGNAL and SIGEV_NONE,
 * timerfd_settime. The others are timers with SIGEV_SIGNAL, because only those stand in the kernel's tree; they are due in an
 * hour or more. N is bound by the number of signals that may be pending (ulimit -i).
 */
#include "peer.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

static timer_t timer;
static int timer_fd;

static struct itimerspec at(long seconds, long nanos)
{
	struct itimerspec spec = {.it_value = {.tv_sec = seconds, .tv_nsec = nanos}};
	return spec;
}

static timer_t create(int notify)
{
	struct sigevent event = {.sigev_notify = notify, .sigev_signo = SIGRTMIN};
	timer_t made;
	check(timer_create(CLOCK_MONOTONIC, &event, &made), "timer_create");
	return made;
}

static void pairs(long operations)
{
	struct itimerspec off = at(0, 0);
	for (long i = 0; i < operations; i++) {
		struct itimerspec on = at(3600, i & 0xfffff);
		check(timer_settime(timer, 0, &on, NULL), "timer_settime");
		check(timer_settime(timer, 0, &off, NULL), "timer_settime");
	}
}

static void descriptor_pairs(long operations)
{
	struct itimerspec off = at(0, 0);
	for (long i = 0; i < operations; i++) {
		struct itimerspec on = at(3600, i & 0xfffff);
		check(timerfd_settime(timer_fd, 0, &on, NULL), "timerfd_settime");
		check(timerfd_settime(timer_fd, 0, &off, NULL), "timerfd_settime");
	}
}

/* How many timers the limit allows, after raising it as far as may be; fewer than wanted are said to be so in the subject. */
static long make_room(long timers)
{
	const long others = 1000; /* what the user's other processes may have pending */
	struct rlimit limit;
	check(getrlimit(RLIMIT_SIGPENDING, &limit), "getrlimit");
	if (limit.rlim_cur == RLIM_INFINITY || (long)limit.rlim_cur >= timers + others)
		return timers;
	struct rlimit wanted = {.rlim_cur = timers + others, .rlim_max = timers + others};
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted.rlim_max)
		wanted.rlim_max = limit.rlim_max;
	if (setrlimit(RLIMIT_SIGPENDING, &wanted) == 0)
		return timers;
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_SIGPENDING, &limit), "setrlimit");
	long room = (long)limit.rlim_cur - others;
	return room < 0 ? 0 : room < timers ? room : timers;
}

static void report_pair(const char *what, long pending, work_t work, int rounds)
{
	char subject[96];
	snprintf(subject, sizeof subject, "%s, %ld pending", what, pending);
	struct result result = measure(work, rounds);
	report("timer", subject, result.nanos, "ns");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("PENDING ROUNDS");
	long pending = number(argv[1], 0, 1000000);
	int rounds = number(argv[2], 1, MOST_ROUNDS);
	pending = make_room(pending);
	for (long i = 0; i < pending; i++) {
		struct itimerspec spec = at(3600 + i % 977, i % 1000000000);
		check(timer_settime(create(SIGEV_SIGNAL), 0, &spec, NULL), "timer_settime");
	}
	timer = create(SIGEV_SIGNAL);
	report_pair("kernel timer_settime, SIGEV_SIGNAL", pending, pairs, rounds);
	timer_delete(timer);
	timer = create(SIGEV_NONE);
	report_pair("kernel timer_settime, SIGEV_NONE", pending, pairs, rounds);
	timer_fd = check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
	report_pair("kernel timerfd_settime", pending, descriptor_pairs, rounds);
	return 0;
}
