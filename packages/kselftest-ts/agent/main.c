// SPDX-License-Identifier: GPL-2.0-only
/* The main process: between the link and the workers. */
#include <linux/fcntl.h>
#include <linux/poll.h>
#include <linux/time_types.h>
#include <linux/wait.h>
#include <asm/signal.h>
#include "link.h"
#include "messages.h"
#include "worker.h"

#define CLOCK_MONOTONIC 1	/* linux/time.h, which does not go with nolibc's types */
#define CLOCK_BOOTTIME 7

#define HIGH_FD 200		/* away from what tests see */
#define SMALL_MESSAGES 16384	/* room that results leave in the send buffer */
#define CANCEL_AGAIN 5000	/* us: the first signal may have come just before the system call */
#define AWAY_CHECK 200000

static struct port port;
static int notify_in, away, is_init;
static struct {
	u8 gone;
	u32 status;
	u32 cancelling;		/* id, signalled until it stops */
} known[SLOTS];

static u32 clock_us(int clock)
{
	struct __kernel_timespec now = { 0 };

	sys2(NR_clock_gettime, clock, &now);
	return (u32)now.tv_sec * 1000000 + (u32)now.tv_nsec / 1000;
}

u32 now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static struct slot *slot_of(u32 handle)
{
	struct slot *slot = &shared->slots[handle % SLOTS];

	return slot->state == SLOT_TAKEN && handle_of(slot) == handle && !known[handle % SLOTS].gone ? slot : NULL;
}

static void say(u8 kind, u16 small, u32 a, u32 b, u32 c, int words)
{
	u8 message[16] = { kind };

	put_u16(message + 2, small);
	put_u32(message + 4, a);
	put_u32(message + 8, b);
	put_u32(message + 12, c);
	if (link_room() < sizeof(message))
		return;
	link_begin(4 + 4 * words);
	link_add(message, 4 + 4 * words);
}

/* A process that the host opened takes its descendants along: workers, and its session's other processes. */
static void kill_slot(struct slot *slot)
{
	u32 index = slot - shared->slots;

	for (u32 i = 0; slot->root == index && i < SLOTS; i++) {
		struct slot *other = &shared->slots[i];

		if (other != slot && other->state == SLOT_TAKEN && other->is_process && other->root == index)
			sys2(__NR_kill, other->pid, SIGKILL);
	}
	if (slot->root == index)
		sys2(__NR_kill, -(long)slot->pid, SIGKILL);
	sys2(__NR_kill, slot->pid, SIGKILL);
}

void session_began(void)
{
	u8 info[28] = { MESSAGE_INFO, PROTOCOL, ABI, is_init ? INFO_IS_INIT : 0 };

	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];

		known[i].cancelling = 0;
		if (slot->state == SLOT_TAKEN && slot->is_process && !known[i].gone)
			kill_slot(slot);
		/* What it said belongs to the session before. */
		__atomic_store_n(&slot->out.tail, __atomic_load_n(&slot->out.head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	}
	put_u32(info + 4, sys0(__NR_getpid));
	put_u32(info + 8, SLOTS);
	put_u32(info + 12, RECORD_MAX);
	put_u32(info + 16, RING / 2);
	put_u32(info + 20, OPS_MAX);
	put_u32(info + 24, clock_us(CLOCK_BOOTTIME));
	link_begin(sizeof(info));
	link_add(info, sizeof(info));
}

static void run_program(const u8 *message, u32 length)
{
	u32 handle = get_u32(message + 4), id = get_u32(message + 8);
	struct slot *slot = slot_of(handle);

	if (!slot)
		say(MESSAGE_REFUSED, ESRCH, handle, id, 0, 2);
	else if (!ring_put(&slot->in, message, length))
		say(MESSAGE_REFUSED, length > RECORD_MAX ? EMSGSIZE : EAGAIN, handle, id, 0, 2);
	else
		futex_wake(&slot->in.head);
}

static void open_worker(u32 token)
{
	struct slot *slot = slot_take(1, NULL);
	long pid = slot ? worker_open(slot) : -EAGAIN;

	if (slot && pid < 0)
		__atomic_store_n(&slot->state, SLOT_FREE, __ATOMIC_RELEASE);
	say(MESSAGE_OPENED, 0, token, slot ? handle_of(slot) : 0, pid, 3);
}

/* The program may end meanwhile. Either we see that, or its worker sees us and waits; see worker_take_signals(). */
static void signal_slot(struct slot *slot, u32 id)
{
	__atomic_store_n(&slot->signalling, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&slot->running, __ATOMIC_SEQ_CST) == id) {
		slot->signals = 1;
		sys3(__NR_tgkill, slot->pid, slot->tid, CANCEL_SIGNAL);
	}
	__atomic_store_n(&slot->signalling, 0, __ATOMIC_SEQ_CST);
	futex_wake(&slot->signalling);
}

static void cancel(struct slot *slot, u32 id)
{
	__atomic_store_n(&slot->cancel, id, __ATOMIC_SEQ_CST);
	known[slot - shared->slots].cancelling = id;
}

/* Sends the signals that are due; gives whether there will be more. */
static int cancel_signals(void)
{
	static u32 last;
	u32 now = now_us();
	int more = 0;

	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];

		if (!known[i].cancelling)
			continue;
		if (slot->state != SLOT_TAKEN || __atomic_load_n(&slot->running, __ATOMIC_SEQ_CST) != known[i].cancelling) {
			known[i].cancelling = 0;
			continue;
		}
		if (now - last >= CANCEL_AGAIN)
			signal_slot(slot, known[i].cancelling);
		more = 1;
	}
	if (now - last >= CANCEL_AGAIN)
		last = now;
	return more;
}

void message_came(const u8 *message, u32 length)
{
	struct slot *slot;

	if (length < 8)
		return;
	switch (message[0]) {
	case MESSAGE_RUN:
		if (length >= PROGRAM_HEADER + 4)
			run_program(message, length);
		break;
	case MESSAGE_OPEN:
		open_worker(get_u32(message + 4));
		break;
	case MESSAGE_KILL:
		slot = slot_of(get_u32(message + 4));
		if (slot)
			kill_slot(slot);
		break;
	case MESSAGE_CANCEL:
		slot = slot_of(get_u32(message + 4));
		if (slot && length >= 12)
			cancel(slot, get_u32(message + 8));
		break;
	case MESSAGE_PING:
		say(MESSAGE_PONG, 0, get_u32(message + 4), 0, 0, 1);
		break;
	}
}

/*
 * A thread left, and then its process ended: the kernel need not have cleared
 * its number. Somebody else may be taking the slot.
 */
static void thread_gone(struct slot *slot)
{
	u32 state = SLOT_LEFT;

	if (!__atomic_compare_exchange_n(&slot->state, &state, SLOT_RESERVED, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return;
	slot->tid = 0;
	__atomic_store_n(&slot->state, SLOT_LEFT, __ATOMIC_RELEASE);
}

/* Children that ended: workers, and as init whatever was left to us. */
static void reap(void)
{
	int status;
	long pid;

	while ((pid = sys4(__NR_wait4, -1, &status, WNOHANG, 0)) > 0) {
		for (int i = 0; i < SLOTS; i++) {
			struct slot *slot = &shared->slots[i];
			u32 state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

			if (state >= SLOT_RESERVED) {
				if (state == SLOT_RESERVED + (u32)pid)
					__atomic_store_n(&slot->state, SLOT_FREE, __ATOMIC_RELEASE);
				continue;
			}
			if (state == SLOT_FREE || slot->pid != (u32)pid)
				continue;
			if (state == SLOT_LEFT) {
				thread_gone(slot);
				continue;
			}
			known[i].gone = 1;
			known[i].status = status;
			known[i].cancelling = 0;
		}
	}
}

/* Results, as far as the link has room for them; then the news of who has gone. */
static void forward(void)
{
	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];
		struct record *result;

		if (slot->state == SLOT_FREE || slot->state >= SLOT_RESERVED)
			continue;
		while ((result = ring_peek(&slot->out))) {
			u32 size = result->size;

			if (size > MESSAGE_MAX * 2 || size > RING) {
				/* A test wrote over it. */
				if (slot->state == SLOT_TAKEN)
					sys2(__NR_kill, slot->pid, SIGKILL);
				slot->out.tail = slot->out.head;
				break;
			}
			if (link_room() < size + SMALL_MESSAGES)
				return;
			link_begin(size);
			link_add(result + 1, size);
			ring_drop(&slot->out, result);
			futex_wake(&slot->out.tail);
		}
		if (known[i].gone && link_room() > 64) {
			known[i].gone = 0;
			say(MESSAGE_GONE, 0, handle_of(slot), known[i].status, 0, 2);
			/* Nobody is in it: whatever a test wrote over them, the next one begins with sound rings. */
			slot->out.head = slot->out.tail = 0;
			__atomic_store_n(&slot->state, SLOT_FREE, __ATOMIC_RELEASE);
		}
	}
}

static void __attribute__((noreturn)) leave(void)
{
	for (int i = 0; i < SLOTS; i++)
		if (shared->slots[i].state == SLOT_TAKEN && shared->slots[i].pid != (u32)sys0(__NR_getpid))
			sys2(__NR_kill, shared->slots[i].pid, SIGKILL);
	for (;;)
		sys1(__NR_exit_group, 0);
}

static void serve_port(void)
{
	int error = link_receive();

	if (!error)
		return;
	if (is_init)
		away = 1;
	else
		leave();
}

static void wait_for_something(void)
{
	struct pollfd fds[] = {
		{ .fd = notify_in, .events = POLLIN },
		{ .fd = away ? -1 : port.in, .events = POLLIN },
		{ .fd = !away && link_wants_write() ? port.out : -1, .events = POLLOUT },
	};
	long timeout = link_timeout();
	struct __kernel_timespec until;
	u64 none = 0;
	u8 bytes[64];
	long n;

	if (cancel_signals() && (timeout < 0 || timeout > CANCEL_AGAIN))
		timeout = CANCEL_AGAIN;
	if (away && (timeout < 0 || timeout > AWAY_CHECK))
		timeout = AWAY_CHECK;
	if (timeout >= 0) {
		until.tv_sec = (u32)timeout / 1000000;
		until.tv_nsec = (u32)timeout % 1000000 * 1000;
	}
	n = sys5(NR_ppoll, fds, array_size(fds), timeout >= 0 ? &until : NULL, &none, sizeof(none));
	reap();
	away = 0;
	if (n > 0 && fds[0].revents)
		sys3(__NR_read, notify_in, bytes, sizeof(bytes));
	/* Without a byte, too: a worker may have been killed between the word and the byte. */
	__atomic_store_n(&shared->notified, 0, __ATOMIC_SEQ_CST);
	if (n <= 0)
		return;
	if (fds[1].revents & POLLIN)
		serve_port();
	else if (fds[1].revents & (POLLHUP | POLLERR) && port.vport)
		away = 1;	/* the host has not connected: SIGIO tells when it does */
	else if (fds[1].revents & (POLLHUP | POLLERR))
		serve_port();
}

static int high(int fd)
{
	int to = sys3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, HIGH_FD);

	if (to < 0)
		return fd;
	sys1(__NR_close, fd);
	return to;
}

int main(int argc, char **argv)
{
	u64 blocked = 1ull << (SIGCHLD - 1) | 1ull << (SIGIO - 1);
	int fds[2];

	is_init = sys0(__NR_getpid) == 1;
	if (is_init) {
		if (boot(&port) < 0)
			return 1;
	} else {
		port.in = 0;
		port.out = 1;
		port.printable = argc > 1 && argv[1][0] == 'c';	/* "console" */
	}
	sys4(__NR_rt_sigprocmask, SIG_BLOCK, &blocked, NULL, sizeof(blocked));
	if (is_error(sys2(__NR_pipe2, fds, O_NONBLOCK)))
		return 1;
	notify_in = high(fds[0]);
	if (port.in == port.out) {
		port.in = port.out = high(port.in);
	} else {
		port.in = high(port.in);
		port.out = high(port.out);
	}
	sys3(__NR_fcntl, port.in, F_SETFL, O_RDWR | O_NONBLOCK | (port.vport ? FASYNC : 0));
	sys3(__NR_fcntl, port.out, F_SETFL, O_RDWR | O_NONBLOCK | (port.vport ? FASYNC : 0));
	if (port.vport)
		sys3(__NR_fcntl, port.in, F_SETOWN, 1);
	if (is_error(workers_init(notify_in, high(fds[1]), &port)))
		return 1;
	link_init(&port);
	link_hello();
	if (is_init)
		boot_rest();
	for (;;) {
		forward();
		link_pump();
		wait_for_something();
	}
}
