import { c, edit, fn, insertAfter, insertBefore, line, replace, replaceText, statement } from '@kseries/patchgen'

export default [
  edit(
    'drivers/tee/tee_shm.c',
    replace(
      fn('tee_shm_register_fd'),
      c`
/**
 * tee_shm_register_dmabuf() - Register protected memory of a dma-buf
 * @ctx:	Context that registers the shared memory
 * @dmabuf:	The dma-buf, of a heap of the same TEE; the object keeps a
 *		reference
 *
 * For clients in the kernel: there is no id by which user space could refer
 * to the object.
 *
 * @returns a pointer to 'struct tee_shm' on success, and ERR_PTR on failure
 */
struct tee_shm *tee_shm_register_dmabuf(struct tee_context *ctx,
					struct dma_buf *dmabuf)
{
	struct tee_shm_dmabuf_ref *ref;
	int rc;

	if (!tee_device_get(ctx->teedev))
		return ERR_PTR(-EINVAL);

	teedev_ctx_get(ctx);

	ref = kzalloc_obj(*ref);
	if (!ref) {
		rc = -ENOMEM;
		goto err_put_tee;
	}

	refcount_set(&ref->shm.refcount, 1);
	ref->shm.ctx = ctx;
	ref->shm.id = -1;
	ref->shm.flags = TEE_SHM_DMA_BUF;
	ref->dmabuf = dmabuf;

	rc = tee_heap_update_from_dma_buf(ctx->teedev, ref->dmabuf,
					  &ref->offset, &ref->shm,
					  &ref->parent_shm);
	if (rc)
		goto err_kfree_ref;

	get_dma_buf(dmabuf);

	return &ref->shm;

err_kfree_ref:
	kfree(ref);
err_put_tee:
	teedev_ctx_put(ctx);
	tee_device_put(ctx->teedev);

	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(tee_shm_register_dmabuf);

struct tee_shm *tee_shm_register_fd(struct tee_context *ctx, int fd)
{
	struct tee_device *teedev = ctx->teedev;
	struct dma_buf *dmabuf;
	struct tee_shm *shm;
	int id;

	dmabuf = dma_buf_get(fd);
	if (IS_ERR(dmabuf))
		return ERR_CAST(dmabuf);

	shm = tee_shm_register_dmabuf(ctx, dmabuf);
	dma_buf_put(dmabuf);
	if (IS_ERR(shm))
		return shm;

	mutex_lock(&teedev->mutex);
	id = idr_alloc(&teedev->idr, shm, 1, 0, GFP_KERNEL);
	if (id >= 0)
		shm->id = id;
	mutex_unlock(&teedev->mutex);
	if (id < 0) {
		tee_shm_put(shm);
		return ERR_PTR(id);
	}

	return shm;
}
`,
    ),
    insertAfter(
      line('EXPORT_SYMBOL_GPL(tee_shm_get_pa);'),
      c`

/**
 * tee_shm_get_memref() - Refer to a range of a shared memory object
 * @shm:	Shared memory handle
 * @offs:	Offset from start of this shared memory
 * @size:	Length of the range
 * @memref:	Memory reference for a parameter, valid as long as @shm is
 *
 * The memory of a dma-buf may be known to the TEE only as a part of its
 * pool. Then it is the pool's shared memory that is referred to.
 *
 * @returns 0 if the range is within the bounds of this shared memory, else
 *	an error code.
 */
int tee_shm_get_memref(struct tee_shm *shm, u64 offs, u64 size,
		       struct tee_param_memref *memref)
{
	u64 end;

	if (check_add_overflow(offs, size, &end) || end > shm->size)
		return -EINVAL;

	memref->shm_offs = offs;
	memref->size = size;
	memref->shm = shm;

	if (shm->flags & TEE_SHM_DMA_BUF) {
		struct tee_shm_dmabuf_ref *ref;

		ref = container_of(shm, struct tee_shm_dmabuf_ref, shm);
		if (ref->parent_shm) {
			memref->shm = ref->parent_shm;
			memref->shm_offs += ref->offset;
		}
	}

	return 0;
}
EXPORT_SYMBOL_GPL(tee_shm_get_memref);
`,
    ),
    insertAfter(
      line('#include <linux/mm.h>'),
      c`
#include <linux/overflow.h>
`,
    ),
  ),
  edit(
    'drivers/tee/tee_core.c',
    replaceText(
      `	struct tee_shm *shm;
	size_t offs = 0;
`,
      `	struct tee_shm *shm;
	int rc;
`,
      { in: 'param_from_user_memref' },
    ),
    replace(
      line(
        `		/*
		 * Ensure offset + size does not overflow
		 * offset and does not overflow the size of
		 * the referred shared memory object.
		 */`,
      ),
      c`
		/*
		 * This also ensures that offset + size does not
		 * overflow offset and does not overflow the size of
		 * the referred shared memory object.
		 */
`,
    ),
    replaceText(
      `		if ((ip->a + ip->b) < ip->a ||
		    (ip->a + ip->b) > shm->size) {
			tee_shm_put(shm);
			return -EINVAL;
		}
`,
      `		rc = tee_shm_get_memref(shm, ip->a, ip->b, memref);
		if (rc) {
			tee_shm_put(shm);
			return rc;
		}
`,
    ),
    replace(
      statement('if (shm->flags & TEE_SHM_DMA_BUF)', { in: 'param_from_user_memref' }),
      c`
		if (memref->shm != shm) {
			/*
			 * The shm already has one reference to the
			 * pool's shm so we are clear of 0. We're getting
			 * another reference since that shm will be used
			 * in the parameter list instead of the shm we
			 * got with tee_shm_get_from_id() above.
			 */
			refcount_inc(&memref->shm->refcount);
			tee_shm_put(shm);
		}

		return 0;
`,
    ),
    replaceText(
      `	} else if (ctx->cap_memref_null) {
		/* Pass NULL pointer to OP-TEE */
		shm = NULL;
	} else {
		return -EINVAL;
	}

	memref->shm_offs = ip->a + offs;
	memref->size = ip->b;
	memref->shm = shm;
`,
      `	}

	if (!ctx->cap_memref_null)
		return -EINVAL;

	/* Pass NULL pointer to OP-TEE */
	memref->shm_offs = ip->a;
	memref->size = ip->b;
	memref->shm = NULL;
`,
    ),
  ),
  edit(
    'include/linux/tee_drv.h',
    insertBefore(
      line('struct tee_device;'),
      c`
struct dma_buf;
`,
    ),
    insertBefore(
      line(`/**
 * tee_shm_free() - Free shared memory`),
      c`
/**
 * tee_shm_register_dmabuf() - Register protected memory of a dma-buf
 *
 * @ctx:	Context that registers the shared memory
 * @dmabuf:	The dma-buf, of a heap of the same TEE; the object keeps a
 *		reference
 *
 * For clients in the kernel: there is no id by which user space could refer
 * to the object.
 *
 * @returns a pointer to 'struct tee_shm' on success, and ERR_PTR on failure
 */
struct tee_shm *tee_shm_register_dmabuf(struct tee_context *ctx,
					struct dma_buf *dmabuf);

`,
    ),
    insertBefore(
      line(`/**
 * tee_shm_get_size() - Get size of shared memory buffer`),
      c`
/**
 * tee_shm_get_memref() - Refer to a range of a shared memory object
 * @shm:	Shared memory handle
 * @offs:	Offset from start of this shared memory
 * @size:	Length of the range
 * @memref:	Memory reference for a parameter, valid as long as @shm is
 *
 * The memory of a dma-buf may be known to the TEE only as a part of its
 * pool. Then it is the pool's shared memory that is referred to.
 *
 * @returns 0 if the range is within the bounds of this shared memory, else
 *	an error code.
 */
int tee_shm_get_memref(struct tee_shm *shm, u64 offs, u64 size,
		       struct tee_param_memref *memref);

`,
    ),
  ),
]
