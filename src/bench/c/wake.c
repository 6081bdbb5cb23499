/* Round trips of two threads: each wakes the other and sleeps. By eventfd and epoll, and by futex. */
#include "peer.h"
#include <linux/futex.h>
#include <pthread.h>
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

static void *answer_words(void *unused)
{
	for (long i = 0; i < trips; i++) {
		sleep_while(2 * (uint32_t)i);
		pass_on(2 * (uint32_t)i + 2);
	}
	return unused;
}

static pthread_t start_thread(void *(*body)(void *), long operations)
{
	pthread_t thread;
	trips = operations;
	errno = pthread_create(&thread, NULL, body, NULL);
	if (errno)
		fail("pthread_create");
	return thread;
}

static void by_eventfd(long operations)
{
	pthread_t other = start_thread(answer_bells, operations);
	for (long i = 0; i < operations; i++) {
		ring_bell(&there);
		sleep_on_bell(&here);
	}
	pthread_join(other, NULL);
}

static void by_futex(long operations)
{
	word = 0;
	pthread_t other = start_thread(answer_words, operations);
	for (long i = 0; i < operations; i++) {
		pass_on(2 * (uint32_t)i + 1);
		sleep_while(2 * (uint32_t)i + 1);
	}
	pthread_join(other, NULL);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		usage("ROUNDS");
	int rounds = number(argv[1], 1, MOST_ROUNDS);
	here = make_side();
	there = make_side();
	measure_rate("wake", "C eventfd and epoll", by_eventfd, rounds);
	measure_rate("wake", "C futex", by_futex, rounds);
	return 0;
}
