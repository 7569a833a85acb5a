// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include <string.h>

#include "ref.h"

static uint8_t xtime(uint8_t x)
{
	return x << 1 ^ (x & 0x80 ? 0x1b : 0);
}

static uint8_t gmul(uint8_t a, uint8_t b)
{
	uint8_t p = 0;

	for (; b; b >>= 1, a = xtime(a))
		if (b & 1)
			p ^= a;

	return p;
}

static uint8_t sbox[256];

/* The inverse in GF(2^8), and the affine map behind it. */
static void make_sbox(void)
{
	int a, b;

	if (sbox[0])
		return;

	for (a = 0; a < 256; a++) {
		uint8_t inv = 0, s;
		int i;

		for (b = 1; a && b < 256; b++)
			if (gmul(a, b) == 1)
				inv = b;
		s = 0x63 ^ inv;
		for (i = 1; i < 5; i++)
			s ^= inv << i | inv >> (8 - i);
		sbox[a] = s;
	}
}

void ref_aes_key(struct ref_key *key, const uint8_t *raw, int bits)
{
	uint8_t *w = key->round[0];
	int nk = bits / 32, i, j;
	uint8_t rcon = 1;

	make_sbox();
	key->rounds = nk + 6;
	memcpy(w, raw, bits / 8);
	for (i = nk; i < 4 * (key->rounds + 1); i++) {
		uint8_t t[4];

		memcpy(t, w + 4 * (i - 1), 4);
		if (i % nk == 0) {
			uint8_t first = t[0];

			t[0] = sbox[t[1]] ^ rcon;
			t[1] = sbox[t[2]];
			t[2] = sbox[t[3]];
			t[3] = sbox[first];
			rcon = xtime(rcon);
		} else if (nk > 6 && i % nk == 4) {
			for (j = 0; j < 4; j++)
				t[j] = sbox[t[j]];
		}
		for (j = 0; j < 4; j++)
			w[4 * i + j] = w[4 * (i - nk) + j] ^ t[j];
	}
}

void ref_aes(const struct ref_key *key, const uint8_t in[16], uint8_t out[16])
{
	uint8_t s[16], t[16];
	int r, c, i;

	for (i = 0; i < 16; i++)
		s[i] = in[i] ^ key->round[0][i];

	for (r = 1; r <= key->rounds; r++) {
		for (c = 0; c < 4; c++)
			for (i = 0; i < 4; i++)
				t[4 * c + i] = sbox[s[4 * ((c + i) % 4) + i]];
		for (c = 0; c < 4; c++) {
			const uint8_t *q = t + 4 * c;

			for (i = 0; i < 4; i++)
				s[4 * c + i] = r == key->rounds ? q[i] :
					xtime(q[i]) ^ xtime(q[(i + 1) % 4]) ^
					q[(i + 1) % 4] ^ q[(i + 2) % 4] ^
					q[(i + 3) % 4];
		}
		for (i = 0; i < 16; i++)
			s[i] ^= key->round[r][i];
	}
	memcpy(out, s, 16);
}

static uint32_t ror(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

/* The first 32 bits of the fraction of a root of a prime, found by bisection. */
static uint32_t root_fraction(int prime, int cube)
{
	unsigned __int128 lo = 0, hi = (unsigned __int128)1 << 37;

	while (hi - lo > 1) {
		unsigned __int128 mid = (lo + hi) / 2, sq = mid * mid;
		int above = cube ? sq * mid >= (unsigned __int128)prime << 96 :
				   sq >= (unsigned __int128)prime << 64;

		if (above)
			hi = mid;
		else
			lo = mid;
	}

	return lo;
}

static void sha256_tables(uint32_t h[8], uint32_t k[64])
{
	int n = 0, p, d;

	for (p = 2; n < 64; p++) {
		for (d = 2; d * d <= p && p % d; d++)
			;
		if (d * d <= p)
			continue;
		if (n < 8)
			h[n] = root_fraction(p, 0);
		k[n++] = root_fraction(p, 1);
	}
}

static void sha256_block(uint32_t h[8], const uint32_t k[64], const uint8_t *p)
{
	uint32_t w[64], v[8];
	int i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)p[4 * i] << 24 | p[4 * i + 1] << 16 |
		       p[4 * i + 2] << 8 | p[4 * i + 3];
	for (; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] +
		       (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
		       (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);

	memcpy(v, h, sizeof(v));
	for (i = 0; i < 64; i++) {
		uint32_t t1 = v[7] + (ror(v[4], 6) ^ ror(v[4], 11) ^ ror(v[4], 25)) +
			      ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		uint32_t t2 = (ror(v[0], 2) ^ ror(v[0], 13) ^ ror(v[0], 22)) +
			      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		h[i] += v[i];
}

void ref_sha256(const uint8_t *data, size_t len, uint8_t out[32])
{
	static uint32_t h0[8], k[64];
	uint8_t end[128] = { };
	size_t rest = len % 64, end_len = rest < 56 ? 64 : 128;
	uint32_t h[8];
	size_t i;

	if (!k[0])
		sha256_tables(h0, k);

	memcpy(h, h0, sizeof(h));
	for (i = 0; i + 64 <= len; i += 64)
		sha256_block(h, k, data + i);
	memcpy(end, data + i, rest);
	end[rest] = 0x80;
	for (i = 0; i < 8; i++)
		end[end_len - 1 - i] = (uint64_t)len * 8 >> (8 * i);
	for (i = 0; i < end_len; i += 64)
		sha256_block(h, k, end + i);
	for (i = 0; i < 32; i++)
		out[i] = h[i / 4] >> (24 - 8 * (i % 4));
}

void ref_hmac(const uint8_t *key, size_t key_len, const uint8_t *data, size_t len,
	      uint8_t out[32])
{
	uint8_t inner[64 + 1024] = { }, outer[64 + 32] = { };
	size_t i;

	memcpy(inner, key, key_len);
	memcpy(outer, key, key_len);
	for (i = 0; i < 64; i++) {
		inner[i] ^= 0x36;
		outer[i] ^= 0x5c;
	}
	memcpy(inner + 64, data, len);
	ref_sha256(inner, 64 + len, outer + 64);
	ref_sha256(outer, sizeof(outer), out);
}

/* One more, on that many bytes at the end. */
static void count(uint8_t block[16], int bytes)
{
	int i;

	for (i = 15; i >= 16 - bytes; i--)
		if (++block[i])
			return;
}

/* Of the protected bytes, one behind the other, those that a scheme encrypts. */
struct cipher {
	struct ref_key key;
	uint8_t iv[16];
	uint8_t stream[16];
	int mode, counter_bytes, used;
};

static void encrypt_bytes(struct cipher *c, const uint8_t *in, uint8_t *out, size_t len)
{
	size_t i;
	int j;

	if (c->mode == SKTA_MODE_CBC) {
		for (; len; len -= 16, in += 16, out += 16) {
			for (j = 0; j < 16; j++)
				c->iv[j] ^= in[j];
			ref_aes(&c->key, c->iv, c->iv);
			memcpy(out, c->iv, 16);
		}
		return;
	}

	for (i = 0; i < len; i++) {
		if (c->used == 16) {
			ref_aes(&c->key, c->iv, c->stream);
			count(c->iv, c->counter_bytes);
			c->used = 0;
		}
		out[i] = in[i] ^ c->stream[c->used++];
	}
}

static void encrypt_range(const struct skta_request *req, struct cipher *c,
			  const uint8_t *in, uint8_t *out, size_t len)
{
	size_t block, blocks = len / 16;

	memcpy(out, in, len);
	if (req->scheme == SKTA_SCHEME_CBCS)
		memcpy(c->iv, req->iv, 16);

	if (req->scheme == SKTA_SCHEME_CENC || req->scheme == SKTA_SCHEME_NONE) {
		encrypt_bytes(c, in, out, len);
		return;
	}

	for (block = 0; block < blocks; block++) {
		if (req->skip && block % (req->crypt + req->skip) >= req->crypt)
			continue;
		encrypt_bytes(c, in + 16 * block, out + 16 * block, 16);
	}
}

static void encrypt_sample(const struct skta_request *req,
			   const struct skta_subsample *subs, const uint8_t *raw,
			   int bits, const uint8_t *in, uint8_t *out)
{
	struct cipher c = { .mode = req->mode, .used = 16 };
	uint32_t i;

	ref_aes_key(&c.key, raw, bits);
	memcpy(c.iv, req->iv, 16);
	c.counter_bytes = req->scheme == SKTA_SCHEME_NONE ? 16 : 8;
	if (!req->nr_subsamples)
		encrypt_range(req, &c, in, out, req->len);

	for (i = 0; i < req->nr_subsamples; i++) {
		memcpy(out, in, subs[i].clear_len);
		in += subs[i].clear_len;
		out += subs[i].clear_len;
		encrypt_range(req, &c, in, out, subs[i].protected_len);
		in += subs[i].protected_len;
		out += subs[i].protected_len;
	}
}

static void xts_block(const struct ref_key *key, const uint8_t t[16],
		      const uint8_t *in, uint8_t *out)
{
	uint8_t b[16];
	int i;

	for (i = 0; i < 16; i++)
		b[i] = in[i] ^ t[i];
	ref_aes(key, b, b);
	for (i = 0; i < 16; i++)
		out[i] = b[i] ^ t[i];
}

static void xts_double(uint8_t t[16])
{
	int i, carry = t[15] >> 7;

	for (i = 15; i; i--)
		t[i] = t[i] << 1 | t[i - 1] >> 7;
	t[0] = t[0] << 1 ^ (carry ? 0x87 : 0);
}

static void encrypt_xts(const struct skta_request *req, const uint8_t *raw, int bits,
			const uint8_t *in, uint8_t *out)
{
	size_t i, len = req->len, rest = len % 16, whole = len - rest;
	struct ref_key data, tweak;
	uint8_t t[16], last[16];

	ref_aes_key(&data, raw, bits / 2);
	ref_aes_key(&tweak, raw + bits / 16, bits / 2);
	ref_aes(&tweak, req->iv, t);
	for (i = 0; i < whole; i += 16, xts_double(t))
		xts_block(&data, t, in + i, out + i);
	if (!rest)
		return;

	memcpy(last, in + whole, rest);
	memcpy(last + rest, out + whole - 16 + rest, 16 - rest);
	memcpy(out + whole, out + whole - 16, rest);
	xts_block(&data, t, last, out + whole - 16);
}

static void ghash_block(uint8_t y[16], const uint8_t h[16], const uint8_t *in, size_t len)
{
	uint8_t v[16], z[16] = { };
	size_t i, j;

	for (i = 0; i < len; i++)
		y[i] ^= in[i];
	memcpy(v, h, 16);
	for (i = 0; i < 128; i++) {
		int carry = v[15] & 1;

		if (y[i / 8] >> (7 - i % 8) & 1)
			for (j = 0; j < 16; j++)
				z[j] ^= v[j];
		for (j = 15; j; j--)
			v[j] = v[j] >> 1 | v[j - 1] << 7;
		v[0] = v[0] >> 1 ^ (carry ? 0xe1 : 0);
	}
	memcpy(y, z, 16);
}

static void ghash(uint8_t y[16], const uint8_t h[16], const uint8_t *in, size_t len)
{
	size_t n;

	for (; len; in += n, len -= n) {
		n = len < 16 ? len : 16;
		ghash_block(y, h, in, n);
	}
}

static void encrypt_gcm(const struct skta_request *req, const uint8_t *aad,
			const uint8_t *raw, int bits, const uint8_t *in, uint8_t *out)
{
	struct cipher c = { .mode = SKTA_MODE_CTR, .counter_bytes = 4, .used = 16 };
	uint8_t h[16] = { }, y[16] = { }, lengths[16], *tag = out + req->len;
	int i;

	ref_aes_key(&c.key, raw, bits);
	ref_aes(&c.key, h, h);
	memcpy(c.iv, req->iv, 12);
	c.iv[15] = 2;
	encrypt_bytes(&c, in, out, req->len);
	for (i = 0; i < 8; i++) {
		lengths[i] = (uint64_t)req->aad_len * 8 >> (56 - 8 * i);
		lengths[8 + i] = req->len * 8 >> (56 - 8 * i);
	}
	ghash(y, h, aad, req->aad_len);
	ghash(y, h, out, req->len);
	ghash(y, h, lengths, 16);
	memcpy(c.iv, req->iv, 12);
	memset(c.iv + 12, 0, 4);
	c.iv[15] = 1;
	ref_aes(&c.key, c.iv, tag);
	for (i = 0; i < 16; i++)
		tag[i] ^= y[i];
}

void ref_encrypt(const struct skta_request *req, const struct skta_subsample *subs,
		 const uint8_t *aad, const uint8_t *raw, int bits,
		 const uint8_t *in, uint8_t *out)
{
	switch (req->mode) {
	case SKTA_MODE_XTS:
		encrypt_xts(req, raw, bits, in, out);
		break;
	case SKTA_MODE_GCM:
		encrypt_gcm(req, aad, raw, bits, in, out);
		break;
	default:
		encrypt_sample(req, subs, raw, bits, in, out);
	}
}
