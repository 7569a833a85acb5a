import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KseriesError } from '@kseries/host'

/** One archive of this machine's apt configuration, in the fields of deb822 (sources.list(5)). */
export type AptStanza = ReadonlyMap<string, string>

/**
 * The archives the machine takes its own packages from, Debian's first.
 * @param etc - the apt configuration folder, /etc/apt.
 * @returns the enabled binary archives with a `main` component that are neither security archives nor discs. Vendors of
 * single programs call their component main as well, so those at `…/debian` come first, and never none.
 * @throws NoAptSources
 */
export const findMainArchives = async (etc = '/etc/apt'): Promise<AptStanza[]> => {
  const names = await readdir(join(etc, 'sources.list.d')).catch(() => [])
  const files = ['sources.list', ...names.toSorted().map(name => join('sources.list.d', name))]
  const found: AptStanza[] = []
  for (const file of files) {
    const text = await readFile(join(etc, file), 'utf8').catch(() => '')
    const stanzas = file.endsWith('.sources') ? parseDeb822(text) : file.endsWith('.list') ? parseOneLine(text) : []
    found.push(...stanzas.filter(isMainArchive))
  }
  if (found.length === 0) throw new NoAptSources(etc)
  return found.toSorted((a, b) => Number(isDebian(b)) - Number(isDebian(a)))
}

const isDebian = (stanza: AptStanza) => words(stanza, 'uris').some(uri => /\/debian\/?$/.test(uri))

const words = (stanza: AptStanza, name: string) => (stanza.get(name) ?? '').split(/\s+/)

/**
 * The stanza as deb822 text, for one other suite of the same archive and mirror: its binary or its source packages.
 * @param architecture - Debian's name of it. @default those that the stanza names
 */
export const stanzaForSuite = (
  stanza: AptStanza,
  suite: string,
  types: 'deb' | 'deb-src' = 'deb',
  architecture?: string,
): string => {
  const other = architecture === undefined ? [] : [['architectures', architecture] as const]
  const changed = new Map([...stanza, ['types', types], ['suites', suite], ['components', 'main'], ...other])
  return `${[...changed].map(([name, value]) => `${name}: ${value}`).join('\n')}\n`
}

const isMainArchive = (stanza: AptStanza): boolean =>
  words(stanza, 'types').includes('deb') &&
  !/^(no|false|0|off|disable)$/i.test(stanza.get('enabled') ?? '') &&
  words(stanza, 'components').includes('main') &&
  words(stanza, 'suites').some(suite => !/-security$|\/$/.test(suite)) &&
  !words(stanza, 'uris').some(uri => uri.startsWith('cdrom:'))

const parseDeb822 = (text: string): AptStanza[] =>
  text
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/)
    .map(paragraph => {
      // A line that begins with a space continues the field above it (an inline Signed-By key).
      const fields = paragraph.split(/\n(?=\S)/).filter(field => field.includes(':'))
      return new Map(
        fields.map(field => {
          const colon = field.indexOf(':')
          return [field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim()] as const
        }),
      )
    })
    .filter(stanza => stanza.size > 0)

/** `deb [ option=value … ] uri suite component…` */
const parseOneLine = (text: string): AptStanza[] =>
  text.split('\n').flatMap(line => {
    const match = /^\s*(deb)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)/.exec(line)
    if (!match) return []
    const [, types = '', options = '', uris = '', suites = '', components = ''] = match
    const named = options
      .split(/\s+/)
      .filter(option => option.includes('='))
      .map(option => {
        const [name = '', value = ''] = option.split('=', 2)
        return [optionNames[name] ?? name, value.replaceAll(',', ' ')] as const
      })
    return [
      new Map([['types', types], ['uris', uris], ['suites', suites], ['components', components.trim()], ...named]),
    ]
  })

/** The one-line names that differ from deb822's, see sources.list(5). */
const optionNames: Readonly<Record<string, string>> = { arch: 'architectures', lang: 'languages', target: 'targets' }

/** Nothing tells where this machine takes Debian packages from. */
export class NoAptSources extends KseriesError {
  constructor(etc: string) {
    super(`Cannot find a Debian archive in ${etc}: no enabled entry with binary packages of component main`, {
      hint: 'Add the Debian archive to /etc/apt/sources.list.d, or take the tree from git:URL#REF or from a folder.',
    })
  }
}
