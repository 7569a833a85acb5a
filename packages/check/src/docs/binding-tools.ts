import type { Report, run } from '@kseries/host'
import type { Problem } from '../model/finding.ts'
import { compareVersions, versionOf } from '../model/programs.ts'
import type { Files } from './layout.ts'

export interface BindingLook {
  /** The tree. */
  readonly root: string
  readonly paths: readonly string[]
  readonly run: typeof run
  readonly signal?: AbortSignal | undefined
}

/** One of the programs that the tree's Makefile runs on bindings, as this machine has it. */
export interface BindingTool {
  /** What its problems carry. */
  readonly tool: string
  readonly version: string
  readonly look: (job: BindingLook) => Promise<readonly Problem[]>
}

interface Options {
  readonly isSandboxed: boolean
  readonly report: Report
  readonly signal?: AbortSignal | undefined
}

const folder = 'Documentation/devicetree/bindings'
/** Of the tree, since 7.2. */
export const checkStyle = 'scripts/dtc/dt-check-style'

/** What problems of bindings may carry as their tool. */
export const bindingTools = ['dt-schema', 'yamllint', 'dt-check-style'] as const

/** The tools that there are, and are new enough; of each other one a note says what to do. */
export const bindingToolsFor = async (
  setUp: Files,
  { isSandboxed, report, signal }: Options,
): Promise<BindingTool[]> => {
  const tell = (text: string) => report({ kind: 'note', text: `devicetree bindings: ${text}` })
  // A sandbox has the system's programs alone.
  const program = (name: string) => (isSandboxed ? `/usr/bin/${name}` : name)
  const minimum = /^DT_SCHEMA_MIN_VERSION\s*=\s*(\S+)/m.exec(textOf(setUp, `${folder}/Makefile`))?.[1] ?? '0'
  const [schema, lint, ruamel] = (
    await Promise.all([
      versionOf(program('dt-doc-validate'), signal),
      versionOf(program('yamllint'), signal),
      versionOf('/usr/bin/python3', signal, ['-c', 'import ruamel.yaml; print(ruamel.yaml.__version__)']),
    ])
  ).map(said => said?.split(' ').at(-1))
  const next = `pip install 'dtschema>=${minimum}', or the package dt-schema of a newer Debian`
  const tools: BindingTool[] = []
  if (schema === undefined) tell(`they are not validated, since dt-schema is not installed: ${next}`)
  else if (compareVersions(schema, minimum) < 0)
    tell(`they are not validated, since dt-schema is ${schema} and the tree wants ${minimum}: ${next}`)
  else tools.push(dtSchema(program('dt-doc-validate'), schema))
  if (setUp.has(`${folder}/.yamllint`)) {
    if (lint === undefined) tell('their YAML is not looked at, since yamllint is not installed')
    else tools.push(yamllint(program('yamllint'), lint))
  }
  if (setUp.has(checkStyle)) {
    if (ruamel === undefined) tell('the style of examples is not looked at, since python3-ruamel.yaml is not installed')
    else tools.push(style(ruamel))
  }
  return tools
}

const dtSchema = (program: string, version: string): BindingTool => ({
  tool: 'dt-schema',
  version,
  look: job => look(job, 'dt-schema', program, ['--line-number', '--url-path', folder, ...job.paths]),
})

const yamllint = (program: string, version: string): BindingTool => ({
  tool: 'yamllint',
  version,
  look: async job => {
    const args = ['--format', 'parsable', '--config-file', `${folder}/.yamllint`, ...job.paths]
    return (await look(job, 'yamllint', program, args)).map(problem => ({
      ...problem,
      text: problem.text.replace(/^\[\w+\] /, ''),
      // The tree has line lengths as a warning: "don't fail if a line is longer".
      blocks: !problem.text.startsWith('[warning]'),
    }))
  },
})

const style = (version: string): BindingTool => ({
  tool: 'dt-check-style',
  version,
  look: job => look(job, 'dt-check-style', '/usr/bin/python3', [checkStyle, '--jobs=1', ...job.paths]),
})

const look = async (
  { root, run: runner, signal }: BindingLook,
  tool: string,
  program: string,
  args: readonly string[],
): Promise<Problem[]> => {
  const { stdout, stderr } = await runner(program, args, {
    cwd: root,
    signal,
    timeout: 300_000,
    okCodes: [0, 1, 2],
    env: { LC_ALL: 'C.UTF-8', PYTHONDONTWRITEBYTECODE: '1' },
  })
  return parsePlaces(`${stdout}\n${stderr}`, root, tool)
}

/** Reads `FILE:LINE:COLUMN: text`, `FILE:LINE: text` and `FILE: text`; what stands further in belongs to it. */
export const parsePlaces = (output: string, root: string, tool: string): Problem[] => {
  const found: (Problem & { text: string })[] = []
  for (const entry of output.replaceAll(`${root}/`, '').split('\n')) {
    const [, file, line, text = ''] =
      /^(?:\.\/)?(Documentation\/[^:\s]+\.yaml):(?:(\d+):)?(?:\d+:)?\s*(.*)$/.exec(entry) ?? []
    const last = found.at(-1)
    if (file !== undefined) found.push({ tool, file, ...(line && { line: Number(line) }), text, blocks: true })
    else if (last && /^\s+\S/.test(entry)) found[found.length - 1] = { ...last, text: `${last.text}\n${entry.trim()}` }
    // A program that breaks down says no place, and must not be taken for one that finds nothing.
    else if (/^[\w.]+(Error|Exception)\b/.test(entry)) found.push({ tool, text: entry, blocks: true })
  }
  return found
}

const textOf = (files: Files, path: string) => Buffer.from(files.get(path)?.content ?? []).toString('utf8')
