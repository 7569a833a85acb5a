import { mkdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { CommandFailed, CommandMissing, exists, run } from '@kseries/host'
import type { Problem } from '../model/finding.ts'

/** A Sphinx of this machine. */
export interface Sphinx {
  readonly command: readonly [string, ...string[]]
  /** 'Sphinx 5.3.0' */
  readonly version: string
}

/**
 * Debian's own, else what PATH has, such as that of a virtual environment; other Pythons on PATH have been seen that lack modules.
 * @param onlySystem - for a sandbox, which has no more.
 */
export const findSphinx = async (onlySystem: boolean, signal?: AbortSignal): Promise<Sphinx | undefined> => {
  const commands: Sphinx['command'][] = [['/usr/bin/python3', '-m', 'sphinx'], ...(onlySystem ? [] : [onPath])]
  for (const command of commands) {
    const [file, ...args] = command
    try {
      const { stdout } = await run(file, [...args, '--version'], { signal })
      return { command, version: `Sphinx ${stdout.trim().split(' ').at(-1)}` }
    } catch (error) {
      if (!(error instanceof CommandFailed || error instanceof CommandMissing)) throw error
    }
  }
  return undefined
}

const onPath: Sphinx['command'] = ['sphinx-build']

export interface Said {
  readonly problems: readonly Problem[]
  /** Why there was no build at all. */
  readonly failure?: string
  /** It was stopped, which says nothing of the pages. */
  readonly isStopped?: boolean
}

export interface SphinxJob {
  readonly sphinx: Sphinx
  /** The tree. */
  readonly root: string
  /** A folder for what is made. */
  readonly output: string
  readonly run: typeof run
  readonly signal?: AbortSignal | undefined
}

/** Builds the pages of a tree as `make htmldocs` does, see tools/docs/sphinx-build-wrapper. */
export const buildPages = async ({ sphinx, root, output, run: runner, signal }: SphinxJob): Promise<Said> => {
  const [file, ...before] = sphinx.command
  // Until 6.18 conf.py names it from a folder that is not ours.
  const isOld = !(await exists(join(root, 'tools/docs/kernel-doc')))
  const settings = [
    'version=0',
    'release=0',
    'kerneldoc_srctree=.',
    ...(isOld ? ['kerneldoc_bin=scripts/kernel-doc'] : []),
  ]
  const args = ['-b', 'html', '-q', '-N', '-c', 'Documentation', '-d', join(output, 'doctrees')]
  args.push(...settings.flatMap(setting => ['-D', setting]), 'Documentation', join(output, 'html'))
  await mkdir(output, { recursive: true })
  try {
    const { stderr } = await runner(file, [...before, ...args], {
      cwd: root,
      signal,
      timeout: 300_000,
      env: {
        PATH: `/usr/bin:/bin:${process.env['PATH']}`,
        LC_ALL: 'C.UTF-8',
        srctree: '.',
        PYTHONDONTWRITEBYTECODE: '1',
        // It leaves a file there for each exception.
        TMPDIR: output,
        // Pictures of formulas take LaTeX and say nothing of the page.
        SPHINX_IMGMATH: 'no',
        ...Object.fromEntries(['DOCS_THEME', 'DOCS_CSS', 'GIT_DIR', 'V'].map(name => [name, undefined])),
      },
    })
    return { problems: parseSphinx(stderr, root) }
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error
    const isStopped = error.timedOut || error.code === undefined || error.code >= 128
    return {
      problems: [],
      failure: isStopped ? 'it was stopped, after five minutes at most' : failureOf(error, root),
      isStopped,
    }
  }
}

/**
 * Reads what Sphinx says of places: `ROOT/Documentation/a.rst:12: WARNING: text`, and `ROOT/Documentation/a.rst:12: ./b.h:34:
 * WARNING: text` of what kernel-doc takes from b.h. What is of no place is of the machine, or said by kernel-doc
 * itself; but for a file that is not there.
 */
export const parseSphinx = (output: string, root: string): Problem[] => {
  const found: { file?: string; line?: number; text: string }[] = []
  let isOpen = false
  for (const entry of output.replaceAll(`${root}/`, '').split('\n')) {
    const match = /^(?:(.*?): )?(?:WARNING|ERROR|SEVERE|CRITICAL): (.*)$/.exec(entry)
    if (!match) {
      const last = found.at(-1)
      if (isOpen && last && entry.trim() !== '') last.text += `\n${entry.trim()}`
      continue
    }
    const [, place = '', text = ''] = match
    const [, file, line] =
      /(?:^|: )(?:\.\/)?([\w.+-]+(?:\/[\w.+-]+)+)(?::(\d+))?(?::docstring of .*)?$/.exec(place) ?? []
    const [, missing] = /^Cannot find file (?:\.\/)?(\S+)$/.exec(text) ?? []
    if (missing !== undefined) found.push({ text: `Cannot find file ${missing}` })
    isOpen = file !== undefined
    if (file !== undefined) found.push({ file: posix.normalize(file), ...(line && { line: Number(line) }), text })
  }
  const problems = found.map(
    ({ text, ...place }): Problem => ({
      tool: 'sphinx',
      ...place,
      // The line of another place drifts, too; newer Sphinxes have the kind behind: [toc.not_included].
      text: text.replaceAll(/(also defined at [^\s:]+):\d+/g, '$1').replace(/ \[[a-z]\w*(\.\w+)?\]$/, ''),
      blocks: true,
    }),
  )
  // A header that a page takes in by piece says it piece by piece.
  return [...new Map(problems.map(problem => [JSON.stringify(problem), problem])).values()]
}

const failureOf = ({ stderr, message }: CommandFailed, root: string): string => {
  const lines = stderr
    .replaceAll(`${root}/`, '')
    .split('\n')
    .filter(line => line.trim() !== '')
  const exception = lines.findLast(line => /^[\w.]*(Error|Exception): /.test(line))
  if (exception !== undefined) return exception
  const at = lines.findIndex(line => /\berror\b.*:/i.test(line))
  return (at === -1 ? lines.slice(-3) : lines.slice(at, at + 3)).join(' ') || message
}
