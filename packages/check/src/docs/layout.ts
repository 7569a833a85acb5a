import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { TreeFile } from '@kseries/patchgen'
import type { Subject } from '../subject/subject.ts'
import { readBelow } from '../text/bench.ts'
import type { Concerned, Sides } from './concerned.ts'
import { isBelow, nameOf, pathOf } from './page.ts'
import type { Side } from './side.ts'

export type Files = ReadonlyMap<string, TreeFile>

/** What the tree's own Sphinx set-up is made of; of the trunk, so that a series does not change by what it is judged. */
export const readSetUp = async ({ gitDir, trunk }: Subject, signal?: AbortSignal): Promise<Files> =>
  await readBelow({ gitDir }, trunk, setUp, signal)

const setUp = [
  'Makefile',
  'MAINTAINERS',
  'Documentation/conf.py',
  'Documentation/sphinx',
  'Documentation/sphinx-static',
  'Documentation/sphinx-includes',
  'Documentation/images/logo.svg',
  'tools/docs',
  'tools/lib/python',
  'tools/net/ynl/pyynl',
  'scripts/kernel-doc',
  'scripts/kernel-doc.py',
  'scripts/lib',
]

/** Includes of includes of includes. */
const DEPTH = 3

/**
 * The parts of two trees in which the pages concerned say what they say in the whole: they, the files that they are made of, for
 * each page that they name and that is there a page with nothing in it, and an index. What one side is made of is there on the
 * other, too: a page that is only beside may be made of it.
 */
export const layOut = async ({ before, after }: Sides, concerned: Concerned): Promise<readonly [Files, Files]> => {
  const elsewhere = await inNoToctree(before, concerned)
  const pages = await Promise.all([before, after].map(side => side.pages(concerned.pages)))
  const wanted = new Set(pages.flatMap(its => [...its.values()].flatMap(page => page.files)))
  return await Promise.all([partOf(before, concerned, wanted, elsewhere), partOf(after, concerned, wanted, elsewhere)])
}

const partOf = async (
  side: Side,
  { pages, others }: Concerned,
  made: ReadonlySet<string>,
  elsewhere: readonly string[],
): Promise<Files> => {
  const there = await side.list()
  const files = new Map(await side.read([...pages, ...others]))
  const real = await side.pages(files.keys())
  let wanted = [...made]
  for (let depth = 0; depth < DEPTH && wanted.length > 0; depth++) {
    const more = await side.read([...new Set(wanted)].filter(path => !files.has(path)))
    for (const [path, file] of more) files.set(path, file)
    // What is included may include.
    const included = await side.pages([...more.keys()].filter(path => /^Documentation\/.*\.(rst|txt|inc)$/.test(path)))
    wanted = [...included.values()].flatMap(page => page.files)
  }
  const named = [...real.values()].flatMap(page => [
    ...[...page.toctree, ...page.docs].map(pathOf),
    ...(page.patterns.length === 0 ? [] : [...there].filter(path => isBelow(nameOf(path), page))),
  ])
  for (const path of named) if (!files.has(path) && there.has(path)) files.set(path, emptyPage(path))
  const listed = elsewhere.filter(path => there.has(path)).map(path => `   /${nameOf(path)}\n`)
  if (!real.has(index)) files.set(index, textOf(`index\n=====\n\n.. toctree::\n\n${listed.join('')}`))
  return files
}

const index = 'Documentation/index.rst'

/** The pages concerned that are there before the commit, and are in no toctree of the others: they are in one of the whole. */
const inNoToctree = async (before: Side, { pages, others }: Concerned): Promise<string[]> => {
  const real = await before.pages([...pages, ...others])
  return [...real.keys()].filter(
    path => path !== index && ![...real.values()].some(page => isBelow(nameOf(path), page)),
  )
}

/** In no toctree, which it need not be. */
const emptyPage = (path: string): TreeFile => {
  const title = basename(path, '.rst')
  return textOf(`:orphan:\n\n${title}\n${'='.repeat(title.length)}\n`)
}

const textOf = (text: string): TreeFile => ({ mode: '100644', content: Buffer.from(text) })

/** Of all that a build depends on, but for the programs. */
export const keyOf = (files: Files): string => {
  const hash = createHash('sha256')
  for (const [path, { mode, content }] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${mode} ${path}\0${content.length}\0`).update(content)
  return hash.digest('hex')
}
