// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fcntl.h>
#include "link.h"
#include "frame.h"

#define SEND_BUFFER (256 << 10)		/* a power of two: offsets wrap with it */
#define ACK_DELAY 4000			/* us; results usually carry the acknowledgement */
#define RTO_FIRST 200000
#define RTO_MAX 1000000
#define SEGMENT_MIN 32
#define RETRIES 2

static struct {
	int in, out;
	int printable;
	u32 segment_max, window_max;
	u32 patience;			/* us that a window takes on the line */

	int up;
	u16 session;

	u32 received;			/* offset of the next byte to come */
	int ack_now;
	int ack_pending;
	int nack;
	int gap;			/* damaged or missing, and nothing new since */
	u32 ack_due, unacked;

	u32 acked, sent, sent_max, queued;	/* offsets: acked <= sent <= sent_max <= queued */
	u32 segment, window, good;
	u32 rto, srtt, waiting_since;
	int timing;
	u32 timed_offset, timed_at;
	u32 unpushed;
	u8 round, echo;
	int stale;			/* requests to resend that are answered already */
	int retries;

	u32 out_from, out_to;		/* encoded frames that the port has not taken */

	u32 message_length, message_have;
	u8 length_bytes[4];
} line;

static u8 send_buffer[SEND_BUFFER];
static u8 out_buffer[4 * FRAME_ENCODED_MAX];
static u8 message[MESSAGE_MAX];
static struct frame_decoder decoder;

void link_init(const struct port *port)
{
	crc32_init();
	line.in = port->in;
	line.out = port->out;
	line.printable = decoder.printable = port->printable;
	/* A tty keeps 4095 bytes for a reader that is late (drivers/tty/n_tty.c). */
	line.segment_max = port->printable ? 256 : FRAME_PAYLOAD_MAX;
	line.window_max = port->printable ? 2048 : 65536;
	line.patience = port->printable ? 150000 : 20000;
}

static void reset(u16 session)
{
	line.up = 1;
	line.session = session;
	line.received = line.unacked = 0;
	line.ack_now = line.ack_pending = line.nack = line.gap = 0;
	line.unpushed = line.round = line.echo = line.stale = 0;
	line.retries = RETRIES;
	line.acked = line.sent = line.sent_max = line.queued = 0;
	line.segment = line.segment_max;
	line.window = line.window_max;
	line.good = 0;
	line.rto = RTO_FIRST;
	line.srtt = 0;
	line.timing = 0;
	line.message_length = line.message_have = 0;
}

static void flush(void)
{
	while (line.out_from < line.out_to) {
		u32 length = line.out_to - line.out_from;
		long n = sys3(__NR_write, line.out, out_buffer + line.out_from, length > 32768 ? 32768 : length);

		if (n == -EINTR)
			continue;
		if (n == -EAGAIN || n == 0)
			return;
		if (n < 0)
			break;	/* nobody there: what was on the way is lost, as on any line */
		line.out_from += n;
	}
	line.out_from = line.out_to = 0;
}

static int out_has_room(void)
{
	if (line.out_from == line.out_to)
		line.out_from = line.out_to = 0;
	return sizeof(out_buffer) - line.out_to >= FRAME_ENCODED_MAX;
}

static void send_frame(u8 type, u32 offset, u32 length, int push)
{
	u32 at = offset & (SEND_BUFFER - 1);
	u32 first = length < SEND_BUFFER - at ? length : SEND_BUFFER - at;
	struct frame frame = {
		.type = type | (line.nack ? FRAME_NACK : 0) | (push ? FRAME_PUSH : 0),
		.round = line.round, .echo = line.echo, .session = line.session,
		.seq = offset, .ack = line.received,
		.payload = send_buffer + at, .length = first,
	};

	if (!out_has_room())
		return;
	line.out_to += frame_encode(out_buffer + line.out_to, &frame, send_buffer, length - first, line.printable);
	if (type == FRAME_DATA) {
		line.ack_now = line.ack_pending = line.nack = 0;
		line.unacked = 0;
		if (push)
			line.unpushed = 0;
	}
}

void link_hello(void)
{
	send_frame(FRAME_HELLO, 0, 0, 0);
	flush();
}

static void grow(u32 bytes)
{
	line.good += bytes;
	if (line.good < 8 * line.segment)
		return;
	line.good = 0;
	if (line.segment * 2 <= line.segment_max)
		line.segment *= 2;
	if (line.window * 2 <= line.window_max)
		line.window *= 2;
}

static void go_back(void)
{
	line.stale = (line.sent - line.acked - 1) / line.segment;
	line.window = line.window / 2 > 2 * line.segment ? line.window / 2 : 2 * line.segment;
	line.good = 0;
	line.round = (line.round + 1) & 15;
	line.sent = line.acked;
	line.timing = 0;
}

/*
 * One damaged frame makes as many ask as are behind it. Those of an earlier
 * round have been answered: as many as were under way then. If more ask, what
 * answered them is damaged, too, or still in a queue on its way: so only a few
 * times until something arrives or time is up, or a slow line would fill with
 * answers.
 */
static int is_news(u8 echo)
{
	return echo == line.round || (line.stale-- <= 0 && line.retries-- > 0);
}

static void acknowledged(u32 ack, int nack, u8 echo, u32 now)
{
	u32 bytes = ack - line.acked;

	if (bytes > line.sent_max - line.acked)
		return;	/* of another time */
	if (bytes) {
		line.acked = ack;
		if ((s32)(line.sent - ack) < 0)
			line.sent = ack;
		if (line.timing && (s32)(ack - line.timed_offset) >= 0) {
			u32 sample = now - line.timed_at;

			line.timing = 0;
			line.srtt = line.srtt ? (7 * line.srtt + sample) / 8 : sample;
		}
		line.rto = 2 * line.srtt + 10000;
		if (line.rto > RTO_MAX)
			line.rto = RTO_MAX;
		line.waiting_since = now;
		line.retries = RETRIES;
		grow(bytes);
	}
	if (nack && line.sent != line.acked && is_news(echo)) {
		go_back();
		line.segment = line.segment / 2 > SEGMENT_MIN ? line.segment / 2 : SEGMENT_MIN;
	}
}

/* Bytes of the stream, in order, each once. */
static void deliver(const u8 *data, u32 length)
{
	while (length) {
		u32 n;

		if (line.message_have < 4) {
			line.length_bytes[line.message_have++] = *data++;
			length--;
			if (line.message_have < 4)
				continue;
			line.message_length = get_u32(line.length_bytes);
			if (line.message_length > MESSAGE_MAX) {
				/* Not our host. It will hear that its session is gone. */
				line.up = 0;
				return;
			}
		}
		n = line.message_length - (line.message_have - 4);
		if (n > length)
			n = length;
		memcpy(message + line.message_have - 4, data, n);
		line.message_have += n;
		data += n;
		length -= n;
		if (line.message_have - 4 == line.message_length) {
			line.message_have = 0;
			message_came(message, line.message_length);
		}
	}
}

static void data_came(const struct frame *frame, u32 now)
{
	u32 ahead = frame->seq - line.received;
	u32 known;

	line.echo = frame->round;
	acknowledged(frame->ack, frame->type & FRAME_NACK, frame->echo, now);
	if (frame->type & FRAME_PUSH) {
		line.ack_now = 1;
		line.nack |= line.gap;
	}
	if (!frame->length)
		return;
	if ((s32)ahead > 0) {
		line.gap = line.nack = line.ack_now = 1;
		return;
	}
	known = -ahead;
	if (known >= frame->length) {
		line.ack_now = 1;	/* ours was lost */
		return;
	}
	line.gap = 0;
	line.received += frame->length - known;
	line.unacked += frame->length - known;
	if (!line.ack_pending) {
		line.ack_pending = 1;
		line.ack_due = now + ACK_DELAY;
	}
	if (line.unacked >= line.window_max / 4)
		line.ack_now = 1;
	deliver(frame->payload + known, frame->length - known);
}

static void frame_came(const struct frame *frame)
{
	u32 now = now_us();

	switch (frame->type & FRAME_TYPE) {
	case FRAME_SYN:
		if (!line.up || line.session != frame->session) {
			reset(frame->session);
			send_frame(FRAME_SYNACK, 0, 0, 0);
			session_began();
		} else if (!line.received) {
			send_frame(FRAME_SYNACK, 0, 0, 0);
		}
		break;
	case FRAME_DATA:
		if (line.up && line.session == frame->session) {
			data_came(frame, now);
		} else {
			struct frame answer = { .type = FRAME_RESET, .session = frame->session };

			if (out_has_room())
				line.out_to += frame_encode(out_buffer + line.out_to, &answer, NULL, 0, line.printable);
		}
		break;
	}
}

int link_receive(void)
{
	static u8 chunk[32768];
	struct frame frame;
	long n = sys3(__NR_read, line.in, chunk, sizeof(chunk));

	if (n == 0)
		return -EPIPE;
	if (n < 0)
		return n == -EAGAIN || n == -EINTR ? 0 : n;
	for (long i = 0; i < n; i++) {
		switch (frame_decode(&decoder, chunk[i], &frame)) {
		case FRAME:
			frame_came(&frame);
			break;
		case DAMAGED:
			if (line.up)
				line.gap = line.nack = line.ack_now = 1;
			break;
		case NOTHING:
			break;
		}
	}
	return 0;
}

/* When what is under way is taken for lost. */
static u32 deadline(void)
{
	return line.waiting_since + line.rto + line.patience / 1024 * (line.sent - line.acked) / (line.window_max / 1024);
}

void link_pump(void)
{
	u32 now = now_us();

	if (line.up && line.sent != line.acked && (s32)(now - deadline()) >= 0) {
		go_back();
		line.rto = 2 * line.rto < RTO_MAX ? 2 * line.rto : RTO_MAX;
		line.retries = RETRIES;
	}
	while (line.up && line.sent != line.queued && line.sent - line.acked < line.window && out_has_room()) {
		u32 length = line.queued - line.sent;
		u32 window = line.window - (line.sent - line.acked);

		if (length > line.segment)
			length = line.segment;
		if (length > window)
			length = window;
		if (line.sent == line.acked)
			line.waiting_since = now;
		line.unpushed += length;
		/* Whether we are going to wait, or are some way to it. */
		send_frame(FRAME_DATA, line.sent, length, length == window || line.unpushed >= line.window / 4);
		line.sent += length;
		if ((s32)(line.sent - line.sent_max) > 0) {
			line.sent_max = line.sent;
			if (!line.timing) {
				line.timing = 1;
				line.timed_offset = line.sent;
				line.timed_at = now;
			}
		}
	}
	if (line.up && (line.ack_now || (line.ack_pending && (s32)(now - line.ack_due) >= 0)) && out_has_room())
		/* Garbage came while we wait: it may have been what we wait for. */
		send_frame(FRAME_DATA, line.sent, 0, line.nack && line.sent != line.acked);
	flush();
}

int link_wants_write(void)
{
	return line.out_from != line.out_to;
}

long link_timeout(void)
{
	u32 now = now_us();
	long left = -1;

	if (!line.up)
		return -1;
	if (line.sent != line.acked)
		left = (s32)(deadline() - now);
	if (line.ack_pending && (left < 0 || (s32)(line.ack_due - now) < left))
		left = (s32)(line.ack_due - now);
	if (left < 0)
		return line.sent != line.acked || line.ack_pending ? 0 : -1;
	return left;
}

u32 link_room(void)
{
	u32 used = line.queued - line.acked;

	return line.up && used + 4 < SEND_BUFFER ? SEND_BUFFER - used - 4 : 0;
}

void link_begin(u32 length)
{
	u8 bytes[4];

	put_u32(bytes, length);
	link_add(bytes, sizeof(bytes));
}

void link_add(const void *data, u32 length)
{
	u32 at = line.queued & (SEND_BUFFER - 1);
	u32 first = length < SEND_BUFFER - at ? length : SEND_BUFFER - at;

	memcpy(send_buffer + at, data, first);
	memcpy(send_buffer, (const u8 *)data + first, length - first);
	line.queued += length;
}
