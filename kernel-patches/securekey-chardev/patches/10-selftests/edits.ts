import { edit, insertAfter, line, replace } from '@kseries/patchgen'

export default [
  edit(
    'tools/testing/selftests/securekey/Makefile',
    replace(line('TEST_GEN_PROGS := test_heap'), 'TEST_GEN_PROGS := test_heap\nTEST_GEN_PROGS += test_chardev\n'),
  ),
  edit('tools/testing/selftests/securekey/.gitignore', insertAfter(line('test_heap'), 'test_chardev\n')),
  edit(
    'tools/testing/selftests/securekey/config',
    insertAfter(line('CONFIG_SECUREKEY=y'), 'CONFIG_SECUREKEY_CHARDEV=y\n'),
  ),
]
