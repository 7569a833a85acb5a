// Two ava run at the same time, since a guest keeps one processor busy and not two: what is in e2e/ itself shares the
// work tree of securekey-afalg, one file after the other; what is in e2e/apart/ has others.
export default {
  extensions: ['ts'],
  files: ['e2e/**/*.test.ts', '!e2e/fixtures/**'],
  // From the end of the alphabet: for arm64 first, so that what both compile for x86_64 is compiled once.
  sortTestFiles: (a, b) => (a < b ? 1 : -1),
  concurrency: 1,
  serial: true,
  timeout: '80m',
}
