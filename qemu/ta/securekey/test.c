// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What only tests may do. None of this is in a production build: a digest tells a lot
 * about memory that nobody should know anything of.
 */

#include "internal.h"

#define PANIC_CODE	0x7e57

TEE_Result cmd_test_digest(uint32_t types, TEE_Param params[TEE_NUM_PARAMS])
{
	const uint32_t access = TEE_MEMORY_ACCESS_READ |
				TEE_MEMORY_ACCESS_ANY_OWNER;
	TEE_OperationHandle op = TEE_HANDLE_NULL;
	const TEE_Param *p = &params[0];
	uint8_t digest[SHA256_LEN];
	size_t len = sizeof(digest);
	TEE_Result res;

	if (types != TYPES(MEM_IN, MEM_OUT, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	if (!p->memref.size || !p->memref.buffer ||
	    TEE_CheckMemoryAccessRights(access, p->memref.buffer, p->memref.size))
		return TEE_ERROR_BAD_PARAMETERS;

	res = param_out_check(&params[1], sizeof(digest));
	if (res)
		return res;

	res = TEE_AllocateOperation(&op, TEE_ALG_SHA256, TEE_MODE_DIGEST, 0);
	if (res)
		return res;

	res = TEE_DigestDoFinal(op, p->memref.buffer, p->memref.size, digest,
				&len);
	TEE_FreeOperation(op);
	if (!res)
		param_out_copy(&params[1], digest, sizeof(digest));

	return res;
}

TEE_Result cmd_test_fault(struct session *s, uint32_t types,
			  TEE_Param params[TEE_NUM_PARAMS])
{
	if (types != TYPES(VALUE_IN, NONE, NONE, NONE))
		return TEE_ERROR_BAD_PARAMETERS;

	switch (params[0].value.a) {
	case SKTA_FAULT_PANIC:
		TEE_Panic(PANIC_CODE);
		return TEE_ERROR_GENERIC;
	case SKTA_FAULT_PANIC_DECRYPT:
	case SKTA_FAULT_SLEEP_DECRYPT:
		s->fault = params[0].value.a;
		s->fault_ms = params[0].value.b;
		return TEE_SUCCESS;
	default:
		return TEE_ERROR_BAD_PARAMETERS;
	}
}

/* A cancellation does not wake the TEE, so it sleeps a little at a time. */
#define NAP_MS		20

static TEE_Result cancellable_sleep(uint32_t ms)
{
	TEE_Result res = TEE_SUCCESS;
	uint32_t nap;

	TEE_UnmaskCancellation();
	for (; ms && !res; ms -= nap) {
		nap = MIN_OF(ms, NAP_MS);
		res = TEE_Wait(nap);
		if (!res && TEE_GetCancellationFlag())
			res = TEE_ERROR_CANCEL;
	}
	TEE_MaskCancellation();

	return res;
}

/* Have it go wrong, if it was asked for. */
TEE_Result test_fault(struct session *s)
{
	uint32_t fault = s->fault;

	s->fault = 0;
	if (fault == SKTA_FAULT_PANIC_DECRYPT)
		TEE_Panic(PANIC_CODE);

	return fault == SKTA_FAULT_SLEEP_DECRYPT ?
	       cancellable_sleep(s->fault_ms) : TEE_SUCCESS;
}
