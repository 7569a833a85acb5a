// SPDX-License-Identifier: GPL-2.0-only
/*
 * Providers of secure keys: who is there, and how one leaves.
 */

#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

static LIST_HEAD(providers);
static DEFINE_MUTEX(providers_lock);	/* protects providers */

static struct securekey_provider *provider_find(const char *name)
{
	struct securekey_provider *p;

	lockdep_assert_held(&providers_lock);

	list_for_each_entry(p, &providers, node)
		if (!strcmp(p->name, name))
			return p;

	return NULL;
}

static bool provider_name_ok(const char *name)
{
	size_t i, len = strlen(name);

	if (!len || len >= SECUREKEY_PROVIDER_NAME_LEN)
		return false;

	for (i = 0; i < len; i++)
		if (!islower(name[i]) && !isdigit(name[i]) &&
		    name[i] != '-' && name[i] != '_')
			return false;

	return true;
}

static bool provider_desc_ok(const struct securekey_provider_desc *desc)
{
	const struct securekey_provider_ops *ops = desc->ops;
	const struct securekey_caps *caps = &desc->caps;

	if (!provider_name_ok(desc->name))
		return false;

	if (!ops->generate || !ops->prepare || !ops->load || !ops->unload ||
	    !ops->submit || !ops->cancel ||
	    !ops->map_buffer != !ops->unmap_buffer)
		return false;

	return caps->modes && !(caps->modes & ~SECUREKEY_MODE_ALL) &&
	       caps->key_sizes && caps->queue_depth && caps->max_len &&
	       is_power_of_2(caps->dst_align);
}

/**
 * securekey_provider_register - offer a provider of secure keys
 * @dev: the device that writes to the destinations
 * @desc: what there is to know about the provider; copied but for the operations
 * @drvdata: for securekey_provider_drvdata()
 *
 * The operations may be called before this returns.
 *
 * Context: Process context.
 * Return: the provider, ERR_PTR(-EINVAL) when something in @desc makes no sense,
 * ERR_PTR(-EEXIST) when the name is taken, or ERR_PTR(-ENOMEM).
 */
struct securekey_provider *
securekey_provider_register(struct device *dev,
			    const struct securekey_provider_desc *desc,
			    void *drvdata)
{
	struct securekey_provider *p;
	int ret;

	if (WARN_ON(!dev || !provider_desc_ok(desc)))
		return ERR_PTR(-EINVAL);

	p = kzalloc_obj(*p);
	if (!p)
		return ERR_PTR(-ENOMEM);

	ret = init_srcu_struct(&p->srcu);
	if (ret) {
		kfree(p);
		return ERR_PTR(ret);
	}

	strscpy(p->name, desc->name);
	p->owner = desc->owner;
	p->caps = desc->caps;
	if (!p->caps.timeout_ms)
		p->caps.timeout_ms = SECUREKEY_DEFAULT_TIMEOUT_MS;
	p->dev = get_device(dev);
	p->drvdata = drvdata;
	kref_init(&p->ref);
	p->ops = desc->ops;
	spin_lock_init(&p->lock);
	INIT_LIST_HEAD(&p->keys);
	INIT_LIST_HEAD(&p->buffers);
	INIT_LIST_HEAD(&p->requests);
	init_waitqueue_head(&p->slot);
	init_waitqueue_head(&p->unloaded);

	scoped_guard(mutex, &providers_lock) {
		if (!provider_find(p->name)) {
			list_add_tail(&p->node, &providers);
			return p;
		}
	}

	put_device(p->dev);
	cleanup_srcu_struct(&p->srcu);
	kfree(p);

	return ERR_PTR(-EEXIST);
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_register, "SECUREKEY");

static void provider_release(struct kref *ref)
{
	struct securekey_provider *p =
		container_of(ref, struct securekey_provider, ref);

	cleanup_srcu_struct(&p->srcu);
	kfree(p);
}

/**
 * securekey_provider_unregister - take a provider away
 * @p: the provider
 *
 * From here on whatever is asked of the provider fails with -ENODEV, also through
 * keys and buffers that exist.
 *
 * Context: Process context. Waits for operations that run, which keeps nobody from
 * cancelling requests and closing descriptors meanwhile. Not to be called from an
 * operation.
 */
void securekey_provider_unregister(struct securekey_provider *p)
{
	scoped_guard(mutex, &providers_lock)
		list_del(&p->node);

	WRITE_ONCE(p->dead, true);
	synchronize_srcu(&p->srcu);

	p->ops = NULL;
	put_device(p->dev);
	kref_put(&p->ref, provider_release);
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_unregister, "SECUREKEY");

/**
 * securekey_provider_drvdata - get what was given at registration
 * @p: the provider
 *
 * Return: the provider's own data.
 */
void *securekey_provider_drvdata(struct securekey_provider *p)
{
	return p->drvdata;
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_drvdata, "SECUREKEY");

/**
 * securekey_provider_get - find a provider
 * @name: its name
 *
 * Pins the provider's module, not its presence.
 *
 * Context: Process context.
 * Return: the provider, to be given to securekey_provider_put(), or
 * ERR_PTR(-ENOENT).
 */
struct securekey_provider *securekey_provider_get(const char *name)
{
	struct securekey_provider *p;

	guard(mutex)(&providers_lock);

	p = provider_find(name);
	if (!p || !try_module_get(p->owner))
		return ERR_PTR(-ENOENT);

	kref_get(&p->ref);

	return p;
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_get, "SECUREKEY");

/**
 * securekey_provider_put - drop a reference
 * @p: the provider, NULL or an error pointer
 *
 * Context: Process context, may sleep.
 */
void securekey_provider_put(struct securekey_provider *p)
{
	struct module *owner;

	if (IS_ERR_OR_NULL(p))
		return;

	owner = p->owner;
	kref_put(&p->ref, provider_release);
	module_put(owner);
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_put, "SECUREKEY");

/**
 * securekey_provider_name - get a provider's name
 * @p: the provider
 *
 * Return: the name, valid as long as the provider is referenced.
 */
const char *securekey_provider_name(const struct securekey_provider *p)
{
	return p->name;
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_name, "SECUREKEY");

/**
 * securekey_provider_caps - get what a provider can do
 * @p: the provider
 *
 * Return: the limits, valid as long as the provider is referenced.
 */
const struct securekey_caps *
securekey_provider_caps(const struct securekey_provider *p)
{
	return &p->caps;
}
EXPORT_SYMBOL_NS_GPL(securekey_provider_caps, "SECUREKEY");

MODULE_DESCRIPTION("Keys that the kernel uses but does not see");
MODULE_LICENSE("GPL");
