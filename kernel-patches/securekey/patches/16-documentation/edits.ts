import { addIndexEntry, addToMaintainers, edit } from '@kseries/patchgen'

export default [
  edit('Documentation/security/index.rst', addIndexEntry('securekey', { after: 'secrets/index' })),
  edit('MAINTAINERS', addToMaintainers('SECURE KEYS', 'F:	Documentation/security/securekey.rst')),
]
