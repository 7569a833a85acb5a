import { addStructMember, c, edit, insertAfter, insertBefore, line, statement } from '@kseries/patchgen'

export default [
  edit(
    'drivers/securekey/tee/Kconfig',
    insertBefore(
      line('config SECUREKEY_TEE_KUNIT_TEST'),
      c`
config SECUREKEY_TEE_DEBUGFS
	bool "Let tests look into the provider in a TEE and make it fail"
	depends on SECUREKEY_TEE && DEBUG_FS
	select CRYPTO_LIB_SHA256
	help
	  Files in /sys/kernel/debug/securekey/optee by which root gets the
	  SHA-256 digest of what is in protected memory, and makes requests slow
	  or the trusted application die. For that it takes one that was built for
	  tests. They are described in Documentation/security/securekey.rst.

	  If unsure, say N.

`,
    ),
  ),
  edit(
    'drivers/securekey/tee/Makefile',
    insertAfter(
      line('securekey-tee-y += optee.o'),
      c`
securekey-tee-$(CONFIG_SECUREKEY_TEE_DEBUGFS) += debugfs.o
`,
    ),
  ),
  edit(
    'drivers/securekey/tee/tee.h',
    insertAfter(
      line('struct dma_buf;'),
      c`
struct dentry;
`,
    ),
    insertBefore(
      line(`/**
 * struct sktee - a trusted application that holds keys`),
      c`
/**
 * struct sktee_faults - what a test wants to go wrong
 * @present_lock: protects &sktee.provider, and &sktee.caps of the time-out and of the
 *	depth
 * @panic: so many requests that begin have their application die
 * @delay_ms: time that requests that begin take longer
 * @calls: commands given to the application
 * @debugfs: the folder
 */
struct sktee_faults {
	struct mutex present_lock;	/* see above */
	atomic_t panic;
	u32 delay_ms;
	atomic64_t calls;
	struct dentry *debugfs;
};

`,
    ),
    insertAfter(
      line(' * @nr_requests: requests submitted and not completed'),
      c`
 * @faults: see there
`,
    ),
    addStructMember(
      'sktee',
      c`
	struct sktee_faults faults;
`,
    ),
    insertBefore(
      line('#endif /* _DRIVERS_SECUREKEY_TEE_H */'),
      c`
#ifdef CONFIG_SECUREKEY_TEE_DEBUGFS
void sktee_debugfs_init(struct sktee *tee);
void sktee_debugfs_exit(struct sktee *tee);
int sktee_debugfs_fault(struct sktee_session *s);

static inline void sktee_debugfs_called(struct sktee *tee)
{
	atomic64_inc(&tee->faults.calls);
}
#else
static inline void sktee_debugfs_init(struct sktee *tee)
{
}

static inline void sktee_debugfs_exit(struct sktee *tee)
{
}

static inline int sktee_debugfs_fault(struct sktee_session *s)
{
	return 0;
}

static inline void sktee_debugfs_called(struct sktee *tee)
{
}
#endif

`,
    ),
  ),
  edit(
    'drivers/securekey/tee/session.c',
    insertBefore(
      statement('ret = tee->transport->invoke(', { in: 'sktee_session_invoke' }),
      c`
	sktee_debugfs_called(tee);
`,
    ),
  ),
  edit(
    'drivers/securekey/tee/decrypt.c',
    insertAfter(
      statement('ret = session_ready(s);', { in: 'sktee_decrypt' }),
      c`
		if (!ret)
			ret = sktee_debugfs_fault(s);
`,
    ),
  ),
  edit(
    'drivers/securekey/tee/provider.c',
    insertBefore(
      line('return 0;', { in: 'sktee_set_up' }),
      c`
	sktee_debugfs_init(tee);

`,
    ),
    insertBefore(
      statement('sktee_leave(tee);', { in: 'sktee_destroy' }),
      c`
	sktee_debugfs_exit(tee);
`,
    ),
  ),
]
