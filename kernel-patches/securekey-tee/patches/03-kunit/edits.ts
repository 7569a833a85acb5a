import { append, c, edit } from '@kseries/patchgen'

export default [
  edit(
    'drivers/securekey/tee/Kconfig',
    append(c`

config SECUREKEY_TEE_KUNIT_TEST
	tristate "KUnit tests for the provider in a TEE" if !KUNIT_ALL_TESTS
	depends on KUNIT
	depends on SECUREKEY_TEE && SECUREKEY_TEST_HEAP
	default KUNIT_ALL_TESTS
	help
	  Tests of the provider by a TEE that does what the test says. No TEE is
	  needed. The suites' names begin with "securekey_tee_".

	  For more information on KUnit and unit tests in general, please refer
	  to the KUnit documentation in Documentation/dev-tools/kunit/.

	  If unsure, say N.
`),
  ),
  edit(
    'drivers/securekey/tee/Makefile',
    append(c`

obj-$(CONFIG_SECUREKEY_TEE_KUNIT_TEST) += tests/
`),
  ),
]
