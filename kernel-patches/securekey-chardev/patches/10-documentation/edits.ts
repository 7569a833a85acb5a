import { addIndexEntry, addToMaintainers, c, edit, insertAfter } from '@kseries/patchgen'

export default [
  edit('Documentation/userspace-api/index.rst', addIndexEntry('securekey', { after: 'tee' })),
  edit(
    'Documentation/security/securekey.rst',
    insertAfter(
      'may be used for to the\ncore.',
      c`
One is described in Documentation/userspace-api/securekey.rst.
`,
    ),
  ),
  edit('MAINTAINERS', addToMaintainers('SECURE KEYS', 'F:	Documentation/userspace-api/securekey.rst')),
]
