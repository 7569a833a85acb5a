import { readFile } from 'node:fs/promises'
import type { Problem } from '../model/finding.ts'
import type { TextCheck } from './bench.ts'

/** Where Debian's codespell and pip's keep their dictionary. */
const dictionaries = [
  '/usr/share/codespell/dictionary.txt',
  '/usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt',
]

/**
 * What `checkpatch --codespell` says of spelling, from the same dictionaries: the tree's and codespell's. Not by checkpatch: with
 * codespell's 33,000 words in one regular expression it takes half a minute for a patch of 90 kB.
 */
export const spelling: TextCheck = {
  tools: ['spelling'],
  look: async bench => {
    const { commit, changes } = bench
    const words = await bench.words()
    const message = [commit.subject, ...commit.body.split('\n').filter(line => !/^[A-Z][\w-]+(-by|-to): /.test(line))]
    return [
      ...message.flatMap(text => misspelt(words, text).map(say)),
      ...changes.flatMap(({ path, added }) =>
        added.flatMap(({ line, text }) => misspelt(words, text).map(one => ({ ...say(one), file: path, line }))),
      ),
    ]
  },
}

/** The words of a tree's list and of codespell's dictionary, where it is installed. */
export const readWords = async (list: Uint8Array | undefined): Promise<ReadonlyMap<string, string>> => {
  const theirs = await Promise.all(dictionaries.map(path => readFile(path, 'utf8').catch(() => '')))
  const own = Buffer.from(list ?? []).toString('utf8')
  return new Map([...codespellWords(theirs.find(Boolean) ?? ''), ...treeWords(own)])
}

type Misspelt = readonly [word: string, right: string]

const say = ([word, right]: Misspelt): Problem => ({
  tool: 'spelling',
  text: `'${word}' may be misspelt: perhaps '${right}'`,
  blocks: false,
})

/** Words as checkpatch bounds them: not beside a quote, a hyphen or a part of a name. */
const misspelt = (words: ReadonlyMap<string, string>, text: string): Misspelt[] =>
  [...text.matchAll(/(?<![\w\-'`])[a-z][a-z'-]*(?![\w\-'`])/gi)].flatMap(([word]) => {
    const right = words.get(word.toLowerCase())
    return right === undefined ? [] : [[word, right] as const]
  })

/** `wrong->right, reason`; one that may be right is disabled. */
const codespellWords = (text: string): [string, string][] =>
  text.split('\n').flatMap(line => {
    const [, wrong = '', right = ''] = /^\s*([^#\s][^>]*?)->([^,]*)/.exec(line) ?? []
    return wrong === '' || /, disabled/i.test(line) ? [] : [[wrong, right.trim()]]
  })

/** `wrong||right` */
const treeWords = (text: string): [string, string][] =>
  text.split('\n').flatMap(line => {
    const [, wrong = '', right = ''] = /^([^#|]+)\|\|(.*)$/.exec(line) ?? []
    return wrong === '' ? [] : [[wrong, right]]
  })
