import { edit, insertAfter, insertBefore, line, replace } from '@kseries/patchgen'

export default [
  edit(
    'tools/testing/selftests/securekey/Makefile',
    replace(line('TEST_GEN_PROGS := test_heap'), 'TEST_GEN_PROGS := test_heap\nTEST_GEN_PROGS += test_chardev\n'),
  ),
  edit('tools/testing/selftests/securekey/.gitignore', insertAfter(line('test_heap'), 'test_chardev\n')),
  edit(
    'tools/testing/selftests/securekey/config',
    insertBefore(line('CONFIG_SECUREKEY=y'), 'CONFIG_IO_URING=y\n'),
    insertAfter(line('CONFIG_SECUREKEY=y'), 'CONFIG_SECUREKEY_CHARDEV=y\n'),
  ),
]
