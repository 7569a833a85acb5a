// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <asm/signal.h>
#include "arch.h"
#include "worker.h"

#define STACK (256 << 10)

struct shared *shared;

static int notify_fd, hear_fd, null_fd;
static const struct port *port;
static u32 main_pid;
#define is_init (main_pid == 1)
static void *stacks[SLOTS];	/* this process's, by slot; kept for the next thread */

/* The kernel's own struct: libc's differs. include/linux/signal_types.h, and asm/signal.h of x86 */
struct kernel_sigaction {
	void (*handler)(int signal);
	unsigned long flags;
#ifdef NEEDS_RESTORER
	void (*restorer)(void);
#endif
	u8 mask[8];
};

static void handle(int signal, void (*handler)(int), unsigned long flags)
{
	/* SA_SIGINFO: i386 has another frame, and another way back, for handlers without */
	struct kernel_sigaction action = { .handler = handler, .flags = flags | SA_SIGINFO };

#ifdef NEEDS_RESTORER
	action.flags |= SA_RESTORER;
	action.restorer = signal_return;
#endif
	sys4(__NR_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

static void ignore(int signal)
{
	(void)signal;
}

static void fault(int signal)
{
	u32 tid = sys0(__NR_gettid);

	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];

		if (slot->state == SLOT_TAKEN && slot->tid == tid) {
			void **guard = program_guard(slot);

			if (guard)
				__builtin_longjmp(guard, 1);
		}
	}
	/* Not by our doing: die of it as any program would, also where nothing faults again. */
	handle(signal, SIG_DFL, 0);
	sys2(__NR_kill, sys0(__NR_getpid), signal);
}

long futex_wait(u32 *word, u32 value)
{
	return sys4(NR_futex, word, FUTEX_WAIT, value, NULL);
}

void futex_wake(u32 *word)
{
	sys3(NR_futex, word, FUTEX_WAKE, 0x7fffffff);
}

struct record *ring_peek(struct ring *ring)
{
	for (;;) {
		u32 at = ring->tail & (RING - 1);
		struct record *record = (struct record *)(ring->data + at);

		if (ring->tail == __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE))
			return NULL;
		if (!record->skip)
			return record;
		__atomic_store_n(&ring->tail, ring->tail + (RING - at), __ATOMIC_RELEASE);
	}
}

static u32 padded(u32 size)
{
	return round_up(size + sizeof(struct record), 16U);
}

void ring_drop(struct ring *ring, struct record *record)
{
	__atomic_store_n(&ring->tail, ring->tail + padded(record->size), __ATOMIC_RELEASE);
}

struct record *ring_reserve(struct ring *ring, u32 size)
{
	u32 at = ring->head & (RING - 1);
	u32 left = RING - (ring->head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE));
	struct record *record = (struct record *)(ring->data + at);
	u32 gap = RING - at < padded(size) ? RING - at : 0;

	if (padded(size) > RING / 2 || left < gap + padded(size))
		return NULL;
	if (gap) {
		record->skip = 1;
		__atomic_store_n(&ring->head, ring->head + gap, __ATOMIC_RELEASE);
		record = (struct record *)ring->data;
	}
	record->size = size;
	record->skip = 0;
	return record;
}

void ring_commit(struct ring *ring, struct record *record, u32 size)
{
	record->size = size;
	__atomic_store_n(&ring->head, ring->head + padded(size), __ATOMIC_RELEASE);
}

int ring_put(struct ring *ring, const u8 *data, u32 size)
{
	struct record *record = ring_reserve(ring, size);

	if (!record)
		return 0;
	memcpy(record + 1, data, size);
	ring_commit(ring, record, size);
	return 1;
}

int workers_init(int hear, int notify, const struct port *of_main)
{
	long at;

#ifdef __NR_mmap2
	at = sys6(__NR_mmap2, 0, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
#else
	at = sys6(__NR_mmap, 0, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
#endif
	if (is_error(at))
		return at;
	shared = (struct shared *)at;
	hear_fd = hear;
	notify_fd = notify;
	port = of_main;
	main_pid = sys0(__NR_getpid);
	null_fd = sys4(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
	if (null_fd >= 0)
		null_fd = sys3(__NR_fcntl, null_fd, F_DUPFD_CLOEXEC, 200);
	/* Handlers, for an ignored signal stays ignored in the binaries that workers execute. */
	handle(SIGPIPE, ignore, 0);
	handle(SIGCHLD, ignore, 0);
	handle(SIGIO, ignore, 0);
	return 0;
}

/* A thread's slot is free again when the thread has gone and its last result, too. */
static int is_vacant(struct slot *slot, u32 state)
{
	return state == SLOT_FREE ||
	       (state == SLOT_LEFT && !__atomic_load_n(&slot->tid, __ATOMIC_ACQUIRE) && ring_is_empty(&slot->out));
}

struct slot *slot_take(int is_process, const u32 *root)
{
	u32 creator = sys0(__NR_getpid);

	for (int i = 0; i < SLOTS; i++) {
		struct slot *slot = &shared->slots[i];
		u32 state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

		if (!is_vacant(slot, state) ||
		    !__atomic_compare_exchange_n(&slot->state, &state, SLOT_RESERVED + creator, 0, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		slot->generation = (slot->generation + 1) & ((1 << 26) - 1);
		slot->is_process = is_process;
		slot->root = root ? *root : (u32)i;
		slot->pid = creator;
		slot->tid = 0;
		slot->running = slot->cancel = slot->signals = 0;
		/* The other ring is empty, and the main process may be looking at it. */
		slot->in.head = slot->in.tail = 0;
		__atomic_store_n(&slot->state, SLOT_TAKEN, __ATOMIC_RELEASE);
		return slot;
	}
	return NULL;
}

static void tell_main(void)
{
	if (!__atomic_exchange_n(&shared->notified, 1, __ATOMIC_ACQ_REL) &&
	    sys3(__NR_write, notify_fd, "", 1) == -EBADF)
		sys1(__NR_exit_group, 125);	/* a test closed what is not its own: nobody would hear us again */
}

void worker_take_signals(struct slot *slot)
{
	while (__atomic_load_n(&slot->signalling, __ATOMIC_SEQ_CST))
		futex_wait(&slot->signalling, 1);
	if (!slot->signals)
		return;
	sys0(__NR_getppid);	/* any call would do: the signal is delivered at its end */
	slot->signals = 0;
}

static void __attribute__((noreturn)) serve(struct slot *slot)
{
	for (;;) {
		u32 head = __atomic_load_n(&slot->in.head, __ATOMIC_ACQUIRE);
		struct record *program = ring_peek(&slot->in);

		if (!program) {
			if (head == slot->in.tail)
				futex_wait(&slot->in.head, head);
			continue;
		}
		program_run(slot, program);
		ring_drop(&slot->in, program);
		tell_main();
	}
}

static void __attribute__((noreturn)) begin_process(struct slot *slot)
{
	if (!is_init) {
		sys5(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		/* Before that nobody would have told us. */
		if ((u32)sys0(__NR_getppid) != main_pid)
			sys1(__NR_exit_group, 125);
	}
	slot->tid = sys0(__NR_gettid);
	serve(slot);
}

/* The kernel itself puts down the child's number, so there is no moment at which a kill would leave nobody's slot. */
static long clone_process(struct slot *slot, unsigned long flags)
{
	return sys5(__NR_clone, flags | CLONE_PARENT_SETTID, 0, &slot->pid, 0, 0);
}

long worker_open(struct slot *slot)
{
	long pid = clone_process(slot, SIGCHLD);
	u64 none = 0;

	if (pid)
		return pid;
	handle(CANCEL_SIGNAL, ignore, 0);
	handle(SIGSEGV, fault, SA_NODEFER);
	handle(SIGBUS, fault, SA_NODEFER);
	sys4(__NR_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
	sys0(__NR_setsid);
	/* The line is the main process's alone: it ends with it. */
	sys1(__NR_close, port->in);
	sys1(__NR_close, port->out);
	sys1(__NR_close, hear_fd);
	for (int fd = 0; fd < 3; fd++)
		sys3(__NR_dup3, null_fd, fd, 0);
	sys1(__NR_close, null_fd);
	begin_process(slot);
}

static void begin_thread(void *slot)
{
	serve(slot);
}

static void *new_stack(void)
{
	const unsigned long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#ifdef __NR_mmap2
	return (void *)sys6(__NR_mmap2, 0, STACK, PROT_READ | PROT_WRITE, flags, -1, 0);
#else
	return (void *)sys6(__NR_mmap, 0, STACK, PROT_READ | PROT_WRITE, flags, -1, 0);
#endif
}

long worker_clone(struct slot *slot, unsigned long flags)
{
	void **stack = &stacks[slot - shared->slots];
	long id;

	if (slot->is_process) {
		/* The main process shall be the parent, and hear of its end. */
		id = clone_process(slot, flags | CLONE_PARENT | SIGCHLD);
		if (id)
			return id;
		for (int i = 0; i < SLOTS; i++)
			stacks[i] = NULL;
		begin_process(slot);
	}
	if (!*stack)
		*stack = new_stack();
	if (is_error(*stack))
		return -ENOMEM;
	return clone_thread(flags | CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
			    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
			    (u8 *)*stack + STACK, &slot->tid, begin_thread, slot);
}

void worker_end(struct slot *slot, int code)
{
	tell_main();
	if (slot->is_process)
		sys1(__NR_exit_group, code);
	__atomic_store_n(&slot->state, SLOT_LEFT, __ATOMIC_RELEASE);
	for (;;)
		sys1(__NR_exit, 0);
}
