// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: destinations.
 */

#include <kunit/test.h>
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/scatterlist.h>
#include <linux/securekey.h>
#include <linux/swiotlb.h>

#include "fake.h"

static int buffer_test_init(struct kunit *test)
{
	test->priv = fake_register(test);

	return 0;
}

static void buffer_test_exit(struct kunit *test)
{
	fake_flush_files();
}

static bool dmabuf_is_attached(struct dma_buf *dmabuf)
{
	return !list_empty(&dmabuf->attachments);
}

static void buffer_attach(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	struct securekey_buffer *b;
	struct scatterlist *sg;
	size_t len = 0;
	int i;

	b = securekey_buffer_attach(fake->provider, dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	KUNIT_EXPECT_EQ(test, 1, fake->maps);
	KUNIT_EXPECT_TRUE(test, dmabuf_is_attached(dmabuf));
	KUNIT_EXPECT_FALSE(test, b->is_protected);
	KUNIT_EXPECT_EQ(test, FAKE_BUFFER_SIZE, b->size);

	for_each_sgtable_dma_sg(b->sgt, sg, i)
		len += sg_dma_len(sg);
	KUNIT_EXPECT_EQ(test, FAKE_BUFFER_SIZE, len);

	securekey_buffer_put(b);
	KUNIT_EXPECT_EQ(test, 1, fake->unmaps);
	KUNIT_EXPECT_FALSE(test, dmabuf_is_attached(dmabuf));
	dma_buf_put(dmabuf);
}

static void buffer_protected(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PROTECTED, O_WRONLY);
	struct securekey_buffer *b;

	b = securekey_buffer_attach(fake->provider, dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	KUNIT_EXPECT_TRUE(test, b->is_protected);
	securekey_buffer_put(b);
	dma_buf_put(dmabuf);
}

static void buffer_read_only(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDONLY);

	KUNIT_EXPECT_EQ(test, -EACCES,
			PTR_ERR_OR_ZERO(securekey_buffer_attach(fake->provider,
								dmabuf)));
	KUNIT_EXPECT_EQ(test, -EACCES,
			securekey_dmabuf_check(fake->provider, dmabuf, 0, 16));
	KUNIT_EXPECT_FALSE(test, dmabuf_is_attached(dmabuf));
	dma_buf_put(dmabuf);
}

static int refuse_buffer(struct securekey_provider *provider,
			 struct securekey_buffer *buffer)
{
	return -EOPNOTSUPP;
}

static void buffer_refused(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);

	fake->ops.map_buffer = refuse_buffer;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			PTR_ERR_OR_ZERO(securekey_buffer_attach(fake->provider,
								dmabuf)));
	KUNIT_EXPECT_EQ(test, 0, fake->unmaps);
	KUNIT_EXPECT_FALSE(test, dmabuf_is_attached(dmabuf));
	dma_buf_put(dmabuf);
}

/*
 * Make a device one that may bounce, whether or not this machine needs that. All
 * memory stays in its reach, so that it does not.
 */
static void device_may_bounce(struct kunit *test, struct device *dev)
{
#ifdef CONFIG_SWIOTLB
	struct io_tlb_mem *mem = kunit_kzalloc(test, sizeof(*mem), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mem);
	mem->nslabs = 1;
	dev->dma_io_tlb_mem = mem;
#endif
	dev->bus_dma_limit = dma_get_required_mask(dev) - 1;
	if (dma_max_mapping_size(dev) == SIZE_MAX)
		kunit_skip(test, "no device of this machine bounces");
}

/* What is protected is not even mapped where that may copy it. */
static void buffer_bounce(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf;
	unsigned int maps;

	device_may_bounce(test, fake->dev);

	dmabuf = fake_dmabuf(test, FAKE_PROTECTED, O_RDWR);
	maps = fake_dmabuf_maps();
	KUNIT_EXPECT_EQ(test, -EIO,
			PTR_ERR_OR_ZERO(securekey_buffer_attach(fake->provider,
								dmabuf)));
	KUNIT_EXPECT_EQ(test, maps, fake_dmabuf_maps());
	KUNIT_EXPECT_EQ(test, 0, fake->maps);
	KUNIT_EXPECT_FALSE(test, dmabuf_is_attached(dmabuf));
	dma_buf_put(dmabuf);
}

static void buffer_fd(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	struct securekey_buffer *b;
	struct securekey_key *key;
	int fd, key_fd;

	fd = dma_buf_fd(dmabuf, O_CLOEXEC);
	KUNIT_ASSERT_GE(test, fd, 0);

	b = securekey_buffer_get(fake->provider, fd);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);

	/* Closing it does not take the memory away. */
	close_fd(fd);
	fake_flush_files();
	KUNIT_EXPECT_TRUE(test, dmabuf_is_attached(b->dmabuf));
	securekey_buffer_put(b);

	KUNIT_EXPECT_EQ(test, -EBADF,
			PTR_ERR_OR_ZERO(securekey_buffer_get(fake->provider,
							     fd)));
	KUNIT_EXPECT_EQ(test, -EBADF,
			PTR_ERR_OR_ZERO(securekey_buffer_get(fake->provider,
							     -1)));

	key = fake_key(test, fake, &fake_params);
	key_fd = securekey_key_install_fd(key, O_CLOEXEC);
	securekey_key_put(key);
	KUNIT_ASSERT_GE(test, key_fd, 0);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR_OR_ZERO(securekey_buffer_get(fake->provider,
							     key_fd)));
	close_fd(key_fd);
}

static void buffer_provider_gone(struct kunit *test)
{
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	struct securekey_provider *p;
	struct securekey_buffer *b;

	p = securekey_provider_get("fake");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);

	b = securekey_buffer_attach(p, dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);

	fake_unregister(fake);
	KUNIT_EXPECT_EQ(test, 1, fake->unmaps);
	KUNIT_EXPECT_FALSE(test, dmabuf_is_attached(dmabuf));

	securekey_buffer_put(b);
	KUNIT_EXPECT_EQ(test, 1, fake->unmaps);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			PTR_ERR_OR_ZERO(securekey_buffer_attach(p, dmabuf)));

	dma_buf_put(dmabuf);
	securekey_provider_put(p);
}

struct range_case {
	u64 offset;
	u64 len;
	int ret;
};

static const struct range_case range_cases[] = {
	{ 0, 1, 0 },
	{ 0, FAKE_BUFFER_SIZE, 0 },
	{ FAKE_DST_ALIGN, FAKE_BUFFER_SIZE - FAKE_DST_ALIGN, 0 },
	{ FAKE_BUFFER_SIZE - FAKE_DST_ALIGN, FAKE_DST_ALIGN, 0 },
	{ 0, 0, -EINVAL },
	{ 0, FAKE_BUFFER_SIZE + 1, -EINVAL },
	{ FAKE_DST_ALIGN, FAKE_BUFFER_SIZE, -EINVAL },
	{ FAKE_BUFFER_SIZE, 0, -EINVAL },
	{ FAKE_BUFFER_SIZE, 1, -EINVAL },
	{ 1, 16, -EINVAL },
	{ FAKE_DST_ALIGN - 1, 16, -EINVAL },
	{ FAKE_DST_ALIGN / 2, 16, -EINVAL },
	{ 0, BIT_ULL(32), -EINVAL },
	{ BIT_ULL(32), 16, -EINVAL },
	{ 0, U64_MAX, -EINVAL },
	{ U64_MAX - 15, 15, -EINVAL },
	{ U64_MAX - 15, 16, -EOVERFLOW },
	{ 16, U64_MAX, -EOVERFLOW },
	{ U64_MAX, U64_MAX, -EOVERFLOW },
};

static void range_desc(const struct range_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "offset %llu len %llu",
		 c->offset, c->len);
}

KUNIT_ARRAY_PARAM(range, range_cases, range_desc);

static void buffer_range(struct kunit *test)
{
	const struct range_case *c = test->param_value;
	struct fake *fake = test->priv;
	struct dma_buf *dmabuf = fake_dmabuf(test, FAKE_PLAIN, O_RDWR);
	struct securekey_buffer *b;

	b = securekey_buffer_attach(fake->provider, dmabuf);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, b);
	KUNIT_EXPECT_EQ(test, c->ret,
			securekey_buffer_check_range(b, c->offset, c->len));
	KUNIT_EXPECT_EQ(test, c->ret,
			securekey_dmabuf_check(fake->provider, dmabuf,
					       c->offset, c->len));
	securekey_buffer_put(b);
	dma_buf_put(dmabuf);
}

static struct kunit_case buffer_cases[] = {
	KUNIT_CASE(buffer_attach),
	KUNIT_CASE(buffer_protected),
	KUNIT_CASE(buffer_read_only),
	KUNIT_CASE(buffer_refused),
	KUNIT_CASE(buffer_bounce),
	KUNIT_CASE(buffer_fd),
	KUNIT_CASE(buffer_provider_gone),
	KUNIT_CASE_PARAM(buffer_range, range_gen_params),
	{}
};

static struct kunit_suite buffer_suite = {
	.name = "securekey_buffer",
	.init = buffer_test_init,
	.exit = buffer_test_exit,
	.test_cases = buffer_cases,
};

kunit_test_suite(buffer_suite);
