import { addInclude, c, edit, fn, insertAfter, insertBefore, line, replace, replaceText } from '@kseries/patchgen'

export default [
  edit(
    'include/linux/securekey.h',
    insertBefore(
      '#endif /* _LINUX_SECUREKEY_H */',
      c`
/**
 * struct securekey_key - a key that a provider has loaded
 * @provider: who holds it
 * @params: what it is, what it may be used for, the form it was loaded from
 * @priv: for the provider
 */
struct securekey_key {
	struct securekey_provider *provider;
	struct securekey_params params;
	void *priv;
	/* private: of the core */
	struct kref ref;
	struct list_head node;
};

struct securekey_key *securekey_key_load(struct securekey_provider *provider,
					 const void *data, size_t len);
struct securekey_key *
securekey_key_load_wait(struct securekey_provider *provider, const void *data,
			size_t len, long *timeo);
struct securekey_key *securekey_key_get(struct securekey_key *key);
void securekey_key_put(struct securekey_key *key);
int securekey_key_install_fd(struct securekey_key *key, unsigned int o_flags);
struct securekey_key *securekey_key_from_fd(int fd);
int securekey_key_check(const struct securekey_key *key, u32 mode,
			enum securekey_direction dir);
int securekey_key_export(struct securekey_key *key, void *buf, size_t size);

DEFINE_FREE(securekey_key_put, struct securekey_key *,
	    securekey_key_put(_T))

`,
    ),
  ),
  edit(
    'drivers/securekey/internal.h',
    insertBefore(
      'int securekey_params_check(',
      c`
struct securekey_provider *
securekey_provider_ref(struct securekey_provider *provider);
void securekey_provider_wait_gone(struct securekey_provider *provider);

`,
    ),
    addInclude('<linux/mutex.h>'),
    insertAfter(
      'bool dead;',
      c`
	bool gone;
	struct mutex leave_lock;	/* see above */
`,
    ),
    replace(
      line(' * @ops: may be called under @srcu by who has found that @dead is not set'),
      c`
 * @gone: all that is loaded is unloaded by unregistering. Read under @srcu: if not
 *	set, it is up to who releases it
 * @leave_lock: held from before @gone is set until all is unloaded. Not taken under
 *	@srcu
 * @ops: may be called under @srcu by who has found that @dead is not set; to give
 *	back what was got, that @gone is not
`,
    ),
    insertBefore(
      '#endif /* _DRIVERS_SECUREKEY_INTERNAL_H */',
      c`
void securekey_keys_unload(struct securekey_provider *p);

`,
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    insertBefore(
      'p->ops = NULL;',
      c`
	/* Who lets go of a key unloads it, or finds that this is done here. */
	scoped_guard(mutex, &p->leave_lock) {
		WRITE_ONCE(p->gone, true);
		synchronize_srcu(&p->srcu);
		securekey_keys_unload(p);
	}

`,
    ),
    insertAfter(
      'WRITE_ONCE(p->dead, true);',
      c`
	wake_up(&p->unloaded);
`,
    ),
    insertAfter(
      'p->ops = desc->ops;',
      c`
	mutex_init(&p->leave_lock);
`,
    ),
    insertBefore(
      fn('securekey_provider_unregister'),
      c`
/*
 * For what was released and could not be given back, as the provider has gone: when
 * this returns the provider does not know it any more.
 */
void securekey_provider_wait_gone(struct securekey_provider *p)
{
	mutex_lock(&p->leave_lock);
	mutex_unlock(&p->leave_lock);
}

`,
    ),
    insertBefore(
      fn('securekey_provider_put'),
      c`
/*
 * One more reference for somebody who was handed the provider by a holder of one.
 */
struct securekey_provider *securekey_provider_ref(struct securekey_provider *p)
{
	__module_get(p->owner);
	kref_get(&p->ref);

	return p;
}

`,
    ),
  ),
  edit('drivers/securekey/Makefile', replaceText('blob.o', 'blob.o key.o')),
]
