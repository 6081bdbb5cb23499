/*
 * Rounds of a message queue: register with mq_notify, send, be notified, receive, on one thread. With SIGEV_THREAD, with
 * SIGEV_SIGNAL and sigwaitinfo; by a netlink socket, as the C library and this one do it underneath; and the same without
 * mq_notify, by epoll on the queue's descriptor.
 */
#include "peer.h"
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define MESSAGE 64

static mqd_t queue;
static int epoll_fd;
static sem_t notified;
static sigset_t notification;
static struct sigevent event;
static char message[MESSAGE];

static void post(union sigval value)
{
	(void)value;
	sem_post(&notified);
}

static void send_one(void)
{
	check(mq_send(queue, message, 8, 0), "mq_send");
}

static void receive_one(void)
{
	check(mq_receive(queue, message, MESSAGE, NULL), "mq_receive");
}

static void by_thread(long operations)
{
	for (long i = 0; i < operations; i++) {
		check(mq_notify(queue, &event), "mq_notify");
		send_one();
		while (sem_wait(&notified) < 0)
			if (errno != EINTR)
				fail("sem_wait");
		receive_one();
	}
}

static void by_signal(long operations)
{
	for (long i = 0; i < operations; i++) {
		check(mq_notify(queue, &event), "mq_notify");
		send_one();
		while (sigwaitinfo(&notification, NULL) < 0)
			if (errno != EINTR)
				fail("sigwaitinfo");
		receive_one();
	}
}

static void by_netlink(long operations)
{
	char cookie[32] = {0}, told[32];
	int fd = check(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), "socket");
	struct sigevent raw = {.sigev_notify = SIGEV_THREAD, .sigev_signo = fd, .sigev_value.sival_ptr = cookie};
	for (long i = 0; i < operations; i++) {
		check(syscall(SYS_mq_notify, queue, &raw), "mq_notify");
		send_one();
		check(recv(fd, told, sizeof told, MSG_DONTWAIT), "recv");
		receive_one();
	}
	close(fd);
}

static void by_epoll(long operations)
{
	struct epoll_event ready;
	for (long i = 0; i < operations; i++) {
		send_one();
		while (epoll_wait(epoll_fd, &ready, 1, -1) < 0)
			if (errno != EINTR)
				fail("epoll_wait");
		receive_one();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "all"))
		usage("all ROUNDS");
	int rounds = number(argv[2], 1, MOST_ROUNDS);
	char name[64];
	snprintf(name, sizeof name, "/peer.%ld", (long)getpid());
	struct mq_attr attributes = {.mq_maxmsg = 8, .mq_msgsize = MESSAGE};
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
	check(queue, "mq_open");
	mq_unlink(name);

	sigemptyset(&notification);
	sigaddset(&notification, SIGRTMIN);
	check(sigprocmask(SIG_BLOCK, &notification, NULL), "sigprocmask");
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGRTMIN;
	measure_rate("mq", "glibc mq_notify, SIGEV_SIGNAL, sigwaitinfo", by_signal, rounds);

	measure_rate("mq", "C mq_notify, netlink socket", by_netlink, rounds);

	struct epoll_event readable = {.events = EPOLLIN};
	epoll_fd = check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	check(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, queue, &readable), "epoll_ctl");
	measure_rate("mq", "C epoll on the queue, no mq_notify", by_epoll, rounds);

	/* The last one: the threads that it starts may take signals, and the signal of above would end the program. */
	check(sem_init(&notified, 0, 0), "sem_init");
	memset(&event, 0, sizeof event);
	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = post;
	measure_rate("mq", "glibc mq_notify, SIGEV_THREAD", by_thread, rounds);
	return 0;
}
