import { type AbiDescription, HeadersRejected } from '@kseries/uapi-headers'

/** Describes some headers together, named as one writes them in #include; rejects with HeadersRejected. */
export type Describe = (names: readonly string[]) => Promise<AbiDescription>

/**
 * Describes headers in as few batches as compile: a header that does not must not hide the others, and some cannot be included together.
 * Which those are is remembered: it is mostly the same before and after a commit, and for all ABIs.
 */
export class Batches {
  #known: readonly (readonly string[])[] = []

  /**
   * @param root - the folder that the names are below.
   * @param onRejected - called for each that does not compile alone, with the compiler's words.
   */
  async describe(
    names: readonly string[],
    root: string,
    describe: Describe,
    onRejected: (name: string, words: string) => void,
  ): Promise<AbiDescription> {
    const batches: (readonly string[])[] = []
    const described: AbiDescription[] = []
    const add = async (its: readonly string[]): Promise<void> => {
      try {
        described.push(await describe(its))
        batches.push(its)
      } catch (error) {
        if (!(error instanceof HeadersRejected) || its.length === 0) throw error
        const [only = ''] = its
        if (its.length === 1) {
          onRejected(only, error.errors[0]?.message ?? error.message)
          batches.push(its)
        } else for (const part of partsOf(its, suspectsOf(error, its, root))) await add(part)
      }
    }
    for (const batch of this.#split(names)) await add(batch)
    this.#known = batches
    return together(described.length > 0 ? described : [await describe([])])
  }

  #split(names: readonly string[]): (readonly string[])[] {
    const place = new Map(this.#known.flatMap((batch, index) => batch.map(name => [name, index] as const)))
    return [...Map.groupBy(names, name => place.get(name) ?? 0).values()]
  }
}

/** Those in which the compiler stumbled, which need not be at fault; the first if they are many, for what is behind an error is often well. */
const suspectsOf = ({ errors }: HeadersRejected, names: readonly string[], root: string): readonly string[] => {
  const files = [...new Set(errors.map(({ file }) => file))]
  const suspects = files.flatMap(file => names.find(name => file === `${root}/${name}`) ?? [])
  return suspects.slice(0, suspects.length > Math.max(8, names.length / 8) ? 1 : undefined)
}

/** Without the suspects, and these; where there are none, halves. */
const partsOf = (names: readonly string[], suspects: readonly string[]): (readonly string[])[] => {
  const others = names.filter(name => !suspects.includes(name))
  if (suspects.length > 0 && others.length > 0) return [others, suspects]
  const middle = names.length >> 1
  return [names.slice(0, middle), names.slice(middle)]
}

const together = ([first, ...others]: readonly AbiDescription[]): AbiDescription => {
  if (!first) throw new TypeError('Cannot put no descriptions together')
  return others.reduce(
    (all, one) => ({
      ...all,
      records: { ...all.records, ...one.records },
      constants: { ...all.constants, ...one.constants },
    }),
    first,
  )
}
