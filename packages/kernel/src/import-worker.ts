// import-worker.ts ARCHIVE.tar.xz GIT_DIR REF ORIGIN
//
// A process of its own, started by import-tar.ts: xz | this | git fast-import. Both children stay in our process group, so
// they die with us. Prints one JSON value a line: { files, bytes } now and then, at the end an ImportOutcome.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tarToFastImport } from './fast-import.ts'

const [archive, gitDir, ref, origin] = process.argv.slice(2)
if (!archive || !gitDir || !ref || !origin) throw new Error('usage: import-worker.ts ARCHIVE GIT_DIR REF ORIGIN')

const ended = async (child: ChildProcess, name: string) => {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0) throw new Error(`${name} exited with ${code ?? signal}`)
}
// Debian packs the archive in 69 blocks, so xz can use every core.
const xz = spawn('xz', ['--threads=0', '--decompress', '--stdout', archive], { stdio: ['ignore', 'pipe', 'inherit'] })
// Deltas would cost time now and at each checkout, and save disk only.
const git = spawn('git', ['--git-dir', gitDir, 'fast-import', '--quiet', '--done', '--depth=0', '--force'], {
  stdio: ['pipe', 'inherit', 'inherit'],
})
const [xzEnded, gitEnded] = [ended(xz, 'xz'), ended(git, 'git fast-import')]
// Without a reader the writes below would wait for ever; why git ended is then what counts.
git.stdin.on('error', () => {})
const gitFailed = new Promise<never>((_, reject) => {
  gitEnded.catch(reject)
})

let told = 0
const imported = tarToFastImport(xz.stdout, git.stdin, { ref, origin }, (files, bytes) => {
  if (performance.now() - told < 200) return
  told = performance.now()
  console.log(JSON.stringify({ files, bytes }))
})
const outcome = await Promise.race([imported, gitFailed])
git.stdin.end()
await Promise.all([xzEnded, gitEnded])
console.log(JSON.stringify(outcome))
