// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": keys that are derived from keys, by the KDF in
 * counter mode of NIST SP 800-108 with HMAC-SHA256.
 */

#include <crypto/sha2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "soft.h"

/* Its NUL is the zero byte that the standard wants behind it. */
static const char label[] = "securekey soft";

/* One block of output. What the key is for is part of the context. */
static void derive_block(const struct securekey_key *parent, u32 counter,
			 const struct securekey_blob_header *hdr,
			 const void *context, size_t context_len,
			 u8 out[SHA256_DIGEST_SIZE])
{
	const __be32 bits = cpu_to_be32(le32_to_cpu(hdr->key_bits));
	const struct soft_key *sk = parent->priv;
	const __be32 i = cpu_to_be32(counter);
	struct hmac_sha256_ctx ctx;

	hmac_sha256_init_usingrawkey(&ctx, sk->raw, parent->params.key_bits / 8);
	hmac_sha256_update(&ctx, (const u8 *)&i, sizeof(i));
	hmac_sha256_update(&ctx, (const u8 *)label, sizeof(label));
	hmac_sha256_update(&ctx, (const u8 *)&hdr->algorithm,
			   sizeof(hdr->algorithm));
	hmac_sha256_update(&ctx, (const u8 *)&hdr->modes, sizeof(hdr->modes));
	hmac_sha256_update(&ctx, (const u8 *)&hdr->flags, sizeof(hdr->flags));
	hmac_sha256_update(&ctx, context, context_len);
	hmac_sha256_update(&ctx, (const u8 *)&bits, sizeof(bits));
	hmac_sha256_final(&ctx, out);
}

int soft_derive(struct securekey_provider *provider,
		struct securekey_key *parent, const void *context,
		size_t context_len, struct securekey_blob *lt)
{
	size_t raw_len = le32_to_cpu(lt->hdr.key_bits) / 8;
	u8 raw[round_up(SOFT_RAW_MAX_LEN, SHA256_DIGEST_SIZE)];
	u32 i;

	for (i = 0; i * SHA256_DIGEST_SIZE < raw_len; i++)
		derive_block(parent, i + 1, &lt->hdr, context, context_len,
			     raw + i * SHA256_DIGEST_SIZE);

	soft_wrap(to_soft(provider), lt, raw, raw_len);
	memzero_explicit(raw, sizeof(raw));

	return 0;
}
