// SPDX-License-Identifier: GPL-2.0-only
/* Secure keys by a character device: a session, to which samples are submitted in batches. */
#include <linux/securekey_dev.h>
#include "client.h"

static const struct work *work;
static int device, session = -1, buffer, buffer_id;
static __u8 blob[SECUREKEY_BLOB_MAX_LEN];
static unsigned int blob_len;
static struct securekey_dev_request requests[64];

static void make_session(void)
{
	struct securekey_dev_blob load = {
		.size = sizeof(load), .blob = (unsigned long)blob, .blob_len = blob_len,
	};
	struct securekey_dev_session create = {
		.size = sizeof(create), .algorithm = SECUREKEY_ALG_AES, .mode = SECUREKEY_MODE_CBC,
	};
	struct securekey_dev_attach attach = { .size = sizeof(attach), .fd = buffer };

	create.key_fd = CALL(ioctl, device, SECUREKEY_DEV_LOAD, &load);
	if (session >= 0)
		CALL(close, session);
	session = CALL(ioctl, device, SECUREKEY_DEV_SESSION, &create);
	CALL(close, create.key_fd);
	buffer_id = CALL(ioctl, session, SECUREKEY_DEV_ATTACH, &attach);
}

static void make_requests(void)
{
	for (unsigned int i = 0; i < work->batch; i++)
		requests[i] = (struct securekey_dev_request) {
			.cookie = i, .src = (unsigned long)work->ciphertext,
			.len = work->size, .dst = buffer_id,
		};
}

void client_open(const struct work *given)
{
	struct securekey_dev_import import = {
		.size = sizeof(import),
		.params = {
			.algorithm = SECUREKEY_ALG_AES, .key_bits = 128,
			.modes = SECUREKEY_MODE_CBC, .form = SECUREKEY_FORM_LONG_TERM,
			.flags = SECUREKEY_FLAG_DECRYPT_ONLY | SECUREKEY_FLAG_PROTECTED_DST_ONLY,
		},
		.blob = (unsigned long)blob, .blob_len = sizeof(blob),
		.raw = (unsigned long)given->key, .raw_len = KEY_LEN,
	};

	work = given;
	device = CALL(openat, -100, "/dev/securekey/soft", O_RDWR);
	blob_len = CALL(ioctl, device, SECUREKEY_DEV_IMPORT, &import);
	buffer = protected_buffer(work->size);
	make_session();
	make_requests();
}

void client_batch(void)
{
	struct securekey_dev_completion records[64];
	struct securekey_dev_submit submit = {
		.size = sizeof(submit), .requests = (unsigned long)requests,
		.request_size = sizeof(requests[0]), .count = work->batch,
	};
	unsigned int done = 0;

	for (unsigned int i = 0; i < work->batch; i++)
		started(i);
	if (CALL(ioctl, session, SECUREKEY_DEV_SUBMIT, &submit) != work->batch)
		die("a request was not started", 0);

	while (done < work->batch) {
		unsigned int n = CALL(read, session, records, sizeof(records)) / sizeof(records[0]);

		for (unsigned int i = 0; i < n; i++) {
			if (records[i].status)
				die("decryption", records[i].status);
			ended(records[i].cookie);
		}
		done += n;
	}
}

void client_rotate(void)
{
	make_session();
	make_requests();
}

int client_buffer(void)
{
	return buffer;
}

const void *client_plaintext(void)
{
	return NULL;
}
