/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workers: threads and processes that run programs, each with a queue of its
 * own. A slot is a worker's place in a mapping that all of them share with the
 * main process; programs go in by one ring, results come out by another. The
 * main process wakes a worker by futex and is woken by a pipe, so neither a
 * blocked worker nor one that changed its credentials is in anybody's way.
 */
#ifndef AGENT_WORKER_H
#define AGENT_WORKER_H

#include "agent.h"

#define SLOTS 64
#define RING (512 << 10)
/*
 * The host keeps at most RING / 2 bytes of programs in a queue and a single one
 * below RING / 4: then there is always room, the gap before a wrap included.
 */
#define RECORD_MAX (RING / 4)

#define OPS_MAX 2048
#define BARRIERS 16

#define CANCEL_SIGNAL 12	/* SIGUSR2 */

struct ring {
	u32 head;		/* written so far; wraps */
	u32 tail;		/* read so far */
	u8 __attribute__((aligned(16))) data[RING];
};

/* Before each record in a ring; records are padded to 16 bytes. */
struct record {
	u32 size;		/* of what follows */
	u32 skip;		/* nothing here: go on at the start */
};

/*
 * Who reserves a slot may be killed before it is ready: so the state says who,
 * SLOT_RESERVED and the process's number. Taken is published last.
 */
enum slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_LEFT, SLOT_RESERVED };

struct slot {
	u32 state;
	u32 generation;
	u32 is_process;
	u32 root;		/* the place of the process this one descends from */
	u32 pid;		/* its creator's until it exists */
	u32 tid;		/* a thread's: the kernel clears it when the thread is gone */
	u32 running;		/* id of the program */
	u32 cancel;		/* id of the program that shall stop */
	u32 signalling;		/* main: is about to send a signal, or not to */
	u32 signals;		/* main: has sent one */
	struct ring in, out;
};

struct barrier {
	u32 waiting, round;
};

struct shared {
	u32 notified;		/* the pipe has a byte for us already */
	struct barrier barriers[BARRIERS];
	struct slot slots[SLOTS];
};

extern struct shared *shared;

/* What a worker is called in messages: never the same twice within 2^26 workers. */
static inline u32 handle_of(const struct slot *slot)
{
	return slot->generation * SLOTS + (slot - shared->slots);
}

/* Maps the slots; the pipe's ends are for the main process and for workers. */
int workers_init(int hear, int notify, const struct port *port);

/* A free slot, taken and reset, for a descendant of `root`, or of its own; NULL when all are in use. */
struct slot *slot_take(int is_process, const u32 *root);

/* From the main process: a process with descriptors 0 to 2 open and nothing else. */
long worker_open(struct slot *slot);

/* From a worker: another one, with these CLONE_ flags on top. */
long worker_clone(struct slot *slot, unsigned long flags);

/* Behind a program: a signal that was to cancel it comes here and not in the next one's first call. */
void worker_take_signals(struct slot *slot);

void worker_end(struct slot *slot, int code) __attribute__((noreturn));

static inline int ring_is_empty(struct ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) == __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
}

/* 0 if the ring is full. */
int ring_put(struct ring *ring, const u8 *data, u32 size);
/* The oldest record, or NULL. */
struct record *ring_peek(struct ring *ring);
void ring_drop(struct ring *ring, struct record *record);
/* Room for a record of this size in one piece, or NULL; ring_commit() with its final size. */
struct record *ring_reserve(struct ring *ring, u32 size);
void ring_commit(struct ring *ring, struct record *record, u32 size);

long futex_wait(u32 *word, u32 value);
void futex_wake(u32 *word);

/* program.c */
void program_run(struct slot *slot, struct record *program);
/* Where a fault in a guarded copy goes on; 0 if this thread is in none. */
void **program_guard(struct slot *slot);

#endif
