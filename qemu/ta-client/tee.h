/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The TEE as user space sees it: /dev/tee0, and nothing between. */
#ifndef TEE_H
#define TEE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tee.h>

enum tee_result {
	TEE_OK = 0,
	TEE_GENERIC = 0xffff0000,
	TEE_ACCESS_DENIED = 0xffff0001,
	TEE_CANCEL = 0xffff0002,
	TEE_BAD_PARAMETERS = 0xffff0006,
	TEE_BAD_STATE = 0xffff0007,
	TEE_NOT_SUPPORTED = 0xffff000a,
	TEE_OUT_OF_MEMORY = 0xffff000c,
	TEE_SHORT_BUFFER = 0xffff0010,
	TEE_TARGET_DEAD = 0xffff3024,
	TEE_MAC_INVALID = 0xffff3071,
	/* The kernel refused the call. */
	TEE_IOCTL_FAILED = 1,
};

/**
 * struct buf - memory that both worlds know
 * @fd: its file
 * @id: of it
 * @va: where it is mapped; NULL when it is protected
 * @size: its length
 */
struct buf {
	int fd;
	int id;
	uint8_t *va;
	size_t size;
};

typedef struct tee_ioctl_param param;

#define P_NONE		((param){ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_NONE })
#define P_VAL(type, x, y) \
	((param){ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_##type, .a = (x), .b = (y) })
#define P_MEM(type, buf, offset, len) \
	((param){ .attr = TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_##type, .a = (offset), \
		  .b = (len), .c = (buf).id })

extern const uint8_t uuid_securekey[16];
extern const uint8_t uuid_keeper[16];

void die(const char *what);
bool tee_open(void);
struct buf buf_shared(size_t size);
struct buf buf_protected(size_t size);
void buf_free(struct buf *buf);
uint32_t session_open(const uint8_t uuid[16], uint32_t login, uint32_t *session);
void session_close(uint32_t session);
/* params becomes what comes back. */
uint32_t invoke(uint32_t session, uint32_t command, param params[4]);
uint32_t invoke_cancellable(uint32_t session, uint32_t command, param params[4],
			    uint32_t cancel_id);
void cancel(uint32_t session, uint32_t cancel_id);

#endif /* TEE_H */
