// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Parameters that are memory: of whom it is, and getting data in and out of it.
 *
 * The normal world may change its memory at any time, so everything that is looked at
 * is copied first. And it may hand over memory that it cannot read itself: were that
 * taken for a key or for a source, its contents could be found out.
 */

#include "internal.h"

/**
 * param_in_check - may this memory be read?
 * @p: a memref for input
 * @min: its shortest length, at least 1
 * @max: its longest
 *
 * Return: TEE_SUCCESS; TEE_ERROR_BAD_PARAMETERS when it has not got that length or is
 * not non-secure memory.
 */
TEE_Result param_in_check(const TEE_Param *p, size_t min, size_t max)
{
	const uint32_t access = TEE_MEMORY_ACCESS_READ |
				TEE_MEMORY_ACCESS_ANY_OWNER |
				TEE_MEMORY_ACCESS_NONSECURE;

	if (p->memref.size < min || p->memref.size > max || !p->memref.buffer)
		return TEE_ERROR_BAD_PARAMETERS;

	if (TEE_CheckMemoryAccessRights(access, p->memref.buffer,
					p->memref.size))
		return TEE_ERROR_BAD_PARAMETERS;

	return TEE_SUCCESS;
}

/* Copy memory of exactly @len bytes. */
TEE_Result param_in_copy(const TEE_Param *p, void *to, size_t len)
{
	TEE_Result res;

	res = param_in_check(p, len, len);
	if (!res)
		TEE_MemMove(to, p->memref.buffer, len);

	return res;
}

/**
 * param_out_check - may this memory be written to?
 * @p: a memref for output; its size is set if it is too small
 * @len: how much will be
 *
 * To be called before there is anything to write, so that nothing is made in vain.
 *
 * Return: TEE_SUCCESS, TEE_ERROR_SHORT_BUFFER, or TEE_ERROR_BAD_PARAMETERS when it is
 * not non-secure memory.
 */
TEE_Result param_out_check(TEE_Param *p, size_t len)
{
	const uint32_t access = TEE_MEMORY_ACCESS_WRITE |
				TEE_MEMORY_ACCESS_ANY_OWNER |
				TEE_MEMORY_ACCESS_NONSECURE;

	if (p->memref.size < len || !p->memref.buffer) {
		p->memref.size = len;
		return TEE_ERROR_SHORT_BUFFER;
	}

	if (TEE_CheckMemoryAccessRights(access, p->memref.buffer, len))
		return TEE_ERROR_BAD_PARAMETERS;

	return TEE_SUCCESS;
}

/* After param_out_check(). */
void param_out_copy(TEE_Param *p, const void *from, size_t len)
{
	TEE_MemMove(p->memref.buffer, from, len);
	p->memref.size = len;
}
