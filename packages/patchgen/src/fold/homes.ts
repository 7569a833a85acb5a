import { absent, type FileDifference } from '../git/tree-diff.ts'
import { linesOf } from '../infer/hunks.ts'
import { FoldRefused } from './errors.ts'
import type { History } from './history.ts'
import { homeOf, type Piece, type Placed, piecesOf, placeIn } from './pieces.ts'
import { type Answer, placeOf, type Question } from './questions.ts'
import { type ChainPatch, encodingOf } from './trace.ts'

/** One thing that somebody changed, with what is known of where it belongs. */
export type Change =
  /** Lines of a text. */
  | { readonly kind: 'lines'; readonly difference: FileDifference; readonly piece: Piece; readonly home: LinesHome }
  /** A file of a patch's tree/ as a whole, as it is binary; or only its executable bit. */
  | { readonly kind: 'whole' | 'mode'; readonly difference: FileDifference; readonly patch: number }
  /** A new file, or one that went: into which patch. */
  | {
      readonly kind: 'file'
      readonly difference: FileDifference
      readonly patch: number | undefined
      readonly question?: Question
    }

type LinesHome = { readonly placed: Placed } | { readonly question: Question; readonly history: History }

/**
 * Takes differences apart, and finds where each part belongs.
 * @param renamed - new paths of files, by which they were called.
 * @throws FoldRefused for what a series cannot say.
 */
export const changesIn = (
  differences: readonly FileDifference[],
  histories: ReadonlyMap<string, History>,
  patches: readonly ChainPatch[],
  renamed: ReadonlyMap<string, string>,
): Change[] =>
  differences.flatMap((difference): Change[] => {
    const { path, oldMode, newMode } = difference
    if (oldMode === absent) {
      const creator = creatorOfRenamed(path, renamed.get(path), histories)
      return [fileChange(difference, creator, patches, 'no patch has this new file', [])]
    }
    const history = histories.get(path)
    if (!history) throw new Error(`there is no history of ${path}`)
    if (newMode === absent) return [removal(difference, history, patches)]
    return [...modeChange(difference, history), ...textChange(difference, history, patches)]
  })

/** A file with another name stays in its patch. */
const creatorOfRenamed = (path: string, source: string | undefined, histories: ReadonlyMap<string, History>) => {
  const history = source === undefined ? undefined : histories.get(source)
  const creator = creatorOf(history)
  if (source !== undefined && creator !== undefined && history && history.patches.length > 1)
    throw new FoldRefused(
      [source],
      `it was renamed to ${path}, and later patches edit it by its old name`,
      'Rename it in the series folder: in tree/, and in the edits.ts of the later patches.',
    )
  return creator
}

/** The patch that brought a file. */
export const creatorOf = (history: History | undefined): number | undefined =>
  history?.steps[0]?.kind === 'tree' ? history.steps[0].patch : undefined

const fileChange = (
  difference: FileDifference,
  patch: number | undefined,
  patches: readonly ChainPatch[],
  why: string,
  likely: readonly number[],
): Change => ({
  kind: 'file',
  difference,
  patch,
  ...(patch === undefined && { question: questionOf(difference.path, why, likely, patches) }),
})

const questionOf = (
  place: string,
  why: string,
  likely: readonly number[],
  patches: readonly ChainPatch[],
): Question => ({
  place,
  why,
  patches: likely.flatMap(index => (patches[index] ? [placeOf(patches[index])] : [])),
})

/** A file that a patch brought is not brought any more; one of the kernel's own is deleted. */
const removal = (difference: FileDifference, history: History, patches: readonly ChainPatch[]): Change => {
  const editing = history.patches
  const [only] = editing
  const creator = creatorOf(history)
  const home = creator ?? (editing.length === 1 ? only : undefined)
  return fileChange(difference, home, patches, 'it was deleted, and no single patch edits it', editing.slice(-1))
}

const modeChange = (difference: FileDifference, history: History): Change[] => {
  const { path, oldMode, newMode } = difference
  if (oldMode === newMode) return []
  const patch = creatorOf(history)
  if (patch === undefined)
    throw new FoldRefused(
      [path],
      `its mode changed from ${oldMode} to ${newMode}, which edits cannot say`,
      'Put the mode back in the tree.',
    )
  return [{ kind: 'mode', difference, patch }]
}

const textChange = (difference: FileDifference, history: History, patches: readonly ChainPatch[]): Change[] => {
  const { path, was, is, hunks } = difference
  if (Buffer.compare(was, is) === 0) return []
  const encoding = encodingOf(was)
  const isOther = encoding !== encodingOf(is) || is.includes(0) || was.includes(0)
  if (isOther) {
    const [patch, other] = history.patches
    if (patch === undefined || other !== undefined || history.steps.some(({ kind }) => kind === 'operation'))
      throw new FoldRefused([path], 'it is, or became, binary or of another encoding, which edits cannot say')
    return [{ kind: 'whole', difference, patch }]
  }
  const now = linesOf(Buffer.from(is).toString(encoding))
  return piecesOf(history, hunks, now).map((piece): Change => {
    const home = homeOf(history, piece)
    if (home.kind === 'clear') return { kind: 'lines', difference, piece, home: { placed: home.placed } }
    const question = questionOf(`${path}:${piece.line}`, home.why, home.patches, patches)
    return { kind: 'lines', difference, piece, home: { question, history } }
  })
}

/** What must be asked. */
export const questionsOf = (changes: readonly Change[]): Question[] =>
  changes.flatMap(change => {
    if (change.kind === 'lines') return 'question' in change.home ? [change.home.question] : []
    return change.kind === 'file' && change.question ? [change.question] : []
  })

/** A change that has its place. */
export type Settled =
  | { readonly kind: 'lines'; readonly difference: FileDifference; readonly placed: Placed }
  | { readonly kind: 'whole' | 'mode' | 'file'; readonly difference: FileDifference; readonly patch: number }

/**
 * Puts changes where answers say.
 * @returns those that nobody gave a place, too.
 * @throws FoldRefused for an answer that cannot be.
 */
export const settle = (
  changes: readonly Change[],
  patches: readonly ChainPatch[],
  answer: Answer,
): { readonly settled: readonly Settled[]; readonly open: readonly Question[] } => {
  const settled: Settled[] = []
  const open: Question[] = []
  const indexOf = (question: Question): number | undefined => {
    const place = answer(question)
    if (!place) return void open.push(question)
    return patches.findIndex(one => one.series.name === place.series && one.patch.name === place.patch)
  }
  for (const change of changes) {
    const { difference } = change
    if (change.kind === 'lines' && 'placed' in change.home)
      settled.push({ kind: 'lines', difference, placed: change.home.placed })
    else if (change.kind === 'lines' && 'question' in change.home) {
      const { question, history } = change.home
      const patch = indexOf(question)
      if (patch === undefined) continue
      const placed = placeIn(history, change.piece, patch)
      if (!placed) throw tooEarly(question, patches[patch])
      settled.push({ kind: 'lines', difference, placed })
    } else if (change.kind !== 'lines') {
      const patch = change.kind === 'file' && change.question ? indexOf(change.question) : change.patch
      if (patch !== undefined) settled.push({ kind: change.kind, difference, patch })
    }
  }
  return { settled, open }
}

const tooEarly = ({ place }: Question, its: ChainPatch | undefined) =>
  new FoldRefused([place], `the lines around it are not there yet in ${its?.patch.name}`, 'Name a later patch.')
