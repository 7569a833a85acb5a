import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git.ts'
import { blame, type ConfigValues, evaluate, parseExpression } from './kconfig-expression.ts'

/** A definition of an option in one of the tree's Kconfig files. */
export interface Definition {
  /** Relative to the tree. */
  readonly file: string
  readonly line: number
  /** What must hold: `depends on` of the entry, and of the menus, `if` blocks and files around it. */
  readonly conditions: readonly string[]
  /** A person can set it; otherwise only `select` can. */
  readonly prompt: boolean
  readonly inChoice: boolean
}

interface Tree {
  readonly path: string
  /** The folder under arch/ whose Kconfig files count. */
  readonly srcArch: string
  readonly signal?: AbortSignal | undefined
}

/** Where an option is defined in a work tree. */
export const findDefinitions = async (tree: Tree, name: string): Promise<Definition[]> => {
  const found = await grep(tree, `^[[:space:]]*(menu)?config ${name}[[:space:]]*$`)
  return await Promise.all(
    found.map(async ({ file, line }) => {
      const entry = readEntry((await readFile(join(tree.path, file), 'utf8')).split('\n'), line)
      return { file, line, ...entry, conditions: [...entry.conditions, ...(await aroundFile(tree, file))] }
    }),
  )
}

/** The options whose entries select an option. */
export const findSelectors = async (tree: Tree, name: string): Promise<string[]> => {
  const found = await grep(tree, `^[[:space:]]*select ${name}([[:space:]]|$)`)
  const texts = await Promise.all(found.map(({ file }) => readFile(join(tree.path, file), 'utf8')))
  return found.flatMap(({ line }, at) => {
    const above = (texts[at] ?? '').split('\n').slice(0, line)
    return above.map(text => /^\s*(?:menu)?config (\w+)/.exec(text)?.[1]).findLast(Boolean) ?? []
  })
}

/**
 * Why an option asked for is not in the configuration, in words for a person.
 * @param wanted - the value asked for.
 */
export const explainLoss = async (tree: Tree, name: string, wanted: string, values: ConfigValues): Promise<string> => {
  const definitions = await findDefinitions(tree, name)
  if (definitions.length === 0) return 'this tree has no such option'
  const selectors = await grep(tree, `^[[:space:]]*select ${name}([[:space:]]|$)`)
  if (wanted === 'n') return `something that is on selects it (see ${places(selectors) || places(definitions)})`
  const level = wanted === 'm' ? 1 : 2
  const reasons = definitions.map(definition => {
    const unmet = definition.conditions.flatMap(condition => {
      const expression = parseExpression(condition)
      if (!expression || evaluate(expression, values) >= level) return []
      return [
        `${definition.file}:${definition.line} depends on ${condition}, and ${blame(expression, values, level).join(', ')}`,
      ]
    })
    if (unmet.length > 0) return unmet.join('; ')
    if (!definition.prompt) {
      return `it has no prompt (${places([definition])}), so only a select can turn it on (${places(selectors) || 'there is none'})`
    }
    return definition.inChoice
      ? `another option of the same choice is on (${places([definition])})`
      : `its dependencies hold, see ${places([definition])}`
  })
  return reasons.join('; or ')
}

const places = (list: readonly { file: string; line: number }[]) =>
  list
    .slice(0, 4)
    .map(({ file, line }) => `${file}:${line}`)
    .join(', ')

/** Reads the entry that begins at `line` (from 1) and what surrounds it in its file. */
export const readEntry = (
  lines: readonly string[],
  line: number,
): Pick<Definition, 'conditions' | 'prompt' | 'inChoice'> => {
  const around = surroundings(lines, line)
  const conditions: string[] = []
  let prompt = false
  for (const text of attributes(lines, line)) {
    // `depends on A if B` (new in 7.0) binds only while B holds.
    const depends = /^depends on\s+(.*?)(?:\s+if\s+(.*))?$/.exec(text)
    if (depends) conditions.push(depends[2] ? `!(${depends[2]}) || (${depends[1]})` : (depends[1] ?? ''))
    const asked = /^(?:bool|tristate|string|int|hex|prompt)\s+["'](?:.*?)["'](?:\s+if\s+(.*))?$/.exec(text)
    if (asked) prompt = true
    if (asked?.[1]) conditions.push(asked[1])
  }
  return { conditions: [...conditions, ...around.conditions], prompt, inChoice: around.inChoice }
}

/** The lines of an entry up to its help or the next entry; continued lines joined, comments gone. */
const attributes = function* (lines: readonly string[], line: number): Generator<string> {
  for (let at = line; at < lines.length; at++) {
    let text = (lines[at] ?? '').trim()
    while (text.endsWith('\\')) text = `${text.slice(0, -1)} ${(lines[++at] ?? '').trim()}`
    if (/^(---)?help(---)?$/.test(text) || entryStart.test(text)) return
    const plain = text.replace(/\s+#.*$/, '')
    if (plain && !plain.startsWith('#')) yield plain
  }
}

const entryStart = /^(config|menuconfig|menu|endmenu|if|endif|choice|endchoice|comment|source|mainmenu)\b/

/** The `if`, `menu` and `choice` blocks that are open at a line. */
const surroundings = (lines: readonly string[], line: number) => {
  const open: { kind: string; conditions: string[] }[] = []
  let helpIndent: number | undefined
  for (let at = 0; at < line - 1; at++) {
    const raw = lines[at] ?? ''
    const text = raw.trim()
    if (text === '') continue
    const indent = raw.replaceAll('\t', '        ').search(/\S/)
    // Help ends with the first line indented less than its own first line.
    if (helpIndent === -1) helpIndent = indent
    if (helpIndent !== undefined && indent >= helpIndent) continue
    helpIndent = undefined
    if (/^(---)?help(---)?$/.test(text)) helpIndent = -1
    const [word = ''] = text.split(/\s/)
    if (word === 'if') open.push({ kind: 'if', conditions: [text.slice(3).replace(/\s+#.*$/, '')] })
    else if (word === 'menu' || word === 'choice') {
      const conditions = [...attributes(lines, at + 1)].flatMap(
        item => /^(?:depends on|visible if)\s+(.*)$/.exec(item)?.[1] ?? [],
      )
      open.push({ kind: word, conditions })
    } else if (/^end(if|menu|choice)$/.test(word)) {
      const from = open.findLastIndex(block => block.kind === word.slice(3))
      if (from >= 0) open.length = from
    }
  }
  return { conditions: open.flatMap(block => block.conditions), inChoice: open.some(block => block.kind === 'choice') }
}

/** What surrounds the `source` lines that bring a Kconfig file in, up to the top. */
const aroundFile = async (tree: Tree, file: string, depth = 0): Promise<string[]> => {
  if (depth > 8 || file === 'Kconfig') return []
  const [parent] = await grep(tree, `^[[:space:]]*source "${file.replaceAll('.', '[.]')}"`)
  if (!parent) return []
  const { conditions } = surroundings((await readFile(join(tree.path, parent.file), 'utf8')).split('\n'), parent.line)
  return [...conditions, ...(await aroundFile(tree, parent.file, depth + 1))]
}

/** Lines of Kconfig files, without those of other architectures. */
const grep = async ({ path, srcArch, signal }: Tree, pattern: string) => {
  const { stdout } = await git(
    ['grep', '-n', '-E', '-e', pattern, '--', '*Kconfig*', ':(exclude)scripts/kconfig/tests'],
    {
      cwd: path,
      signal,
      okCodes: [0, 1],
    },
  )
  return stdout.split('\n').flatMap(found => {
    const [file = '', line = ''] = found.split(':')
    return file && (!file.startsWith('arch/') || file.startsWith(`arch/${srcArch}/`) || file === 'arch/Kconfig')
      ? [{ file, line: Number(line) }]
      : []
  })
}
