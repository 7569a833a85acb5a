import { addInclude, c, edit, fn, insertAfter, insertBefore, line, replace, statement } from '@kseries/patchgen'

export default [
  edit(
    'include/linux/securekey.h',
    insertBefore(
      line('struct device;'),
      c`
struct dentry;
`,
    ),
    insertAfter(
      'securekey_provider_caps(const struct securekey_provider *provider);',
      c`
struct dentry *securekey_debugfs_dir(void);
`,
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    addInclude('<linux/debugfs.h>', { after: '<linux/ctype.h>' }),
    insertAfter(
      line('static DEFINE_MUTEX(providers_lock);'),
      c`
static struct dentry *debugfs_dir;
`,
    ),
    insertBefore(
      fn('securekey_init'),
      c`
/**
 * securekey_debugfs_dir - where providers have their folders in debugfs
 *
 * Return: the folder "securekey"; an error pointer, as debugfs takes for a parent,
 * where there is none.
 */
struct dentry *securekey_debugfs_dir(void)
{
	return debugfs_dir;
}
EXPORT_SYMBOL_NS_GPL(securekey_debugfs_dir, "SECUREKEY");

`,
    ),
    replace(
      statement('if (ret)\n\t\tsecurekey_requests_exit();', { in: 'securekey_init' }),
      c`
	if (ret) {
		securekey_requests_exit();
		return ret;
	}

	debugfs_dir = debugfs_create_dir("securekey", NULL);
`,
    ),
    replace(
      line('return ret;', { in: 'securekey_init', following: 'debugfs_create_dir' }),
      c`
	return 0;
`,
    ),
    insertBefore(
      statement('securekey_keyring_exit();', { in: 'securekey_exit' }),
      c`
	debugfs_remove(debugfs_dir);
`,
    ),
  ),
  edit(
    'drivers/securekey/soft/debugfs.c',
    replace(
      line('soft->debugfs = debugfs_create_dir("securekey", NULL);'),
      c`
	dir = debugfs_create_dir("soft", securekey_debugfs_dir());
`,
    ),
    replace(
      line('dir = debugfs_create_dir("soft", soft->debugfs);'),
      c`
	soft->debugfs = dir;
`,
    ),
  ),
]
