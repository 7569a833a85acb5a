/* SPDX-License-Identifier: GPL-2.0-only */
/* What host and agent say to each other; src/agent/messages.ts is the other half. */
#ifndef AGENT_MESSAGES_H
#define AGENT_MESSAGES_H

enum message {
	/* From the host. */
	MESSAGE_RUN = 1,	/* a program, see program.c */
	MESSAGE_OPEN = 2,	/* 0:u8 0:u16 token:u32: a process of its own */
	MESSAGE_KILL = 3,	/* 0:u8 0:u16 handle:u32: SIGKILL for its process; if the host opened it, for all that came of it */
	MESSAGE_CANCEL = 4,	/* 0:u8 0:u16 handle:u32 id:u32: stop that program, out of its system call too */
	MESSAGE_PING = 5,	/* 0:u8 0:u16 token:u32 */

	/* From the agent. */
	MESSAGE_INFO = 65,	/* protocol:u8 abi:u8 flags:u8 pid:u32 slots:u32 record:u32 out:u32 ops:u32 uptime_us:u32 */
	MESSAGE_RESULT = 66,	/* see program.c */
	MESSAGE_OPENED = 67,	/* 0:u8 0:u16 token:u32 handle:u32 pid:s32 (negative: errno) */
	MESSAGE_GONE = 68,	/* 0:u8 0:u16 handle:u32 status:u32 (as wait4() gives it) */
	MESSAGE_REFUSED = 69,	/* 0:u8 errno:u16 handle:u32 id:u32: the program was not queued */
	MESSAGE_PONG = 70,	/* 0:u8 0:u16 token:u32 */
};

enum status {
	STATUS_DONE,
	STATUS_FAILED,		/* the last operation that ran failed */
	STATUS_CANCELLED,
	STATUS_ENDED,		/* the worker is leaving */
	STATUS_MALFORMED,
};

#define PROGRAM_HEADER 24
#define RESULT_HEADER 12
#define INFO_IS_INIT 1

#endif
