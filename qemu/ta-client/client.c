// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tests of the trusted application "securekey" straight through /dev/tee0, as the init
 * of a tiny guest. What to do is in the environment, which the kernel's command line
 * makes: skta=tests|fuzz|speed|sessions|blobs|old-blobs|production, seed=N, programs=N,
 * only=NAME,NAME and with old-blobs blob0= and blob1= of a boot before.
 */

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "ref.h"

#define ALL_MODES	(SKTA_MODE_CBC | SKTA_MODE_CTR)
#define LONG_TERM	SKTA_FORM_LONG_TERM
#define EPHEMERAL	SKTA_FORM_EPHEMERAL

struct buf in, raw, out, src, dst, prot;

static unsigned int checks, failures;

static void power_off(void)
{
	printf("skta: %u checks, %u failures\n", checks, failures);
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
}

void die(const char *what)
{
	perror(what);
	failures++;
	power_off();
}

bool check(bool ok, const char *what, const char *func, int line,
	   const char *format, ...)
{
	va_list args;

	checks++;
	if (ok)
		return true;

	failures++;
	printf("FAIL %s:%d: %s", func, line, what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");

	return false;
}

bool check_res(uint32_t got, uint32_t want, const char *what, const char *func,
	       int line)
{
	return check(got == want, what, func, line, "is %#x, not %#x", got, want);
}

static uint64_t state = 1;

void rnd_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15 + 1;
}

uint32_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;

	return state >> 16;
}

uint32_t rnd_below(uint32_t n)
{
	return n ? rnd() % n : 0;
}

void rnd_fill(void *p, size_t len)
{
	uint8_t *q = p;

	while (len--)
		*q++ = rnd();
}

struct skta_blob_header header(uint32_t form, uint32_t bits, uint32_t modes,
			       uint32_t flags)
{
	return (struct skta_blob_header) {
		.magic = SKTA_BLOB_MAGIC,
		.version = SKTA_BLOB_VERSION,
		.header_len = sizeof(struct skta_blob_header),
		.provider = "optee",
		.form = form,
		.algorithm = SKTA_ALG_AES,
		.key_bits = bits,
		.modes = modes,
		.flags = flags,
	};
}

uint32_t new_session(void)
{
	uint32_t session = 0;
	uint32_t res = session_open(uuid_securekey, TEE_IOCTL_LOGIN_PUBLIC, &session);

	if (res) {
		printf("opening a session: %#x\n", res);
		die("session");
	}

	return session;
}

/* Take the blob that a parameter has got, if there is one. */
static uint32_t take(uint32_t res, const param *p, struct blob *blob)
{
	if (res)
		return res;

	blob->len = p->b;
	memcpy(blob->data, out.va, blob->len);

	return res;
}

uint32_t generate(uint32_t session, struct skta_blob_header h, struct blob *blob)
{
	param p[4] = { P_MEM(INPUT, in, 0, sizeof(h)), P_MEM(OUTPUT, out, 0, BLOB_ROOM) };

	memcpy(in.va, &h, sizeof(h));

	return take(invoke(session, SKTA_CMD_GENERATE, p), &p[1], blob);
}

uint32_t import(uint32_t session, struct skta_blob_header h, const uint8_t *key,
		size_t len, struct blob *blob)
{
	param p[4] = { P_MEM(INPUT, in, 0, sizeof(h)), P_MEM(INPUT, raw, 0, len),
		       P_MEM(OUTPUT, out, 0, BLOB_ROOM) };

	memcpy(in.va, &h, sizeof(h));
	memcpy(raw.va, key, len);

	return take(invoke(session, SKTA_CMD_IMPORT, p), &p[2], blob);
}

uint32_t prepare(uint32_t session, const struct blob *lt, struct blob *eph)
{
	param p[4] = { P_MEM(INPUT, in, 0, lt->len), P_MEM(OUTPUT, out, 0, BLOB_ROOM) };

	memcpy(in.va, lt->data, lt->len);

	return take(invoke(session, SKTA_CMD_PREPARE, p), &p[1], eph);
}

uint32_t load(uint32_t session, const struct blob *blob)
{
	param p[4] = { P_MEM(INPUT, in, 0, blob->len) };

	memcpy(in.va, blob->data, blob->len);

	return invoke(session, SKTA_CMD_LOAD, p);
}

uint32_t export(uint32_t session, struct blob *blob)
{
	param p[4] = { P_MEM(OUTPUT, out, 0, BLOB_ROOM) };

	return take(invoke(session, SKTA_CMD_EXPORT, p), &p[0], blob);
}

uint32_t derive(uint32_t session, struct skta_blob_header h, const void *context,
		size_t len, struct blob *blob)
{
	param p[4] = { P_MEM(INPUT, in, 0, sizeof(h)), P_MEM(INPUT, raw, 0, len),
		       P_MEM(OUTPUT, out, 0, BLOB_ROOM) };

	memcpy(in.va, &h, sizeof(h));
	memcpy(raw.va, context, len);

	return take(invoke(session, SKTA_CMD_DERIVE, p), &p[2], blob);
}

uint32_t digest(uint32_t session, struct buf *buf, size_t offset, size_t len,
		uint8_t sum[32])
{
	param p[4] = { P_MEM(INPUT, *buf, offset, len), P_MEM(OUTPUT, out, 0, 32) };
	uint32_t res = invoke(session, SKTA_CMD_TEST_DIGEST, p);

	memcpy(sum, out.va, 32);

	return res;
}

static size_t put_request(const struct job *job)
{
	size_t subs = job->req.nr_subsamples * sizeof(*job->subs);

	memcpy(in.va, &job->req, sizeof(job->req));
	memcpy(in.va + sizeof(job->req), job->subs, subs);
	memcpy(in.va + sizeof(job->req) + subs, job->aad, job->req.aad_len);

	return sizeof(job->req) + subs + job->req.aad_len;
}

/* What the kernel does: pieces, and what was not consumed once more in the next. */
uint32_t decrypt(uint32_t session, const struct job *job)
{
	size_t tag = job->req.mode == SKTA_MODE_GCM ? SKTA_GCM_TAG_LEN : 0;
	size_t len = job->req.len, pos = 0, extra = 0;
	size_t request_len = put_request(job);
	bool first = true, last;

	do {
		size_t n = job->piece ? rnd_below(job->piece + 1) + extra : SKTA_CHUNK_MAX;
		size_t at = job->piece ? rnd_below(64) : 0;
		param p[4];
		uint32_t res;

		if (n > SKTA_CHUNK_MAX)
			n = SKTA_CHUNK_MAX;
		last = n >= len - pos + tag;
		if (last)
			n = len - pos + tag;
		else if (n > len - pos)
			n = len - pos;

		memcpy(src.va + at, job->data + pos, n);
		p[0] = first ? P_MEM(INPUT, in, 0, request_len) : P_NONE;
		p[1] = P_MEM(INPUT, src, at, n);
		p[2] = P_MEM(INOUT, *job->dst, job->offset + pos, n - (last ? tag : 0));
		/* The tag is alone, and the TEE takes no memory behind the end of a buffer. */
		if (!p[2].b)
			p[2].a = 0;
		p[3] = P_VAL(INOUT, (first ? SKTA_FIRST : 0) | (last ? SKTA_LAST : 0), 0);
		res = invoke(session, SKTA_CMD_DECRYPT, p);
		if (res)
			return res;

		if (p[3].a > n || (last && p[3].a != n - tag) ||
		    (!last && p[3].a + 32 <= n && job->req.mode != SKTA_MODE_GCM) ||
		    (!last && p[3].a + 16 <= n && job->req.mode != SKTA_MODE_XTS)) {
			printf("%zu bytes, %s, consumed %llu\n", n,
			       last ? "last" : "not last", p[3].a);
			return TEE_GENERIC;
		}

		pos += p[3].a;
		extra = p[3].a ? 0 : extra + 16;
		first = false;
	} while (!last);

	return TEE_OK;
}

static uint8_t plain[2 * 1024 * 1024], cipher[sizeof(plain) + 16], aad[SKTA_AAD_MAX_LEN];

static void job_iv(struct job *job)
{
	rnd_fill(job->req.iv, job->req.mode == SKTA_MODE_GCM ? 12 : 16);
}

/* Decrypt what the reference encrypts, in protected memory or in memory that is not. */
static bool round_trip(uint32_t session, struct job *job, const uint8_t *key, int bits,
		       bool protected)
{
	uint8_t got[32], want[32];
	size_t len = job->req.len;
	uint32_t res;

	rnd_fill(plain, len);
	job->aad = aad;
	rnd_fill(aad, job->req.aad_len);
	ref_encrypt(&job->req, job->subs, aad, key, bits, plain, cipher);
	job->data = cipher;
	job->dst = protected ? &prot : &dst;
	job->offset = rnd_below(100);
	res = decrypt(session, job);
	if (res) {
		printf("decrypt: %#x\n", res);
		return false;
	}

	if (!protected)
		return !memcmp(dst.va + job->offset, plain, len);

	ref_sha256(plain, len, want);
	res = digest(session, &prot, job->offset, len, got);

	return !res && !memcmp(got, want, 32);
}

static uint32_t session_with(const uint8_t *key, uint32_t bits, uint32_t modes,
			     uint32_t flags)
{
	uint32_t session = new_session();
	struct blob blob;

	CHECK_RES(import(session, header(LONG_TERM, bits, modes, flags), key, bits / 8,
			 &blob), TEE_OK);
	CHECK_RES(load(session, &blob), TEE_OK);

	return session;
}

/* As AES-128 of FIPS 197: the reference and the application could agree on a mistake. */
static void test_fixed(void)
{
	static const uint8_t want[16] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
	};
	static const uint8_t data[16] = {
		0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
		0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a,
	};
	struct job job = { .req = { .mode = SKTA_MODE_CBC, .len = 16 }, .data = data,
			   .dst = &dst };
	uint8_t key[16];
	uint32_t session;
	int i;

	for (i = 0; i < 16; i++)
		key[i] = i;
	session = session_with(key, 128, SKTA_MODE_CBC, 0);
	CHECK_RES(decrypt(session, &job), TEE_OK);
	CHECK(!memcmp(dst.va, want, 16));
	session_close(session);
}

static void test_mode(uint32_t mode, uint32_t bits)
{
	static const size_t pieces[] = { 0, 1, 15, 16, 17, 33, 100, 1000, 5000 };
	uint8_t key[64];
	uint32_t session;
	unsigned int i;

	rnd_fill(key, sizeof(key));
	session = session_with(key, bits, mode, 0);
	for (i = 0; i < 60; i++) {
		struct job job = { .req.mode = mode };

		job.piece = pieces[i % (sizeof(pieces) / sizeof(pieces[0]))];
		job.req.len = i < 36 ? 16 + i : 1 + rnd_below(i > 55 ? 20000 : 700);
		if (mode == SKTA_MODE_CBC)
			job.req.len = (job.req.len + 15) & ~15;
		if (mode == SKTA_MODE_XTS && job.req.len < 16)
			job.req.len = 16;
		if (mode == SKTA_MODE_GCM)
			job.req.aad_len = i % 3 == 0 ? 0 : i == 59 ? 4096 : rnd_below(200);
		job_iv(&job);
		/* A counter that carries on and on. */
		if (mode == SKTA_MODE_CTR && i % 4 == 0)
			memset(job.req.iv, 0xff, 15 + i % 8 / 4);
		CHECK(round_trip(session, &job, key, bits, i % 2),
		      "mode %#x, %u bits, %llu bytes by %zu", mode, bits,
		      (unsigned long long)job.req.len, job.piece);
	}
	session_close(session);
}

/* In one piece of the largest size, and in several of them. */
static void test_long(void)
{
	static const uint32_t modes[] = { SKTA_MODE_CBC, SKTA_MODE_CTR, SKTA_MODE_XTS,
					  SKTA_MODE_GCM };
	uint8_t key[32];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		struct job job = { .req = { .mode = modes[i], .len = 600 * 1024 + 16 } };
		uint32_t session;

		rnd_fill(key, 32);
		session = session_with(key, 256, modes[i], 0);
		if (modes[i] == SKTA_MODE_XTS)
			job.req.len += 5;
		job_iv(&job);
		CHECK(round_trip(session, &job, key, 256, true), "mode %#x", modes[i]);
		session_close(session);
	}
}

static void test_modes(void)
{
	static const uint32_t bits[] = { 128, 192, 256 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		test_mode(SKTA_MODE_CBC, bits[i]);
		test_mode(SKTA_MODE_CTR, bits[i]);
		test_mode(SKTA_MODE_GCM, bits[i]);
	}
	test_mode(SKTA_MODE_XTS, 256);
	test_mode(SKTA_MODE_XTS, 512);
}

/* Both halves the same make a bad key, but no panic. */
static void test_xts_equal_halves(void)
{
	struct job job = { .req = { .mode = SKTA_MODE_XTS, .len = 100 } };
	uint8_t key[32] = { };
	uint32_t session = session_with(key, 256, SKTA_MODE_XTS, 0);

	CHECK(round_trip(session, &job, key, 256, true));
	session_close(session);
}

static void test_wrong_tag(void)
{
	struct job job = { .req = { .mode = SKTA_MODE_GCM, .len = 5000, .aad_len = 20 } };
	uint8_t key[16] = { 1 }, zero[5000] = { }, got[32], want[32];
	uint32_t session = session_with(key, 128, SKTA_MODE_GCM, 0);
	param p[4];
	int i;

	for (i = 0; i < 4; i++) {
		CHECK(round_trip(session, &job, key, 128, true));
		job.offset = 0;
		job.piece = 0;
		if (i == 0)
			cipher[5000 + 15] ^= 1;
		else if (i == 1)
			cipher[17] ^= 0x80;
		else if (i == 2)
			aad[19] ^= 1;
		else
			job.req.iv[3] ^= 1;
		CHECK_RES(decrypt(session, &job), TEE_MAC_INVALID);
		CHECK_RES(digest(session, &prot, 0, 5000, got), TEE_OK);
		ref_sha256(zero, 5000, want);
		CHECK(!memcmp(got, want, 32), "the destination is not zero");
		p[0] = p[1] = p[2] = p[3] = P_NONE;
		CHECK_RES(invoke(session, SKTA_CMD_ABORT, p), TEE_BAD_STATE);
	}

	/* The tag on its own, good or not, with an empty destination or with none. */
	for (i = 0; i < 4; i++) {
		CHECK(round_trip(session, &job, key, 128, true));
		memcpy(src.va, cipher, 5016);
		src.va[5000] ^= i & 1;
		p[0] = P_MEM(INPUT, in, 0, put_request(&job));
		p[1] = P_MEM(INPUT, src, 0, 5000);
		p[2] = P_MEM(INOUT, prot, 0, 5000);
		p[3] = P_VAL(INOUT, SKTA_FIRST, 0);
		CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_OK);
		CHECK(p[3].a == 4992);
		p[0] = P_NONE;
		p[1] = P_MEM(INPUT, src, 4992, 8);
		p[2] = P_MEM(INOUT, prot, 4992, 8);
		p[3] = P_VAL(INOUT, 0, 0);
		CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_OK);
		CHECK(p[3].a == 0, "less than a block was consumed");
		p[1] = P_MEM(INPUT, src, 4992, 24);
		p[2] = P_MEM(INOUT, prot, 4992, 8);
		p[3] = P_VAL(INOUT, SKTA_LAST, 0);
		CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), i & 1 ? TEE_MAC_INVALID : TEE_OK);

		job.req.len = 4096;
		CHECK(round_trip(session, &job, key, 128, true));
		memcpy(src.va, cipher, 4112);
		src.va[4096] ^= i & 1;
		p[0] = P_MEM(INPUT, in, 0, put_request(&job));
		p[1] = P_MEM(INPUT, src, 0, 4096);
		p[2] = P_MEM(INOUT, prot, 0, 4096);
		p[3] = P_VAL(INOUT, SKTA_FIRST, 0);
		CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_OK);
		CHECK(p[3].a == 4096);
		p[0] = P_NONE;
		p[1] = P_MEM(INPUT, src, 4096, 16);
		p[2] = P_MEM(INOUT, prot, 0, 0);
		if (i & 2)
			p[2].c = (uint64_t)-1;
		p[3] = P_VAL(INOUT, SKTA_LAST, 0);
		CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), i & 1 ? TEE_MAC_INVALID : TEE_OK);
		job.req.len = 5000;
	}

	/* What came before the last piece is wiped by the client. */
	CHECK(round_trip(session, &job, key, 128, true));
	p[0] = P_MEM(INOUT, prot, job.offset, 5000);
	p[1] = p[2] = p[3] = P_NONE;
	CHECK_RES(invoke(session, SKTA_CMD_WIPE, p), TEE_OK);
	CHECK_RES(digest(session, &prot, job.offset, 5000, got), TEE_OK);
	CHECK(!memcmp(got, want, 32));
	p[0] = P_MEM(INOUT, dst, 0, 5000);
	CHECK_RES(invoke(session, SKTA_CMD_WIPE, p), TEE_BAD_PARAMETERS);
	session_close(session);
}

static struct skta_subsample subs[SKTA_SUBSAMPLES_MAX];

static void make_sample(struct job *job, unsigned int nr, unsigned int longest)
{
	unsigned int i;

	job->req.nr_subsamples = nr;
	job->req.len = 0;
	job->subs = subs;
	for (i = 0; i < nr; i++) {
		subs[i].clear_len = rnd_below(3) ? rnd_below(longest) : 0;
		subs[i].protected_len = rnd_below(4) ? rnd_below(longest) : 0;
		if (job->req.scheme == SKTA_SCHEME_CBC1)
			subs[i].protected_len &= ~15;
		if (!subs[i].clear_len && !subs[i].protected_len)
			subs[i].clear_len = 1;
		job->req.len += subs[i].clear_len + subs[i].protected_len;
	}
	if (!nr)
		job->req.len = 1 + rnd_below(3000);
}

static void test_scheme(uint32_t scheme)
{
	bool ctr = scheme == SKTA_SCHEME_CENC || scheme == SKTA_SCHEME_CENS;
	bool pattern = scheme == SKTA_SCHEME_CENS || scheme == SKTA_SCHEME_CBCS;
	static const uint8_t patterns[][2] = { { 1, 9 }, { 0, 0 }, { 5, 5 }, { 15, 15 },
					       { 3, 0 }, { 10, 1 } };
	static const size_t pieces[] = { 0, 7, 50, 333, 4000 };
	uint8_t key[16];
	uint32_t session;
	unsigned int i;

	rnd_fill(key, sizeof(key));
	session = session_with(key, 128, ALL_MODES, 0);
	for (i = 0; i < 60; i++) {
		struct job job = { .req.scheme = scheme };

		job.req.mode = ctr ? SKTA_MODE_CTR : SKTA_MODE_CBC;
		job.piece = pieces[i % 5];
		if (pattern) {
			job.req.crypt = patterns[i % 6][0];
			job.req.skip = patterns[i % 6][1];
		}
		job_iv(&job);
		/* The lower half of the counter wraps, and the upper one does not count. */
		if (ctr && i % 3 == 0) {
			memset(job.req.iv + 8, 0xff, 8);
			job.req.iv[15] -= rnd_below(20);
		}
		make_sample(&job, i % 7 * (i % 3), i % 11 ? 200 : 9000);
		CHECK(round_trip(session, &job, key, 128, i % 2),
		      "scheme %u, pattern %u:%u, %u subsamples, %llu bytes by %zu", scheme,
		      job.req.crypt, job.req.skip, job.req.nr_subsamples,
		      (unsigned long long)job.req.len, job.piece);
	}
	session_close(session);
}

static void test_many_subsamples(void)
{
	struct job job = { .req = { .mode = SKTA_MODE_CBC, .scheme = SKTA_SCHEME_CBCS,
				    .crypt = 1, .skip = 9 } };
	uint8_t key[16] = { 3 };
	uint32_t session = session_with(key, 128, ALL_MODES, 0);
	param p[4] = { };

	make_sample(&job, SKTA_SUBSAMPLES_MAX, 200);
	CHECK(round_trip(session, &job, key, 128, true));

	/* One more than there may be. */
	memcpy(in.va, &job.req, sizeof(job.req));
	((struct skta_request *)in.va)->nr_subsamples++;
	p[0] = P_MEM(INPUT, in, 0, sizeof(job.req) + 8 * (SKTA_SUBSAMPLES_MAX + 1));
	p[1] = P_MEM(INPUT, src, 0, 16);
	p[2] = P_MEM(INOUT, prot, 0, 16);
	p[3] = P_VAL(INOUT, SKTA_FIRST, 0);
	CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_BAD_PARAMETERS);
	session_close(session);
}

/* Requests that make no sense. */
static void test_bad_requests(void)
{
	static struct skta_subsample two[] = { { 10, 22 }, { 0, 32 } };
	static struct skta_subsample empty[] = { { 0, 0 }, { 0, 64 } };
	uint8_t key[16] = { 4 };
	uint32_t session = session_with(key, 128, ALL_MODES, 0);
	uint32_t gcm = session_with(key, 128, SKTA_MODE_GCM, 0);
	const struct {
		struct skta_request req;
		const struct skta_subsample *subs;
	} bad[] = {
		{ { .mode = SKTA_MODE_CBC, .len = 0 }, NULL },
		{ { .mode = SKTA_MODE_CBC, .len = 63 }, NULL },
		{ { .mode = SKTA_MODE_CBC | SKTA_MODE_CTR, .len = 64 }, NULL },
		{ { .mode = 0, .len = 64 }, NULL },
		{ { .mode = SKTA_MODE_DERIVE, .len = 64 }, NULL },
		{ { .mode = 1U << 5, .len = 64 }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .scheme = 5 }, NULL },
		{ { .mode = SKTA_MODE_CBC, .len = 64, .scheme = SKTA_SCHEME_CENC }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .scheme = SKTA_SCHEME_CBCS }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .crypt = 1, .skip = 9 }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .nr_subsamples = 2 }, two },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .scheme = SKTA_SCHEME_CENC,
		    .crypt = 1 }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .scheme = SKTA_SCHEME_CENS,
		    .crypt = 16, .skip = 1 }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .scheme = SKTA_SCHEME_CENS,
		    .skip = 1 }, NULL },
		{ { .mode = SKTA_MODE_CTR, .len = 65, .scheme = SKTA_SCHEME_CENC,
		    .nr_subsamples = 2 }, two },
		{ { .mode = SKTA_MODE_CTR, .len = 64, .scheme = SKTA_SCHEME_CENC,
		    .nr_subsamples = 2 }, empty },
		{ { .mode = SKTA_MODE_CBC, .len = 64, .scheme = SKTA_SCHEME_CBC1,
		    .nr_subsamples = 2 }, two },
		{ { .mode = SKTA_MODE_CBC, .len = 64, .reserved[5] = 1 }, NULL },
		{ { .mode = SKTA_MODE_CBC, .len = 64, .aad_len = 1 }, NULL },
	};
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct job job = { .req = bad[i].req, .subs = bad[i].subs, .aad = aad,
				   .data = cipher, .dst = &prot };

		CHECK(decrypt(session, &job) == TEE_BAD_PARAMETERS, "bad request %u", i);
	}

	/* The nonce of gcm has 12 bytes; an XTS request is a block at least. */
	{
		struct job job = { .req = { .mode = SKTA_MODE_GCM, .len = 64, .iv[12] = 1 },
				   .data = cipher, .aad = aad, .dst = &prot };

		CHECK_RES(decrypt(gcm, &job), TEE_BAD_PARAMETERS);
		session_close(gcm);
		gcm = session_with((uint8_t[32]){ 5 }, 256, SKTA_MODE_XTS, 0);
		job.req = (struct skta_request){ .mode = SKTA_MODE_XTS, .len = 15 };
		CHECK_RES(decrypt(gcm, &job), TEE_BAD_PARAMETERS);
	}
	session_close(gcm);
	session_close(session);
}

/* Pieces that do not fit the request, or their memory. */
static void test_bad_pieces(void)
{
	struct skta_request req = { .mode = SKTA_MODE_CBC, .len = 64 };
	uint8_t key[16] = { 6 };
	uint32_t session = session_with(key, 128, ALL_MODES, 0);
	const struct {
		struct buf *src;
		size_t src_at, src_len;
		struct buf *dst;
		size_t dst_at, dst_len;
		uint32_t flags, want;
	} t[] = {
		{ &src, 0, 64, &prot, 0, 64, SKTA_FIRST | SKTA_LAST, TEE_OK },
		{ &src, 0, 64, &prot, 0, 64, 0, TEE_BAD_PARAMETERS },
		{ &src, 0, 64, &prot, 0, 64, SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &src, 0, 64, &prot, 0, 64, 7, TEE_BAD_PARAMETERS },
		{ &src, 0, 65, &prot, 0, 65, SKTA_FIRST, TEE_BAD_PARAMETERS },
		{ &src, 0, 48, &prot, 0, 48, SKTA_FIRST | SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &src, 0, 48, &prot, 0, 47, SKTA_FIRST, TEE_BAD_PARAMETERS },
		{ &src, 0, 48, &prot, 0, 49, SKTA_FIRST, TEE_BAD_PARAMETERS },
		{ &src, 0, 48, &prot, 0, 48, SKTA_FIRST, TEE_OK },
		{ &prot, 64, 64, &prot, 0, 64, SKTA_FIRST | SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &prot, 64, 64, &dst, 0, 64, SKTA_FIRST | SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &src, 0, 64, &src, 0, 64, SKTA_FIRST | SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &src, 0, 64, &src, 63, 64, SKTA_FIRST | SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &src, 63, 64, &src, 0, 64, SKTA_FIRST | SKTA_LAST, TEE_BAD_PARAMETERS },
		{ &src, 0, 64, &src, 64, 64, SKTA_FIRST | SKTA_LAST, TEE_OK },
	};
	struct skta_request big = { .mode = SKTA_MODE_CBC, .len = 1024 * 1024 };
	param p[4];
	unsigned int i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		memcpy(in.va, &req, sizeof(req));
		p[0] = P_MEM(INPUT, in, 0, sizeof(req));
		p[1] = P_MEM(INPUT, *t[i].src, t[i].src_at, t[i].src_len);
		p[2] = P_MEM(INOUT, *t[i].dst, t[i].dst_at, t[i].dst_len);
		p[3] = P_VAL(INOUT, t[i].flags, 0);
		CHECK(invoke(session, SKTA_CMD_DECRYPT, p) == t[i].want, "piece %u", i);
	}

	memcpy(in.va, &big, sizeof(big));
	p[0] = P_MEM(INPUT, in, 0, sizeof(big));
	p[1] = P_MEM(INPUT, src, 0, SKTA_CHUNK_MAX + 1);
	p[2] = P_MEM(INOUT, prot, 0, SKTA_CHUNK_MAX + 1);
	p[3] = P_VAL(INOUT, SKTA_FIRST, 0);
	CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_BAD_PARAMETERS);
	p[1] = P_MEM(INPUT, src, 0, SKTA_CHUNK_MAX);
	p[2] = P_MEM(INOUT, prot, 0, SKTA_CHUNK_MAX);
	p[3] = P_VAL(INOUT, SKTA_FIRST, 0);
	CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_OK);
	/* It runs until it is aborted, or something is wrong. */
	p[0] = P_NONE;
	p[3] = P_VAL(INOUT, 0, 0);
	CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_OK);
	p[0] = p[1] = p[2] = p[3] = P_NONE;
	CHECK_RES(invoke(session, SKTA_CMD_ABORT, p), TEE_OK);
	CHECK_RES(invoke(session, SKTA_CMD_ABORT, p), TEE_BAD_STATE);
	p[1] = P_MEM(INPUT, src, 0, 16);
	p[2] = P_MEM(INOUT, prot, 0, 16);
	p[3] = P_VAL(INOUT, 0, 0);
	CHECK_RES(invoke(session, SKTA_CMD_DECRYPT, p), TEE_BAD_STATE);
	session_close(session);
}

static void test_policy(void)
{
	struct job job = { .req = { .mode = SKTA_MODE_CBC, .len = 64 }, .data = cipher,
			   .dst = &prot };
	uint8_t key[16] = { 7 };
	uint32_t session = session_with(key, 128, SKTA_MODE_CTR,
					SKTA_FLAG_DECRYPT_ONLY |
					SKTA_FLAG_PROTECTED_DST_ONLY);
	struct blob blob;
	param p[4];

	CHECK_RES(decrypt(session, &job), TEE_ACCESS_DENIED);
	job.req.mode = SKTA_MODE_GCM;
	job.aad = aad;
	CHECK_RES(decrypt(session, &job), TEE_ACCESS_DENIED);
	job.req.mode = SKTA_MODE_CTR;
	CHECK_RES(decrypt(session, &job), TEE_OK);
	memset(dst.va, 0x55, 64);
	job.dst = &dst;
	CHECK_RES(decrypt(session, &job), TEE_ACCESS_DENIED);
	CHECK(dst.va[0] == 0x55 && dst.va[63] == 0x55);
	CHECK_RES(derive(session, header(LONG_TERM, 128, SKTA_MODE_CBC, 3), "x", 1, &blob),
		  TEE_ACCESS_DENIED);

	/* A second key. */
	CHECK_RES(export(session, &blob), TEE_OK);
	CHECK_RES(load(session, &blob), TEE_BAD_STATE);
	session_close(session);

	/* Nothing is done without a key. */
	session = new_session();
	job.dst = &prot;
	CHECK_RES(decrypt(session, &job), TEE_BAD_STATE);
	CHECK_RES(export(session, &blob), TEE_BAD_STATE);
	CHECK_RES(derive(session, header(LONG_TERM, 128, SKTA_MODE_CBC, 3), "x", 1, &blob),
		  TEE_BAD_STATE);
	p[0] = P_MEM(INOUT, prot, 0, 64);
	p[1] = p[2] = p[3] = P_NONE;
	CHECK_RES(invoke(session, SKTA_CMD_WIPE, p), TEE_BAD_STATE);
	session_close(session);
}

/* Protected memory is for plaintext, not to be looked at by way of a key or an output. */
static void test_protected_elsewhere(void)
{
	struct skta_blob_header h = header(LONG_TERM, 128, SKTA_MODE_CBC, 0);
	uint32_t session = new_session();
	param p[4] = { };

	memcpy(in.va, &h, sizeof(h));
	p[0] = P_MEM(INPUT, in, 0, sizeof(h));
	p[1] = P_MEM(INPUT, prot, 0, 16);
	p[2] = P_MEM(OUTPUT, out, 0, BLOB_ROOM);
	CHECK_RES(invoke(session, SKTA_CMD_IMPORT, p), TEE_BAD_PARAMETERS);
	p[1] = P_MEM(OUTPUT, prot, 0, BLOB_ROOM);
	p[2] = P_NONE;
	CHECK_RES(invoke(session, SKTA_CMD_GENERATE, p), TEE_BAD_PARAMETERS);
	p[0] = P_MEM(INPUT, prot, 0, sizeof(h));
	p[1] = P_MEM(OUTPUT, out, 0, BLOB_ROOM);
	CHECK_RES(invoke(session, SKTA_CMD_GENERATE, p), TEE_BAD_PARAMETERS);
	session_close(session);
}

static void test_headers(void)
{
	const struct skta_blob_header good = header(LONG_TERM, 128, SKTA_MODE_CBC, 0);
	uint32_t session = new_session();
	struct blob blob;
	unsigned int i;
	struct {
		struct skta_blob_header h;
	} bad[20];

	for (i = 0; i < 20; i++)
		bad[i].h = good;
	bad[0].h.magic ^= 1;
	bad[1].h.version = 2;
	bad[2].h.header_len = 71;
	memset(bad[3].h.provider, 0, 32);
	memset(bad[4].h.provider, 'a', 32);
	bad[5].h.provider[20] = 'a';
	bad[6].h.form = 0;
	bad[7].h.form = 3;
	bad[8].h.algorithm = 2;
	bad[9].h.key_bits = 0;
	bad[10].h.key_bits = 129;
	bad[11].h.key_bits = 512;
	bad[12].h.modes = 0;
	bad[13].h.modes = 0x20;
	bad[14].h.modes = SKTA_MODE_CBC | SKTA_MODE_GCM;
	bad[15].h.modes = SKTA_MODE_XTS;
	bad[16].h.modes = SKTA_MODE_DERIVE | SKTA_MODE_CTR;
	bad[17].h.flags = 4;
	bad[18].h.reserved[1] = 1;
	bad[19].h.key_bits = 0x80000080;
	for (i = 0; i < 20; i++)
		CHECK(generate(session, bad[i].h, &blob) == TEE_BAD_PARAMETERS,
		      "header %u", i);
	session_close(session);
}

static void test_short_buffers(void)
{
	struct skta_blob_header h = header(LONG_TERM, 128, SKTA_MODE_CBC, 0);
	uint32_t session = new_session();
	struct blob blob;
	param p[4] = { };
	unsigned int size;

	CHECK_RES(generate(session, h, &blob), TEE_OK);
	CHECK(blob.len == 72 + 12 + 16 + 16);
	for (size = 0; size < blob.len; size += 23) {
		memcpy(in.va, &h, sizeof(h));
		p[0] = P_MEM(INPUT, in, 0, sizeof(h));
		p[1] = P_MEM(OUTPUT, out, 0, size);
		CHECK_RES(invoke(session, SKTA_CMD_GENERATE, p), TEE_SHORT_BUFFER);
		CHECK(p[1].b == blob.len);
	}
	/* A NULL pointer, as the GlobalPlatform client API has it. */
	p[1] = P_MEM(OUTPUT, out, 0, 1024);
	p[1].c = (uint64_t)-1;
	p[1].a = 0;
	CHECK_RES(invoke(session, SKTA_CMD_GENERATE, p), TEE_SHORT_BUFFER);
	session_close(session);
}

static void test_blob_bits(void)
{
	uint32_t session = new_session(), other;
	uint8_t key[16] = { 8 };
	struct blob blob[2], bad;
	size_t bit;
	int form;

	CHECK_RES(import(session, header(LONG_TERM, 128, ALL_MODES, 3), key, 16, &blob[0]),
		  TEE_OK);
	CHECK_RES(prepare(session, &blob[0], &blob[1]), TEE_OK);
	CHECK(((struct skta_blob_header *)blob[1].data)->form == EPHEMERAL);
	CHECK(blob[0].len == blob[1].len);
	((struct skta_blob_header *)blob[1].data)->form = LONG_TERM;
	CHECK(!memcmp(blob[0].data, blob[1].data, 72), "headers differ");
	((struct skta_blob_header *)blob[1].data)->form = EPHEMERAL;

	for (form = 0; form < 2; form++) {
		for (bit = 0; bit < blob[form].len * 8; bit++) {
			uint32_t res;

			bad = blob[form];
			bad.data[bit / 8] ^= 1 << bit % 8;
			res = load(session, &bad);
			CHECK(res == TEE_MAC_INVALID || res == TEE_BAD_PARAMETERS,
			      "form %d bit %zu: %#x", form, bit, res);
		}
		for (bit = 0; bit < 4; bit++) {
			bad = blob[form];
			bad.len = bit == 0 ? bad.len - 1 : bit == 1 ? bad.len + 1 :
				  bit == 2 ? 72 : 1024;
			CHECK_RES(load(session, &bad), TEE_BAD_PARAMETERS);
		}
		other = new_session();
		CHECK_RES(load(other, &blob[form]), TEE_OK);
		CHECK_RES(export(other, &bad), form ? TEE_ACCESS_DENIED : TEE_OK);
		session_close(other);
	}
	CHECK_RES(prepare(session, &blob[1], &bad), TEE_BAD_PARAMETERS);
	session_close(session);
}

static void test_derive(void)
{
	struct skta_blob_header h = header(LONG_TERM, 256, SKTA_MODE_XTS, 3);
	uint8_t parent[16] = { 9 }, key[64], text[4 + 20 + 72 + 300], raw_bits[4];
	struct job job = { .req = { .mode = SKTA_MODE_XTS, .len = 100 } };
	uint32_t session = session_with(parent, 128, SKTA_MODE_DERIVE, 1), child;
	struct skta_blob_header purpose;
	struct blob blob, second;
	size_t n, i, bits;

	for (bits = 256; bits <= 512; bits += 256) {
		h.key_bits = bits;
		CHECK_RES(derive(session, h, "context", 7, &blob), TEE_OK);
		for (i = 0; i < bits / 256; i++) {
			purpose = h;
			purpose.form = 0;
			purpose.payload_len = 0;
			memcpy(text, (uint8_t[]){ 0, 0, 0, i + 1 }, 4);
			n = 4;
			memcpy(text + n, SKTA_DERIVE_LABEL, sizeof(SKTA_DERIVE_LABEL));
			n += sizeof(SKTA_DERIVE_LABEL);
			memcpy(text + n, &purpose, 72);
			n += 72;
			memcpy(text + n, "context", 7);
			n += 7;
			raw_bits[0] = raw_bits[1] = raw_bits[3] = 0;
			raw_bits[2] = bits >> 8;
			memcpy(text + n, raw_bits, 4);
			n += 4;
			ref_hmac(parent, 16, text, n, key + 32 * i);
		}
		child = new_session();
		CHECK_RES(load(child, &blob), TEE_OK);
		CHECK(round_trip(child, &job, key, bits, true), "derived key, %zu bits", bits);
		session_close(child);
	}

	/* Fewer flags than the parent has; no context, or too much; the other form. */
	CHECK_RES(derive(session, header(LONG_TERM, 128, SKTA_MODE_CBC, 2), "x", 1, &blob),
		  TEE_ACCESS_DENIED);
	CHECK_RES(derive(session, header(LONG_TERM, 128, SKTA_MODE_CBC, 1), "x", 0, &blob),
		  TEE_BAD_PARAMETERS);
	CHECK_RES(derive(session, h, text, SKTA_CONTEXT_MAX_LEN, &blob), TEE_OK);
	CHECK_RES(derive(session, h, text, SKTA_CONTEXT_MAX_LEN + 1, &blob),
		  TEE_BAD_PARAMETERS);
	h.form = EPHEMERAL;
	CHECK_RES(derive(session, h, "context", 7, &second), TEE_OK);
	child = new_session();
	CHECK_RES(load(child, &second), TEE_OK);
	CHECK(round_trip(child, &job, key, 512, true), "derived, ephemeral");
	session_close(child);
	session_close(session);
}

static void *cancel_soon(void *arg)
{
	usleep(200000);
	cancel(*(uint32_t *)arg, 7);

	return NULL;
}

static void test_faults(void)
{
	uint8_t key[16] = { 10 };
	uint32_t victim = session_with(key, 128, ALL_MODES, 0);
	uint32_t bystander = session_with(key, 128, ALL_MODES, 0);
	struct job job = { .req = { .mode = SKTA_MODE_CTR, .len = 1000 } };
	struct timespec a, b;
	pthread_t thread;
	param p[4] = { };
	struct blob blob, eph;

	CHECK_RES(generate(bystander, header(LONG_TERM, 128, SKTA_MODE_CBC, 0), &blob),
		  TEE_OK);
	CHECK_RES(prepare(bystander, &blob, &eph), TEE_OK);

	p[0] = P_VAL(INPUT, SKTA_FAULT_PANIC_DECRYPT, 0);
	CHECK_RES(invoke(victim, SKTA_CMD_TEST_FAULT, p), TEE_OK);
	job.data = cipher;
	job.dst = &prot;
	CHECK_RES(decrypt(victim, &job), TEE_TARGET_DEAD);
	CHECK_RES(decrypt(victim, &job), TEE_TARGET_DEAD);
	CHECK(round_trip(bystander, &job, key, 128, true));
	session_close(victim);

	victim = session_with(key, 128, ALL_MODES, 0);
	CHECK(round_trip(victim, &job, key, 128, true));
	p[0] = P_VAL(INPUT, SKTA_FAULT_PANIC, 0);
	CHECK_RES(invoke(victim, SKTA_CMD_TEST_FAULT, p), TEE_TARGET_DEAD);
	session_close(victim);

	/* The secret of this boot is not in what has panicked. */
	victim = new_session();
	CHECK_RES(load(victim, &eph), TEE_OK);
	session_close(victim);

	p[0] = P_VAL(INPUT, SKTA_FAULT_SLEEP_DECRYPT, 300);
	CHECK_RES(invoke(bystander, SKTA_CMD_TEST_FAULT, p), TEE_OK);
	clock_gettime(CLOCK_MONOTONIC, &a);
	CHECK_RES(decrypt(bystander, &job), TEE_OK);
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 >= 250);

	/* Asleep, it can be cancelled. */
	p[0] = P_VAL(INPUT, SKTA_FAULT_SLEEP_DECRYPT, 20000);
	CHECK_RES(invoke(bystander, SKTA_CMD_TEST_FAULT, p), TEE_OK);
	memcpy(in.va, &job.req, sizeof(job.req));
	p[0] = P_MEM(INPUT, in, 0, sizeof(job.req));
	p[1] = P_MEM(INPUT, src, 0, 1000);
	p[2] = P_MEM(INOUT, prot, 0, 1000);
	p[3] = P_VAL(INOUT, SKTA_FIRST | SKTA_LAST, 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	pthread_create(&thread, NULL, cancel_soon, &bystander);
	CHECK_RES(invoke_cancellable(bystander, SKTA_CMD_DECRYPT, p, 7), TEE_CANCEL);
	pthread_join(thread, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	CHECK(b.tv_sec - a.tv_sec < 10);
	CHECK(round_trip(bystander, &job, key, 128, true));
	session_close(bystander);
}

static void test_entry(void)
{
	param p[4] = { P_VAL(OUTPUT, 0, 0), P_VAL(OUTPUT, 0, 0), P_VAL(OUTPUT, 0, 0),
		       P_VAL(OUTPUT, 0, 0) };
	uint32_t session = 0;

	CHECK_RES(session_open(uuid_keeper, TEE_IOCTL_LOGIN_PUBLIC, &session),
		  TEE_ACCESS_DENIED);
	/* The kernel does not let user space pass for the kernel. */
	CHECK_RES(session_open(uuid_securekey, TEE_IOCTL_LOGIN_REE_KERNEL, &session),
		  TEE_IOCTL_FAILED);

	session = new_session();
	CHECK_RES(invoke(session, SKTA_CMD_INFO, p), TEE_OK);
	CHECK(p[0].a == 1 && p[0].b == 1024 && p[1].a == 0x1f && p[1].b == 0x1c &&
	      p[2].a == 0x1e && p[2].b == 4096 && p[3].a == 262144 && p[3].b == 1);
	p[0].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	CHECK_RES(invoke(session, SKTA_CMD_INFO, p), TEE_BAD_PARAMETERS);
	CHECK_RES(invoke(session, 12, p), TEE_NOT_SUPPORTED);
	CHECK_RES(invoke(session, 0xffffffff, p), TEE_NOT_SUPPORTED);
	session_close(session);
}

/* In a production build nobody enters but the kernel. */
static void test_production(void)
{
	uint32_t session = 0;

	CHECK_RES(session_open(uuid_securekey, TEE_IOCTL_LOGIN_PUBLIC, &session),
		  TEE_ACCESS_DENIED);
	CHECK_RES(session_open(uuid_keeper, TEE_IOCTL_LOGIN_PUBLIC, &session),
		  TEE_ACCESS_DENIED);
}

static void test_schemes(void)
{
	unsigned int i;

	for (i = SKTA_SCHEME_CENC; i <= SKTA_SCHEME_CBCS; i++)
		test_scheme(i);
	test_many_subsamples();
}

static const struct {
	const char *name;
	void (*test)(void);
} all_tests[] = {
	{ "entry", test_entry },
	{ "headers", test_headers },
	{ "short-buffers", test_short_buffers },
	{ "blob-bits", test_blob_bits },
	{ "fixed", test_fixed },
	{ "modes", test_modes },
	{ "long", test_long },
	{ "equal-halves", test_xts_equal_halves },
	{ "wrong-tag", test_wrong_tag },
	{ "schemes", test_schemes },
	{ "bad-requests", test_bad_requests },
	{ "bad-pieces", test_bad_pieces },
	{ "policy", test_policy },
	{ "protected-elsewhere", test_protected_elsewhere },
	{ "derive", test_derive },
	{ "faults", test_faults },
};

/* All of them, or those that only= has in it. */
static void tests(void)
{
	const char *only = getenv("only");
	struct timespec t;
	unsigned int i;

	for (i = 0; i < sizeof(all_tests) / sizeof(all_tests[0]); i++) {
		if (only && !strstr(only, all_tests[i].name))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &t);
		printf("%4ld s: %s\n", (long)t.tv_sec, all_tests[i].name);
		all_tests[i].test();
	}
}

/* Whoever has done nothing to deserve it is served as before. */
static void after_fuzz(unsigned int programs)
{
	fuzz(programs);
	test_mode(SKTA_MODE_CBC, 128);
	test_mode(SKTA_MODE_GCM, 256);
}

/* Blobs that are printed, for the boot after this one. */
static void blobs(void)
{
	uint32_t session = new_session();
	uint8_t key[16] = { 11 };
	struct blob blob[2];
	unsigned int i;
	size_t n;

	CHECK_RES(import(session, header(LONG_TERM, 128, ALL_MODES, 0), key, 16, &blob[0]),
		  TEE_OK);
	CHECK_RES(prepare(session, &blob[0], &blob[1]), TEE_OK);
	for (i = 0; i < 2; i++) {
		printf("blob%u=", i);
		for (n = 0; n < blob[i].len; n++)
			printf("%02x", blob[i].data[n]);
		printf("\n");
	}
	session_close(session);
}

static bool get_blob(const char *name, struct blob *blob)
{
	const char *hex = getenv(name);
	unsigned int byte;

	for (blob->len = 0; hex && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		blob->data[blob->len++] = byte;

	return blob->len;
}

static void old_blobs(void)
{
	struct job job = { .req = { .mode = SKTA_MODE_CTR, .len = 1000 } };
	uint32_t session = new_session();
	uint8_t key[16] = { 11 };
	struct blob blob;

	CHECK(get_blob("blob1", &blob));
	CHECK_RES(load(session, &blob), TEE_MAC_INVALID);
	CHECK(get_blob("blob0", &blob));
	CHECK_RES(load(session, &blob), TEE_OK);
	CHECK(round_trip(session, &job, key, 128, true));
	session_close(session);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);

	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void time_job(const char *name, uint32_t session, struct job *job)
{
	double best = 1e9, start;
	int i;

	for (i = 0; i < 5; i++) {
		start = now();
		if (!CHECK_RES(decrypt(session, job), TEE_OK))
			return;
		if (now() - start < best)
			best = now() - start;
	}
	printf("%-24s %8llu bytes %8.2f ms\n", name, (unsigned long long)job->req.len, best);
}

static void speed(void)
{
	static const struct {
		const char *name;
		uint32_t mode, scheme, crypt, skip;
	} t[] = {
		{ "cbc", SKTA_MODE_CBC, 0, 0, 0 },
		{ "ctr", SKTA_MODE_CTR, 0, 0, 0 },
		{ "xts", SKTA_MODE_XTS, 0, 0, 0 },
		{ "gcm", SKTA_MODE_GCM, 0, 0, 0 },
		{ "cenc", SKTA_MODE_CTR, SKTA_SCHEME_CENC, 0, 0 },
		{ "cbcs 1:9", SKTA_MODE_CBC, SKTA_SCHEME_CBCS, 1, 9 },
		{ "cbcs 10:0", SKTA_MODE_CBC, SKTA_SCHEME_CBCS, 10, 0 },
		{ "cens 1:1", SKTA_MODE_CTR, SKTA_SCHEME_CENS, 1, 1 },
	};
	static const size_t lens[] = { 1024, 64 * 1024, 1024 * 1024 };
	struct blob lt, eph;
	double start;
	uint32_t session, other;
	uint8_t key[32] = { 12 }, sum[32];
	unsigned int i, j;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		session = session_with(key, 256, t[i].mode, 0);
		for (j = 0; j < 3; j++) {
			struct job job = { .req = { .mode = t[i].mode, .len = lens[j],
						    .scheme = t[i].scheme, .crypt = t[i].crypt,
						    .skip = t[i].skip },
					   .dst = &prot, .data = cipher, .aad = aad };

			memset(cipher, 0, lens[j] + 16);
			/* The tag is not found wrong before the work is done. */
			if (t[i].mode == SKTA_MODE_GCM)
				ref_encrypt(&job.req, NULL, aad, key, 256, plain, cipher);
			time_job(t[i].name, session, &job);
		}
		session_close(session);
	}

	session = new_session();
	for (i = 0; i < 3; i++) {
		param p[4] = { P_VAL(OUTPUT, 0, 0), P_VAL(OUTPUT, 0, 0), P_VAL(OUTPUT, 0, 0),
			       P_VAL(OUTPUT, 0, 0) };

		start = now();
		invoke(session, SKTA_CMD_INFO, p);
		printf("info %.2f ms, ", now() - start);
		start = now();
		generate(session, header(LONG_TERM, 128, SKTA_MODE_CBC, 0), &lt);
		printf("generate %.2f ms, ", now() - start);
		start = now();
		prepare(session, &lt, &eph);
		printf("prepare %.2f ms, ", now() - start);
		start = now();
		other = new_session();
		printf("open %.2f ms, ", now() - start);
		start = now();
		load(other, &lt);
		printf("load %.2f ms, ", now() - start);
		session_close(other);
		other = new_session();
		start = now();
		load(other, &eph);
		printf("load ephemeral %.2f ms, ", now() - start);
		session_close(other);
		start = now();
		digest(session, &prot, 0, 1024 * 1024, sum);
		printf("sha256 of 1 MiB %.2f ms\n", now() - start);
	}
	session_close(session);
}

/* How many keys fit, and does everything come back? */
static void sessions(void)
{
	static uint32_t all[4096];
	uint32_t manager = new_session(), res = 0;
	struct blob blob;
	int n, round;

	generate(manager, header(LONG_TERM, 128, SKTA_MODE_CBC, 0), &blob);
	for (round = 0; round < 3; round++) {
		for (n = 0; n < 4096; n++) {
			res = session_open(uuid_securekey, TEE_IOCTL_LOGIN_PUBLIC, &all[n]);
			if (res)
				break;
			res = load(all[n], &blob);
			if (res) {
				session_close(all[n]);
				break;
			}
		}
		printf("%d sessions with a key, then %#x\n", n, res);
		CHECK(res == TEE_OUT_OF_MEMORY);
		while (n--)
			session_close(all[n]);
	}
	session_close(manager);
}

int main(void)
{
	const char *what = getenv("skta") ?: "tests";
	const char *seed = getenv("seed") ?: "1";
	const char *programs = getenv("programs") ?: "1000";

	mkdir("/dev", 0755);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	rnd_seed(strtoull(seed, NULL, 0));
	printf("skta: %s, seed %s\n", what, seed);
	if (!tee_open())
		die("/dev/tee0, /dev/dma_heap");

	if (!strcmp(what, "production")) {
		test_production();
		power_off();
	}

	in = buf_shared(64 * 1024);
	raw = buf_shared(4096);
	out = buf_shared(4096);
	src = buf_shared(DATA_ROOM);
	dst = buf_shared(1024 * 1024 + 4096);
	/* All there is on QEMU. */
	prot = buf_protected(1024 * 1024);

	if (!strcmp(what, "tests"))
		tests();
	else if (!strcmp(what, "fuzz"))
		after_fuzz(atoi(programs));
	else if (!strcmp(what, "speed"))
		speed();
	else if (!strcmp(what, "sessions"))
		sessions();
	else if (!strcmp(what, "blobs"))
		blobs();
	else if (!strcmp(what, "old-blobs"))
		old_blobs();
	else
		die("skta=?");

	power_off();

	return 0;
}
