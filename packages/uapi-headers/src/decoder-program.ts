/** The C text of emitDecoderC that is the same for all structs. */

/** What both halves of a decoder begin with. */
export const preamble = `// SPDX-License-Identifier: GPL-2.0
/* Made by emitDecoderC() of @kseries/uapi-headers. */

struct decoder {
	const char *name;
	unsigned long size;
	void (*dump)(const unsigned char *start, const unsigned char *end);
};

extern const struct decoder decoders[];
extern const unsigned int decoder_count;

unsigned long enter(const char *name);
unsigned long enter_index(const char *name, unsigned long index);
void leave(unsigned long before);
void integer(const char *name, unsigned long long value, int negative);
void bytes_line(const char *name, const void *bytes, unsigned long length);
`

/** How the half that knows the structs prints. */
export const printers = `
#define INTEGER(name, e) integer(name, (unsigned long long)(e), (e) < 0)
#define BYTES(name, at, length) bytes_line(name, (const void *)(at), length)
#define WIDE(name, e) bytes_line(name, (const void *)&(e), sizeof(e))
/* An empty struct is 0 bytes, and there are 0 of it in anything. */
#define COUNT(bytes, element) (sizeof(element) ? (bytes) / (sizeof(element) ? sizeof(element) : 1) : 0)
#define LEFT(end, at) ((const unsigned char *)(at) < (end) ? (unsigned long)((end) - (const unsigned char *)(at)) : 0ul)
`

/** The half that knows nothing of structs: reads records, has them printed. Kernel coding style. */
export const program = `
#ifndef _NOLIBC_H
#include <fcntl.h>
#include <unistd.h>
#endif

static unsigned char data[1 << 16] __attribute__((aligned(64)));
static char path[1024];
static unsigned long path_length;
static char out[1 << 13];
static unsigned long out_length;

static void flush(void)
{
	unsigned long done = 0;

	while (done < out_length) {
		long n = write(1, out + done, out_length - done);

		if (n <= 0)
			_exit(2);
		done += n;
	}
	out_length = 0;
}

static void put(char c)
{
	if (out_length == sizeof(out))
		flush();
	out[out_length++] = c;
}

static void text(const char *s)
{
	while (*s)
		put(*s++);
}

static void decimal(unsigned long long v)
{
	/* By subtraction: a 32-bit program would need libgcc to divide. */
	static const unsigned long long powers[] = {
		10000000000000000000ULL, 1000000000000000000ULL, 100000000000000000ULL, 10000000000000000ULL,
		1000000000000000ULL, 100000000000000ULL, 10000000000000ULL, 1000000000000ULL, 100000000000ULL,
		10000000000ULL, 1000000000ULL, 100000000ULL, 10000000ULL, 1000000ULL, 100000ULL, 10000ULL, 1000ULL,
		100ULL, 10ULL, 1ULL,
	};
	int started = 0;

	for (unsigned int i = 0; i < sizeof(powers) / sizeof(powers[0]); i++) {
		char digit = '0';

		while (v >= powers[i]) {
			v -= powers[i];
			digit++;
		}
		started |= digit != '0' || powers[i] == 1;
		if (started)
			put(digit);
	}
}

static void hex(const unsigned char *bytes, unsigned long length)
{
	static const char digits[] = "0123456789abcdef";

	put('x');
	for (unsigned long i = 0; i < length; i++) {
		put(digits[bytes[i] >> 4]);
		put(digits[bytes[i] & 15]);
	}
}

static void append(char c)
{
	if (path_length + 1 < sizeof(path))
		path[path_length++] = c;
	path[path_length] = 0;
}

static void append_text(const char *s)
{
	if (path_length && *s)
		append('.');
	while (*s)
		append(*s++);
}

unsigned long enter(const char *name)
{
	unsigned long before = path_length;

	append_text(name);
	return before;
}

unsigned long enter_index(const char *name, unsigned long index)
{
	unsigned long before = enter(name);
	char digits[24];
	int n = 0;

	append('[');
	do {
		digits[n++] = '0' + index % 10;
		index /= 10;
	} while (index);
	while (n)
		append(digits[--n]);
	append(']');
	return before;
}

void leave(unsigned long before)
{
	path_length = before;
	path[path_length] = 0;
}

static void name_line(const char *name)
{
	unsigned long before = enter(name);

	text(path);
	put('=');
	leave(before);
}

void integer(const char *name, unsigned long long value, int negative)
{
	name_line(name);
	if (negative)
		put('-');
	decimal(negative ? -value : value);
	put('\\n');
}

void bytes_line(const char *name, const void *bytes, unsigned long length)
{
	name_line(name);
	hex(bytes, length);
	put('\\n');
}

static unsigned long fill(int fd, void *to, unsigned long length)
{
	unsigned long done = 0;

	while (done < length) {
		long n = read(fd, (char *)to + done, length - done);

		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

static int fail(const char *why)
{
	text("#error ");
	text(why);
	put('\\n');
	flush();
	return 1;
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : 0;
	unsigned int header[2];

	if (fd < 0)
		return fail("cannot open the file");
	for (unsigned int count = 0;; count++) {
		unsigned long got = fill(fd, header, sizeof(header));

		if (!got)
			break;
		if (got != sizeof(header))
			return fail("a record ends in its header");
		if (header[0] >= decoder_count)
			return fail("no such struct");
		if (header[1] > sizeof(data))
			return fail("a record is too long");
		if (fill(fd, data, header[1]) != header[1])
			return fail("a record ends too soon");
		if (header[1] < decoders[header[0]].size)
			return fail("a record is shorter than its struct");
		put('#');
		decimal(count);
		put(' ');
		text(decoders[header[0]].name);
		put('\\n');
		decoders[header[0]].dump(data, data + header[1]);
	}
	text("#end\\n");
	flush();
	return 0;
}
`
