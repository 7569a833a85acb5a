/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent: makes system calls in a guest on behalf of tests elsewhere.
 *
 * One process (PID 1 in a guest) owns the link to the host; it never blocks
 * on anything but ppoll(). Workers, processes and threads, run programs of
 * system calls. Both sides meet in one shared mapping, see worker.h.
 *
 * Compiled with "-include nolibc.h": the kernel tree's tools/include/nolibc,
 * or the stand-in in freestanding/ for tests without a kernel tree. Only raw
 * system calls are used: nolibc's errno is shared by all threads.
 */
#ifndef AGENT_H
#define AGENT_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#define PROTOCOL 1

#if defined(__x86_64__)
#define ABI 1
#elif defined(__i386__)
#define ABI 2
#elif defined(__aarch64__)
#define ABI 3
#elif defined(__arm__)
#define ABI 4
#else
#error "The agent knows nothing of this ABI: add clone_thread() and the signal return in arch.h"
#endif

/* The 32-bit ABIs kept their old calls with 32-bit times: take the others. */
#ifdef __NR_futex_time64
#define NR_futex __NR_futex_time64
#define NR_ppoll __NR_ppoll_time64
#define NR_clock_gettime __NR_clock_gettime64
#else
#define NR_futex __NR_futex
#define NR_ppoll __NR_ppoll
#define NR_clock_gettime __NR_clock_gettime
#endif

#define sys0(nr) __nolibc_syscall0(nr)
#define sys1(nr, a) __nolibc_syscall1(nr, a)
#define sys2(nr, a, b) __nolibc_syscall2(nr, a, b)
#define sys3(nr, a, b, c) __nolibc_syscall3(nr, a, b, c)
#define sys4(nr, a, b, c, d) __nolibc_syscall4(nr, a, b, c, d)
#define sys5(nr, a, b, c, d, e) __nolibc_syscall5(nr, a, b, c, d, e)
#define sys6(nr, a, b, c, d, e, f) __nolibc_syscall6(nr, a, b, c, d, e, f)

#define is_error(value) ((unsigned long)(value) > -4096UL)
#define array_size(array) (sizeof(array) / sizeof((array)[0]))
#define round_up(value, power) (((value) + (power) - 1) & ~((power) - 1))

/* Little endian, as every ABI here. */
static inline u32 get_u32(const u8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24;
}

static inline void put_u32(u8 *at, u32 value)
{
	at[0] = value;
	at[1] = value >> 8;
	at[2] = value >> 16;
	at[3] = value >> 24;
}

static inline u16 get_u16(const u8 *at)
{
	return at[0] | at[1] << 8;
}

static inline void put_u16(u8 *at, u16 value)
{
	at[0] = value;
	at[1] = value >> 8;
}

/* Microseconds since boot. Wraps after an hour: compare differences only. */
u32 now_us(void);

/* boot.c */
struct port {
	int in, out;
	u8 printable;	/* shares a console: 7 bits to a byte, see frame.c */
	u8 vport;	/* a virtio port: readable end means the host is away */
};

/* As PID 1: what is needed to find the port; then what tests want. */
int boot(struct port *port);
void boot_rest(void);

#endif
