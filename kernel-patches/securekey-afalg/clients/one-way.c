// SPDX-License-Identifier: GPL-2.0-only
/* Secure keys by AF_ALG: a socket for each sample that is in flight, as one takes one at a time. */
#include <linux/poll.h>
#include <linux/securekey.h>
#include "af_alg.h"

static const struct work *work;
static int sockets[64], buffer;
static __u8 blob[SECUREKEY_BLOB_MAX_LEN];
static unsigned int blob_len;

static void make_sockets(void)
{
	int cipher = bound_socket("skcipher", "cbc(aes)");

	CALL(setsockopt, cipher, SOL_ALG, ALG_SET_SECURE_KEY, blob, blob_len);
	for (unsigned int i = 0; i < work->batch; i++) {
		if (sockets[i])
			CALL(close, sockets[i]);
		sockets[i] = CALL(accept, cipher, NULL, NULL);
	}
	CALL(close, cipher);
}

void client_open(const struct work *given)
{
	struct securekey_params params = {
		.algorithm = SECUREKEY_ALG_AES, .key_bits = 128,
		.modes = SECUREKEY_MODE_CBC, .form = SECUREKEY_FORM_LONG_TERM,
		.flags = SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
	};
	int keys = bound_socket("securekey", "soft"), manager = CALL(accept, keys, NULL, NULL);
	struct control control = {};

	work = given;
	control_add(&control, ALG_IMPORT_KEY, &params, sizeof(params));
	send_message(manager, work->key, KEY_LEN, &control, 0);
	blob_len = CALL(read, manager, blob, sizeof(blob));
	CALL(close, manager);
	CALL(close, keys);
	buffer = protected_buffer(work->size);
	make_sockets();
}

static void start(unsigned int sample)
{
	struct af_alg_mem_fd destination = { .fd = buffer, .len = work->size };
	struct control control = {};

	control_add_op(&control, ALG_OP_DECRYPT);
	control_add_iv(&control);
	control_add(&control, ALG_SET_MEM_FD, &destination, sizeof(destination));
	started(sample);
	send_message(sockets[sample], work->ciphertext, work->size, &control, 0);
}

void client_batch(void)
{
	struct pollfd waiting[64];
	unsigned int index[64], left = work->batch;

	for (unsigned int i = 0; i < work->batch; i++) {
		start(i);
		waiting[i] = (struct pollfd) { .fd = sockets[i], .events = POLLIN };
		index[i] = i;
	}

	while (left > 0) {
		unsigned int kept = 0;

		CALL(ppoll, waiting, left, NULL, NULL, 0);
		for (unsigned int i = 0; i < left; i++) {
			if (waiting[i].revents & POLLERR)
				die("decryption", -waiting[i].revents);
			if (waiting[i].revents & POLLIN) {
				ended(index[i]);
				continue;
			}
			index[kept] = index[i];
			waiting[kept++] = waiting[i];
		}
		left = kept;
	}
}

void client_rotate(void)
{
	make_sockets();
}

int client_buffer(void)
{
	return buffer;
}

const void *client_plaintext(void)
{
	return NULL;
}
