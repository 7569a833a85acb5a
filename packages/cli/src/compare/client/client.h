/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client of a way to have samples decrypted, to be compared with others: one C file that
 * does what a program would do, and nothing that only a comparison needs. main.c measures it.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <asm/unistd.h>
#include <linux/types.h>

#define KEY_LEN 16

/* What is decrypted, over and over: cbc(aes), with a vector of zeroes. */
struct work {
	const void *ciphertext;
	__u8 key[KEY_LEN];
	unsigned int size;	/* bytes in a sample */
	unsigned int batch;	/* samples at a time */
};

/* What a client is. */

/* Does all that comes before the first sample. */
void client_open(const struct work *work);

/*
 * Decrypts the samples of a batch. started() is told of each when it is given to the kernel,
 * ended() as soon as the client knows that its plaintext is there.
 */
void client_batch(void);

/* From a wrapped key that is at hand to being ready to decrypt with it, in place of the old one. */
void client_rotate(void);

/* Where the plaintext is: a dma-buf, or else memory. */
int client_buffer(void);
const void *client_plaintext(void);

/* What it is given. */

void started(unsigned int sample);
void ended(unsigned int sample);

/* A system call, which is counted. Ends the program if it fails. */
long call(const char *what, long number, long a, long b, long c, long d, long e);
#define CALL(name, ...) CALL_(name, ##__VA_ARGS__, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, ...) \
	call(#name, __NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

void die(const char *what, long error);
void *memory(unsigned long size);

/* A dma-buf of the heap whose memory nobody can read. */
int protected_buffer(unsigned int size);

#endif /* CLIENT_H */
