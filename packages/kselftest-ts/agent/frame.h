/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames on a byte stream. A frame is
 *
 *	type:u8 round:u4 echo:u4 session:u16 seq:u32 ack:u32 payload crc32:u32
 *
 * COBS-coded, so that one value never occurs in it, and enclosed by that value
 * on both sides: whatever garbage precedes it, and whatever is lost, the next
 * delimiter is a place to start at.
 *
 * A link of its own (virtio port, pipe) uses bytes as they are, delimiter 0.
 * On a console shared with the kernel, frames are re-packed 7 bits to a byte
 * and the top bit set on each: the kernel's messages are ASCII, so both can be
 * told apart byte by byte, even when printk() cuts a frame in two.
 *
 * src/framing/ is the other side; test/framing/ holds them against each other.
 */
#ifndef AGENT_FRAME_H
#define AGENT_FRAME_H

#include "agent.h"

enum frame_type {
	FRAME_DATA = 0,		/* payload may be empty: then it is an acknowledgement */
	FRAME_SYN = 1,		/* host: a new session */
	FRAME_SYNACK = 2,
	FRAME_HELLO = 3,	/* agent: I have just started */
	FRAME_RESET = 4,	/* agent: I know of no such session */
	FRAME_TYPE = 7,		/* mask of the above */
	FRAME_PUSH = 0x20,	/* acknowledge at once: the sender waits */
	FRAME_NACK = 0x40,	/* something was damaged or missing: resend from ack on */
	FRAME_FROM_AGENT = 0x80,/* a console may echo: do not take our own frames for the host's */
};

#define FRAME_HEADER 12
#define FRAME_OVERHEAD (FRAME_HEADER + 4)
#define FRAME_PAYLOAD_MAX 16384
/* 8 bits to 7, COBS at its worst, two delimiters */
#define FRAME_ENCODED_MAX (FRAME_OVERHEAD + FRAME_PAYLOAD_MAX + (FRAME_OVERHEAD + FRAME_PAYLOAD_MAX) / 4 + 64)

struct frame {
	u8 type;
	u8 round;	/* how often its sender has gone back, modulo 16 */
	u8 echo;	/* the round of the last frame that it got */
	u16 session;
	u32 seq, ack;
	const u8 *payload;
	u32 length;
};

void crc32_init(void);
u32 crc32(u32 crc, const u8 *data, u32 length);

/* Gives the bytes written, at most FRAME_ENCODED_MAX. */
u32 frame_encode(u8 *to, const struct frame *frame, const u8 *wrap, u32 wrap_length, int printable);

struct frame_decoder {
	int printable;
	int overflow;
	u32 length;
	u8 block[FRAME_ENCODED_MAX];
};

/* What frame_decode() found at the byte it was given. */
enum decoded { NOTHING, DAMAGED, FRAME };

enum decoded frame_decode(struct frame_decoder *decoder, u8 byte, struct frame *frame);

#endif
