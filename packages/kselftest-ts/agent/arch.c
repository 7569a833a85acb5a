// SPDX-License-Identifier: GPL-2.0-only
#include "arch.h"

#if defined(__x86_64__)
/* clone(flags, stack, parent_tid, child_tid, tls); number 56, rt_sigreturn 15 */
__asm__(
	".text\n"
	".global clone_thread\n"
	"clone_thread:\n"
	"	andq	$-16, %rsi\n"
	"	subq	$16, %rsi\n"
	"	movq	%rcx, 0(%rsi)\n"	/* entry */
	"	movq	%r8, 8(%rsi)\n"		/* argument */
	"	movq	%rdx, %r10\n"		/* the same word is set and, at exit, cleared */
	"	xorl	%r8d, %r8d\n"
	"	movl	$56, %eax\n"
	"	syscall\n"
	"	testq	%rax, %rax\n"
	"	jnz	1f\n"
	"	xorl	%ebp, %ebp\n"
	"	popq	%rax\n"
	"	popq	%rdi\n"
	"	call	*%rax\n"
	"	hlt\n"
	"1:	ret\n"
	".global signal_return\n"
	"signal_return:\n"
	"	movl	$15, %eax\n"
	"	syscall\n"
);
#elif defined(__i386__)
/* clone(flags, stack, parent_tid, tls, child_tid); number 120, rt_sigreturn 173 */
__asm__(
	".text\n"
	".global clone_thread\n"
	"clone_thread:\n"
	"	pushl	%ebx\n"
	"	pushl	%esi\n"
	"	pushl	%edi\n"
	"	movl	16(%esp), %ebx\n"
	"	movl	20(%esp), %ecx\n"
	"	andl	$-16, %ecx\n"
	"	subl	$16, %ecx\n"
	"	movl	32(%esp), %eax\n"
	"	movl	%eax, 0(%ecx)\n"	/* argument, where the callee looks for it */
	"	movl	28(%esp), %eax\n"
	"	movl	%eax, 4(%ecx)\n"	/* entry */
	"	movl	24(%esp), %edx\n"
	"	movl	%edx, %edi\n"
	"	xorl	%esi, %esi\n"
	"	movl	$120, %eax\n"
	"	int	$0x80\n"
	"	testl	%eax, %eax\n"
	"	jnz	1f\n"
	"	xorl	%ebp, %ebp\n"
	"	movl	4(%esp), %eax\n"
	"	call	*%eax\n"
	"	hlt\n"
	"1:	popl	%edi\n"
	"	popl	%esi\n"
	"	popl	%ebx\n"
	"	ret\n"
	".global signal_return\n"
	"signal_return:\n"
	"	movl	$173, %eax\n"
	"	int	$0x80\n"
);
#elif defined(__aarch64__)
/* clone(flags, stack, parent_tid, tls, child_tid); number 220 */
__asm__(
	".text\n"
	".global clone_thread\n"
	"clone_thread:\n"
	"	and	x1, x1, #-16\n"
	"	stp	x3, x4, [x1, #-16]!\n"	/* entry, argument */
	"	mov	x4, x2\n"
	"	mov	x3, xzr\n"
	"	mov	x8, #220\n"
	"	svc	#0\n"
	"	cbnz	x0, 1f\n"
	"	mov	x29, xzr\n"
	"	ldp	x1, x0, [sp], #16\n"
	"	blr	x1\n"
	"	brk	#1\n"
	"1:	ret\n"
);
#elif defined(__arm__)
/* clone(flags, stack, parent_tid, tls, child_tid); number 120 */
__asm__(
	".text\n"
	".arm\n"
	".global clone_thread\n"
	"clone_thread:\n"
	"	push	{r4, r7}\n"
	"	bic	r1, r1, #15\n"
	"	ldr	r4, [sp, #8]\n"
	"	stmdb	r1!, {r3, r4}\n"	/* entry, argument */
	"	mov	r4, r2\n"
	"	mov	r3, #0\n"
	"	mov	r7, #120\n"
	"	svc	#0\n"
	"	cmp	r0, #0\n"
	"	popne	{r4, r7}\n"
	"	bxne	lr\n"
	"	pop	{r1, r4}\n"
	"	mov	r0, r4\n"
	"	blx	r1\n"
	"	udf	#0\n"
);
#endif
