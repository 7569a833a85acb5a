/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the secure key core share.
 */
#ifndef _DRIVERS_SECUREKEY_INTERNAL_H
#define _DRIVERS_SECUREKEY_INTERNAL_H

#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/securekey.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/wait.h>

/**
 * struct securekey_provider - a registered provider
 * @name: copied from the descriptor
 * @owner: pinned by whoever holds a reference got by securekey_provider_get()
 * @caps: copied from the descriptor
 * @dev: what destinations are mapped for; valid while @ops is
 * @drvdata: the provider's own
 * @node: in the list of providers, under its lock
 * @ref: keeps this structure, not the operations
 * @srcu: read side around every operation. Nobody who is in one waits for
 *	somebody who wants to unregister: while an operation hangs in firmware
 *	requests must go on to time out and end, and files to be closed
 * @dead: unregistering has begun; nothing new is started. Read under @srcu
 * @ops: may be called under @srcu by who has found that @dead is not set
 * @lock: protects the members below, and what &struct securekey_request says
 * @keys: loaded keys
 * @buffers: mapped destinations
 * @requests: from the start of submitting until the owner was told the end
 * @in_flight: requests the provider has not completed, at most
 *	&securekey_caps.queue_depth
 * @slot: waited on for @in_flight to fall
 * @unloads: keys unloaded so far
 * @unloaded: waited on for that to change
 */
struct securekey_provider {
	char name[SECUREKEY_PROVIDER_NAME_LEN];
	struct module *owner;
	struct securekey_caps caps;
	struct device *dev;
	void *drvdata;
	struct list_head node;
	struct kref ref;

	struct srcu_struct srcu;
	bool dead;
	const struct securekey_provider_ops *ops;

	spinlock_t lock;	/* protects what follows */
	struct list_head keys;
	struct list_head buffers;
	struct list_head requests;
	unsigned int in_flight;
	wait_queue_head_t slot;
	unsigned int unloads;
	wait_queue_head_t unloaded;
};

int securekey_params_check(const struct securekey_params *params);
bool securekey_params_supported(const struct securekey_provider *p,
				const struct securekey_params *params);
int securekey_blob_parse_for(const struct securekey_provider *p,
			     const void *data, size_t len,
			     struct securekey_blob *blob);
struct securekey_blob *securekey_blob_alloc(const struct securekey_provider *p,
					    const struct securekey_params *params,
					    u32 form);
int securekey_blob_copy_out(const struct securekey_provider *p,
			    const struct securekey_params *params, u32 form,
			    const struct securekey_blob *blob,
			    void *buf, size_t size);
int securekey_blob_finish(struct securekey_provider *p,
			  const struct securekey_params *params,
			  const struct securekey_blob *lt,
			  void *buf, size_t size);

#endif /* _DRIVERS_SECUREKEY_INTERNAL_H */
