import { isSpare } from '../fields.ts'
import type { Code } from './code.ts'
import type { Member } from './types.ts'
import type { Place, Use } from './use.ts'

/** A member of a struct that user space sees, of those that are there to be given a meaning one day. */
export interface SpareMember {
  /** The struct's tag. */
  readonly owner: string
  readonly name: string
}

/** Which way user space gives or gets a struct, by the ioctl() numbers that name it. */
export interface Directions {
  readonly given: ReadonlySet<string>
  readonly got: ReadonlySet<string>
}

/** What is wrong with how a member is read; nothing, if one cannot tell. */
export interface Unread {
  readonly text: string
  readonly blocks: boolean
}

/** Whether a member must be looked at even though it means nothing yet. One of a union only gives it its size. */
export const mustBeRead = ({ name, isShared }: Member): boolean => isFlags(name) || (isSpare(name) && !isShared)

const isFlags = (name: string): boolean => /^(\w+_)?flags$/i.test(name)

/**
 * What is wrong with each of some members, in their order.
 *
 * Documentation/process/botching-up-ioctls.rst: 'Check all unused fields and flags and all the padding for whether it's 0, and
 * reject the ioctl if that's not the case.' copy_struct_from_user() does not: it looks behind what the kernel has of a struct.
 */
export const unreadOf = async (
  code: Code,
  directions: Directions,
  members: readonly SpareMember[],
): Promise<readonly (Unread | undefined)[]> => {
  const uses = await code.usesOf(members.map(({ owner, name }) => ({ kind: 'member', owner, name })))
  const found: (Unread | undefined)[] = []
  for (const [index, member] of members.entries()) found.push(await judge(code, directions, member, uses[index] ?? []))
  return found
}

const judge = async (
  code: Code,
  directions: Directions,
  { owner, name }: SpareMember,
  uses: readonly Use[],
): Promise<Unread | undefined> => {
  const what = `'${owner}.${name}'`
  if (uses.some(({ kind }) => kind === 'checked' || kind === 'masked' || kind === 'copied'))
    return isFlags(name) && !(await isRefused(code, uses))
      ? { text: `${what} is read, but nothing refuses the bits that mean nothing yet`, blocks: false }
      : undefined
  const isTaken = (await code.taken()).has(owner)
  const isGiven = isTaken || code.withParts(directions.given).has(owner)
  if (!isGiven && (directions.got.has(owner) || (await code.given()).has(owner))) return undefined
  const ofAll = await code.sureUsesOf(owner)
  if (!isTaken && isOutput(ofAll)) return undefined
  if (!isTaken && ofAll.length === 0 && !code.names(owner))
    return {
      text: `no code of the series uses ${what} or its struct: what does must refuse what is not 0`,
      blocks: false,
    }
  // The kernel's own answer, in a struct that goes both ways.
  const isWritten = uses.some(isWrite)
  if (isWritten && (isFlags(name) || !isGiven)) return undefined
  return {
    text: isGiven
      ? `${what} comes from user space and nothing reads it: what is not 0 must be refused, or it can never mean anything`
      : `nothing reads ${what}: if it comes from user space, what is not 0 must be refused`,
    blocks: isGiven && !isWritten,
  }
}

/** Wherever the value goes. */
const isRefused = async (code: Code, uses: readonly Use[]): Promise<boolean> => {
  const seen = new Set<string>()
  const left = [...uses]
  for (let use = left.pop(); use; use = left.pop()) {
    if (use.kind === 'checked') return true
    if (use.kind !== 'copied' || seen.has(keyOf(use.to))) continue
    seen.add(keyOf(use.to))
    left.push(...(await code.usesOf([use.to])).flat())
  }
  return false
}

const keyOf = (place: Place) => JSON.stringify(place)

/** The kernel writes a struct and reads nothing of it. */
const isOutput = (uses: readonly Use[]): boolean =>
  uses.some(isWrite) && uses.every(use => isWrite(use) || use.kind === 'named')

const isWrite = ({ kind }: Use) => kind === 'written'
