/*
 * Round trips of two threads: each wakes the other and waits. By eventfd and epoll, by futex, and by a futex behind which a thread looks
 * at the word for up to 20 us before it sleeps, if it has more than one processor; then whoever finds nobody asleep makes no system call.
 * One trip after the other (none), or with 50 us of work or 1 ms of sleep between them.
 */
#include "peer.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

struct side {
	int event_fd;
	int epoll_fd;
};

static struct side here, there;
static uint32_t word; /* whose turn it is: odd is the other thread's */
static long trips;
static int asleep[2]; /* whether the thread that waits for an odd or even word may sleep */
static int64_t spin_nanos, work_nanos, sleep_nanos;

#define SPIN_NANOS 20000
#define SPINS 64 /* between two looks at the clock */

static struct side make_side(void)
{
	struct side side;
	struct epoll_event readable = {.events = EPOLLIN};
	side.event_fd = check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
	side.epoll_fd = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	check(epoll_ctl(side.epoll_fd, EPOLL_CTL_ADD, side.event_fd, &readable), "epoll_ctl");
	return side;
}

static void ring_bell(const struct side *side)
{
	uint64_t one = 1;
	check(write(side->event_fd, &one, sizeof one), "write to the eventfd");
}

static void sleep_on_bell(const struct side *side)
{
	struct epoll_event ready;
	uint64_t count;
	while (epoll_wait(side->epoll_fd, &ready, 1, -1) < 0)
		if (errno != EINTR)
			fail("epoll_wait");
	check(read(side->event_fd, &count, sizeof count), "read of the eventfd");
}

static void *answer_bells(void *unused)
{
	for (long i = 0; i < trips; i++) {
		sleep_on_bell(&there);
		ring_bell(&here);
	}
	return unused;
}

static void sleep_while(uint32_t value)
{
	while (__atomic_load_n(&word, __ATOMIC_ACQUIRE) == value) /* pairs with the release in pass_on */
		if (syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0) < 0 && errno != EAGAIN && errno != EINTR)
			fail("futex wait");
}

static void pass_on(uint32_t value)
{
	__atomic_store_n(&word, value, __ATOMIC_RELEASE); /* pairs with the acquire in sleep_while */
	check(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), "futex wake");
}

static void relax(void)
{
#if defined __x86_64__
	__builtin_ia32_pause();
#elif defined __aarch64__
	__asm__ volatile("isb");
#endif
}

static void spin_or_sleep_while(uint32_t value)
{
	for (int64_t end = spin_nanos ? now() + spin_nanos : 0; end && now() < end;)
		for (int i = 0; i < SPINS; i++) {
			if (__atomic_load_n(&word, __ATOMIC_ACQUIRE) != value) /* pairs with the store in pass_on_unless_awake */
				return;
			relax();
		}
	/* either this thread sees the new word or the other one sees that this one may sleep */
	__atomic_store_n(&asleep[value & 1], 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == value)
		if (syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0) < 0 && errno != EAGAIN && errno != EINTR)
			fail("futex wait");
	__atomic_store_n(&asleep[value & 1], 0, __ATOMIC_RELAXED);
}

static void pass_on_unless_awake(uint32_t value)
{
	__atomic_store_n(&word, value, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&asleep[(value - 1) & 1], __ATOMIC_SEQ_CST))
		check(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), "futex wake");
}

static void gap(void)
{
	if (work_nanos)
		for (int64_t end = now() + work_nanos; now() < end;)
			relax();
	if (sleep_nanos) {
		struct timespec time = {.tv_nsec = sleep_nanos};
		nanosleep(&time, NULL);
	}
}

struct way {
	void (*pass)(uint32_t value);
	void (*wait_while)(uint32_t value);
};

static struct way futex = {pass_on, sleep_while};
static struct way spinning_futex = {pass_on_unless_awake, spin_or_sleep_while};

static void *answer_words(void *argument)
{
	struct way *by = argument;
	for (long i = 0; i < trips; i++) {
		by->wait_while(2 * (uint32_t)i);
		by->pass(2 * (uint32_t)i + 2);
	}
	return NULL;
}

static pthread_t start_thread(void *(*body)(void *), void *argument, long operations)
{
	pthread_t thread;
	trips = operations;
	errno = pthread_create(&thread, NULL, body, argument);
	if (errno)
		fail("pthread_create");
	return thread;
}

static void by_eventfd(long operations)
{
	pthread_t other = start_thread(answer_bells, NULL, operations);
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		ring_bell(&there);
		sleep_on_bell(&here);
		stop_clock(started);
		gap();
	}
	pthread_join(other, NULL);
}

static void by_words(struct way *by, long operations)
{
	word = 0;
	pthread_t other = start_thread(answer_words, by, operations);
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		by->pass(2 * (uint32_t)i + 1);
		by->wait_while(2 * (uint32_t)i + 1);
		stop_clock(started);
		gap();
	}
	pthread_join(other, NULL);
}

static void by_futex(long operations)
{
	by_words(&futex, operations);
}

static void by_spinning_futex(long operations)
{
	by_words(&spinning_futex, operations);
}

/* With gaps a rate says nothing. */
static void measure_trips(const char *subject, work_t work, int rounds)
{
	struct result result = measure(work, rounds);
	if (!work_nanos && !sleep_nanos)
		report("wake", subject, 1e9 / result.nanos, "op/s");
	report("wake", subject, result.cpu_nanos, "cpu ns/op");
	measure_latency("wake", subject, work, result.operations);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		usage("none|work|sleep ROUNDS");
	int rounds = number(argv[2], 1, MOST_ROUNDS);
	cpu_set_t processors;
	check(sched_getaffinity(0, sizeof processors, &processors), "sched_getaffinity");
	spin_nanos = CPU_COUNT(&processors) > 1 ? SPIN_NANOS : 0;
	work_nanos = !strcmp(argv[1], "work") ? 50000 : 0;
	sleep_nanos = !strcmp(argv[1], "sleep") ? 1000000 : 0;
	here = make_side();
	there = make_side();
	measure_trips("C eventfd and epoll", by_eventfd, rounds);
	measure_trips("C futex", by_futex, rounds);
	measure_trips("C futex, looks for 20 us first", by_spinning_futex, rounds);
	return 0;
}
