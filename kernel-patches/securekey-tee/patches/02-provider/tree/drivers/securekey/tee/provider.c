// SPDX-License-Identifier: GPL-2.0-only
/*
 * A secure key provider in a TEE: how it comes and goes.
 */

#include <crypto/aes.h>
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "tee.h"

#define QUEUE_DEPTH	64

/* Of the source that is sent at a time: less is not worth a call, more no memory. */
#define CHUNK_LEN_MIN	SZ_4K
#define CHUNK_LEN_MAX	SZ_256K

/* As many requests as there are CPUs decrypt at a time, and not more than this. */
#define CHUNKS_MAX	4
#define MESSAGES_MAX	8

#define KEY_SIZES	(SECUREKEY_KEY_SIZE(128) | SECUREKEY_KEY_SIZE(192) | \
			 SECUREKEY_KEY_SIZE(256))

static const struct securekey_provider_ops sktee_ops = {
	.generate = sktee_key_generate,
	.import = sktee_key_import,
	.prepare = sktee_key_prepare,
	.export = sktee_key_export,
	.derive = sktee_key_derive,
	.load = sktee_key_load,
	.unload = sktee_key_unload,
	.map_buffer = sktee_map_buffer,
	.unmap_buffer = sktee_unmap_buffer,
	.submit = sktee_request_submit,
	.cancel = sktee_request_cancel,
};

/* What the application says of itself, as far as it is known here. */
static int caps_take(struct sktee *tee, const struct tee_param *params)
{
	const struct tee_param_value *version = &params[0].u.value;
	const struct tee_param_value *cipher = &params[1].u.value;
	const struct tee_param_value *sample = &params[2].u.value;
	const struct tee_param_value *limits = &params[3].u.value;

	if (version->a != SKTA_PROTOCOL_VERSION) {
		dev_err(tee->dev, "the trusted application speaks version %llu\n",
			version->a);
		return -EPROTO;
	}

	tee->caps = (struct securekey_caps) {
		.modes = cipher->a & SECUREKEY_MODE_ALL,
		.key_sizes = cipher->b & KEY_SIZES,
		.queue_depth = QUEUE_DEPTH,
		.dst_align = AES_BLOCK_SIZE,
		.max_len = SZ_16M,
		.schemes = sample->a & SECUREKEY_SCHEME_ALL,
		.max_subsamples = min(sample->b, SECUREKEY_SUBSAMPLES_MAX),
	};
	tee->chunk_len = round_down(min(limits->a, CHUNK_LEN_MAX), CHUNK_LEN_MIN);
	tee->test = limits->b & SKTA_INFO_TEST;

	if (version->b > SECUREKEY_BLOB_MAX_LEN || !tee->caps.modes ||
	    !tee->caps.key_sizes || !tee->caps.max_subsamples ||
	    !tee->chunk_len) {
		dev_err(tee->dev, "the trusted application makes no sense\n");
		return -EPROTO;
	}

	return 0;
}

/* Open the management session and ask what the application can do. */
static int sktee_ask(struct sktee *tee)
{
	struct tee_param params[SKTEE_NUM_PARAMS] = {};
	struct sktee_session *s = &tee->management;
	int i, ret;

	for (i = 0; i < SKTEE_NUM_PARAMS; i++)
		params[i].attr = TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT;

	guard(mutex)(&s->lock);

	ret = sktee_session_open(s);
	if (ret)
		return ret;

	ret = sktee_session_invoke(s, SKTA_INFO, params);
	if (!ret)
		ret = caps_take(tee, params);
	if (ret)
		sktee_session_close(s);

	return ret;
}

/* Register the provider, which is not registered. */
int sktee_appear(struct sktee *tee)
{
	const struct securekey_provider_desc desc = {
		.name = tee->transport->name,
		.owner = THIS_MODULE,
		.ops = &sktee_ops,
		.caps = tee->caps,
	};
	struct securekey_provider *p;

	p = securekey_provider_register(tee->dev, &desc, tee);
	if (IS_ERR(p))
		return PTR_ERR(p);

	tee->provider = p;

	return 0;
}

/*
 * Unregister the provider, if it is registered. Waits for the calls to the TEE that
 * are under way; what waits behind them is not begun.
 */
void sktee_leave(struct sktee *tee)
{
	if (tee->provider)
		securekey_provider_unregister(tee->provider);

	tee->provider = NULL;
}

static int sktee_create_pools(struct sktee *tee)
{
	size_t message_len = sktee_request_message_len(&tee->caps);
	int ret;

	ret = sktee_pool_init(tee, &tee->messages,
			      max(round_up(message_len, SZ_4K), SZ_4K),
			      MESSAGES_MAX);
	if (ret)
		return ret;

	ret = sktee_pool_init(tee, &tee->chunks, tee->chunk_len,
			      min(num_online_cpus(), CHUNKS_MAX));
	if (ret)
		sktee_pool_exit(tee, &tee->messages);

	return ret;
}

/* Memory, works and the provider. The application has answered. */
static int sktee_set_up(struct sktee *tee)
{
	int ret;

	ret = sktee_create_pools(tee);
	if (ret)
		return ret;

	tee->wq = alloc_workqueue("securekey-%s", WQ_UNBOUND | WQ_FREEZABLE, 0,
				  tee->transport->name);
	if (!tee->wq) {
		ret = -ENOMEM;
		goto err_pools;
	}

	ret = sktee_appear(tee);
	if (ret)
		goto err_wq;

	return 0;

err_wq:
	destroy_workqueue(tee->wq);
err_pools:
	sktee_pool_exit(tee, &tee->chunks);
	sktee_pool_exit(tee, &tee->messages);
	return ret;
}

/*
 * Offer the keys of a trusted application. @transport and @ctx, by which it is
 * reached, and @dev, which destinations are mapped for, stay until sktee_destroy().
 */
struct sktee *sktee_create(struct device *dev,
			   const struct sktee_transport *transport, void *ctx)
{
	struct sktee *tee __free(kfree) = kzalloc_obj(*tee);
	int ret;

	if (!tee)
		return ERR_PTR(-ENOMEM);

	tee->dev = dev;
	tee->transport = transport;
	tee->ctx = ctx;
	spin_lock_init(&tee->lock);
	sktee_session_init(&tee->management, tee, NULL);

	ret = sktee_ask(tee);
	if (ret)
		return ERR_PTR(ret);

	ret = sktee_set_up(tee);
	if (ret) {
		sktee_session_close(&tee->management);
		return ERR_PTR(ret);
	}

	if (tee->test) {
		add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
		dev_notice(dev, "a trusted application for tests: it protects nothing\n");
	}

	return_ptr(tee);
}
EXPORT_SYMBOL_IF_KUNIT(sktee_create);

/*
 * Take that back. Requests in flight end, keys are unloaded and destinations let go
 * of before this returns.
 */
void sktee_destroy(struct sktee *tee)
{
	sktee_leave(tee);
	destroy_workqueue(tee->wq);
	sktee_pool_exit(tee, &tee->chunks);
	sktee_pool_exit(tee, &tee->messages);
	sktee_session_close(&tee->management);
	kfree(tee);
}
EXPORT_SYMBOL_IF_KUNIT(sktee_destroy);

MODULE_DESCRIPTION("Secure key provider in a trusted execution environment");
MODULE_IMPORT_NS("SECUREKEY");
MODULE_LICENSE("GPL");
