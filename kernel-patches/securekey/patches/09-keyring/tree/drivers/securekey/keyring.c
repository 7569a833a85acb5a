// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blobs in the kernel's keyrings.
 */

#include <keys/user-type.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/key-type.h>
#include <linux/key.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include "internal.h"

static int keyring_preparse(struct key_preparsed_payload *prep)
{
	struct securekey_blob *blob __free(kfree_sensitive) = kmalloc_obj(*blob);
	int ret;

	if (!blob)
		return -ENOMEM;

	ret = securekey_blob_parse(prep->data, prep->datalen, blob);
	if (ret)
		return ret;

	return user_preparse(prep);
}

/* A blob is wrapped: who may read the key may have it. */
static struct key_type key_type_securekey = {
	.name = "securekey",
	.preparse = keyring_preparse,
	.free_preparse = user_free_preparse,
	.instantiate = generic_key_instantiate,
	.revoke = user_revoke,
	.destroy = user_destroy,
	.describe = user_describe,
	.read = user_read,
};

/* Returns the length of the blob, -EINVAL when it is of another type, or why not. */
static int keyring_blob(struct key *ring_key, struct securekey_blob *blob)
{
	const struct user_key_payload *payload;

	if (ring_key->type != &key_type_securekey)
		return -EINVAL;

	guard(rwsem_read)(&ring_key->sem);

	/* Revoked since it was found? */
	payload = user_key_payload_locked(ring_key);
	if (!payload)
		return -EKEYREVOKED;

	memcpy(blob, payload->data, payload->datalen);

	return payload->datalen;
}

static void keyring_put(struct key *ring_key)
{
	if (!IS_ERR(ring_key))
		key_put(ring_key);
}

DEFINE_FREE(keyring_put, struct key *, keyring_put(_T))

static struct key *keyring_find(key_serial_t serial)
{
	key_ref_t ref = lookup_user_key(serial, 0, KEY_NEED_SEARCH);

	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

/**
 * securekey_key_load_serial - make usable what a key of the kernel's keyrings holds
 * @provider: the provider that the blob must be of, NULL for any
 * @serial: serial number of a key of the type "securekey", which the current task
 *	must be allowed to search for
 * @timeo: as for securekey_key_load_wait()
 *
 * When the key is revoked or expires, securekey_key_check() says so from then on.
 *
 * Context: Process context.
 * Return: as securekey_key_load_wait(); ERR_PTR(-EINVAL) when the key is of another
 * type or @serial is no number of one, ERR_PTR(-ENOKEY), ERR_PTR(-EACCES),
 * ERR_PTR(-EKEYREVOKED) and ERR_PTR(-EKEYEXPIRED) as for any other key,
 * ERR_PTR(-EOPNOTSUPP) when the kernel is without keyrings.
 */
struct securekey_key *
securekey_key_load_serial(struct securekey_provider *provider,
			  key_serial_t serial, long *timeo)
{
	struct securekey_key *key;
	int len;

	struct key *ring_key __free(keyring_put) = keyring_find(serial);
	if (IS_ERR(ring_key))
		return ERR_CAST(ring_key);

	struct securekey_blob *blob __free(kfree_sensitive) = kmalloc_obj(*blob);
	if (!blob)
		return ERR_PTR(-ENOMEM);

	len = keyring_blob(ring_key, blob);
	if (len < 0)
		return ERR_PTR(len);

	key = securekey_key_load_wait(provider, blob, len, timeo);
	if (!IS_ERR(key))
		key->ring_key = no_free_ptr(ring_key);

	return key;
}
EXPORT_SYMBOL_NS_GPL(securekey_key_load_serial, "SECUREKEY");

int __init securekey_keyring_init(void)
{
	return register_key_type(&key_type_securekey);
}

void __exit securekey_keyring_exit(void)
{
	unregister_key_type(&key_type_securekey);
}
