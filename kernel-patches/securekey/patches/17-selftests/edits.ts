import { addToMaintainers, edit, insertAfter, line } from '@kseries/patchgen'

export default [
  edit('tools/testing/selftests/Makefile', insertAfter(line('TARGETS += seccomp'), 'TARGETS += securekey\n')),
  edit('MAINTAINERS', addToMaintainers('SECURE KEYS', 'F:	tools/testing/selftests/securekey/')),
]
