// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": AES-GCM, on data that comes in pieces.
 */

#include <linux/scatterlist.h>

#include "soft.h"

static void gcm_start(struct soft_stream *s)
{
	const struct securekey_request *req = s->req;
	const struct soft_key *sk = req->key->priv;

	aes_gcm_init(&s->gcm, req->iv, &sk->gcm);
	aes_gcm_auth_update(&s->gcm, req->aad, req->aad_len);
}

static void gcm_update(struct soft_stream *s, const u8 *src, size_t len)
{
	aes_gcm_decrypt_update(&s->gcm, s->dst, src, len);
	s->dst += len;
}

/* The tag is behind the data. */
static int gcm_finish(struct soft_stream *s)
{
	struct securekey_request *req = s->req;
	struct soft *soft = to_soft(req->key->provider);
	u8 tag[SECUREKEY_GCM_TAG_LEN];

	if (sg_pcopy_to_buffer(req->src, sg_nents(req->src), tag, sizeof(tag),
			       req->len) != sizeof(tag))
		return -EIO;

	/* A test may want it to have changed on the way. */
	scoped_guard(spinlock, &soft->lock)
		tag[0] ^= soft->faults.wrong_tag;

	return aes_gcm_decrypt_final(&s->gcm, tag);
}

const struct soft_cipher soft_cipher_gcm = {
	.start = gcm_start,
	.update = gcm_update,
	.finish = gcm_finish,
};
