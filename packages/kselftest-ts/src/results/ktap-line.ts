/** A line of KTAP, without timestamps, as Documentation/dev-tools/ktap.rst has them. */
export type KtapLine =
  | { readonly kind: 'version' }
  /** KUnit's "# Subtest: name", which older kernels print without a version line. */
  | { readonly kind: 'subtest'; readonly name: string }
  /** `reason`: why nothing is run, of "1..0 # SKIP why". */
  | { readonly kind: 'plan'; readonly count: number; readonly reason: string }
  | ({ readonly kind: 'result'; readonly ok: boolean; readonly number: number; readonly name: string } & Directive)
  | { readonly kind: 'other'; readonly text: string }

export interface Directive {
  readonly directive: 'SKIP' | 'TODO' | 'XFAIL' | 'TIMEOUT' | 'ERROR' | undefined
  /** What follows the directive, or the hash sign without one: "exit=1". */
  readonly reason: string
}

/** How deep a line is: kselftest's runner puts "# " before what its tests print, everybody else indents. */
export interface Depth {
  readonly hashes: number
  readonly indent: number
}

const timestamp = /^(?:<\d+>)?\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? ?/
const version = /^K?TAP version \d+\s*$/
const subtest = /^# Subtest: (.*)$/
const plan = /^1\.\.(\d+)(?:\s+(?:#\s*)?(?:SKIP\b:?)?\s*(.*))?$/i
const result = /^(ok|not ok) (\d+)(?: (?:- )?(.*))?$/
const directive = /^(SKIP|TODO|XFAIL|TIMEOUT|ERROR)\b:?\s*(.*)$/i

/** Removes what printk() puts before a line. */
export const withoutTimestamp = (line: string): string => line.replace(/\r+$/, '').replace(timestamp, '')

/** What a line is, and how deep. */
export const parseKtapLine = (text: string): KtapLine & { readonly depth: Depth } => {
  let rest = text
  let hashes = 0
  for (;;) {
    const indent = rest.length - rest.trimStart().length
    const line = classify(rest.trim())
    if (line.kind !== 'other') return { ...line, depth: { hashes, indent } }
    // "# ok 1 name": one level of a runner's prefix less.
    const inner = /^\s*# ?(.*)$/.exec(rest)
    if (!inner || hashes > 8) return { kind: 'other', text: text.trim(), depth: { hashes: 0, indent: 0 } }
    rest = inner[1] ?? ''
    hashes++
  }
}

const classify = (text: string): KtapLine => {
  if (version.test(text)) return { kind: 'version' }
  const header = subtest.exec(text)
  if (header) return { kind: 'subtest', name: (header[1] ?? '').trim() }
  const planned = plan.exec(text)
  if (planned) return { kind: 'plan', count: Number(planned[1]), reason: (planned[2] ?? '').trim() }
  const found = result.exec(text)
  if (!found) return { kind: 'other', text }
  const [, ok, number, rest = ''] = found
  const { name, ...how } = splitDirective(rest)
  return { kind: 'result', ok: ok === 'ok', number: Number(number), name, ...how }
}

const splitDirective = (text: string): Directive & { readonly name: string } => {
  const hash = /^(.*?)(?:^|\s)#\s*(.*)$/.exec(text)
  if (!hash) return { name: text.trim(), directive: undefined, reason: '' }
  const [, before = '', after = ''] = hash
  const found = directive.exec(after)
  const name = before.trim()
  if (!found) return { name, directive: undefined, reason: after.trim() }
  const kind = (found[1] ?? '').toUpperCase() as Directive['directive']
  const reason = (found[2] ?? '').trim()
  // kselftest.h's ksft_test_result_skip() prints "ok 3 # SKIP name".
  return name === '' ? { name: reason, directive: kind, reason: '' } : { name, directive: kind, reason }
}
