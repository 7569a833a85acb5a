/** OP-TEE's own test program on this kernel; packages/cli/e2e/fixtures/optee-peers has the same on a kernel without these patches. */

import { xtestTests } from './xtest.ts'

xtestTests()
