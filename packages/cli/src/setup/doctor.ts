import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { aptMissing, CommandMissing, cachePath, exists, run } from '@kseries/host'
import { optionalTools } from './optional.ts'
import { type HostArch, type RequirementOptions, requirements } from './requirements.ts'

/** One thing `kseries doctor` looked at. */
export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'missing' | 'note'
  readonly found: string
  /** What `kseries run` would do about it, or what a person should. */
  readonly remedy?: string
}

/** Looks at everything a run needs and changes nothing. */
export const examine = async (
  arches: readonly HostArch[],
  options: RequirementOptions = {},
  signal?: AbortSignal,
): Promise<Finding[]> => {
  const wanted = requirements(arches, { ...options, check: true })
  const missing = new Set(
    await aptMissing(
      wanted.flatMap(({ packages }) => packages),
      signal,
    ),
  )
  return [
    { what: 'Node', state: 'ok', found: process.version },
    ...wanted.map(({ what, why, packages }): Finding => {
      const absent = packages.filter(name => missing.has(name))
      return absent.length === 0
        ? { what, state: 'ok', found: packages.join(', ') }
        : {
            what,
            state: 'missing',
            found: `not installed: ${absent.join(' ')} (${why})`,
            remedy: `apt-get install ${absent.join(' ')}`,
          }
    }),
    ...(await optionalTools(signal)),
    await gitIdentity(signal),
    await dtSchema(signal),
    await diskSpace(),
    await accelerator(),
  ]
}

const gitIdentity = async (signal?: AbortSignal): Promise<Finding> => {
  const what = 'git identity'
  try {
    const { stdout } = await run('git', ['config', '--get-regexp', '^user\\.(name|email)$'], {
      okCodes: [0, 1],
      ...(signal && { signal }),
    })
    const identity = Object.fromEntries(
      stdout.split('\n').map(line => [line.split(' ')[0], line.slice(line.indexOf(' ') + 1)]),
    )
    if (identity['user.name'] && identity['user.email']) {
      return { what, state: 'ok', found: `${identity['user.name']} <${identity['user.email']}>` }
    }
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error
  }
  return {
    what,
    state: 'note',
    found: 'none: patches are built and tested, but carry no author and no Signed-off-by',
    remedy: 'git config --global user.name / user.email, before any mail',
  }
}

/** No Debian package that all releases have, and most are older than the tree wants: which, `kseries check` knows. */
const dtSchema = async (signal?: AbortSignal): Promise<Finding> => {
  try {
    const { stdout } = await run('dt-doc-validate', ['--version'], { signal })
    return { what: 'dt-schema', state: 'note', found: `${stdout}, if the tree takes it` }
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error
  }
  return {
    what: 'dt-schema',
    state: 'note',
    found: 'none: devicetree bindings that a series touches are not validated',
    remedy: 'pip install dtschema, or a Debian package dt-schema that is new enough',
  }
}

/** What a cold run writes: a kernel tree with its git objects (3 GB), a work tree (2 GB), objects and artefacts (2 GB). */
const NEEDED_BYTES = 8e9

const diskSpace = async (): Promise<Finding> => {
  let folder = cachePath()
  while (!(await exists(folder))) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const found = `${(free / 1e9).toFixed(0)} GB free for ${cachePath()}`
  return free > NEEDED_BYTES || (await exists(cachePath('kernel.git', 'kseries-ready')))
    ? { what: 'disk', state: 'ok', found }
    : {
        what: 'disk',
        state: 'missing',
        found,
        remedy: `free ${NEEDED_BYTES / 1e9} GB, or set KSERIES_CACHE to a larger disk`,
      }
}

const accelerator = async (): Promise<Finding> => {
  const present = await exists('/dev/kvm')
  return {
    what: 'accelerator',
    state: 'note',
    found: present ? '/dev/kvm exists; it is used once a tiny guest has run in it' : 'no /dev/kvm: TCG emulation',
  }
}

/** The table a person reads. */
export const doctorTable = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ what }) => what.length))
  const mark = { ok: 'ok', missing: 'MISSING', note: 'note' }
  return findings
    .flatMap(({ what, state, found, remedy }) => [
      `${mark[state].padEnd(7)}  ${what.padEnd(width)}  ${found}`,
      ...(remedy === undefined ? [] : [`${' '.repeat(9 + width)}  -> ${remedy}`]),
    ])
    .join('\n')
}
