/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As much of the kernel's tools/include/nolibc as the agent uses, on the
 * machine's own headers: unit tests build and run the agent where there is a
 * compiler and no kernel tree. A guest's agent is built with the real one.
 */
#ifndef FREESTANDING_NOLIBC_H
#define FREESTANDING_NOLIBC_H

#include <stddef.h>
#include <stdint.h>
#include <asm/unistd.h>

#if defined(__x86_64__)
static inline long __nolibc_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile ("syscall" : "=a"(ret)
			  : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			  : "rcx", "r11", "memory", "cc");
	return ret;
}

__asm__(".text\n.weak _start\n_start:\n"
	"	xorl %ebp, %ebp\n	movq %rsp, %rdi\n	andq $-16, %rsp\n	call start_c\n	hlt\n");
#elif defined(__i386__)
static inline long __nolibc_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	const long memory[2] = { nr, f };
	long ret;

	__asm__ volatile ("pushl %%ebp\n\tmovl 4(%%eax), %%ebp\n\tmovl (%%eax), %%eax\n\tint $0x80\n\tpopl %%ebp"
			  : "=a"(ret) : "0"(memory), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory", "cc");
	return ret;
}

__asm__(".text\n.weak _start\n_start:\n"
	"	xorl %ebp, %ebp\n	movl %esp, %eax\n	andl $-16, %esp\n	subl $12, %esp\n	pushl %eax\n	call start_c\n	hlt\n");
#elif defined(__aarch64__)
static inline long __nolibc_syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile ("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
	return x0;
}

__asm__(".text\n.weak _start\n_start:\n	mov x29, xzr\n	mov x0, sp\n	bl start_c\n	brk #1\n");
#else
#error "No stand-in for nolibc on this ABI"
#endif

#define __nolibc_syscall5(nr, a, b, c, d, e) \
	__nolibc_syscall6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define __nolibc_syscall4(nr, a, b, c, d) __nolibc_syscall5(nr, a, b, c, d, 0)
#define __nolibc_syscall3(nr, a, b, c) __nolibc_syscall5(nr, a, b, c, 0, 0)
#define __nolibc_syscall2(nr, a, b) __nolibc_syscall5(nr, a, b, 0, 0, 0)
#define __nolibc_syscall1(nr, a) __nolibc_syscall5(nr, a, 0, 0, 0, 0)
#define __nolibc_syscall0(nr) __nolibc_syscall5(nr, 0, 0, 0, 0, 0)

int main(int argc, char **argv);

__attribute__((weak, used, noreturn)) void start_c(long *sp)
{
	int code = main(sp[0], (char **)(sp + 1));

	for (;;)
		__nolibc_syscall1(__NR_exit_group, code);
}

/* Not inline: the compiler calls them by itself. */
__attribute__((weak)) void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t n)
{
	if (to <= from)
		return memcpy(to, from, n);
	while (n--)
		((volatile char *)to)[n] = ((const char *)from)[n];
	return to;
}

__attribute__((weak)) void *memset(void *to, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = c;
	return to;
}

#endif
