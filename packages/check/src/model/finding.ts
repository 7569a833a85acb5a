import { contentKey } from '@kseries/host'

/** A commit of the series, as a finding names it. */
export interface CommitName {
  /** From 1. */
  readonly index: number
  readonly subject: string
  /** The patch of the series folder that it is made of: '03-core'. */
  readonly patch?: string
}

/** What one tool says about one place. */
export interface Problem {
  /** 'checkpatch', 'gcc', 'sign-off': who says it; exceptions name it. */
  readonly tool: string
  /** In the kernel's tree. */
  readonly file?: string
  readonly line?: number
  /** The function, option or field that it is about. */
  readonly symbol?: string
  readonly text: string
  /** The configuration in which it is seen, unless it is the usual one: 'arm64', 'CONFIG_X=m'. */
  readonly config?: string
  /** Whether the series must not go out with it. */
  readonly blocks: boolean
}

/** A problem of a commit, or of the whole series when there is no commit. */
export interface Finding extends Problem {
  readonly commit?: CommitName
  /** Why the series says that it is right as it is; such a finding does not block. */
  readonly argued?: string
}

/** What makes a problem the same one in another version of the tree: not its line, which drifts. */
export const identityOf = ({ tool, file, symbol, text }: Problem): string =>
  contentKey([tool, file ?? '', symbol ?? '', text.replaceAll(/\s+/g, ' ').trim()])

/**
 * The problems that a commit brings: those that its parent has not. A problem that is there more often than before counts as
 * often as it is new.
 */
export const newProblems = <P extends Problem>(parent: readonly Problem[], commit: readonly P[]): P[] => {
  const known = new Map<string, number>()
  for (const problem of parent) known.set(identityOf(problem), (known.get(identityOf(problem)) ?? 0) + 1)
  return commit.filter(problem => {
    const identity = identityOf(problem)
    const left = known.get(identity) ?? 0
    if (left > 0) known.set(identity, left - 1)
    return left === 0
  })
}

/** The findings because of which a series must not go out. */
export const blocking = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ blocks, argued }) => blocks && argued === undefined)

/** 'crypto/af_alg.c:12', with the function behind it. */
export const placeOf = ({ file, line, symbol }: Finding): string =>
  [file === undefined ? '' : line === undefined ? file : `${file}:${line}`, symbol === undefined ? '' : `(${symbol})`]
    .filter(Boolean)
    .join(' ')
