// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that are derived from keys.
 */

#include <linux/export.h>
#include <linux/slab.h>

#include "internal.h"

/* What is derived has no more rights than what it is derived from. */
static int derive_check(const struct securekey_key *parent,
			const struct securekey_params *params)
{
	int ret;

	ret = securekey_key_valid(parent);
	if (ret)
		return ret;

	ret = securekey_params_check(params);
	if (ret)
		return ret;

	if (!(parent->params.modes & SECUREKEY_MODE_DERIVE))
		return -EKEYREJECTED;

	if (parent->params.flags & ~params->flags)
		return -EKEYREJECTED;

	if (parent->params.form == SECUREKEY_FORM_EPHEMERAL &&
	    params->form != SECUREKEY_FORM_EPHEMERAL)
		return -EKEYREJECTED;

	if (!securekey_params_supported(parent->provider, params))
		return -EOPNOTSUPP;

	return 0;
}

/**
 * securekey_derive - make a key out of another
 * @parent: a key for SECUREKEY_MODE_DERIVE
 * @params: what the key is to be: all flags that @parent has, and ephemeral if
 *	@parent was loaded from an ephemeral blob
 * @context: what makes this key another one than others that are derived from
 *	@parent
 * @context_len: its length, up to SECUREKEY_CONTEXT_MAX_LEN
 * @buf: where the blob goes
 * @size: room there; SECUREKEY_BLOB_MAX_LEN is enough for all
 *
 * The same @parent, @params (but for the form) and @context make the same key.
 *
 * Context: Process context.
 * Return: length of the blob; -EKEYREVOKED, -EKEYEXPIRED or -ENOKEY as
 * securekey_key_check(), -EINVAL when @params make no sense, -EKEYREJECTED when
 * @parent is not for that or they give more rights than it has, -EOPNOTSUPP when the
 * provider cannot do that, -EMSGSIZE when @context is too long, -EOVERFLOW when @buf
 * is too short, -ENODEV when the provider has gone, -ENOMEM, or what the provider
 * says.
 */
int securekey_derive(struct securekey_key *parent,
		     const struct securekey_params *params,
		     const void *context, size_t context_len,
		     void *buf, size_t size)
{
	struct securekey_provider *p = parent->provider;
	int ret;

	ret = derive_check(parent, params);
	if (ret)
		return ret;

	if (context_len > SECUREKEY_CONTEXT_MAX_LEN)
		return -EMSGSIZE;

	struct securekey_blob *lt __free(kfree_sensitive) =
		securekey_blob_alloc(p, params, SECUREKEY_FORM_LONG_TERM);
	if (!lt)
		return -ENOMEM;

	guard(srcu)(&p->srcu);

	if (READ_ONCE(p->dead))
		return -ENODEV;

	ret = p->ops->derive(p, parent, context, context_len, lt);
	if (ret)
		return ret;

	return securekey_blob_finish(p, params, lt, buf, size);
}
EXPORT_SYMBOL_NS_GPL(securekey_derive, "SECUREKEY");
