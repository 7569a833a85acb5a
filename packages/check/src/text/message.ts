import type { Problem } from '../model/finding.ts'
import type { TextCheck } from './bench.ts'

const width = 75

/** Documentation/process/submitting-patches.rst, "Sign your work": the author's own, which no tool may add. */
export const signOff: TextCheck = {
  tools: ['sign-off'],
  look: async ({ subject, commit: { body, author } }) => {
    // A series folder gets its sign-offs from git's identity; without one that is said once, see check.ts.
    if (subject.isByNobody) return []
    const signed = [...body.matchAll(/^Signed-off-by: *(.*)$/gim)].map(([, who = '']) => who.trim())
    const mail = /<(.*)>/.exec(author)?.[1]?.toLowerCase() ?? ''
    if (signed.length === 0) return [block('sign-off', 'there is no Signed-off-by')]
    if (signed.some(who => who.toLowerCase().includes(`<${mail}>`))) return []
    return [block('sign-off', `the author, ${author}, did not sign off: ${signed.join(', ')} did`)]
  },
}

/** "Fixes: 54a4f0239f2e ("area: subject")", as submitting-patches.rst has it; no blank line, not wrapped. */
export const fixes: TextCheck = {
  tools: ['fixes'],
  look: async ({ commit: { body } }) =>
    body.split('\n').flatMap(line => {
      if (!/^\s*Fixes:/i.test(line)) return []
      if (/^Fixes: [0-9a-f]{12,40} \(".+"\)$/.test(line)) return []
      return [
        block('fixes', `it must be 'Fixes: <12 or more digits> ("<subject>")', on one line: it is '${line.trim()}'`),
      ]
    }),
}

/** Trailers that lead somewhere: a Link is an address, and a report has where it was made behind it. */
export const links: TextCheck = {
  tools: ['link'],
  look: async ({ commit: { body } }) => {
    const lines = body.split('\n')
    return lines.flatMap((line, at) => {
      const [, name = '', value = ''] = /^(Link|Closes): *(.*)$/i.exec(line) ?? []
      if (name !== '' && !/^https?:\/\/[^\s/]+\/\S+/.test(value))
        return [block('link', `${name}: must be an address of one message or page: it is '${value}'`)]
      if (/^Reported-by:/i.test(line) && !/^(Closes|Link):/i.test(lines[at + 1] ?? ''))
        return [note('link', `${line}: the next line should be 'Closes:' with the address of the report`)]
      return []
    })
  },
}

/** Gerrit's Change-Id has no place in the kernel's history; b4's change-id goes into the cover letter. */
export const changeId: TextCheck = {
  tools: ['change-id'],
  look: async ({ commit: { body } }) =>
    /^change-id:/im.test(body)
      ? [block('change-id', 'the commit message has a change-id: it belongs below ---, or into the cover letter')]
      : [],
}

/** How the message reads. */
export const prose: TextCheck = {
  tools: ['prose'],
  look: async ({ commit: { subject, body } }) => [
    ...subjectProblems(subject),
    ...(withoutTrailers(body) === '' ? [block('prose', 'the message has no body that says why')] : []),
    ...body
      .split('\n')
      .flatMap((line, at) =>
        line.length > width && !mayBeLong(line)
          ? [block('prose', `line ${at + 3} of the message has ${line.length} columns: at most ${width}`)]
          : [],
      ),
    ...(/^(in )?this (patch|commit)\b/im.test(body)
      ? [note('prose', 'say what to do ("Add …"), not what "this patch" does')]
      : []),
  ],
}

const subjectProblems = (subject: string): Problem[] => {
  const what = subject.replace(/^.*: /, '')
  const [first = ''] = what.split(/[\s,]/)
  return [
    ...(subject.length > width ? [block('prose', `the subject has ${subject.length} columns: at most ${width}`)] : []),
    ...(subject.endsWith('.') ? [block('prose', 'the subject ends with a full stop')] : []),
    ...(what === subject ? [block('prose', 'the subject names no area ("crypto: …")')] : []),
    ...(isTold(first) ? [note('prose', `the subject must be an order: '${first}' is none`)] : []),
  ]
}

/** Verbs that subjects begin with, and how they look when something is told instead of ordered. */
const verbs =
  'add|allow|avoid|change|check|clean|convert|correct|disable|drop|enable|export|extend|fix|handle|implement|improve|introduce|make|move|prevent|provide|refactor|remove|rename|replace|return|revert|rework|simplify|split|support|switch|update|use'
const told = new RegExp(
  `^(${verbs})(s|d|ed|ing)$|^(${verbs.replaceAll(/e\b/g, '')})(ing|ped|ping)$|^(made|split(s|ting))$`,
  'i',
)
const isTold = (word: string) => told.test(word)

/** Quotations, tables, trailers, and what cannot be broken. */
const mayBeLong = (line: string) => /^[\s>]|^[\w-]+: |^\S+$|https?:\/\//.test(line)

const withoutTrailers = (body: string) => body.replaceAll(/^[A-Z][\w-]+: .*$/gm, '').trim()

const block = (tool: string, text: string): Problem => ({ tool, text, blocks: true })
const note = (tool: string, text: string): Problem => ({ tool, text, blocks: false })
