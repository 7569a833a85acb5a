// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A hostile normal world: programs of commands that are nearly right, or not at all, on
 * memory that changes meanwhile. Nothing may die of it that was not asked to.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define NR_SESSIONS	3
#define NR_BLOBS	8
#define NR_COMMANDS	12

/* What a command takes: v and V values in and out, w both; m, M and x memrefs. */
static const char *const right_types[NR_COMMANDS] = {
	"VVVV", "mM", "mmM", "mM", "m", "M", "mmM", "mmxw", "", "x", "mM", "v",
};

static uint32_t session[NR_SESSIONS];
/* What the key of each is for, as far as is known. */
static uint32_t modes[NR_SESSIONS];
/* The one that the present command is for. */
static unsigned int which;
static struct blob blobs[NR_BLOBS];
static unsigned long results[2][NR_COMMANDS];

static bool chance(unsigned int percent)
{
	return rnd_below(100) < percent;
}

static const uint32_t corners[] = {
	0, 1, 2, 11, 12, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 71, 72, 73, 115, 116, 117,
	128, 255, 256, 257, 512, 1023, 1024, 1025, 4095, 4096, 4097, 65535, 65536, 262143,
	262144, 262145, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
};

static uint32_t corner(void)
{
	return corners[rnd_below(sizeof(corners) / sizeof(corners[0]))];
}

static struct buf *any_buf(void)
{
	struct buf *all[] = { &in, &raw, &out, &src, &dst, &prot };

	return all[rnd_below(6)];
}

static void mutate(uint8_t *p, size_t len)
{
	while (len && chance(70)) {
		size_t at = rnd_below(len);

		if (chance(50))
			p[at] ^= 1 << rnd_below(8);
		else
			p[at] = chance(50) ? 0xff : rnd();
	}
}

static size_t make_header(void)
{
	static const uint32_t bits[] = { 128, 192, 256, 512, 0, 8, 64, 384 };
	static const uint32_t any[] = { 1, 2, 3, 4, 8, 16, 0, 5, 31 };
	uint32_t mode = any[rnd_below(chance(90) ? 6 : 9)];
	uint32_t size = bits[rnd_below(chance(90) ? 4 : 8)];
	struct skta_blob_header h;

	/* Those go with xts, and 512 with nothing else. */
	if (chance(90) && (mode == SKTA_MODE_XTS || size == 512))
		size = 256;
	h = header(1 + rnd_below(2), size, mode, rnd_below(4));

	memcpy(in.va, &h, sizeof(h));
	if (chance(10))
		mutate(in.va, sizeof(h));

	return sizeof(h);
}

static size_t make_blob(void)
{
	struct blob *blob = &blobs[rnd_below(NR_BLOBS)];

	memcpy(in.va, blob->data, blob->len);
	if (chance(15))
		mutate(in.va, blob->len);

	return blob->len;
}

/* Mostly one that could be decrypted, of *len bytes. */
static size_t make_request(size_t *len, uint32_t *mode)
{
	static const uint32_t scheme_modes[] = { 0, 2, 1, 2, 1 };
	uint32_t key = modes[which] & 15;
	struct skta_request req = {
		.mode = key && chance(90) ? key & -key : 1U << rnd_below(4),
		.scheme = chance(50) || key > 3 ? 0 : rnd_below(chance(90) ? 5 : 8),
	};
	struct skta_subsample *sub = (void *)(in.va + sizeof(req));
	size_t size;
	uint32_t i;

	rnd_fill(req.iv, req.mode == 8 ? 12 : 16);
	if (chance(30))
		memset(req.iv + 8, 0xff, req.mode == 8 ? 4 : 8);
	req.len = rnd_below(chance(80) ? 700 : 20000);
	if (chance(60))
		req.len &= ~15;
	if (req.scheme && req.scheme < 5) {
		req.mode = scheme_modes[req.scheme];
		req.crypt = rnd_below(16);
		req.skip = chance(50) ? 0 : rnd_below(17);
		req.nr_subsamples = rnd_below(chance(95) ? 20 : 4098);
		if (req.nr_subsamples)
			req.len = 0;
		for (i = 0; i < req.nr_subsamples; i++) {
			sub[i].clear_len = rnd_below(40);
			sub[i].protected_len = rnd_below(60);
			req.len += sub[i].clear_len + sub[i].protected_len;
		}
	}
	if (req.mode == 8)
		req.aad_len = rnd_below(chance(90) ? 100 : 4098);
	*len = req.len;
	*mode = req.mode;
	size = sizeof(req) + req.nr_subsamples * sizeof(*sub) + req.aad_len;
	if (chance(5))
		req.len = (uint64_t)corner() << rnd_below(33);
	if (chance(5))
		req.nr_subsamples = corner();
	if (chance(5))
		req.aad_len = corner();
	memcpy(in.va, &req, sizeof(req));
	if (chance(10))
		mutate(in.va, size);

	return size;
}

static param make_memref(uint64_t type, struct buf *buf, uint64_t offset, uint64_t len)
{
	param p = { .attr = type, .a = offset, .b = len, .c = buf->id };

	if (chance(3)) {
		p.c = (uint64_t)-1;
		p.a = chance(50) ? 0 : p.a;
	}
	if (chance(1))
		p.c = rnd_below(20);

	return p;
}

/* Anything, mostly inside of the buffer, for the kernel refuses the rest. */
static param any_memref(uint64_t type)
{
	struct buf *buf = any_buf();
	uint64_t len = chance(50) ? corner() : rnd_below(buf->size + 1);
	uint64_t offset = chance(50) ? rnd_below(200) : rnd_below(buf->size + 1);

	if (chance(95) && len > buf->size)
		len = buf->size;
	if (chance(95) && offset + len > buf->size)
		offset = buf->size - len;

	return make_memref(type, buf, offset, len);
}

static uint64_t type_of(char c)
{
	switch (c) {
	case 'v':
		return TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT;
	case 'V':
		return TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT;
	case 'w':
		return TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT;
	case 'm':
		return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT;
	case 'M':
		return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT;
	case 'x':
		return TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT;
	default:
		return TEE_IOCTL_PARAM_ATTR_TYPE_NONE;
	}
}

static param any_param(char c)
{
	uint64_t type = type_of(c);

	if (c == 'm' || c == 'M' || c == 'x')
		return any_memref(type);

	return (param){ .attr = type, .a = chance(50) ? rnd_below(5) : corner(),
			.b = chance(50) ? 0 : corner() };
}

static void random_params(uint32_t command, param p[4])
{
	const char *types = command < NR_COMMANDS && chance(80) ? right_types[command] :
			    (const char *[]){ "mmmm", "xxxx", "MMMM", "mMxw", "vVwm" }[rnd_below(5)];
	unsigned int i;

	for (i = 0; i < 4; i++)
		p[i] = *types && (i < strlen(types)) ? any_param(types[i]) : P_NONE;
	if (chance(10))
		p[rnd_below(4)] = any_param("vVwmMx-"[rnd_below(7)]);
}

static void good_decrypt(param p[4])
{
	struct buf *to = chance(60) ? &prot : &dst;
	bool first = chance(70), last = chance(60);
	size_t len, size, n, tag;
	uint32_t mode;

	size = make_request(&len, &mode);
	tag = (last && mode == SKTA_MODE_GCM) != chance(5) ? SKTA_GCM_TAG_LEN : 0;
	n = last && chance(90) ? len : rnd_below(len + 1);
	p[0] = first ? make_memref(type_of('m'), &in, 0, size) : P_NONE;
	p[1] = make_memref(type_of('m'), &src, rnd_below(100), n + tag);
	p[2] = make_memref(type_of('x'), to, rnd_below(5000), n);
	p[3] = P_VAL(INOUT, (first ? SKTA_FIRST : 0) | (last ? SKTA_LAST : 0), 0);
	if (chance(5))
		p[2] = make_memref(type_of('x'), &src, rnd_below(200), n);
}

/* As it should be, but for what the functions above may do to it. */
static void good_params(uint32_t command, param p[4])
{
	param result = make_memref(type_of('M'), &out, rnd_below(100),
				   chance(95) ? BLOB_ROOM : rnd_below(200));
	size_t n;

	p[0] = p[1] = p[2] = p[3] = P_NONE;
	switch (command) {
	case SKTA_CMD_GENERATE:
		p[0] = make_memref(type_of('m'), &in, 0, make_header());
		p[1] = result;
		break;
	case SKTA_CMD_IMPORT:
	case SKTA_CMD_DERIVE:
		p[0] = make_memref(type_of('m'), &in, 0, make_header());
		n = ((struct skta_blob_header *)in.va)->key_bits / 8 % 128;
		p[1] = make_memref(type_of('m'), &raw, 0, chance(95) ? n : rnd_below(300));
		p[2] = result;
		break;
	case SKTA_CMD_PREPARE:
		p[0] = make_memref(type_of('m'), &in, 0, make_blob());
		p[1] = result;
		break;
	case SKTA_CMD_LOAD:
		p[0] = make_memref(type_of('m'), &in, 0, make_blob());
		break;
	case SKTA_CMD_EXPORT:
		p[0] = result;
		break;
	case SKTA_CMD_DECRYPT:
		good_decrypt(p);
		break;
	case SKTA_CMD_WIPE:
		p[0] = make_memref(type_of('x'), &prot, rnd_below(1000), rnd_below(10000));
		break;
	case SKTA_CMD_TEST_DIGEST:
		p[0] = make_memref(type_of('m'), any_buf(), rnd_below(100), rnd_below(4000));
		p[1] = result;
		break;
	default:
		random_params(command, p);
	}
}

static atomic_bool stop;

/* The other CPU of the hostile world. It has numbers of its own. */
static void *scribble(void *arg)
{
	uint64_t x = 88172645463325252;

	(void)arg;
	while (!stop) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		in.va[x % 128] ^= 1 << (x >> 32) % 8;
		src.va[x % 4096] ^= 1;
		usleep(50);
	}

	return NULL;
}

/* Faults only when they are wanted, and no long sleep. */
static bool wants_panic(uint32_t command, param p[4], bool *later)
{
	if (command != SKTA_CMD_TEST_FAULT ||
	    p[0].attr != TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT)
		return false;

	p[0].b = rnd_below(5);
	if (p[0].a == SKTA_FAULT_PANIC || p[0].a == SKTA_FAULT_PANIC_DECRYPT) {
		if (!chance(3))
			p[0].a = SKTA_FAULT_SLEEP_DECRYPT;
	}
	if (p[0].a == SKTA_FAULT_PANIC_DECRYPT)
		*later = true;

	return p[0].a == SKTA_FAULT_PANIC;
}

static void renew(unsigned int i)
{
	struct blob *blob;

	session_close(session[i]);
	session[i] = new_session();
	modes[i] = 0;
	if (chance(30))
		return;

	/* Most of what there is to try needs a key. */
	blob = &blobs[rnd_below(NR_BLOBS)];
	if (!load(session[i], blob))
		modes[i] = ((struct skta_blob_header *)blob->data)->modes;
}

static void program(unsigned int number)
{
	unsigned int length = 1 + rnd_below(12), i;
	bool later[NR_SESSIONS] = { };
	param p[4];

	which = rnd_below(NR_SESSIONS);
	for (i = 0; i < length; i++) {
		static const uint8_t often[] = { 4, 4, 7, 7, 7, 7, 7, 7, 1, 2, 6, 3 };
		uint32_t command = chance(60) ? often[rnd_below(sizeof(often))] :
				   rnd_below(chance(95) ? NR_COMMANDS : 100);
		bool dies, good = chance(75);
		uint32_t res;

		if (chance(10))
			which = rnd_below(NR_SESSIONS);
		if (chance(3))
			command = corner();
		if (good)
			good_params(command, p);
		else
			random_params(command, p);

		dies = wants_panic(command, p, &later[which]);
		res = invoke(session[which], command, p);
		if (command < NR_COMMANDS)
			results[res != TEE_OK][command]++;
		if (!res && command == SKTA_CMD_LOAD)
			modes[which] = ((struct skta_blob_header *)in.va)->modes;
		if (!res && (command == SKTA_CMD_GENERATE || command == SKTA_CMD_PREPARE) &&
		    p[1].b <= BLOB_ROOM) {
			struct blob *blob = &blobs[rnd_below(NR_BLOBS)];

			blob->len = p[1].b;
			memcpy(blob->data, out.va + p[1].a, blob->len);
		}
		if (res != TEE_TARGET_DEAD)
			continue;

		CHECK(dies || (later[which] && command == SKTA_CMD_DECRYPT),
		      "program %u, command %u: panic", number, command);
		renew(which);
		later[which] = false;
	}

	/* A fault that waits is not for the next program. */
	for (i = 0; i < NR_SESSIONS; i++) {
		if (later[i] || chance(8))
			renew(i);
	}
}

void fuzz(unsigned int programs)
{
	pthread_t other;
	unsigned int i;

	for (i = 0; i < NR_SESSIONS; i++)
		session[i] = new_session();
	for (i = 0; i < NR_BLOBS; i++)
		CHECK_RES(generate(session[0], header(SKTA_FORM_LONG_TERM, 256,
						      i < 5 ? 1 << i : 3, 0),
				   &blobs[i]), TEE_OK);

	rnd_fill(src.va, src.size);
	for (i = 0; i < NR_SESSIONS; i++)
		renew(i);

	for (i = 0; i < programs; i++) {
		bool hostile = i % 3 == 0;

		if (hostile) {
			stop = false;
			pthread_create(&other, NULL, scribble, NULL);
		}
		program(i);
		if (hostile) {
			stop = true;
			pthread_join(other, NULL);
		}
		if (i % 500 == 499)
			printf("%u programs\n", i + 1);
	}

	for (i = 0; i < NR_COMMANDS; i++)
		printf("command %u: %lu done, %lu refused\n", i, results[0][i], results[1][i]);
	for (i = 0; i < NR_SESSIONS; i++)
		session_close(session[i]);
}
