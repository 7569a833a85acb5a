import { count, countLines } from './base.ts'

export interface MailParts {
  readonly subject?: string
  readonly from?: string
  /** '' for a mail without. */
  readonly date?: string
  readonly id?: string
  /** More fields, in lines. */
  readonly fields?: readonly string[]
  readonly message?: string
  readonly diff?: string
  /** All of the body, in place of message and diff. */
  readonly body?: string
}

/** A mail of an mbox, as git format-patch writes it. */
export const mail = (parts: MailParts = {}): string => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${bareMail(parts)}\n`

/** The same without the line that begins it in an mbox. */
export const bareMail = ({
  subject = '[PATCH] demo: change it',
  from = 'Test Person <test@example.org>',
  date = 'Mon, 3 Nov 2025 10:00:00 +0000',
  id = 'one@example.org',
  fields = [],
  message = 'Because.\n',
  diff = changed(),
  body = `${message}---\n${diff}-- \n2.39.5\n`,
}: MailParts = {}): string =>
  [
    `From: ${from}`,
    ...(date === '' ? [] : [`Date: ${date}`]),
    `Subject: ${subject}`,
    `Message-ID: <${id}>`,
    ...fields,
    '',
    body,
  ].join('\n')

/** A series of patches, each of which changes a line of count.c of its own: line 4 n. */
export const thread = (total: number, tag = 'PATCH'): string[] =>
  Array.from({ length: total }, (_, index) => numbered(index + 1, total, tag))

export const numbered = (number: number, total: number, tag = 'PATCH', more: MailParts = {}): string =>
  mail({
    subject: `[${tag} ${number}/${total}] demo: change ${number}`,
    id: `${tag.replaceAll(' ', '-')}-${number}@example.org`,
    diff: changed({ [number * 4]: `long a${number};` }),
    ...more,
  })

export const cover = (total: number, tag = 'PATCH'): string =>
  mail({ subject: `[${tag} 0/${total}] demo: what it is about`, id: `${tag}-0@example.org`, body: 'All of it.\n' })

/** A reply of somebody to a mail of `thread`. */
export const reply = (parts: MailParts & { readonly to: number; readonly total: number }): string =>
  mail({
    subject: `Re: [PATCH ${parts.to}/${parts.total}] demo: ${parts.to === 0 ? 'what it is about' : `change ${parts.to}`}`,
    from: 'Reviewer <reviewer@example.org>',
    id: `reply-${parts.to}@example.org`,
    fields: [`In-Reply-To: <PATCH-${parts.to}@example.org>`],
    ...parts,
  })

export interface HunkChange {
  /** Lines of context. @default 3 */
  readonly context?: number
  /** Added to the numbers of the old lines. */
  readonly shift?: number
}

/** A diff of count.c: a hunk for each line changed, as they stand in the base. */
export const changed = (changes: Readonly<Record<number, string>> = { 20: 'long a20;' }, options: HunkChange = {}) =>
  `${header(count)}${Object.entries(changes)
    .map(([line, text]) => hunk(Number(line), text, options))
    .join('')}`

export const header = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n`

export const hunk = (line: number, text: string, { context = 3, shift = 0 }: HunkChange = {}): string => {
  const from = Math.max(1, line - context)
  const to = Math.min(countLines.length, line + context)
  const lines = countLines
    .slice(from - 1, to)
    .map((old, index) => (from + index === line ? `-${old}\n+${text}\n` : ` ${old}\n`))
  return `@@ -${from + shift},${lines.length} +${from + shift},${lines.length} @@\n${lines.join('')}`
}

/** A diff that makes a file. */
export const created = (path: string, text = 'int new;\n', mode = '100644'): string => {
  const name = (side: string) => (/[\n"\\]|[^ -~]/.test(path) ? `"${side}/${escaped(path)}"` : `${side}/${path}`)
  const lines = text.split('\n').slice(0, -1)
  const end = text.endsWith('\n') ? [] : [`+${text.split('\n').at(-1)}\n\\ No newline at end of file\n`]
  return `diff --git ${name('a')} ${name('b')}\nnew file mode ${mode}\nindex 0000000..1111111\n--- /dev/null\n+++ ${name('b')}\n@@ -0,0 +1,${lines.length + end.length} @@\n${lines.map(line => `+${line}\n`).join('')}${end.join('')}`
}

/** As git quotes names. */
const escaped = (path: string) =>
  [...Buffer.from(path)]
    .map(byte =>
      byte < 32 || byte > 126 || byte === 34 || byte === 92
        ? `\\${byte.toString(8).padStart(3, '0')}`
        : String.fromCharCode(byte),
    )
    .join('')

/** A diff that makes a symbolic link. */
export const linked = (path: string, target: string): string => created(path, target, '120000')

/** A diff that deletes a file. */
export const deleted = (path: string, text: string, mode = '100644'): string => {
  const lines = text.split('\n').slice(0, -1)
  return `diff --git a/${path} b/${path}\ndeleted file mode ${mode}\n--- a/${path}\n+++ /dev/null\n@@ -1,${lines.length} +0,0 @@\n${lines.map(line => `-${line}\n`).join('')}`
}
