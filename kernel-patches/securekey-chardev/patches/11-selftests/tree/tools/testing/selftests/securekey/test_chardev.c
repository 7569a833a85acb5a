// SPDX-License-Identifier: GPL-2.0-only
/* Secure keys by a character device: from the raw key to the plaintext, and what is refused. */

#include <sys/wait.h>

#include <linux/securekey_dev.h>

#include "../kselftest_harness.h"
#include "ring.h"
#include "securekey.h"

#define BATCH	4
#define KNOBS	"/sys/kernel/debug/securekey/soft/"

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

static struct securekey_dev_request request(int id, int index)
{
	struct securekey_dev_request request = {
		.src = (unsigned long)test_ciphertext,
		.len = 16,
		.dst = id,
		.dst_offset = 64 * index,
	};

	memcpy(request.iv, test_iv, 16);

	return request;
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
		requests[i] = request(id, i);
		requests[i].cookie = 100 + i;
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

static int submit_by(struct ring *ring, int session,
		     const struct securekey_dev_request *request, unsigned long name)
{
	struct securekey_dev_uring cmd = {
		.request = (unsigned long)request,
		.request_size = sizeof(*request),
	};

	return ring_command(ring, session, SECUREKEY_DEV_URING_REQUEST, &cmd,
			    sizeof(cmd), name);
}

/* A request whose own process does not wait for it. Returns whether it was started. */
static bool die_with_request(int session, int id)
{
	struct securekey_dev_request r = request(id, 0);
	struct ring ring;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(ring_open(&ring) || submit_by(&ring, session, &r, 1) != 1);

	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static int turn(const char *knob, const char *value)
{
	char path[96];
	int fd, ret;

	snprintf(path, sizeof(path), KNOBS "%s", knob);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, value, strlen(value));
	close(fd);

	return ret < 0 ? -1 : 0;
}

/* Whether requests are in flight, of whomever; after two seconds it is so for good. */
static bool is_busy(void)
{
	char text[128];
	ssize_t len;
	int fd;

	for (int i = 0; i < 200; i++, usleep(10000)) {
		fd = open(KNOBS "in_use", O_RDONLY | O_CLOEXEC);
		len = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[len < 0 ? 0 : len] = 0;
		if (strstr(text, "requests 0"))
			return false;
	}

	return true;
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

TEST_F(chardev, decrypts_by_io_uring)
{
	int buffer = heap_alloc("securekey-test"), id, err;
	struct securekey_dev_request r[BATCH];
	unsigned long name, ended = 0;
	struct ring ring;

	err = ring_open(&ring);
	if (err)
		SKIP(return, "no io_uring: %s", strerror(err));
	ASSERT_LE(0, buffer);
	id = attach(self->session, buffer);
	ASSERT_LT(0, id);
	for (int i = 0; i < BATCH; i++) {
		r[i] = request(id, i);
		ASSERT_EQ(1, submit_by(&ring, self->session, &r[i], i));
	}
	for (int i = 0; i < BATCH; i++) {
		EXPECT_EQ(0, ring_result(&ring, &name));
		ended |= 1UL << name;
	}
	EXPECT_EQ((1UL << BATCH) - 1, ended);

	/* The same by a destination that is not there, with a cookie, and out of bounds. */
	r[0].dst = id + 1;
	ASSERT_EQ(1, submit_by(&ring, self->session, &r[0], 0));
	EXPECT_EQ(-ENOENT, ring_result(&ring, &name));
	r[1].cookie = 1;
	ASSERT_EQ(1, submit_by(&ring, self->session, &r[1], 0));
	EXPECT_EQ(-EINVAL, ring_result(&ring, &name));
	r[2].dst_offset = BUFFER_SIZE;
	ASSERT_EQ(1, submit_by(&ring, self->session, &r[2], 0));
	EXPECT_EQ(-EINVAL, ring_result(&ring, &name));
	ASSERT_EQ(1, submit_by(&ring, self->device, &r[3], 0));
	EXPECT_EQ(-EOPNOTSUPP, ring_result(&ring, &name));
	ASSERT_EQ(1, ring_command(&ring, self->session, SECUREKEY_DEV_SUBMIT, "", 1, 0));
	EXPECT_EQ(-ENOTTY, ring_result(&ring, &name));
	close(ring.fd);
}

TEST_F(chardev, a_ring_that_goes_leaves_nothing)
{
	int buffer = heap_alloc("securekey-test"), id;

	if (turn("hang", "1"))
		SKIP(return, "no knobs of the provider soft in debugfs");
	ASSERT_LE(0, buffer);
	id = attach(self->session, buffer);
	EXPECT_TRUE(die_with_request(self->session, id));
	EXPECT_FALSE(is_busy());
	EXPECT_EQ(0, turn("hang", "0"));
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
