// SPDX-License-Identifier: GPL-2.0-only
/* Secure keys by a character device: from the raw key to the plaintext, and what is refused. */

#include <linux/securekey_dev.h>

#include "../kselftest_harness.h"
#include "securekey.h"

#define BATCH	4

FIXTURE(chardev)
{
	unsigned char blob[SECUREKEY_BLOB_MAX_LEN];
	int blob_len;
	int device;
	int session;
};

FIXTURE_VARIANT(chardev)
{
	unsigned int flags;
};

FIXTURE_VARIANT_ADD(chardev, any_memory)
{
	.flags = SECUREKEY_FLAG_DECRYPT_ONLY,
};

FIXTURE_VARIANT_ADD(chardev, protected_only)
{
	.flags = SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
};

static int load(int device, const void *blob, size_t len)
{
	struct securekey_dev_blob load = {
		.size = sizeof(load),
		.blob = (unsigned long)blob,
		.blob_len = len,
	};

	return ioctl(device, SECUREKEY_DEV_LOAD, &load);
}

static int attach(int session, int buffer)
{
	struct securekey_dev_attach attach = { .size = sizeof(attach), .fd = buffer };

	return ioctl(session, SECUREKEY_DEV_ATTACH, &attach);
}

/* Decrypts the same into several places of a destination. */
static int submit(int session, int id)
{
	struct securekey_dev_request requests[BATCH];
	struct securekey_dev_submit submit = {
		.size = sizeof(submit),
		.requests = (unsigned long)requests,
		.request_size = sizeof(requests[0]),
		.count = BATCH,
	};

	for (int i = 0; i < BATCH; i++) {
		requests[i] = (struct securekey_dev_request) {
			.cookie = 100 + i,
			.src = (unsigned long)test_ciphertext,
			.len = 16,
			.dst = id,
			.dst_offset = 64 * i,
		};
		memcpy(requests[i].iv, test_iv, 16);
	}

	return ioctl(session, SECUREKEY_DEV_SUBMIT, &submit);
}

/* Reads all records of a batch. Returns how many tell of success, a bit for each cookie. */
static unsigned int finish(int session)
{
	struct securekey_dev_completion records[BATCH];
	unsigned int done = 0, good = 0;

	while (done < BATCH) {
		ssize_t len = read(session, records, sizeof(records));
		unsigned int n = len < 0 ? 0 : len / sizeof(records[0]);

		if (!n)
			return 0;
		for (unsigned int i = 0; i < n; i++)
			if (!records[i].status)
				good |= 1U << (records[i].cookie - 100);
		done += n;
	}

	return good;
}

FIXTURE_SETUP(chardev)
{
	struct securekey_dev_session create = {
		.size = sizeof(create),
		.algorithm = SECUREKEY_ALG_AES,
		.mode = SECUREKEY_MODE_CBC,
	};
	struct securekey_dev_import import = {
		.size = sizeof(import),
		.params = test_params(variant->flags),
		.blob = (unsigned long)self->blob,
		.blob_len = sizeof(self->blob),
		.raw = (unsigned long)test_key,
		.raw_len = sizeof(test_key),
	};

	self->device = open("/dev/securekey/soft", O_RDWR | O_CLOEXEC);
	if (self->device < 0 && errno == ENOENT)
		SKIP(return, "no /dev/securekey/soft");
	ASSERT_LE(0, self->device);

	self->blob_len = ioctl(self->device, SECUREKEY_DEV_IMPORT, &import);
	ASSERT_LT(0, self->blob_len);
	create.key_fd = load(self->device, self->blob, self->blob_len);
	ASSERT_LE(0, create.key_fd);
	self->session = ioctl(self->device, SECUREKEY_DEV_SESSION, &create);
	ASSERT_LE(0, self->session);
	close(create.key_fd);
}

FIXTURE_TEARDOWN(chardev)
{
	close(self->session);
	close(self->device);
}

TEST_F(chardev, tells_what_it_can_do)
{
	struct securekey_dev_query query = { .size = sizeof(query) };

	ASSERT_EQ(0, ioctl(self->device, SECUREKEY_DEV_QUERY, &query));
	EXPECT_STREQ("soft", query.provider);
	EXPECT_EQ(sizeof(query), query.size);
	EXPECT_TRUE(query.modes & SECUREKEY_MODE_CBC);
	EXPECT_LT(0, query.queue_depth);
}

TEST_F(chardev, decrypts_a_batch)
{
	int buffer = heap_alloc("system"), id;
	unsigned char *at;

	ASSERT_LE(0, buffer);
	id = attach(self->session, buffer);
	if (variant->flags & SECUREKEY_FLAG_PROTECTED_DST_ONLY) {
		EXPECT_EQ(-1, id);
		EXPECT_EQ(EPERM, errno);
	} else {
		ASSERT_LT(0, id);
		ASSERT_EQ(BATCH, submit(self->session, id));
		EXPECT_EQ((1U << BATCH) - 1, finish(self->session));
		at = mmap(NULL, BUFFER_SIZE, PROT_READ, MAP_SHARED, buffer, 0);
		ASSERT_NE(MAP_FAILED, at);
		for (int i = 0; i < BATCH; i++)
			EXPECT_EQ(0, memcmp(at + 64 * i, test_plaintext, 16));
		munmap(at, BUFFER_SIZE);
	}
	close(buffer);

	buffer = heap_alloc("securekey-test");
	ASSERT_LE(0, buffer);
	id = attach(self->session, buffer);
	ASSERT_LT(0, id);
	close(buffer);
	ASSERT_EQ(BATCH, submit(self->session, id));
	EXPECT_EQ((1U << BATCH) - 1, finish(self->session));
}

TEST_F(chardev, refuses_another_blob)
{
	for (int at = 0; at < self->blob_len; at += 7) {
		self->blob[at] ^= 1;
		EXPECT_EQ(-1, load(self->device, self->blob, self->blob_len));
		EXPECT_EQ(EBADMSG, errno);
		self->blob[at] ^= 1;
	}
}

TEST_F(chardev, refuses_encryption)
{
	struct securekey_dev_session create = {
		.size = sizeof(create),
		.algorithm = SECUREKEY_ALG_AES,
		.mode = SECUREKEY_MODE_CBC,
		.op = SECUREKEY_DEV_OP_ENCRYPT,
	};

	create.key_fd = load(self->device, self->blob, self->blob_len);
	ASSERT_LE(0, create.key_fd);
	EXPECT_EQ(-1, ioctl(self->device, SECUREKEY_DEV_SESSION, &create));
	EXPECT_EQ(EKEYREJECTED, errno);
	close(create.key_fd);
}

TEST_HARNESS_MAIN
