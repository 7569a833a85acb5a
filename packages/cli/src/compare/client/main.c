// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures a client: client SIZE BATCH ROUNDS FIRST DIGEST
 *
 * FIRST is the first block of the plaintext and DIGEST its SHA-256, in hexadecimal: what cannot
 * decrypt is not measured. Prints an object of JSON: system calls of a batch and of a change of
 * the key, nanoseconds of each batch, and of each sample from its start to its end.
 */
#include <linux/dma-heap.h>
#include "client.h"

#define MAX_BATCH 64
#define MAX_SAMPLES 16384

static unsigned long calls;
static __u64 begun[MAX_BATCH];
static __u32 latencies[MAX_SAMPLES];
static unsigned int samples;
static int is_measured;

void die(const char *what, long error)
{
	printf("%s: %ld\n", what, error);
	exit(1);
}

long call(const char *what, long number, long a, long b, long c, long d, long e)
{
	long ret;

	calls++;
	ret = __nolibc_syscall5(number, a, b, c, d, e);
	if (ret < 0)
		die(what, ret);

	return ret;
}

void *memory(unsigned long size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		die("mmap", -errno);
	/* Not to be measured. */
	memset(at, 0, size);

	return at;
}

int protected_buffer(unsigned int size)
{
	struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
	int heap = open("/dev/dma_heap/securekey-test", O_RDWR);

	if (heap < 0 || ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data) < 0)
		die("the heap securekey-test", -errno);
	close(heap);

	return data.fd;
}

static __u64 now(void)
{
	struct timespec ts;

	__nolibc_syscall2(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, (long)&ts);

	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

void started(unsigned int sample)
{
	begun[sample] = now();
}

void ended(unsigned int sample)
{
	if (is_measured && samples < MAX_SAMPLES)
		latencies[samples++] = now() - begun[sample];
}

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 10);
}

/* The provider tells a digest of what nobody else can read. */
static void check(const struct work *work, const char *first, const char *digest)
{
	const __u8 *plain = client_plaintext();
	char line[80], hex[40] = "";
	int file;

	if (client_buffer() < 0) {
		for (int i = 0; i < 16; i++)
			snprintf(hex + 2 * i, 3, "%x%x", plain[i] >> 4, plain[i] & 15);
		if (strcmp(hex, first))
			die("the plaintext is wrong", 0);
		return;
	}

	file = open("/sys/kernel/debug/securekey/soft/digest", O_RDWR);
	snprintf(line, sizeof(line), "%d 0 %u", client_buffer(), work->size);
	if (file < 0 || write(file, line, strlen(line)) < 0 || read(file, line, 64) != 64)
		die("the provider's digest", -errno);
	close(file);
	if (memcmp(line, digest, 64))
		die("the plaintext is wrong", 0);
}

int main(int argc, char **argv)
{
	struct work work = { .key = "compare clients" };
	unsigned long per_batch, per_rotation, rounds;

	if (argc != 6)
		die("usage: client SIZE BATCH ROUNDS FIRST DIGEST", argc);
	work.size = number(argv[1]);
	work.batch = number(argv[2]);
	rounds = number(argv[3]);
	if (!work.batch || work.batch > MAX_BATCH)
		die("so many samples at a time", work.batch);
	work.ciphertext = memory(work.size);

	client_open(&work);
	client_batch();
	check(&work, argv[4], argv[5]);

	calls = 0;
	client_rotate();
	per_rotation = calls;
	calls = 0;
	client_batch();
	per_batch = calls;
	check(&work, argv[4], argv[5]);

	is_measured = 1;
	printf("{\"batchCalls\":%lu,\"rotationCalls\":%lu,\"batches\":[", per_batch, per_rotation);
	for (unsigned long round = 0; round < rounds; round++) {
		__u64 begin = now();

		client_batch();
		printf("%s%lu", round ? "," : "", (unsigned long)(now() - begin));
	}
	printf("],\"samples\":[");
	for (unsigned int i = 0; i < samples; i++)
		printf("%s%lu", i ? "," : "", (unsigned long)latencies[i]);
	printf("]}\n");

	return 0;
}
