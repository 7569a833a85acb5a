import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run, silent } from '@kseries/host'
import test from 'ava'
import { type Finding, subjectOfRange, uapiChecks } from '../../src/index.ts'
import { goodMessage } from '../kernel.ts'
import { isolate } from '../repo.ts'

const { KSERIES_KERNEL_GIT: kernel = '', KSERIES_KERNEL_REFS: refs = '' } = process.env
const base = /=(\S+)/.exec(refs)?.[1]
const real = kernel !== '' && base !== undefined ? test.serial : test.serial.skip
const version = /: ([\d.]+)/.exec(
  await run('abidiff', ['--version']).then(
    ({ stdout }) => stdout,
    () => '',
  ),
)?.[1]
const isNew = version !== undefined && version.localeCompare('2.4', 'en', { numeric: true }) >= 0
const header = 'include/uapi/linux/securekey.h'
const ours = new URL(`../../../../kernel-patches/securekey/patches/03-core/tree/${header}`, import.meta.url)

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** Commits on the real kernel in a repository beside it, which borrows its objects; no work tree. */
const check = async (path: string, ...texts: readonly string[]): Promise<readonly Finding[]> => {
  const gitDir = join(root, 'linux.git')
  await rm(gitDir, { recursive: true, force: true })
  await run('git', ['init', '-q', '--bare', gitDir])
  await writeFile(join(gitDir, 'objects/info/alternates'), `${join(kernel, 'objects')}\n`)
  const git = async (args: readonly string[], input = '') =>
    (await run('git', [`--git-dir=${gitDir}`, ...args], { input })).stdout.trim()
  let head = base ?? ''
  await git(['read-tree', head])
  for (const text of texts) {
    const blob = await git(['hash-object', '-w', '--stdin'], text)
    await git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`])
    head = await git(['commit-tree', '-p', head, await git(['write-tree'])], goodMessage)
  }
  const subject = await subjectOfRange(gitDir, `${base}..${head}`)
  return (await uapiChecks(subject, { isSandboxed: false, report: silent })).findings
}

real('the header of secure keys is right; with a member of another size it is not', async t => {
  t.timeout(10 * 60_000)
  const right = await readFile(ours, 'utf8')
  t.deepEqual(
    (await check(header, right)).filter(({ blocks }) => blocks),
    [],
  )
  const broken = right.replace('\t__u32 form;\n\t__u32 reserved[3];', '\t__u64 form;\n\t__u32 reserved[3];')
  t.not(broken, right)
  const findings = (await check(header, right, broken)).filter(
    ({ tool, symbol }) => tool === 'uapi' && !symbol?.includes('.'),
  )
  const inX86 = findings.filter(({ text, config }) => !/arm/.test(`${text}${config}`))
  t.deepEqual(
    inX86.map(({ text, blocks }) => [text, blocks]),
    [
      ["the field 'form' is __u64 (8 bytes), it was __u32 (4 bytes)", true],
      ['struct securekey_params has 36 bytes, it had 32: old programs give fewer', false],
      ['struct securekey_params is not the same on x86_64 and i386: it has 40 and 36 bytes', true],
    ],
  )
  t.true(findings.every(({ file, symbol }) => file === header && symbol === 'struct securekey_params'))
})

;(isNew ? real : test.serial.skip)(
  `what scripts/check-uapi.sh says${isNew ? '' : ` (it needs abidiff 2.4, here is ${version ?? 'none'})`}`,
  async t => {
    t.timeout(10 * 60_000)
    const path = 'include/uapi/linux/dma-heap.h'
    const { stdout } = await run('git', [`--git-dir=${kernel}`, 'cat-file', 'blob', `${base}:${path}`])
    const findings = await check(path, stdout.replace('\t__u32 fd_flags;', '\t__u32 fd_flags;\n\t__u32 extra;'))
    const its = findings.filter(({ tool }) => tool === 'check-uapi')
    t.deepEqual(
      its.map(({ file, symbol, blocks }) => [file, symbol, blocks]),
      [[path, 'struct dma_heap_allocation_data', true]],
    )
    t.regex(its[0]?.text ?? '', /'__u64 heap_flags' offset changed from 128 to 192/)
  },
)
