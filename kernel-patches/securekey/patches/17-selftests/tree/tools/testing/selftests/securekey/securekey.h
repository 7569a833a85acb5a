/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of secure keys share. */
#ifndef SECUREKEY_SELFTEST_H
#define SECUREKEY_SELFTEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/securekey.h>

#define BUFFER_SIZE	4096

/* NIST SP 800-38A, F.2.1: the first block of CBC-AES128. */
static const unsigned char test_key[16] = {
	0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
	0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c,
};

static const unsigned char test_iv[16] = {
	0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
	0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
};

static const unsigned char test_ciphertext[16] = {
	0x76, 0x49, 0xab, 0xac, 0x81, 0x19, 0xb2, 0x46,
	0xce, 0xe9, 0x8e, 0x9b, 0x12, 0xe9, 0x19, 0x7d,
};

static const unsigned char test_plaintext[16] = {
	0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96,
	0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a,
};

/* A key that decrypts, with @flags. */
static inline struct securekey_params test_params(unsigned int flags)
{
	return (struct securekey_params) {
		.algorithm = SECUREKEY_ALG_AES,
		.key_bits = 128,
		.modes = SECUREKEY_MODE_CBC,
		.flags = flags,
		.form = SECUREKEY_FORM_LONG_TERM,
	};
}

/* A dma-buf of a heap, or a negative error. */
static inline int heap_alloc(const char *name)
{
	struct dma_heap_allocation_data data = {
		.len = BUFFER_SIZE,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	char path[64];
	int heap, ret;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	heap = open(path, O_RDWR | O_CLOEXEC);
	if (heap < 0)
		return -errno;

	ret = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) ? -errno : (int)data.fd;
	close(heap);

	return ret;
}

#endif /* SECUREKEY_SELFTEST_H */
