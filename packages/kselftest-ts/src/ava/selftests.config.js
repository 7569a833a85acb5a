// ava's configuration for runSelftests(); which files, and where, is in its environment.
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { observe } from './observe.ts'

const files = JSON.parse(process.env.KSERIES_SELFTESTS ?? '[]')

/** A path as a glob that matches only it. */
const literally = path => path.replace(/[\\*?[\]{}()!+@|]/g, '\\$&')

export default ({ projectDir }) => ({
  files: files.map(file => literally(relative(projectDir, file))),
  // Their order is the caller's: ava's own would be that of a search in the folders.
  sortTestFiles: (a, b) => files.indexOf(a) - files.indexOf(b),
  extensions: ['ts', 'js', 'mjs'],
  // Tests take turns (session/server.ts); meanwhile the next file can be loaded.
  concurrency: 2,
  failWithoutAssertions: false,
  cache: false,
  // No test may be silent for so long: each has a deadline of its own in the session.
  timeout: '24h',
  require: [relative(projectDir, fileURLToPath(new URL('resolve.ts', import.meta.url)))],
  nonSemVerExperiments: { observeRunsFromConfig: true },
  observeRun: ({ events }) => void observe(events),
})
