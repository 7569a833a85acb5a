import { basename } from 'node:path'
import type { FileChange } from '../text/changes.ts'
import { isBelow, isPage, nameOf, pathOf } from './page.ts'
import type { Side } from './side.ts'

/** The two trees that a commit stands between. */
export interface Sides {
  readonly before: Side
  readonly after: Side
}

/** So many pages are built for one commit. */
export const MOST = 40

/** The pages that a commit may be seen in, and those that only say what is a label, a toctree or a second declaration. */
export interface Concerned {
  readonly pages: ReadonlySet<string>
  readonly others: ReadonlySet<string>
  /** Pages that it may be seen in, too, and that are too many. */
  readonly left: number
}

/** @param users - of the files that pages are made of, on both sides. */
export const concernedBy = async (
  { before, after }: Sides,
  changes: readonly FileChange[],
  users: readonly ReadonlyMap<string, ReadonlySet<string>>[],
): Promise<Concerned> => {
  const touched = changes.map(({ path }) => path).filter(isPage)
  const made = new Set(changes.flatMap(({ path }) => users.flatMap(map => [...(map.get(path) ?? [])])))
  const all = [...new Set([...touched, ...[...made].toSorted()])]
  const pages = new Set(all.slice(0, MOST))
  const others = new Set<string>()
  if (touched.length > 0) {
    const namesOf = (kind: 'A' | 'D') =>
      changes.filter(change => change.kind === kind && isPage(change.path)).map(({ path }) => nameOf(path))
    const taken = await takenOut({ before, after }, touched)
    const comes = await linksOf([...namesOf('A'), ...taken], after)
    // What named a page that goes, or a label, is wrong now.
    const goes = await linksOf(namesOf('D'), before)
    const labels = await labelsOf({ before, after }, touched)
    const twice = await filesOf({ before, after }, touched)
    const found = twice.flatMap(file => users.flatMap(map => [...(map.get(file) ?? [])]))
    for (const path of [...taken.map(pathOf), ...comes, ...goes, ...labels, ...found])
      if (!pages.has(path)) others.add(path)
  }
  return { pages, others, left: all.length - pages.size }
}

/** Pages that a toctree had and has no more. */
const takenOut = async ({ before, after }: Sides, touched: readonly string[]): Promise<string[]> => {
  const [was, is] = [await before.pages(touched), await after.pages(touched)]
  return [...was].flatMap(([path, { toctree }]) => toctree.filter(name => !is.get(path)?.toctree.includes(name)))
}

/** Pages of one side that name one of some pages, in a toctree or otherwise. */
const linksOf = async (names: readonly string[], side: Side): Promise<string[]> => {
  if (names.length === 0) return []
  const words = names.map(name => (basename(name) === 'index' ? name.split('/').slice(-2).join('/') : basename(name)))
  const candidates = await side.pages(await side.with([...new Set([...words, ':glob:'])]))
  return [...candidates]
    .filter(([, page]) => names.some(name => page.docs.includes(name) || isBelow(name, page)))
    .map(([path]) => path)
}

/** Pages that have the labels that touched ones refer to of late, or bring again; that refer to those that went. */
const labelsOf = async ({ before, after }: Sides, touched: readonly string[]): Promise<string[]> => {
  const [was, is] = [await before.pages(touched), await after.pages(touched)]
  const words = (pages: typeof was, what: 'refs' | 'labels') => new Set([...pages.values()].flatMap(page => page[what]))
  const wanted = words(is, 'refs').difference(words(was, 'refs'))
  const brought = words(is, 'labels').difference(words(was, 'labels'))
  const gone = words(was, 'labels').difference(words(is, 'labels'))
  const there = [...wanted].filter(label => !words(is, 'labels').has(label))
  const candidates = await after.pages(await after.with([...there, ...brought, ...gone].map(wordOf)))
  const found = [...candidates]
    .filter(
      ([, { labels, refs }]) =>
        labels.some(label => there.includes(label) || brought.has(label)) || refs.some(ref => gone.has(ref)),
    )
    .map(([path]) => path)
  return [...found, ...[...is.values()].flatMap(({ sections }) => sections.map(pathOf))]
}

/** A line of git grep; a label may go over two. */
const wordOf = (label: string) => label.split(' ')[0] ?? ''

/** Files that touched pages are made of and were not before: another page may be made of them already. */
const filesOf = async ({ before, after }: Sides, touched: readonly string[]): Promise<string[]> => {
  const [was, is] = [await before.pages(touched), await after.pages(touched)]
  return [...is].flatMap(([path, { files }]) => files.filter(file => !was.get(path)?.files.includes(file)))
}
