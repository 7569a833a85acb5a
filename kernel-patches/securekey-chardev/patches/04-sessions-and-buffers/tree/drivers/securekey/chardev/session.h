/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a secure key session share.
 */
#ifndef _DRIVERS_SECUREKEY_SESSION_H
#define _DRIVERS_SECUREKEY_SESSION_H

#include <linux/mutex.h>
#include <linux/xarray.h>

#include "chardev.h"

/**
 * struct securekey_session - an open session
 * @cdev: the device it was made by, referenced
 * @key: the key, referenced. Who uses the provider does it through this.
 * @mode: one of SECUREKEY_MODE_*
 * @flags: any of SECUREKEY_DEV_SESSION_*
 * @buffers_lock: guards what follows. Never held for long: nothing is mapped or
 *	unmapped under it
 * @buffers: the destinations by their number, a reference each
 * @nr_buffers: how many
 */
struct securekey_session {
	struct securekey_cdev *cdev;
	struct securekey_key *key;
	u32 mode;
	u32 flags;

	struct mutex buffers_lock;	/* see above */
	struct xarray buffers;
	unsigned int nr_buffers;
};

#endif /* _DRIVERS_SECUREKEY_SESSION_H */
