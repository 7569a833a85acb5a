// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": keys and how they are wrapped.
 *
 * The payload of a blob is a nonce, the key encrypted by AES-256-GCM, and the tag.
 * The header is the associated data, so that nobody changes the policy.
 */

#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "soft.h"

#define NONCE_LEN	GCM_AES_IV_SIZE
#define TAG_LEN		16

/*
 * Whoever reads this can unwrap every long-term blob: they are for tests, which
 * keep them over reboots.
 */
static const u8 long_term_key[AES_KEYSIZE_256] = "no secret: long-term test key!!";

static size_t payload_len(size_t raw_len)
{
	return NONCE_LEN + raw_len + TAG_LEN;
}

static const struct aes_gcm_key *wrapping_key(const struct soft *soft,
					      const struct securekey_blob *blob)
{
	return blob->hdr.form == cpu_to_le32(SECUREKEY_FORM_LONG_TERM) ?
	       &soft->long_term : &soft->ephemeral;
}

/* Wrap a key as the header of its blob says. */
void soft_wrap(const struct soft *soft, struct securekey_blob *blob,
	       const u8 *raw, size_t raw_len)
{
	u8 *nonce = blob->payload;
	u8 *data = nonce + NONCE_LEN;

	blob->hdr.payload_len = cpu_to_le32(payload_len(raw_len));
	get_random_bytes(nonce, NONCE_LEN);
	aes_gcm_encrypt(data, raw, raw_len, data + raw_len,
			(const u8 *)&blob->hdr, sizeof(blob->hdr), nonce,
			wrapping_key(soft, blob));
}

/* Returns the length of the key, or -EBADMSG. */
static int unwrap(const struct soft *soft, const struct securekey_blob *blob,
		  u8 raw[SOFT_RAW_MAX_LEN])
{
	size_t raw_len = le32_to_cpu(blob->hdr.key_bits) / 8;
	const u8 *nonce = blob->payload;
	const u8 *data = nonce + NONCE_LEN;
	int ret;

	if (le32_to_cpu(blob->hdr.payload_len) != payload_len(raw_len))
		return -EBADMSG;

	ret = aes_gcm_decrypt(raw, data, raw_len, data + raw_len,
			      (const u8 *)&blob->hdr, sizeof(blob->hdr), nonce,
			      wrapping_key(soft, blob));

	return ret ?: raw_len;
}

int soft_wrap_generate(struct securekey_provider *provider,
		       struct securekey_blob *lt)
{
	size_t raw_len = le32_to_cpu(lt->hdr.key_bits) / 8;
	u8 raw[SOFT_RAW_MAX_LEN];

	get_random_bytes(raw, raw_len);
	soft_wrap(to_soft(provider), lt, raw, raw_len);
	memzero_explicit(raw, sizeof(raw));

	return 0;
}

int soft_wrap_import(struct securekey_provider *provider, const u8 *raw,
		     size_t raw_len, struct securekey_blob *lt)
{
	soft_wrap(to_soft(provider), lt, raw, raw_len);

	return 0;
}

int soft_wrap_prepare(struct securekey_provider *provider,
		      const struct securekey_blob *lt,
		      struct securekey_blob *eph)
{
	u8 raw[SOFT_RAW_MAX_LEN];
	int len;

	len = unwrap(to_soft(provider), lt, raw);
	if (len > 0)
		soft_wrap(to_soft(provider), eph, raw, len);
	memzero_explicit(raw, sizeof(raw));

	return min(len, 0);
}

int soft_wrap_export(struct securekey_provider *provider,
		     struct securekey_key *key, struct securekey_blob *lt)
{
	const struct soft_key *sk = key->priv;

	soft_wrap(to_soft(provider), lt, sk->raw, key->params.key_bits / 8);

	return 0;
}

/* One more key, unless a test has left no room for it. */
static int take_slot(struct soft *soft)
{
	u32 slots;

	scoped_guard(spinlock, &soft->lock)
		slots = soft->faults.key_slots;

	if (atomic_inc_return(&soft->nr_keys) > slots && slots) {
		atomic_dec(&soft->nr_keys);
		return -EAGAIN;
	}

	return 0;
}

int soft_wrap_load(struct securekey_provider *provider,
		   const struct securekey_blob *blob, struct securekey_key *key)
{
	struct soft_key *sk __free(kfree_sensitive) = kzalloc_obj(*sk);
	struct soft *soft = to_soft(provider);
	int len, ret;

	if (!sk)
		return -ENOMEM;

	len = unwrap(soft, blob, sk->raw);
	if (len < 0)
		return len;

	ret = aes_preparekey(&sk->aes, sk->raw, len);
	if (ret)
		return ret;

	ret = take_slot(soft);
	if (ret)
		return ret;

	key->priv = no_free_ptr(sk);

	return 0;
}

void soft_wrap_unload(struct securekey_provider *provider,
		      struct securekey_key *key)
{
	kfree_sensitive(key->priv);
	atomic_dec(&to_soft(provider)->nr_keys);
}

int soft_wrap_init(struct soft *soft)
{
	u8 raw[AES_KEYSIZE_256];
	int ret;

	ret = aes_gcm_preparekey(&soft->long_term, long_term_key,
				 sizeof(long_term_key), TAG_LEN);
	if (ret)
		return ret;

	get_random_bytes(raw, sizeof(raw));
	ret = aes_gcm_preparekey(&soft->ephemeral, raw, sizeof(raw), TAG_LEN);
	memzero_explicit(raw, sizeof(raw));

	return ret;
}
