/* SPDX-License-Identifier: GPL-2.0-only */
/* What C cannot say: a thread on a stack of its own, and the way back from a signal handler. */
#ifndef AGENT_ARCH_H
#define AGENT_ARCH_H

#include "agent.h"

/*
 * clone() with a new stack: the child calls entry(argument), which must not
 * return. Gives the thread's id or a negative errno.
 */
long clone_thread(unsigned long flags, void *stack_top, u32 *tid,
		  void (*entry)(void *argument), void *argument);

/*
 * x86 wants SA_RESTORER (arch/x86/kernel/signal_64.c refuses to deliver
 * without); arm and arm64 have the signal return in their vDSO or sigpage.
 */
#if defined(__x86_64__) || defined(__i386__)
#define NEEDS_RESTORER 1
void signal_return(void);
#endif

#endif
