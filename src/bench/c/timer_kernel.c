/*
 * Timers of the kernel, N of them pending with SIGEV_SIGNAL, because only those stand in the kernel's tree. A random one moved to one to
 * two hours from now (spread) or to an hour from now (same): rearm; or deleted, and another one made and armed: replace. Or one of
 * its own armed and disarmed while they rest: alone; with SIGEV_SIGNAL, SIGEV_NONE and as a timerfd. N is bound by the number of
 * signals that may be pending (ulimit -i).
 */
#include "peer.h"
#include "timer_draw.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

static timer_t timer;
static int timer_fd;
static timer_t *timers;
static int replacing;

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
static long make_room(long wanted_timers)
{
	const long others = 1000; /* what the user's other processes may have pending */
	struct rlimit limit;
	check(getrlimit(RLIMIT_SIGPENDING, &limit), "getrlimit");
	if (limit.rlim_cur == RLIM_INFINITY || (long)limit.rlim_cur >= wanted_timers + others)
		return wanted_timers;
	struct rlimit wanted = {.rlim_cur = wanted_timers + others, .rlim_max = wanted_timers + others};
	if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > wanted.rlim_max)
		wanted.rlim_max = limit.rlim_max;
	if (setrlimit(RLIMIT_SIGPENDING, &wanted) == 0)
		return wanted_timers;
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_SIGPENDING, &limit), "setrlimit");
	long room = (long)limit.rlim_cur - others;
	return room < 0 ? 0 : room < wanted_timers ? room : wanted_timers;
}

static void arm(timer_t which, int64_t nanos)
{
	struct itimerspec spec = at(nanos / 1000000000, nanos % 1000000000);
	check(timer_settime(which, 0, &spec, NULL), "timer_settime");
}

static void changes(long operations)
{
	for (long i = 0; i < operations; i++) {
		uint32_t which = draw_below(draw_count);
		int64_t nanos = draw_limit();
		if (replacing) {
			check(timer_delete(timers[which]), "timer_delete");
			timers[which] = create(SIGEV_SIGNAL);
		}
		arm(timers[which], nanos);
	}
}

static void measure_and_report(const char *what, work_t work, int rounds)
{
	char subject[96];
	snprintf(subject, sizeof subject, "%s, %u pending", what, draw_count);
	struct result result = measure(work, rounds);
	report("timer", subject, result.nanos, "ns");
	report("timer", subject, result.cpu_nanos, "cpu ns/op");
}

int main(int argc, char **argv)
{
	if (argc != 5)
		usage("rearm|replace|alone spread|same PENDING ROUNDS");
	replacing = !strcmp(argv[1], "replace");
	draw_spread = !strcmp(argv[2], "spread");
	long pending = make_room(number(argv[3], 1, 1000000));
	int rounds = number(argv[4], 1, MOST_ROUNDS);
	if (pending == 0) {
		fprintf(stderr, "%s: ulimit -i allows no timers\n", program_invocation_short_name);
		return 1;
	}
	draw_count = pending;
	timers = calloc(pending, sizeof *timers);
	if (!timers)
		fail("memory for %ld timers", pending);
	for (long i = 0; i < pending; i++) {
		draw_below(draw_count);
		timers[i] = create(SIGEV_SIGNAL);
		arm(timers[i], draw_limit());
	}
	if (strcmp(argv[1], "alone")) {
		measure_and_report(replacing ? "kernel timer_delete, timer_create, timer_settime" : "kernel timer_settime",
				   changes, rounds);
		return 0;
	}
	timer = create(SIGEV_SIGNAL);
	measure_and_report("kernel timer_settime, SIGEV_SIGNAL", pairs, rounds);
	timer_delete(timer);
	timer = create(SIGEV_NONE);
	measure_and_report("kernel timer_settime, SIGEV_NONE", pairs, rounds);
	timer_fd = check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
	measure_and_report("kernel timerfd_settime", descriptor_pairs, rounds);
	return 0;
}
