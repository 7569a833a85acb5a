import { moveWorkTree, type WorkTree } from '@kseries/kernel'

/**
 * Where the work tree of a walk is. Whoever builds in it asks for the commit, and it is looked at, all of its 96,000 files, only when
 * it has to move. The caller holds its lock.
 */
export class Place {
  readonly name: string
  readonly #signal: AbortSignal | undefined
  #at: { readonly commit: string; readonly tree: Promise<WorkTree> } | undefined

  constructor(name: string, signal?: AbortSignal) {
    this.name = name
    this.#signal = signal
  }

  /** @throws as moveWorkTree() */
  async moveTo(commit: string): Promise<WorkTree> {
    if (this.#at?.commit !== commit) {
      const before = this.#at?.tree
      const move = async () => {
        await before?.catch(() => {})
        return await moveWorkTree(commit, this.name, { signal: this.#signal })
      }
      this.#at = { commit, tree: move() }
    }
    const { tree } = this.#at
    try {
      return await tree
    } catch (error) {
      if (this.#at?.tree === tree) this.#at = undefined
      throw error
    }
  }
}
