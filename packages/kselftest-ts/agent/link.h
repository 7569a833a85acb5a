/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reliable stream of messages over a port that loses and damages bytes:
 * offsets, acknowledgements, go-back-N with a window and frames that shrink
 * when frames are lost. src/link/link.ts is its twin; keep them alike.
 *
 * A message is length:u32 and that many bytes.
 */
#ifndef AGENT_LINK_H
#define AGENT_LINK_H

#include "agent.h"

#define MESSAGE_MAX (160 << 10)

void link_init(const struct port *port);

/* The port can be read. Gives a negative errno when it is gone, -EPIPE at its end. */
int link_receive(void);

/* Sends what the window, the port and the clock allow. */
void link_pump(void);

/* Whether ppoll() should wait for the port to become writable. */
int link_wants_write(void);

/* Microseconds until link_pump() has something to do, or -1. */
long link_timeout(void);

/* Tells a host that is there already that we are. */
void link_hello(void);

/* Bytes a message may have to be sent now; the two below need as much. */
u32 link_room(void);

/* Begins a message of this length, then adds its parts. */
void link_begin(u32 length);
void link_add(const void *data, u32 length);

/* main.c: a session began; whatever an earlier one left must go. */
void session_began(void);
/* main.c: a whole message came. */
void message_came(const u8 *message, u32 length);

#endif
