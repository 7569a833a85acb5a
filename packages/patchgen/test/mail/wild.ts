import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '@kseries/host'
import { distribute, type Generated, generate, loadChain, type MailOptions, type Series } from '../../src/index.ts'
import { gitSays, makeRepo, makeSeries, writeFiles } from '../kernel.ts'

/** Everything that mail is bad at, in files that a patch brings. */
const wildFiles: Readonly<Record<string, string>> = {
  'drivers/new/long.c': `/* ${'long '.repeat(400)}*/\nint equals = 1; /* =3D =\n*/\n`,
  'drivers/new/blank.c': 'int trailing;  \n\t\n \nint tab;\t\nFrom here on\n>From there\n.\n',
  'drivers/new/utf8.c': '/* Grüße – 鍵 🔑 */\nint a;\n',
}

/** Makes a person with a name that is hard on mail the one whom git knows. Before any test: git reads that file all the time. */
export const becomeSomebody = async () => {
  await writeFile(
    process.env['GIT_CONFIG_GLOBAL'] ?? '',
    '[user]\n\tname = Jörg Ä. Ö. von und zu Überlingen\n\temail = joerg.oe.von.und.zu@lists.example.org\n',
  )
}

const crlfFile = { 'drivers/new/crlf.rc': 'first\r\nsecond \r\n\r\nlast\r\n' }

/** A chain of two series, generated: the second one's patches hold what mail is bad at. */
export const makeWild = async (
  root: string,
  /** Whether all that the patches show is UTF-8, and whether there is a file whose lines end with CR LF. */
  { isUtf8, hasCr }: { readonly isUtf8: boolean; readonly hasCr: boolean },
): Promise<{
  readonly repo: Awaited<ReturnType<typeof makeRepo>>
  readonly chain: readonly Series[]
  readonly generated: Generated
  /** Its mails go to made-up lists. */
  readonly options: MailOptions
}> => {
  const repo = await makeRepo(join(root, 'repo'))
  await makeSeries(join(root, 'series', 'demo'))
  const folder = await makeSeries(join(root, 'series', 'wild'), {
    'series.ts': `export default { title: 'Wild', date: '2026-11-24', needs: ['demo'],
      to: ['linux-kernel@example.org', '"Müller, Jörg" <joerg@example.org>'], cc: ['A. B. C <abc@example.org>'] }\n`,
    'cover.md': 'demo: grüße – and more\n\nWhy.\n\nFrom here on it is better.\n.\n',
    'patches/01-new-driver/message.md':
      'demo: grüße – and a subject that is much too long for one line\n\nFirst.\n\nFrom now on: “quotes”.\n>From before, too.\n.\nLast.\n',
    'patches/01-new-driver/edits.ts': undefined,
    'patches/01-new-driver/tree/drivers/new/new.c': undefined,
    'patches/01-new-driver/tree/scripts/new.sh*': undefined,
    'patches/02-change-it/message.md': 'demo: change them\n\nFor a reason.\n',
    'patches/02-change-it/edits.ts': `import { edit, insertAfter, replaceText } from '@kseries/patchgen'
export default [
  ${hasCr ? "edit('drivers/new/crlf.rc', insertAfter('second', 'between\\r\\n'))," : ''}
  ${isUtf8 ? '' : "edit('drivers/demo/latin.c', insertAfter('int a;', '/* \\xe9 */\\n')),"}
  edit('drivers/new/long.c', replaceText('equals = 1', 'equals = 2')),
  edit('drivers/new/blank.c', insertAfter('int tab;', 'int more;   \\n')),
]\n`,
    'patches/03-plain/message.md': 'demo: a plain one\n\nIt is ASCII.\n',
    'patches/03-plain/tree/drivers/new/plain.c': 'int plain;\n',
  })
  await writeFiles(join(folder, 'patches/01-new-driver/tree'), { ...wildFiles, ...(hasCr ? crlfFile : {}) })
  const chain = await loadChain(folder)
  const generated = await generate(chain, { ...repo, label: '7.3' })
  const { to, cc } = chain.at(-1)?.meta ?? { to: [], cc: [] }
  return {
    repo,
    chain,
    generated,
    options: { recipients: distribute({ to, cc, origin: 'series.ts' }, [], 3), basedOn: 'Based on Linux 7.3.4.' },
  }
}

/** A clean clone at what the last series stands on; nothing of the series is in it but what it needs. */
export const cloneBelow = async (folder: string, { gitDir, commits }: Generated, series: string): Promise<string> => {
  const start = `${commits.find(commit => commit.series === series)?.hash}^`
  await run('git', ['init', '-q', folder])
  await gitSays(join(folder, '.git'), 'fetch', '-q', gitDir, await gitSays(gitDir, 'rev-parse', start))
  await run('git', ['-C', folder, 'checkout', '-q', '--detach', 'FETCH_HEAD'])
  return folder
}

/** The trees of the last `count` commits of a work tree, the oldest first. */
export const lastTrees = async (folder: string, count: number): Promise<string[]> =>
  (await run('git', ['-C', folder, 'log', '--reverse', `-${count}`, '--format=%T'])).stdout.split('\n')

/** The trees that the last series' commits have. */
export const treesOf = ({ commits }: Generated, series: string): string[] =>
  commits.filter(commit => commit.series === series).map(({ tree }) => tree)
