// SPDX-License-Identifier: GPL-2.0-only
/* Secure keys by AF_ALG: from the raw key to the plaintext, and what is refused. */

#include <poll.h>
#include <sys/socket.h>
#include <linux/if_alg.h>

#include "../kselftest_harness.h"
#include "securekey.h"

#define CONTROL_LEN	512

/* Control messages that are put together one by one. */
struct control {
	char bytes[CONTROL_LEN];
	size_t len;
};

static void control_add(struct control *control, int type, const void *data,
			size_t len)
{
	struct cmsghdr *header = (void *)(control->bytes + control->len);

	header->cmsg_len = CMSG_LEN(len);
	header->cmsg_level = SOL_ALG;
	header->cmsg_type = type;
	memcpy(CMSG_DATA(header), data, len);
	control->len += CMSG_SPACE(len);
}

static ssize_t send_with(int fd, const void *data, size_t len,
			 struct control *control)
{
	struct iovec vector = { .iov_base = (void *)data, .iov_len = len };
	struct msghdr message = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control->bytes,
		.msg_controllen = control->len,
	};

	return sendmsg(fd, &message, 0);
}

/* A socket that is bound, or -1. */
static int alg_socket(const char *type, const char *name)
{
	struct sockaddr_alg address = { .salg_family = AF_ALG };
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	strcpy((char *)address.salg_type, type);
	strcpy((char *)address.salg_name, name);
	if (fd >= 0 && bind(fd, (void *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}

	return fd;
}

/* What came of the request in flight: 0 or a negative error. */
static int outcome(int op)
{
	struct pollfd waiting = { .fd = op, .events = POLLIN };
	int error = 0;
	socklen_t len = sizeof(error);

	if (poll(&waiting, 1, 10000) != 1)
		return -ETIMEDOUT;
	if (waiting.revents & POLLERR)
		getsockopt(op, SOL_SOCKET, SO_ERROR, &error, &len);

	return -error;
}

static ssize_t decrypt(int op, int buffer)
{
	struct {
		struct af_alg_iv head;
		unsigned char iv[16];
	} iv = { .head.ivlen = 16 };
	struct af_alg_mem_fd to = { .fd = buffer, .len = 16 };
	__u32 decrypts = ALG_OP_DECRYPT;
	struct control control = {};

	memcpy(iv.iv, test_iv, 16);
	control_add(&control, ALG_SET_OP, &decrypts, sizeof(decrypts));
	control_add(&control, ALG_SET_IV, &iv, sizeof(iv));
	control_add(&control, ALG_SET_MEM_FD, &to, sizeof(to));

	return send_with(op, test_ciphertext, 16, &control);
}

FIXTURE(af_alg)
{
	unsigned char blob[SECUREKEY_BLOB_MAX_LEN];
	ssize_t blob_len;
	int cipher;
};

FIXTURE_VARIANT(af_alg)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(af_alg, any_memory)
{
	.flags = SECUREKEY_FLAG_DECRYPT_ONLY,
};

FIXTURE_VARIANT_ADD(af_alg, protected_only)
{
	.flags = SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
};

FIXTURE_SETUP(af_alg)
{
	struct securekey_params params = test_params(variant->flags);
	int keys = alg_socket("securekey", "soft"), manager;
	struct control control = {};

	if (keys < 0)
		SKIP(return, "no provider \"soft\" by AF_ALG");

	manager = accept(keys, NULL, NULL);
	ASSERT_LE(0, manager);
	control_add(&control, ALG_IMPORT_KEY, &params, sizeof(params));
	ASSERT_EQ(16, send_with(manager, test_key, 16, &control));
	self->blob_len = read(manager, self->blob, sizeof(self->blob));
	ASSERT_LT(0, self->blob_len);
	close(manager);
	close(keys);

	self->cipher = alg_socket("skcipher", "cbc(aes)");
	ASSERT_LE(0, self->cipher);
}

FIXTURE_TEARDOWN(af_alg)
{
	close(self->cipher);
}

TEST_F(af_alg, decrypts)
{
	int buffer, op;
	void *at;

	ASSERT_EQ(0, setsockopt(self->cipher, SOL_ALG, ALG_SET_SECURE_KEY,
				self->blob, self->blob_len));
	op = accept(self->cipher, NULL, NULL);
	ASSERT_LE(0, op);

	buffer = heap_alloc("system");
	ASSERT_LE(0, buffer);
	if (variant->flags & SECUREKEY_FLAG_PROTECTED_DST_ONLY) {
		EXPECT_EQ(-1, decrypt(op, buffer));
		EXPECT_EQ(EPERM, errno);
	} else {
		ASSERT_EQ(16, decrypt(op, buffer));
		EXPECT_EQ(0, outcome(op));
		at = mmap(NULL, BUFFER_SIZE, PROT_READ, MAP_SHARED, buffer, 0);
		ASSERT_NE(MAP_FAILED, at);
		EXPECT_EQ(0, memcmp(at, test_plaintext, 16));
		munmap(at, BUFFER_SIZE);
	}
	close(buffer);

	buffer = heap_alloc("securekey-test");
	ASSERT_LE(0, buffer);
	ASSERT_EQ(16, decrypt(op, buffer));
	EXPECT_EQ(0, outcome(op));
	close(buffer);
	close(op);
}

TEST_F(af_alg, gives_no_plaintext)
{
	char plaintext[16];
	int buffer, op;

	ASSERT_EQ(0, setsockopt(self->cipher, SOL_ALG, ALG_SET_SECURE_KEY,
				self->blob, self->blob_len));
	op = accept(self->cipher, NULL, NULL);
	buffer = heap_alloc("securekey-test");
	ASSERT_EQ(16, decrypt(op, buffer));
	ASSERT_EQ(0, outcome(op));

	EXPECT_EQ(-1, read(op, plaintext, sizeof(plaintext)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	close(buffer);
	close(op);
}

TEST_F(af_alg, refuses_another_blob)
{
	for (int at = 0; at < self->blob_len; at += 7) {
		self->blob[at] ^= 1;
		EXPECT_EQ(-1, setsockopt(self->cipher, SOL_ALG, ALG_SET_SECURE_KEY,
					 self->blob, self->blob_len));
		EXPECT_EQ(EBADMSG, errno);
		self->blob[at] ^= 1;
	}
	EXPECT_EQ(0, setsockopt(self->cipher, SOL_ALG, ALG_SET_SECURE_KEY,
				self->blob, self->blob_len));
}

TEST_HARNESS_MAIN
