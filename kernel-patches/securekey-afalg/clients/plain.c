// SPDX-License-Identifier: GPL-2.0-only
/* cbc(aes) by AF_ALG as it always was, with a key that the kernel sees and the plaintext read: the yardstick. */
#include "af_alg.h"

/* No more than a socket buffers. */
#define CHUNK (128 * 1024)

static const struct work *work;
static int op = -1;
static __u8 *plaintext;

static void make_socket(void)
{
	int cipher = bound_socket("skcipher", "cbc(aes)");

	CALL(setsockopt, cipher, SOL_ALG, ALG_SET_KEY, work->key, KEY_LEN);
	if (op >= 0)
		CALL(close, op);
	op = CALL(accept, cipher, NULL, NULL);
	CALL(close, cipher);
}

void client_open(const struct work *given)
{
	work = given;
	plaintext = memory(work->size);
	make_socket();
}

static void decrypt(void)
{
	struct control control = {};

	control_add_op(&control, ALG_OP_DECRYPT);
	control_add_iv(&control);
	for (unsigned int at = 0; at < work->size; at += CHUNK) {
		unsigned int len = work->size - at < CHUNK ? work->size - at : CHUNK;

		send_message(op, work->ciphertext + at, len, at == 0 ? &control : NULL,
			     at + len < work->size ? MSG_MORE : 0);
		if (CALL(read, op, plaintext + at, len) != len)
			die("less plaintext than ciphertext", 0);
	}
}

void client_batch(void)
{
	for (unsigned int i = 0; i < work->batch; i++) {
		started(i);
		decrypt();
		ended(i);
	}
}

void client_rotate(void)
{
	make_socket();
}

int client_buffer(void)
{
	return -1;
}

const void *client_plaintext(void)
{
	return plaintext;
}
