/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program has from its libc to use AF_ALG. */
#ifndef AF_ALG_H
#define AF_ALG_H

#include <linux/if_alg.h>
#include <linux/types.h>
#include <linux/uio.h>
#include "client.h"

#define AF_ALG 38
#define SOL_ALG 279
#define SOCK_SEQPACKET 5
#define MSG_MORE 0x8000
#define SOL_SOCKET 1
#define SO_ERROR 4

struct msghdr {
	void *msg_name;
	int msg_namelen;
	struct iovec *msg_iov;
	unsigned long msg_iovlen;
	void *msg_control;
	unsigned long msg_controllen;
	unsigned int msg_flags;
};

struct cmsghdr {
	unsigned long cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

/* Control messages one behind the other. */
struct control {
	__u8 bytes[256];
	unsigned int len;
};

static inline void control_add(struct control *control, int type, const void *data, unsigned int len)
{
	struct cmsghdr *header = (void *)(control->bytes + control->len);

	header->cmsg_len = sizeof(*header) + len;
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = type;
	memcpy(header + 1, data, len);
	control->len += (sizeof(*header) + len + 7) & ~7u;
}

static inline void control_add_op(struct control *control, __u32 op)
{
	control_add(control, ALG_SET_OP, &op, sizeof(op));
}

static inline void control_add_iv(struct control *control)
{
	struct { __u32 len; __u8 iv[16]; } iv = { .len = 16 };

	control_add(control, ALG_SET_IV, &iv, sizeof(iv));
}

static inline long send_message(int fd, const void *data, unsigned long len, struct control *control,
				int flags)
{
	struct iovec vector = { (void *)data, len };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = data != NULL };

	if (control) {
		message.msg_control = control->bytes;
		message.msg_controllen = control->len;
	}

	return CALL(sendmsg, fd, &message, flags);
}

static inline int bound_socket(const char *type, const char *name)
{
	struct sockaddr_alg address = { .salg_family = AF_ALG };
	int fd = CALL(socket, AF_ALG, SOCK_SEQPACKET, 0);

	memcpy(address.salg_type, type, strlen(type));
	memcpy(address.salg_name, name, strlen(name));
	CALL(bind, fd, &address, sizeof(address));

	return fd;
}

#endif /* AF_ALG_H */
