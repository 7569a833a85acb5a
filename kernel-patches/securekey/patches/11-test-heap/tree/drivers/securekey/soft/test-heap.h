/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _DRIVERS_SECUREKEY_SOFT_TEST_HEAP_H
#define _DRIVERS_SECUREKEY_SOFT_TEST_HEAP_H

#include <linux/types.h>

struct dma_buf;

struct dma_buf *securekey_test_heap_alloc(size_t len, u32 fd_flags);
void *securekey_test_heap_vaddr(struct dma_buf *dmabuf);

#endif /* _DRIVERS_SECUREKEY_SOFT_TEST_HEAP_H */
