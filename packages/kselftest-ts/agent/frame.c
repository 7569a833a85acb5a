// SPDX-License-Identifier: GPL-2.0-only
#include "frame.h"

static u32 crc_table[256];

void crc32_init(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		crc_table[i] = crc;
	}
}

/* As zlib's: crc32(0, data, length) begins, crc32(crc, more, length) goes on. */
u32 crc32(u32 crc, const u8 *data, u32 length)
{
	crc = ~crc;
	while (length--)
		crc = crc >> 8 ^ crc_table[(u8)crc ^ *data++];
	return ~crc;
}

/*
 * Consistent overhead byte stuffing, as in Cheshire and Baker's paper: a block
 * of up to limit - 1 values without a zero is led by its length plus one.
 * limit is 255 for bytes, 127 for values of 7 bits.
 */
struct stuffer {
	u8 *code, *at;
	u8 run, limit, high;
};

static void stuff(struct stuffer *out, u8 value)
{
	if (value) {
		*out->at++ = value | out->high;
		if (++out->run < out->limit)
			return;
	}
	*out->code = out->run | out->high;
	out->code = out->at++;
	out->run = 1;
}

/* Values of 7 bits out of bytes, the first bits first. */
struct packer {
	struct stuffer stuffer;
	u32 bits, count;
	int printable;
};

static void pack(struct packer *out, const u8 *data, u32 length)
{
	if (!out->printable) {
		while (length--)
			stuff(&out->stuffer, *data++);
		return;
	}
	while (length--) {
		out->bits = out->bits << 8 | *data++;
		for (out->count += 8; out->count >= 7; out->count -= 7)
			stuff(&out->stuffer, out->bits >> (out->count - 7) & 0x7f);
	}
}

u32 frame_encode(u8 *to, const struct frame *frame, const u8 *wrap, u32 wrap_length, int printable)
{
	u8 high = printable ? 0x80 : 0;
	struct packer out = {
		.stuffer = { .code = to + 1, .at = to + 2, .run = 1, .limit = printable ? 127 : 255, .high = high },
		.printable = printable,
	};
	u8 header[FRAME_HEADER], check[4];
	u32 crc;

	header[0] = frame->type | FRAME_FROM_AGENT;
	header[1] = frame->round | frame->echo << 4;
	put_u16(header + 2, frame->session);
	put_u32(header + 4, frame->seq);
	put_u32(header + 8, frame->ack);
	crc = crc32(0, header, sizeof(header));
	crc = crc32(crc, frame->payload, frame->length);
	crc = crc32(crc, wrap, wrap_length);
	put_u32(check, crc);

	to[0] = high;
	pack(&out, header, sizeof(header));
	pack(&out, frame->payload, frame->length);
	pack(&out, wrap, wrap_length);
	pack(&out, check, sizeof(check));
	if (out.count)
		stuff(&out.stuffer, out.bits << (7 - out.count) & 0x7f);
	*out.stuffer.code = out.stuffer.run | high;
	*out.stuffer.at++ = high;
	return out.stuffer.at - to;
}

/* In place; gives the number of values, 0 for what no encoder made. */
static u32 unstuff(u8 *block, u32 length, u8 limit)
{
	u32 from = 0, to = 0;

	while (from < length) {
		u8 code = block[from++];

		if (code == 0 || code > limit || code - 1U > length - from)
			return 0;
		for (u8 i = 1; i < code; i++)
			block[to++] = block[from++];
		if (code < limit && from < length)
			block[to++] = 0;
	}
	return to;
}

/* In place: 7 bits to 8; bits left over are padding. */
static u32 unpack(u8 *block, u32 length)
{
	u32 bits = 0, count = 0, to = 0;

	for (u32 from = 0; from < length; from++) {
		bits = bits << 7 | block[from];
		count += 7;
		if (count >= 8) {
			count -= 8;
			block[to++] = bits >> count;
		}
	}
	return to;
}

enum decoded frame_decode(struct frame_decoder *decoder, u8 byte, struct frame *frame)
{
	u8 *block = decoder->block;
	u32 length;

	if (decoder->printable) {
		if (!(byte & 0x80))
			return NOTHING;	/* an echo of kernel text */
		byte &= 0x7f;
	}
	if (byte) {
		if (decoder->length < sizeof(decoder->block))
			block[decoder->length++] = byte;
		else
			decoder->overflow = 1;
		return NOTHING;
	}
	length = decoder->length;
	decoder->length = 0;
	if (decoder->overflow) {
		decoder->overflow = 0;
		return DAMAGED;
	}
	if (!length)
		return NOTHING;
	length = unstuff(block, length, decoder->printable ? 127 : 255);
	if (decoder->printable)
		length = unpack(block, length);
	if (length < FRAME_OVERHEAD || length > FRAME_OVERHEAD + FRAME_PAYLOAD_MAX)
		return DAMAGED;
	if (crc32(0, block, length - 4) != get_u32(block + length - 4))
		return DAMAGED;
	if (block[0] & FRAME_FROM_AGENT)
		return NOTHING;
	frame->type = block[0];
	frame->round = block[1] & 15;
	frame->echo = block[1] >> 4;
	frame->session = get_u16(block + 2);
	frame->seq = get_u32(block + 4);
	frame->ack = get_u32(block + 8);
	frame->payload = block + FRAME_HEADER;
	frame->length = length - FRAME_OVERHEAD;
	return FRAME;
}
