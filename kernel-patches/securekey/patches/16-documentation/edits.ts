import { addIndexEntry, addToMaintainers, c, edit, line, remove, replace, when } from '@kseries/patchgen'

export default [
  edit('Documentation/security/index.rst', addIndexEntry('securekey', { after: 'secrets/index' })),
  edit('MAINTAINERS', addToMaintainers('SECURE KEYS', 'F:	Documentation/security/securekey.rst')),
  // Before 7.3 the provider does without.
  when({ missing: 'include/crypto/aes-xts.h' }, [
    edit(
      'Documentation/security/securekey.rst',
      replace(
        line(c`
The provider takes AES keys of 128, 192 and 256 bits for cbc, ctr and gcm, and two of
128 or 256 bits for xts. It knows all schemes of common encryption, and takes 64
`),
        c`
The provider takes AES keys of 128, 192 and 256 bits for cbc and ctr, and none for xts
and gcm. It knows all schemes of common encryption, and takes 64
`,
      ),
      remove(
        line(c`
\`\`wrong_tag\`\`
  \`\`1\`\` or \`\`0\`\`: after writing 1, every tag of gcm is found wrong.

`),
      ),
    ),
  ]),
]
