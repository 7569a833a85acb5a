/* SPDX-License-Identifier: GPL-2.0-only */
/* An io_uring, as far as the tests of secure keys need one: a command at a time goes in. */
#ifndef SECUREKEY_RING_H
#define SECUREKEY_RING_H

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/io_uring.h>

#define RING_ENTRIES	8

struct ring {
	int fd;
	unsigned int *sq_tail;
	unsigned int *sq_array;
	unsigned int *cq_head;
	unsigned int *cq_tail;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int sq_mask;
	unsigned int cq_mask;
};

/* Nothing is unmapped again: the rings live as long as their tests. Returns 0 or an error. */
static inline int ring_open(struct ring *ring)
{
	struct io_uring_params p = { };
	char *rings;
	size_t len;

	ring->fd = syscall(__NR_io_uring_setup, RING_ENTRIES, &p);
	if (ring->fd < 0)
		return errno;

	len = p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe);
	rings = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
		     IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, p.sq_entries * sizeof(*ring->sqes),
			  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			  IORING_OFF_SQES);
	if (rings == MAP_FAILED || ring->sqes == MAP_FAILED)
		return errno;

	ring->sq_tail = (unsigned int *)(rings + p.sq_off.tail);
	ring->sq_array = (unsigned int *)(rings + p.sq_off.array);
	ring->cq_head = (unsigned int *)(rings + p.cq_off.head);
	ring->cq_tail = (unsigned int *)(rings + p.cq_off.tail);
	ring->cqes = (struct io_uring_cqe *)(rings + p.cq_off.cqes);
	ring->sq_mask = p.sq_entries - 1;
	ring->cq_mask = p.cq_entries - 1;

	return 0;
}

/* Gives a command to the kernel. Returns how many it took, 1, or an error below 0. */
static inline int ring_command(struct ring *ring, int fd, unsigned int op,
			       const void *cmd, size_t len, unsigned long user_data)
{
	unsigned int tail = *ring->sq_tail, at = tail & ring->sq_mask;
	struct io_uring_sqe *sqe = &ring->sqes[at];
	int ret;

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = op;
	sqe->user_data = user_data;
	memcpy(sqe->cmd, cmd, len);
	ring->sq_array[at] = at;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);

	ret = syscall(__NR_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0);

	return ret < 0 ? -errno : ret;
}

/* Waits for a command to end. Returns its result; its name is in @user_data. */
static inline int ring_result(struct ring *ring, unsigned long *user_data)
{
	unsigned int head = *ring->cq_head;
	const struct io_uring_cqe *cqe = &ring->cqes[head & ring->cq_mask];
	int res;

	while (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE))
		if (syscall(__NR_io_uring_enter, ring->fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0 && errno != EINTR)
			return -errno;

	*user_data = cqe->user_data;
	res = cqe->res;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);

	return res;
}

#endif /* SECUREKEY_RING_H */
