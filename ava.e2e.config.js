// One after the other: they share one kernel work tree and two processors, and a boot under load proves little.
export default {
  extensions: ['ts'],
  files: ['e2e/**/*.test.ts', '!e2e/fixtures/**'],
  concurrency: 1,
  serial: true,
  timeout: '80m',
}
