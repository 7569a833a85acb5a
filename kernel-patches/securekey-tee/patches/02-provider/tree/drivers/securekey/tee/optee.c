// SPDX-License-Identifier: GPL-2.0-only
/*
 * The secure key provider "optee": a trusted application of OP-TEE.
 */

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/tee.h>
#include <linux/tee_drv.h>
#include <linux/uuid.h>

#include "tee.h"

/**
 * struct sktee_optee - what is needed to reach the application
 * @tee: what is made of it
 * @ctx: a context of OP-TEE's
 * @dma_parms: of the application's device
 */
struct sktee_optee {
	struct sktee *tee;
	struct tee_context *ctx;
	struct device_dma_parameters dma_parms;
};

static const uuid_t sktee_optee_uuid =
	UUID_INIT(0x9d9d3e0b, 0x171e, 0x459d,
		  0xae, 0x54, 0xa6, 0x9b, 0x96, 0x61, 0xe5, 0xe0);

/* Nobody can log in like this from user space. */
static int sktee_optee_open(void *ctx, u32 *session, u32 *result)
{
	struct tee_ioctl_open_session_arg arg = {
		.clnt_login = TEE_IOCTL_LOGIN_REE_KERNEL,
	};
	int ret;

	export_uuid(arg.uuid, &sktee_optee_uuid);
	ret = tee_client_open_session(ctx, &arg, NULL);
	*session = arg.session;
	*result = arg.ret;

	return ret;
}

static void sktee_optee_close(void *ctx, u32 session)
{
	tee_client_close_session(ctx, session);
}

static int sktee_optee_invoke(void *ctx, u32 session, enum skta_command cmd,
			      struct tee_param *params, u32 *result)
{
	struct tee_ioctl_invoke_arg arg = {
		.func = cmd,
		.session = session,
		.num_params = SKTEE_NUM_PARAMS,
	};
	int ret;

	ret = tee_client_invoke_func(ctx, &arg, params);
	*result = arg.ret;

	return ret;
}

static struct tee_shm *sktee_optee_alloc(void *ctx, size_t size)
{
	return tee_shm_alloc_kernel_buf(ctx, size);
}

static struct tee_shm *sktee_optee_register_dmabuf(void *ctx,
						   struct dma_buf *dmabuf)
{
	return tee_shm_register_dmabuf(ctx, dmabuf);
}

static void sktee_optee_free(void *ctx, struct tee_shm *shm)
{
	tee_shm_free(shm);
}

static const struct sktee_transport sktee_optee_transport = {
	.name = "optee",
	.open = sktee_optee_open,
	.close = sktee_optee_close,
	.invoke = sktee_optee_invoke,
	.alloc = sktee_optee_alloc,
	.register_dmabuf = sktee_optee_register_dmabuf,
	.free = sktee_optee_free,
};

static int sktee_optee_match(struct tee_ioctl_version_data *ver,
			     const void *data)
{
	return ver->impl_id == TEE_IMPL_ID_OPTEE;
}

/* The CPUs are the engine: there is no memory that it cannot reach, at any length. */
static int sktee_optee_dma_init(struct device *dev,
				struct device_dma_parameters *parms)
{
	dev->dma_parms = parms;
	dma_set_max_seg_size(dev, UINT_MAX);

	return dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
}

static int sktee_optee_probe(struct tee_client_device *tcdev)
{
	struct device *dev = &tcdev->dev;
	struct sktee_optee *o;
	int ret;

	o = kzalloc_obj(*o);
	if (!o)
		return -ENOMEM;

	/* Calls of this context do not wait for a supplicant: &tee_context.supp_nowait */
	o->ctx = tee_client_open_context(NULL, sktee_optee_match, NULL, NULL);
	if (IS_ERR(o->ctx)) {
		ret = -ENODEV;
		goto err_free;
	}

	ret = sktee_optee_dma_init(dev, &o->dma_parms);
	if (ret)
		goto err_ctx;

	o->tee = sktee_create(dev, &sktee_optee_transport, o->ctx);
	if (IS_ERR(o->tee)) {
		ret = dev_err_probe(dev, PTR_ERR(o->tee),
				    "cannot use the trusted application\n");
		goto err_ctx;
	}

	dev_set_drvdata(dev, o);

	return 0;

err_ctx:
	dev->dma_parms = NULL;
	tee_client_close_context(o->ctx);
err_free:
	kfree(o);
	return ret;
}

static void sktee_optee_remove(struct tee_client_device *tcdev)
{
	struct sktee_optee *o = dev_get_drvdata(&tcdev->dev);

	sktee_destroy(o->tee);
	tcdev->dev.dma_parms = NULL;
	tee_client_close_context(o->ctx);
	kfree(o);
}

static const struct tee_client_device_id sktee_optee_id_table[] = {
	{ UUID_INIT(0x9d9d3e0b, 0x171e, 0x459d,
		    0xae, 0x54, 0xa6, 0x9b, 0x96, 0x61, 0xe5, 0xe0) },
	{}
};
MODULE_DEVICE_TABLE(tee, sktee_optee_id_table);

static struct tee_client_driver sktee_optee_driver = {
	.probe = sktee_optee_probe,
	.remove = sktee_optee_remove,
	.id_table = sktee_optee_id_table,
	.driver = {
		.name = "securekey-tee",
	},
};
module_tee_client_driver(sktee_optee_driver);
