// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "soft": AES-XTS, on data that comes in pieces.
 */

#include <linux/minmax.h>
#include <linux/string.h>

#include "soft.h"

/*
 * What has to be decrypted at once: if the end is no whole block, then it and the
 * block before, from which it has stolen. The rest is a number of whole blocks.
 */
static size_t xts_tail(size_t len)
{
	return len % AES_BLOCK_SIZE ? AES_BLOCK_SIZE + len % AES_BLOCK_SIZE : 0;
}

static void xts_start(struct soft_stream *s)
{
	memcpy(s->xts.tweak, s->req->iv, sizeof(s->xts.tweak));
	s->xts.left = s->req->len - xts_tail(s->req->len);
	s->xts.begun = false;
}

static void xts_blocks(struct soft_stream *s, const u8 *src, size_t len)
{
	const struct soft_key *sk = s->req->key->priv;

	aes_xts_decrypt(s->dst, src, len, s->xts.tweak, &sk->xts, s->xts.begun);
	s->xts.begun = true;
	s->xts.left -= min(len, s->xts.left);
	s->dst += len;
}

/* The buffer holds the start of a block, or of the tail. */
static void xts_update(struct soft_stream *s, const u8 *src, size_t len)
{
	size_t n, wanted;

	for (; len; src += n, len -= n) {
		if (s->xts.left && !s->buffered && len >= AES_BLOCK_SIZE) {
			n = min(round_down(len, AES_BLOCK_SIZE), s->xts.left);
			xts_blocks(s, src, n);
			continue;
		}

		wanted = s->xts.left ? AES_BLOCK_SIZE : xts_tail(s->req->len);
		n = min(len, wanted - s->buffered);
		memcpy(s->buffer + s->buffered, src, n);
		s->buffered += n;
		if (s->buffered == wanted) {
			xts_blocks(s, s->buffer, wanted);
			s->buffered = 0;
		}
	}
}

const struct soft_cipher soft_cipher_xts = {
	.start = xts_start,
	.update = xts_update,
};
