// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs: the wire format is made by src/program/encode.ts.
 *
 *	kind:u8 0:u8 ops:u16 handle:u32 id:u32 data:u32 out:u32 segments:u32
 *	data bytes
 *	operations, each: code:u8 (bit 7: go on when it fails), then by code
 *		CALL    nr:uleb count:u8 args
 *		COPY    to:arg from:arg length:arg
 *		STORE   width:u8 to:arg value:arg
 *		CLONE   process:u8 flags:uleb
 *		BARRIER number:uleb parties:uleb
 *		REPEAT  times:uleb back:uleb (bytes, to the first operation) first:uleb (its number)
 *		END     code:arg
 *	args, each: kind:u8 and
 *		NUMBER sleb | DATA offset:uleb | OUT offset:uleb | RESULT op:uleb addend:sleb |
 *		LOAD offset:uleb (a signed word of 32 bits in the out area)
 *	segments, each: op:uleb offset:uleb max:uleb kind:u8 and
 *		0 all of it | 1 as much as the operation's result says | 2 as the word at offset:uleb says
 *
 * Data is 16-byte aligned and may be written to; so is the out area. What comes
 * back is kind:u8 status:u8 ran:u16 handle:u32 id:u32, a sleb per operation that
 * ran, and of each segment whose operation succeeded length:uleb and bytes (of
 * others length 0).
 */
#include <linux/sched.h>
#include <linux/uio.h>
#include <asm/poll.h>
#include "messages.h"
#include "worker.h"

/* src/sys/layout.ts counts on these. */
_Static_assert(sizeof(struct iovec) == 2 * sizeof(void *), "struct iovec");
_Static_assert(sizeof(struct pollfd) == 8 && __builtin_offsetof(struct pollfd, revents) == 6, "struct pollfd");

enum { OP_CALL, OP_COPY, OP_STORE, OP_CLONE, OP_BARRIER, OP_REPEAT, OP_END };
enum { ARG_NUMBER, ARG_DATA, ARG_OUT, ARG_RESULT, ARG_LOAD };
enum { SEGMENT_ALL, SEGMENT_RESULT, SEGMENT_LOAD };

#define OP_GO_ON 0x80

/* The program that a thread runs. Its stack has room for the results. */
struct run {
	struct slot *slot;
	const u8 *at, *end;
	u8 *data, *out;
	u32 data_length, out_length;
	u32 ops, op;
	int bad;
	s64 results[OPS_MAX];
};

static void *guards[SLOTS][5];
static u8 guarded[SLOTS];

void **program_guard(struct slot *slot)
{
	u32 index = slot - shared->slots;

	return guarded[index] ? guards[index] : NULL;
}

static u64 uleb(struct run *run)
{
	u64 value = 0;
	u32 shift = 0;

	while (run->at < run->end) {
		u8 byte = *run->at++;

		value |= (u64)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
		shift += 7;
		if (shift > 63)
			break;
	}
	run->bad = 1;
	return 0;
}

static s64 sleb(struct run *run)
{
	s64 value = 0;
	u32 shift = 0;

	while (run->at < run->end) {
		u8 byte = *run->at++;

		value |= (s64)((u64)(byte & 0x7f) << shift);
		shift += 7;
		if (!(byte & 0x80)) {
			if (shift < 64 && byte & 0x40)
				value |= -((s64)1 << shift);
			return value;
		}
		if (shift > 63)
			break;
	}
	run->bad = 1;
	return 0;
}

static u8 byte(struct run *run)
{
	if (run->at < run->end)
		return *run->at++;
	run->bad = 1;
	return 0;
}

static u8 *put_sleb(u8 *to, s64 value)
{
	for (;;) {
		u8 low = value & 0x7f;

		value >>= 7;
		if ((value == 0 && !(low & 0x40)) || (value == -1 && low & 0x40)) {
			*to++ = low;
			return to;
		}
		*to++ = low | 0x80;
	}
}

static u8 *put_uleb(u8 *to, u32 value)
{
	for (; value > 0x7f; value >>= 7)
		*to++ = value | 0x80;
	*to++ = value;
	return to;
}

static s64 arg(struct run *run)
{
	u8 kind = byte(run);
	u64 value;

	if (kind == ARG_NUMBER)
		return sleb(run);
	value = uleb(run);
	switch (kind) {
	case ARG_DATA:
		if (value <= run->data_length)
			return (long)run->data + (s64)value;
		break;
	case ARG_OUT:
		if (value <= run->out_length)
			return (long)run->out + (s64)value;
		break;
	case ARG_RESULT: {
		s64 addend = sleb(run);

		if (value < run->ops)
			return run->results[value] + addend;
		break;
	}
	case ARG_LOAD:
		if (value + 4 <= run->out_length)
			return (s32)get_u32(run->out + value);
		break;
	}
	run->bad = 1;
	return 0;
}

/* A copy whose fault is an error and not our end. */
static long guarded_copy(struct run *run, void *to, const void *from, u32 length)
{
	u32 index = run->slot - shared->slots;

	if (__builtin_setjmp(guards[index])) {
		guarded[index] = 0;
		return -EFAULT;
	}
	guarded[index] = 1;
	__asm__ volatile ("" ::: "memory");
	memcpy(to, from, length);
	__asm__ volatile ("" ::: "memory");
	guarded[index] = 0;
	return 0;
}

static long call(struct run *run)
{
	long nr = uleb(run);
	u8 count = byte(run);
	long a[6] = { 0 };

	if (count > 6) {
		run->bad = 1;
		return 0;
	}
	for (u8 i = 0; i < count; i++)
		a[i] = arg(run);
	return run->bad ? 0 : sys6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static long copy(struct run *run)
{
	void *to = (void *)(long)arg(run);
	void *from = (void *)(long)arg(run);
	s64 length = arg(run);

	if (run->bad)
		return 0;
	if (length < 0 || length > RING)
		return -EINVAL;
	return guarded_copy(run, to, from, length);
}

static long store(struct run *run)
{
	u8 width = byte(run);
	void *to = (void *)(long)arg(run);
	s64 value = arg(run);

	if (width > 8)
		run->bad = 1;
	return run->bad ? 0 : guarded_copy(run, to, &value, width);
}

static long clone_worker(struct run *run)
{
	u8 is_process = byte(run);
	unsigned long flags = uleb(run);
	struct slot *slot;
	long id;

	if (run->bad)
		return 0;
	slot = slot_take(is_process, &run->slot->root);
	if (!slot)
		return -EAGAIN;
	id = worker_clone(slot, flags);
	if (id < 0) {
		__atomic_store_n(&slot->state, SLOT_FREE, __ATOMIC_RELEASE);
		return id;
	}
	return handle_of(slot);
}

static int cancelled(struct run *run)
{
	return __atomic_load_n(&run->slot->cancel, __ATOMIC_ACQUIRE) == run->slot->running;
}

/*
 * A barrier's word is its number and how many wait: one that a dead worker left
 * half full is empty again for whoever uses the place next.
 */
static u32 barrier_count(struct barrier *barrier, u32 number, s32 change, u32 parties)
{
	u32 old = __atomic_load_n(&barrier->waiting, __ATOMIC_ACQUIRE);
	u32 count;

	do {
		count = (old >> 8 == number ? old & 0xff : 0) + change;
	} while (!__atomic_compare_exchange_n(&barrier->waiting, &old, number << 8 | (count < parties ? count : 0), 0,
					      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	return count;
}

static long barrier(struct run *run)
{
	u32 number = (u32)uleb(run) & 0xffffff;
	u32 parties = uleb(run);
	struct barrier *barrier = &shared->barriers[number % BARRIERS];
	u32 round = __atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE);

	if (run->bad || parties > 255)
		return run->bad ? 0 : -EINVAL;
	if (barrier_count(barrier, number, 1, parties) >= parties) {
		__atomic_add_fetch(&barrier->round, 1, __ATOMIC_ACQ_REL);
		futex_wake(&barrier->round);
		return 0;
	}
	/* A short spin first: leaving it together is the point. */
	for (int i = 0; i < 2000; i++)
		if (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) != round)
			return 0;
	while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round) {
		if (cancelled(run)) {
			barrier_count(barrier, number, -1, parties);
			return -EINTR;
		}
		futex_wait(&barrier->round, round);
	}
	return 0;
}

/* Its result counts the rounds; when it was at its end, an outer loop has come round. */
static long repeat(struct run *run, const u8 *op_at)
{
	u32 times = uleb(run);
	u32 back = uleb(run);
	u32 first = uleb(run);
	s64 *done = &run->results[run->op];

	if (first > run->op || back > (u32)(op_at - run->data))
		run->bad = 1;
	if (run->bad)
		return 0;
	if (*done >= times)
		*done = 0;
	if (++*done < times) {
		s64 rounds = *done;

		run->at = op_at - back;
		run->op = first - 1;	/* the caller counts on */
		return rounds;
	}
	return *done;
}

/* Gives the status of the whole; *ran counts operations. */
static u8 interpret(struct run *run, u32 *ran)
{
	for (run->op = 0; run->op < run->ops; run->op++) {
		const u8 *op_at = run->at;
		u32 op = run->op;
		u8 code = byte(run);
		s64 result = 0;

		if (cancelled(run))
			return STATUS_CANCELLED;
		switch (code & ~OP_GO_ON) {
		case OP_CALL:
			result = call(run);
			break;
		case OP_COPY:
			result = copy(run);
			break;
		case OP_STORE:
			result = store(run);
			break;
		case OP_CLONE:
			result = clone_worker(run);
			break;
		case OP_BARRIER:
			result = barrier(run);
			break;
		case OP_REPEAT:
			result = repeat(run, op_at);
			break;
		case OP_END:
			result = arg(run);
			if (run->bad)
				break;
			run->results[op] = result;
			*ran = op + 1;
			return STATUS_ENDED;
		default:
			run->bad = 1;
		}
		if (run->bad)
			return STATUS_MALFORMED;
		run->results[op] = result;
		if (op >= *ran)
			*ran = op + 1;
		if (is_error((long)result) && !(code & OP_GO_ON)) {
			*ran = op + 1;
			return STATUS_FAILED;
		}
	}
	return STATUS_DONE;
}

/* The result's parts, moved to where they follow each other. */
static u8 *answer(struct run *run, u8 *to, u32 ran, u32 segments)
{
	const u8 *limit = run->out + run->out_length;

	for (u32 i = 0; i < ran; i++)
		to = put_sleb(to, run->results[i]);
	for (; segments; segments--) {
		u32 op = uleb(run);
		u32 offset = uleb(run);
		u32 length = uleb(run);
		u8 kind = byte(run);
		s64 wanted = length;

		if (kind == SEGMENT_LOAD) {
			u32 at = uleb(run);

			wanted = at + 4 <= run->out_length ? get_u32(run->out + at) : 0;
		} else if (kind == SEGMENT_RESULT && op < ran) {
			wanted = run->results[op];
		}
		if (run->bad || offset > run->out_length || length > run->out_length - offset)
			break;
		if (op >= ran || is_error((long)run->results[op]))
			wanted = 0;
		if (wanted < length)
			length = wanted > 0 ? wanted : 0;
		if (length + 5 > (u32)(limit - to))
			break;	/* they overlap: no encoder of ours does that */
		to = put_uleb(to, length);
		memmove(to, run->out + offset, length);
		to += length;
	}
	return to;
}

/*
 * Where the segments begin: after the last operation, which a program that
 * stopped early has not come to. The host says where.
 */
static const u8 *segments_at(const u8 *program, u32 size)
{
	u32 back = get_u32(program + size - 4);

	return program + size - 4 - (back < size - 4 ? back : 0);
}

void program_run(struct slot *slot, struct record *record)
{
	const u8 *program = (const u8 *)(record + 1);
	struct run run = {
		.slot = slot,
		.ops = get_u16(program + 2),
		.data = (u8 *)program + PROGRAM_HEADER,
		.data_length = get_u32(program + 12),
		.out_length = get_u32(program + 16),
		.end = program + record->size - 4,
	};
	u32 segments = get_u32(program + 20);
	u32 results = RESULT_HEADER + 10 * run.ops + 10 * segments;
	struct record *reply;
	u8 status = STATUS_MALFORMED;
	u32 ran = 0, tail;
	u8 *to;

	if (run.ops > OPS_MAX || run.data_length > record->size || run.out_length > RECORD_MAX || segments > OPS_MAX) {
		run.ops = run.out_length = segments = 0;
		results = RESULT_HEADER;
		run.bad = 1;
	}
	for (;;) {
		tail = __atomic_load_n(&slot->out.tail, __ATOMIC_ACQUIRE);
		reply = ring_reserve(&slot->out, round_up(results, 16U) + 8 + run.out_length);
		if (reply)
			break;
		futex_wait(&slot->out.tail, tail);
	}
	to = (u8 *)(reply + 1);
	run.out = to + 8 + round_up(results, 16U);	/* the record's header is 8 bytes: aligned again */
	run.at = run.data + run.data_length;
	for (u32 i = 0; i < run.ops; i++)
		run.results[i] = 0;
	memset(run.out, 0, run.out_length);
	__atomic_store_n(&slot->running, get_u32(program + 8), __ATOMIC_SEQ_CST);
	if (!run.bad)
		status = interpret(&run, &ran);
	__atomic_store_n(&slot->running, 0, __ATOMIC_SEQ_CST);
	worker_take_signals(slot);

	to[0] = MESSAGE_RESULT;
	to[1] = status;
	put_u16(to + 2, ran);
	put_u32(to + 4, get_u32(program + 4));
	put_u32(to + 8, get_u32(program + 8));
	run.at = segments_at(program, record->size);
	run.bad = 0;
	to = answer(&run, to + RESULT_HEADER, ran, status == STATUS_MALFORMED ? 0 : segments);
	ring_commit(&slot->out, reply, to - (u8 *)(reply + 1));
	if (status == STATUS_ENDED)
		worker_end(slot, run.results[ran - 1]);
}
