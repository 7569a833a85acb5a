// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests: wrapped keys and their headers.
 */

#include <kunit/test.h>
#include <linux/securekey.h>
#include <linux/string.h>

#include "fake.h"

struct blob_test {
	struct fake *fake;
	struct securekey_blob blob;
	struct securekey_blob out;
	int len;
};

static int blob_test_init(struct kunit *test)
{
	struct blob_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);

	t->fake = fake_register(test);
	t->len = fake_blob(test, t->fake, &fake_params, &t->blob);
	test->priv = t;

	return 0;
}

static void blob_header(struct kunit *test)
{
	struct blob_test *t = test->priv;
	const struct securekey_blob_header *hdr = &t->blob.hdr;
	static const u8 start[] = {
		'S', 'E', 'K', 'Y', 1, 0, 72, 0, 'f', 'a', 'k', 'e', 0
	};

	KUNIT_EXPECT_MEMEQ(test, hdr, start, sizeof(start));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->form), SECUREKEY_FORM_LONG_TERM);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->algorithm), SECUREKEY_ALG_AES);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->key_bits), 128);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->modes), SECUREKEY_MODE_CBC);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->flags),
			SECUREKEY_FLAG_DECRYPT_ONLY);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(hdr->payload_len), FAKE_PAYLOAD_LEN);
}

static void blob_parse(struct kunit *test)
{
	struct blob_test *t = test->priv;
	struct securekey_params params;

	/* What is behind the payload is not kept from earlier. */
	memset(&t->out, 0xff, sizeof(t->out));
	KUNIT_EXPECT_EQ(test, 0, securekey_blob_parse(&t->blob, t->len, &t->out));
	KUNIT_EXPECT_MEMEQ(test, &t->blob, &t->out, sizeof(t->out));

	securekey_blob_params(&t->out, &params);
	KUNIT_EXPECT_MEMEQ(test, &params, &fake_params, sizeof(params));
}

static void blob_parse_length(struct kunit *test)
{
	struct blob_test *t = test->priv;
	size_t len;

	for (len = 0; len <= sizeof(t->blob); len++)
		KUNIT_EXPECT_EQ_MSG(test, len == t->len ? 0 : -EBADMSG,
				    securekey_blob_parse(&t->blob, len, &t->out),
				    "length %zu", len);

	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_blob_parse(&t->blob, SIZE_MAX, &t->out));
}

struct field_case {
	const char *name;
	void (*spoil)(struct securekey_blob_header *hdr);
};

#define FIELD_CASE(what, statement)					\
static void spoil_##what(struct securekey_blob_header *hdr)		\
{									\
	statement;							\
}

FIELD_CASE(magic, hdr->magic ^= cpu_to_le32(1))
FIELD_CASE(version_0, hdr->version = 0)
FIELD_CASE(version_next, le16_add_cpu(&hdr->version, 1))
FIELD_CASE(header_len_less, le16_add_cpu(&hdr->header_len, -1))
FIELD_CASE(header_len_more, le16_add_cpu(&hdr->header_len, 1))
FIELD_CASE(provider_none, memset(hdr->provider, 0, sizeof(hdr->provider)))
FIELD_CASE(provider_endless, memset(hdr->provider, 'x', sizeof(hdr->provider)))
FIELD_CASE(provider_tail, hdr->provider[sizeof(hdr->provider) - 1] = 'x')
FIELD_CASE(provider_after_nul, hdr->provider[strlen(hdr->provider) + 1] = 'x')
FIELD_CASE(form_0, hdr->form = 0)
FIELD_CASE(form_3, hdr->form = cpu_to_le32(3))
FIELD_CASE(algorithm_0, hdr->algorithm = 0)
FIELD_CASE(algorithm_2, hdr->algorithm = cpu_to_le32(2))
FIELD_CASE(key_bits_0, hdr->key_bits = 0)
FIELD_CASE(key_bits_129, hdr->key_bits = cpu_to_le32(129))
FIELD_CASE(key_bits_512, hdr->key_bits = cpu_to_le32(512))
FIELD_CASE(modes_none, hdr->modes = 0)
FIELD_CASE(modes_unknown, hdr->modes |= cpu_to_le32(BIT(5)))
FIELD_CASE(modes_xts_and_cbc, hdr->modes |= cpu_to_le32(SECUREKEY_MODE_XTS))
FIELD_CASE(modes_gcm_and_cbc, hdr->modes |= cpu_to_le32(SECUREKEY_MODE_GCM))
FIELD_CASE(modes_derive_and_cbc,
	   hdr->modes |= cpu_to_le32(SECUREKEY_MODE_DERIVE))
FIELD_CASE(modes_top, hdr->modes |= cpu_to_le32(BIT(31)))
FIELD_CASE(flags_unknown, hdr->flags |= cpu_to_le32(BIT(2)))
FIELD_CASE(flags_top, hdr->flags |= cpu_to_le32(BIT(31)))
FIELD_CASE(payload_len_0, hdr->payload_len = 0)
FIELD_CASE(payload_len_less, le32_add_cpu(&hdr->payload_len, -1))
FIELD_CASE(payload_len_more, le32_add_cpu(&hdr->payload_len, 1))
FIELD_CASE(payload_len_max, hdr->payload_len = cpu_to_le32(U32_MAX))
FIELD_CASE(reserved_0, hdr->reserved[0] = cpu_to_le32(1))
FIELD_CASE(reserved_1, hdr->reserved[1] = cpu_to_le32(BIT(31)))

#define FIELD(what) { .name = #what, .spoil = spoil_##what }

static const struct field_case field_cases[] = {
	FIELD(magic), FIELD(version_0), FIELD(version_next),
	FIELD(header_len_less), FIELD(header_len_more),
	FIELD(provider_none), FIELD(provider_endless), FIELD(provider_tail),
	FIELD(provider_after_nul), FIELD(form_0), FIELD(form_3),
	FIELD(algorithm_0), FIELD(algorithm_2), FIELD(key_bits_0),
	FIELD(key_bits_129), FIELD(key_bits_512), FIELD(modes_none),
	FIELD(modes_unknown), FIELD(modes_xts_and_cbc),
	FIELD(modes_gcm_and_cbc), FIELD(modes_derive_and_cbc),
	FIELD(modes_top), FIELD(flags_unknown),
	FIELD(flags_top), FIELD(payload_len_0), FIELD(payload_len_less),
	FIELD(payload_len_more), FIELD(payload_len_max), FIELD(reserved_0),
	FIELD(reserved_1),
};

KUNIT_ARRAY_PARAM_DESC(field, field_cases, name);

static void blob_parse_field(struct kunit *test)
{
	const struct field_case *c = test->param_value;
	struct blob_test *t = test->priv;

	c->spoil(&t->blob.hdr);
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_blob_parse(&t->blob, t->len, &t->out));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(securekey_key_load(NULL, &t->blob,
							   t->len)));
	KUNIT_EXPECT_EQ(test, 0, t->fake->loads);
}

/* Sound, but not what this provider can have made. */
static void blob_other_provider(struct kunit *test)
{
	struct securekey_provider *p;
	struct blob_test *t = test->priv;

	p = t->fake->provider;
	t->blob.hdr.provider[0] = 'b';
	KUNIT_EXPECT_EQ(test, 0, securekey_blob_parse(&t->blob, t->len, &t->out));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			PTR_ERR_OR_ZERO(securekey_key_load(NULL, &t->blob,
							   t->len)));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(securekey_key_load(p, &t->blob, t->len)));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_prepare(p, &t->blob, t->len, &t->out,
					  sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -EBADMSG, securekey_delete(p, &t->blob, t->len));

	t->blob.hdr.provider[0] = 'f';
	t->blob.hdr.key_bits = cpu_to_le32(192);
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			PTR_ERR_OR_ZERO(securekey_key_load(NULL, &t->blob,
							   t->len)));
	KUNIT_EXPECT_EQ(test, 0, t->fake->loads);
}

struct params_case {
	const char *name;
	void (*spoil)(struct securekey_params *params);
	int ret;
};

#define PARAMS_CASE(what, statement)					\
static void params_##what(struct securekey_params *params)		\
{									\
	statement;							\
}

PARAMS_CASE(algorithm_0, params->algorithm = 0)
PARAMS_CASE(algorithm_2, params->algorithm = 2)
PARAMS_CASE(bits_0, params->key_bits = 0)
PARAMS_CASE(bits_127, params->key_bits = 127)
PARAMS_CASE(bits_192, params->key_bits = 192)
PARAMS_CASE(no_mode, params->modes = 0)
PARAMS_CASE(unknown_mode, params->modes |= BIT(31))
PARAMS_CASE(xts_and_cbc, params->modes |= SECUREKEY_MODE_XTS;
			 params->key_bits = 256)
PARAMS_CASE(gcm_and_cbc, params->modes |= SECUREKEY_MODE_GCM)
PARAMS_CASE(xts_and_gcm, params->modes = SECUREKEY_MODE_XTS | SECUREKEY_MODE_GCM;
			 params->key_bits = 256)
PARAMS_CASE(derive_and_cbc, params->modes |= SECUREKEY_MODE_DERIVE)
PARAMS_CASE(xts_128, params->modes = SECUREKEY_MODE_XTS)
PARAMS_CASE(xts_257, params->modes = SECUREKEY_MODE_XTS; params->key_bits = 257)
PARAMS_CASE(xts_384, params->modes = SECUREKEY_MODE_XTS; params->key_bits = 384)
PARAMS_CASE(xts_1024, params->modes = SECUREKEY_MODE_XTS; params->key_bits = 1024)
PARAMS_CASE(gcm_512, params->modes = SECUREKEY_MODE_GCM; params->key_bits = 512)
PARAMS_CASE(gcm_192, params->modes = SECUREKEY_MODE_GCM; params->key_bits = 192)
PARAMS_CASE(unknown_flag, params->flags |= BIT(31))
PARAMS_CASE(form_0, params->form = 0)
PARAMS_CASE(form_3, params->form = 3)
PARAMS_CASE(reserved_0, params->reserved[0] = 1)
PARAMS_CASE(reserved_2, params->reserved[2] = 1)

#define PARAMS(what, error) \
	{ .name = #what, .spoil = params_##what, .ret = error }

static const struct params_case params_cases[] = {
	PARAMS(algorithm_0, -EINVAL),
	PARAMS(algorithm_2, -EINVAL),
	PARAMS(bits_0, -EINVAL),
	PARAMS(bits_127, -EINVAL),
	PARAMS(bits_192, -EOPNOTSUPP),
	PARAMS(no_mode, -EINVAL),
	PARAMS(unknown_mode, -EINVAL),
	PARAMS(xts_and_cbc, -EINVAL),
	PARAMS(gcm_and_cbc, -EINVAL),
	PARAMS(xts_and_gcm, -EINVAL),
	PARAMS(derive_and_cbc, -EINVAL),
	PARAMS(xts_128, -EINVAL),
	PARAMS(xts_257, -EINVAL),
	PARAMS(xts_384, -EINVAL),
	PARAMS(xts_1024, -EINVAL),
	PARAMS(gcm_512, -EINVAL),
	PARAMS(gcm_192, -EOPNOTSUPP),
	PARAMS(unknown_flag, -EINVAL),
	PARAMS(form_0, -EINVAL),
	PARAMS(form_3, -EINVAL),
	PARAMS(reserved_0, -EINVAL),
	PARAMS(reserved_2, -EINVAL),
};

KUNIT_ARRAY_PARAM_DESC(params, params_cases, name);

static void blob_params(struct kunit *test)
{
	const struct params_case *c = test->param_value;
	struct securekey_params params = fake_params;
	struct blob_test *t = test->priv;
	const u8 raw[32] = {};

	c->spoil(&params);

	KUNIT_EXPECT_EQ(test, c->ret,
			securekey_generate(t->fake->provider, &params,
					   &t->out, sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, c->ret,
			securekey_import(t->fake->provider, &params, raw,
					 params.key_bits / 8,
					 &t->out, sizeof(t->out)));
}

/* What counts is the length of the AES keys: 128 and 256 bits, twice with xts. */
static void blob_params_alone(struct kunit *test)
{
	static const struct {
		u32 mode;
		u32 bits;
	} cases[] = {
		{ SECUREKEY_MODE_XTS, 256 }, { SECUREKEY_MODE_XTS, 512 },
		{ SECUREKEY_MODE_GCM, 128 }, { SECUREKEY_MODE_GCM, 256 },
		{ SECUREKEY_MODE_DERIVE, 128 },
	};
	struct securekey_params params = fake_params;
	struct blob_test *t = test->priv;
	const u8 raw[64] = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		params.modes = cases[i].mode;
		params.key_bits = cases[i].bits;
		KUNIT_EXPECT_EQ(test, t->len,
				securekey_import(t->fake->provider, &params,
						 raw, params.key_bits / 8,
						 &t->out, sizeof(t->out)));
		KUNIT_EXPECT_EQ(test, 0, securekey_blob_parse(&t->out, t->len,
							      &t->blob));
	}
}

static void blob_import(struct kunit *test)
{
	struct blob_test *t = test->priv;
	struct securekey_provider *p = t->fake->provider;
	const u8 raw[32] = {};

	KUNIT_EXPECT_EQ(test, t->len,
			securekey_import(p, &fake_params, raw, 16, &t->out,
					 sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_import(p, &fake_params, raw, 15, &t->out,
					 sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_import(p, &fake_params, raw, 32, &t->out,
					 sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			securekey_import(p, &fake_params, NULL, 0, &t->out,
					 sizeof(t->out)));

	t->fake->ops.import = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			securekey_import(p, &fake_params, raw, 16, &t->out,
					 sizeof(t->out)));
}

static void blob_prepare(struct kunit *test)
{
	struct blob_test *t = test->priv;
	struct securekey_provider *p = t->fake->provider;

	KUNIT_EXPECT_EQ(test, t->len,
			securekey_prepare(p, &t->blob, t->len, &t->out,
					  sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->out.hdr.form),
			SECUREKEY_FORM_EPHEMERAL);

	/* Once is enough. */
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_prepare(p, &t->out, t->len, &t->blob,
					  sizeof(t->blob)));
}

static void blob_generate_ephemeral(struct kunit *test)
{
	struct securekey_params params = fake_params;
	struct blob_test *t = test->priv;

	params.form = SECUREKEY_FORM_EPHEMERAL;
	KUNIT_EXPECT_EQ(test, t->len, fake_blob(test, t->fake, &params, &t->out));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->out.hdr.form),
			SECUREKEY_FORM_EPHEMERAL);
}

static void blob_no_room(struct kunit *test)
{
	struct blob_test *t = test->priv;
	struct securekey_provider *p = t->fake->provider;
	const u8 raw[16] = {};

	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			securekey_generate(p, &fake_params, &t->out, t->len - 1));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			securekey_generate(p, &fake_params, &t->out, 0));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			securekey_import(p, &fake_params, raw, sizeof(raw),
					 &t->out, t->len - 1));
	KUNIT_EXPECT_EQ(test, -EOVERFLOW,
			securekey_prepare(p, &t->blob, t->len, &t->out,
					  t->len - 1));
	KUNIT_EXPECT_EQ(test, t->len,
			securekey_generate(p, &fake_params, &t->out, t->len));
}

static void blob_broken_provider(struct kunit *test)
{
	struct blob_test *t = test->priv;
	struct securekey_provider *p = t->fake->provider;

	t->fake->break_header = true;
	KUNIT_EXPECT_EQ(test, -EIO,
			securekey_generate(p, &fake_params, &t->out,
					   sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -EIO,
			securekey_prepare(p, &t->blob, t->len, &t->out,
					  sizeof(t->out)));

	t->fake->break_header = false;
	t->fake->payload_len = 0;
	KUNIT_EXPECT_EQ(test, -EIO,
			securekey_generate(p, &fake_params, &t->out,
					   sizeof(t->out)));
	t->fake->payload_len = SECUREKEY_BLOB_MAX_PAYLOAD + 1;
	KUNIT_EXPECT_EQ(test, -EIO,
			securekey_generate(p, &fake_params, &t->out,
					   sizeof(t->out)));
	t->fake->payload_len = SECUREKEY_BLOB_MAX_PAYLOAD;
	KUNIT_EXPECT_EQ(test, SECUREKEY_BLOB_MAX_LEN,
			securekey_generate(p, &fake_params, &t->out,
					   sizeof(t->out)));
}

static void blob_delete(struct kunit *test)
{
	struct blob_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			securekey_delete(t->fake->provider, &t->blob, t->len));
	KUNIT_EXPECT_EQ(test, -EBADMSG,
			securekey_delete(t->fake->provider, &t->blob,
					 t->len - 1));
}

static void blob_provider_gone(struct kunit *test)
{
	struct blob_test *t = test->priv;
	const u8 raw[16] = {};
	struct securekey_provider *p;

	p = securekey_provider_get("fake");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	fake_unregister(t->fake);

	KUNIT_EXPECT_EQ(test, -ENODEV,
			securekey_generate(p, &fake_params, &t->out,
					   sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			securekey_import(p, &fake_params, raw, sizeof(raw),
					 &t->out, sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			securekey_prepare(p, &t->blob, t->len, &t->out,
					  sizeof(t->out)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			securekey_delete(p, &t->blob, t->len));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			PTR_ERR_OR_ZERO(securekey_key_load(p, &t->blob, t->len)));
	KUNIT_EXPECT_EQ(test, -ENODEV,
			PTR_ERR_OR_ZERO(securekey_key_load(NULL, &t->blob,
							   t->len)));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR_OR_ZERO(securekey_provider_get("fake")));

	securekey_provider_put(p);
}

static struct kunit_case blob_cases[] = {
	KUNIT_CASE(blob_header),
	KUNIT_CASE(blob_parse),
	KUNIT_CASE(blob_parse_length),
	KUNIT_CASE_PARAM(blob_parse_field, field_gen_params),
	KUNIT_CASE(blob_other_provider),
	KUNIT_CASE_PARAM(blob_params, params_gen_params),
	KUNIT_CASE(blob_params_alone),
	KUNIT_CASE(blob_import),
	KUNIT_CASE(blob_prepare),
	KUNIT_CASE(blob_generate_ephemeral),
	KUNIT_CASE(blob_no_room),
	KUNIT_CASE(blob_broken_provider),
	KUNIT_CASE(blob_delete),
	KUNIT_CASE(blob_provider_gone),
	{}
};

static struct kunit_suite blob_suite = {
	.name = "securekey_blob",
	.init = blob_test_init,
	.test_cases = blob_cases,
};

kunit_test_suite(blob_suite);
