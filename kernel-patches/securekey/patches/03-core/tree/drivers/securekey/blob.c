// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wrapped keys: the header that everybody can read, and how they come about.
 */

#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* What every provider would refuse: -EINVAL. */
int securekey_params_check(const struct securekey_params *params)
{
	if (params->algorithm != SECUREKEY_ALG_AES)
		return -EINVAL;

	if (params->key_bits != 128 && params->key_bits != 192 &&
	    params->key_bits != 256)
		return -EINVAL;

	if (!params->modes || params->modes & ~SECUREKEY_MODE_ALL)
		return -EINVAL;

	if (params->flags & ~SECUREKEY_FLAG_ALL)
		return -EINVAL;

	if (params->form != SECUREKEY_FORM_LONG_TERM &&
	    params->form != SECUREKEY_FORM_EPHEMERAL)
		return -EINVAL;

	if (memchr_inv(params->reserved, 0, sizeof(params->reserved)))
		return -EINVAL;

	return 0;
}

/* Has the provider got what the key needs? */
bool securekey_params_supported(const struct securekey_provider *p,
				const struct securekey_params *params)
{
	return p->caps.key_sizes & SECUREKEY_KEY_SIZE(params->key_bits) &&
	       !(params->modes & ~p->caps.modes);
}

/**
 * securekey_blob_params - get what the header of a blob says about the key
 * @blob: the blob
 * @params: is set
 */
void securekey_blob_params(const struct securekey_blob *blob,
			   struct securekey_params *params)
{
	*params = (struct securekey_params) {
		.algorithm = le32_to_cpu(blob->hdr.algorithm),
		.key_bits = le32_to_cpu(blob->hdr.key_bits),
		.modes = le32_to_cpu(blob->hdr.modes),
		.flags = le32_to_cpu(blob->hdr.flags),
		.form = le32_to_cpu(blob->hdr.form),
	};
}
EXPORT_SYMBOL_NS_GPL(securekey_blob_params, "SECUREKEY");

/**
 * securekey_blob_parse - check what can be checked without the provider
 * @data: a blob from anywhere
 * @len: its length
 * @blob: becomes a copy of it, the rest zeroed
 *
 * Whether the blob is authentic is not known after this.
 *
 * Return: 0, or -EBADMSG when the header is no header or does not fit @len.
 */
int securekey_blob_parse(const void *data, size_t len,
			 struct securekey_blob *blob)
{
	struct securekey_blob_header *hdr = &blob->hdr;
	struct securekey_params params;
	size_t name_len;

	if (len <= sizeof(*hdr) || len > sizeof(*blob))
		return -EBADMSG;

	memcpy(blob, data, len);
	memset((u8 *)blob + len, 0, sizeof(*blob) - len);

	if (le32_to_cpu(hdr->magic) != SECUREKEY_BLOB_MAGIC ||
	    le16_to_cpu(hdr->version) != SECUREKEY_BLOB_VERSION ||
	    le16_to_cpu(hdr->header_len) != sizeof(*hdr) ||
	    le32_to_cpu(hdr->payload_len) != len - sizeof(*hdr) ||
	    memchr_inv(hdr->reserved, 0, sizeof(hdr->reserved)))
		return -EBADMSG;

	name_len = strnlen(hdr->provider, sizeof(hdr->provider));
	if (!name_len || name_len == sizeof(hdr->provider) ||
	    memchr_inv(hdr->provider + name_len, 0,
		       sizeof(hdr->provider) - name_len))
		return -EBADMSG;

	securekey_blob_params(blob, &params);
	if (securekey_params_check(&params))
		return -EBADMSG;

	return 0;
}
EXPORT_SYMBOL_NS_GPL(securekey_blob_parse, "SECUREKEY");

/* As securekey_blob_parse(), and the blob must name this provider. */
int securekey_blob_parse_for(const struct securekey_provider *p,
			     const void *data, size_t len,
			     struct securekey_blob *blob)
{
	struct securekey_params params;
	int ret;

	ret = securekey_blob_parse(data, len, blob);
	if (ret)
		return ret;

	securekey_blob_params(blob, &params);
	if (strcmp(blob->hdr.provider, p->name) ||
	    !securekey_params_supported(p, &params))
		return -EBADMSG;

	return 0;
}

static void blob_init(struct securekey_blob_header *hdr,
		      const struct securekey_provider *p,
		      const struct securekey_params *params, u32 form)
{
	*hdr = (struct securekey_blob_header) {
		.magic = cpu_to_le32(SECUREKEY_BLOB_MAGIC),
		.version = cpu_to_le16(SECUREKEY_BLOB_VERSION),
		.header_len = cpu_to_le16(sizeof(*hdr)),
		.form = cpu_to_le32(form),
		.algorithm = cpu_to_le32(params->algorithm),
		.key_bits = cpu_to_le32(params->key_bits),
		.modes = cpu_to_le32(params->modes),
		.flags = cpu_to_le32(params->flags),
	};
	strscpy(hdr->provider, p->name);
}

/* A blob for a provider to fill. NULL when there is no memory. */
struct securekey_blob *securekey_blob_alloc(const struct securekey_provider *p,
					    const struct securekey_params *params,
					    u32 form)
{
	struct securekey_blob *blob;

	blob = kzalloc_obj(*blob);
	if (blob)
		blob_init(&blob->hdr, p, params, form);

	return blob;
}

/*
 * Give out a blob that a provider has filled. One that touches the policy or makes
 * what would not be taken back is broken: -EIO. Returns the length.
 */
int securekey_blob_copy_out(const struct securekey_provider *p,
			    const struct securekey_params *params, u32 form,
			    const struct securekey_blob *blob,
			    void *buf, size_t size)
{
	size_t payload_len = le32_to_cpu(blob->hdr.payload_len);
	struct securekey_blob_header hdr;
	size_t len;

	blob_init(&hdr, p, params, form);
	hdr.payload_len = blob->hdr.payload_len;

	if (!payload_len || payload_len > sizeof(blob->payload) ||
	    memcmp(&hdr, &blob->hdr, sizeof(hdr))) {
		dev_err_once(p->dev, "made a malformed blob\n");
		return -EIO;
	}

	len = sizeof(hdr) + payload_len;
	if (len > size)
		return -EOVERFLOW;

	memcpy(buf, blob, len);

	return len;
}

/* Called with the operations pinned. */
static int blob_prepare(struct securekey_provider *p,
			const struct securekey_blob *lt,
			void *buf, size_t size)
{
	struct securekey_params params;
	int ret;

	securekey_blob_params(lt, &params);

	struct securekey_blob *eph __free(kfree_sensitive) =
		securekey_blob_alloc(p, &params, SECUREKEY_FORM_EPHEMERAL);
	if (!eph)
		return -ENOMEM;

	ret = p->ops->prepare(p, lt, eph);
	if (ret)
		return ret;

	return securekey_blob_copy_out(p, &params, SECUREKEY_FORM_EPHEMERAL, eph,
				       buf, size);
}

/*
 * Give out what a provider has made in the form that was asked for. Called with the
 * operations pinned.
 */
int securekey_blob_finish(struct securekey_provider *p,
			  const struct securekey_params *params,
			  const struct securekey_blob *lt,
			  void *buf, size_t size)
{
	if (params->form == SECUREKEY_FORM_EPHEMERAL)
		return blob_prepare(p, lt, buf, size);

	return securekey_blob_copy_out(p, params, SECUREKEY_FORM_LONG_TERM, lt,
				       buf, size);
}

/* Generate a key, or import it when there is a @raw one. */
static int blob_make(struct securekey_provider *p,
		     const struct securekey_params *params,
		     const u8 *raw, size_t raw_len, void *buf, size_t size)
{
	int ret;

	ret = securekey_params_check(params);
	if (ret)
		return ret;

	if (raw && raw_len != params->key_bits / 8)
		return -EINVAL;

	if (!securekey_params_supported(p, params))
		return -EOPNOTSUPP;

	struct securekey_blob *lt __free(kfree_sensitive) =
		securekey_blob_alloc(p, params, SECUREKEY_FORM_LONG_TERM);
	if (!lt)
		return -ENOMEM;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->dead))
		return -ENODEV;

	if (!raw)
		ret = p->ops->generate(p, lt);
	else if (p->ops->import)
		ret = p->ops->import(p, raw, raw_len, lt);
	else
		ret = -EOPNOTSUPP;
	if (ret)
		return ret;

	return securekey_blob_finish(p, params, lt, buf, size);
}

/**
 * securekey_generate - make a key that only the provider knows
 * @p: the provider
 * @params: what the key is to be
 * @buf: where the blob goes
 * @size: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 *
 * Context: Process context.
 * Return: length of the blob; -EINVAL when @params make no sense, -EOPNOTSUPP when
 * the provider cannot do that, -EOVERFLOW when @buf is too short, -ENODEV when the
 * provider has gone, -ENOMEM, or what the provider says.
 */
int securekey_generate(struct securekey_provider *p,
		       const struct securekey_params *params,
		       void *buf, size_t size)
{
	return blob_make(p, params, NULL, 0, buf, size);
}
EXPORT_SYMBOL_NS_GPL(securekey_generate, "SECUREKEY");

/**
 * securekey_import - have a known key wrapped
 * @p: the provider
 * @params: what the key is
 * @raw: the key
 * @raw_len: its length in bytes
 * @buf: where the blob goes
 * @size: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 *
 * The caller wipes @raw.
 *
 * Context: Process context.
 * Return: as securekey_generate(); -EINVAL also when @raw_len is not the length
 * that @params give, -EOPNOTSUPP also when the provider takes no raw keys.
 */
int securekey_import(struct securekey_provider *p,
		     const struct securekey_params *params,
		     const u8 *raw, size_t raw_len, void *buf, size_t size)
{
	/* Without, it would be generated. */
	if (!raw)
		return -EINVAL;

	return blob_make(p, params, raw, raw_len, buf, size);
}
EXPORT_SYMBOL_NS_GPL(securekey_import, "SECUREKEY");

/**
 * securekey_prepare - turn a long-term blob into an ephemeral one
 * @p: the provider that the blob must be of
 * @lt: the long-term blob
 * @lt_len: its length
 * @buf: where the ephemeral blob goes
 * @size: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 *
 * Context: Process context.
 * Return: length of the ephemeral blob; -EBADMSG when @lt is damaged, of another
 * provider or not long-term, -EOVERFLOW when @buf is too short, -ENODEV when the
 * provider has gone, -ENOMEM, or what the provider says.
 */
int securekey_prepare(struct securekey_provider *p, const void *lt,
		      size_t lt_len, void *buf, size_t size)
{
	struct securekey_blob *blob __free(kfree_sensitive) = kmalloc_obj(*blob);
	int ret;

	if (!blob)
		return -ENOMEM;

	ret = securekey_blob_parse_for(p, lt, lt_len, blob);
	if (ret)
		return ret;

	if (le32_to_cpu(blob->hdr.form) != SECUREKEY_FORM_LONG_TERM)
		return -EBADMSG;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->dead))
		return -ENODEV;

	return blob_prepare(p, blob, buf, size);
}
EXPORT_SYMBOL_NS_GPL(securekey_prepare, "SECUREKEY");

/**
 * securekey_delete - make sure that a key is never loaded again
 * @p: the provider that the blob must be of
 * @data: the blob
 * @len: its length
 *
 * Keys that are loaded stay so.
 *
 * Context: Process context.
 * Return: 0; -EBADMSG when the blob is damaged or of another provider, -EOPNOTSUPP
 * when the provider keeps nothing about keys, -ENODEV when it has gone, -ENOMEM,
 * or what the provider says.
 */
int securekey_delete(struct securekey_provider *p, const void *data, size_t len)
{
	struct securekey_blob *blob __free(kfree_sensitive) = kmalloc_obj(*blob);
	int ret;

	if (!blob)
		return -ENOMEM;

	ret = securekey_blob_parse_for(p, data, len, blob);
	if (ret)
		return ret;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->dead))
		return -ENODEV;

	if (!p->ops->delete)
		return -EOPNOTSUPP;

	return p->ops->delete(p, blob);
}
EXPORT_SYMBOL_NS_GPL(securekey_delete, "SECUREKEY");
