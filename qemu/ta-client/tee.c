// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/dma-heap.h>

#include "tee.h"

/* Younger than the C library's copy of the kernel's headers. */
#ifndef TEE_IOC_SHM_REGISTER_FD
struct tee_ioctl_shm_register_fd_data {
	__s64 fd;
	__u64 size;
	__u32 flags;
	__s32 id;
};

#define TEE_IOC_SHM_REGISTER_FD	_IOWR(TEE_IOC_MAGIC, TEE_IOC_BASE + 8, \
				      struct tee_ioctl_shm_register_fd_data)
#endif

const uint8_t uuid_securekey[16] = {
	0x9d, 0x9d, 0x3e, 0x0b, 0x17, 0x1e, 0x45, 0x9d,
	0xae, 0x54, 0xa6, 0x9b, 0x96, 0x61, 0xe5, 0xe0,
};

const uint8_t uuid_keeper[16] = {
	0xba, 0x6f, 0x09, 0x8b, 0xf7, 0x01, 0x4d, 0x31,
	0x83, 0x12, 0xfb, 0x9e, 0xbb, 0xdd, 0xc0, 0xd4,
};

static int tee = -1;
static int heap = -1;

bool tee_open(void)
{
	tee = open("/dev/tee0", O_RDWR);
	heap = open("/dev/dma_heap/protected,secure-video", O_RDWR);

	return tee >= 0 && heap >= 0;
}

struct buf buf_shared(size_t size)
{
	struct tee_ioctl_shm_alloc_data data = { .size = size };
	struct buf buf = { };

	buf.fd = ioctl(tee, TEE_IOC_SHM_ALLOC, &data);
	if (buf.fd < 0)
		die("TEE_IOC_SHM_ALLOC");

	buf.id = data.id;
	buf.size = data.size;
	buf.va = mmap(NULL, buf.size, PROT_READ | PROT_WRITE, MAP_SHARED, buf.fd, 0);
	if (buf.va == MAP_FAILED)
		die("mmap");

	return buf;
}

struct buf buf_protected(size_t size)
{
	struct dma_heap_allocation_data alloc = { .len = size, .fd_flags = O_RDWR };
	struct tee_ioctl_shm_register_fd_data data = { };
	struct buf buf = { .size = size };

	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &alloc))
		die("DMA_HEAP_IOCTL_ALLOC");

	data.fd = alloc.fd;
	buf.fd = ioctl(tee, TEE_IOC_SHM_REGISTER_FD, &data);
	if (buf.fd < 0)
		die("TEE_IOC_SHM_REGISTER_FD");

	buf.id = data.id;
	close(alloc.fd);

	return buf;
}

void buf_free(struct buf *buf)
{
	if (buf->va)
		munmap(buf->va, buf->size);
	close(buf->fd);
}

uint32_t session_open(const uint8_t uuid[16], uint32_t login, uint32_t *session)
{
	struct tee_ioctl_open_session_arg arg = { .clnt_login = login };
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&arg,
		.buf_len = sizeof(arg),
	};

	memcpy(arg.uuid, uuid, 16);
	if (ioctl(tee, TEE_IOC_OPEN_SESSION, &data))
		return TEE_IOCTL_FAILED;

	*session = arg.session;

	return arg.ret;
}

void session_close(uint32_t session)
{
	struct tee_ioctl_close_session_arg arg = { .session = session };

	ioctl(tee, TEE_IOC_CLOSE_SESSION, &arg);
}

uint32_t invoke_cancellable(uint32_t session, uint32_t command, param params[4],
			    uint32_t cancel_id)
{
	struct {
		struct tee_ioctl_invoke_arg arg;
		param params[4];
	} call = {
		.arg = {
			.func = command,
			.session = session,
			.cancel_id = cancel_id,
			.num_params = 4,
		},
	};
	struct tee_ioctl_buf_data data = {
		.buf_ptr = (uintptr_t)&call,
		.buf_len = sizeof(call),
	};

	memcpy(call.params, params, sizeof(call.params));
	if (ioctl(tee, TEE_IOC_INVOKE, &data))
		return TEE_IOCTL_FAILED;

	memcpy(params, call.params, sizeof(call.params));

	return call.arg.ret;
}

uint32_t invoke(uint32_t session, uint32_t command, param params[4])
{
	return invoke_cancellable(session, command, params, 0);
}

void cancel(uint32_t session, uint32_t cancel_id)
{
	struct tee_ioctl_cancel_arg arg = {
		.session = session,
		.cancel_id = cancel_id,
	};

	ioctl(tee, TEE_IOC_CANCEL, &arg);
}
