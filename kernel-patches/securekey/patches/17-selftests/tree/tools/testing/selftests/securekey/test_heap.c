// SPDX-License-Identifier: GPL-2.0-only
/* The heap for tests: its buffers are there, and nobody can look at their memory. */

#include "../kselftest_harness.h"
#include "securekey.h"

FIXTURE(heap)
{
	int fd;
};

FIXTURE_SETUP(heap)
{
	self->fd = heap_alloc("securekey-test");
	if (self->fd == -ENOENT)
		SKIP(return, "no CONFIG_SECUREKEY_SOFT");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(heap)
{
	close(self->fd);
}

TEST_F(heap, tells_its_size)
{
	EXPECT_EQ(BUFFER_SIZE, lseek(self->fd, 0, SEEK_END));
}

TEST_F(heap, cannot_be_mapped)
{
	int prot[] = { PROT_NONE, PROT_READ, PROT_WRITE, PROT_READ | PROT_WRITE };

	for (unsigned int i = 0; i < ARRAY_SIZE(prot); i++) {
		void *at = mmap(NULL, BUFFER_SIZE, prot[i], MAP_SHARED, self->fd, 0);

		EXPECT_EQ(MAP_FAILED, at);
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(heap, cannot_be_read_or_written)
{
	char byte = 0;

	EXPECT_EQ(-1, read(self->fd, &byte, 1));
	EXPECT_EQ(-1, write(self->fd, &byte, 1));
	EXPECT_EQ(-1, pread(self->fd, &byte, 1, 0));
}

TEST_HARNESS_MAIN
