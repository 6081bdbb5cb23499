/*
 * Real-time signals from another process, taken with sigwaitinfo: as fast as they come, or one at a time, the next when
 * the last has been taken. The sender, which the Java side starts too, reads numbers of 32 bits: so many signals it sends.
 */
#include "peer.h"
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

static sigset_t signals;
static int to_sender;

static void send_signals(int from, pid_t pid, int signo)
{
	int32_t count;
	union sigval value = {.sival_int = 7};
	while (check(read(from, &count, sizeof count), "read") == sizeof count)
		while (count > 0) {
			if (sigqueue(pid, signo, value) == 0)
				count--;
			else if (errno == EAGAIN)
				sched_yield(); /* as many are pending as may be */
			else
				fail("sigqueue");
		}
}

static void start_sender(void)
{
	int ends[2];
	pid_t receiver = getpid();
	check(pipe2(ends, O_CLOEXEC), "pipe2");
	if (check(fork(), "fork") == 0) {
		close(ends[1]);
		check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
		send_signals(ends[0], receiver, SIGRTMIN);
		exit(0);
	}
	close(ends[0]);
	to_sender = ends[1];
}

static void ask(int32_t count)
{
	check(write(to_sender, &count, sizeof count), "write");
}

static void take(void)
{
	siginfo_t info;
	while (sigwaitinfo(&signals, &info) < 0)
		if (errno != EINTR)
			fail("sigwaitinfo");
}

static void stream(long operations)
{
	ask(operations);
	for (long i = 0; i < operations; i++)
		take();
}

static void turns(long operations)
{
	for (long i = 0; i < operations; i++) {
		int64_t started = start_clock();
		ask(1);
		take();
		stop_clock(started);
	}
}

int main(int argc, char **argv)
{
	const char *words = "stream|turns ROUNDS, or send PID SIGNO";
	if (argc == 4 && !strcmp(argv[1], "send")) {
		send_signals(STDIN_FILENO, number(argv[2], 1, INT32_MAX), number(argv[3], 1, 64));
		return 0;
	}
	if (argc != 3 || (strcmp(argv[1], "stream") && strcmp(argv[1], "turns")))
		usage(words);
	work_t work = strcmp(argv[1], "stream") ? turns : stream;
	int rounds = number(argv[2], 1, MOST_ROUNDS);
	sigemptyset(&signals);
	sigaddset(&signals, SIGRTMIN);
	check(sigprocmask(SIG_BLOCK, &signals, NULL), "sigprocmask");
	start_sender();
	struct result result = measure_rate("signals", "C sigwaitinfo", work, rounds);
	if (work == turns)
		measure_latency("signals", "C sigwaitinfo", work, result.operations);
	return 0;
}
