// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: destinations, which the TEE knows by itself.
 */

#include <linux/err.h>

#include "tee.h"

/* That it is attached and mapped as well keeps its memory where it is. */
int sktee_map_buffer(struct securekey_provider *provider,
		     struct securekey_buffer *buffer)
{
	struct sktee *tee = to_sktee(provider);
	struct tee_shm *shm;

	/* For others the application would have to be lent ordinary memory. */
	if (!buffer->is_protected)
		return -EOPNOTSUPP;

	shm = tee->transport->register_dmabuf(tee->ctx, buffer->dmabuf);
	if (IS_ERR(shm))
		return shm == ERR_PTR(-EINVAL) ? -EOPNOTSUPP : PTR_ERR(shm);

	buffer->priv = shm;
	atomic_inc(&tee->nr_buffers);

	return 0;
}

void sktee_unmap_buffer(struct securekey_provider *provider,
			struct securekey_buffer *buffer)
{
	struct sktee *tee = to_sktee(provider);

	tee->transport->free(tee->ctx, buffer->priv);
	atomic_dec(&tee->nr_buffers);
}
