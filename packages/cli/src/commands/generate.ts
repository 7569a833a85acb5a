import { resolve } from 'node:path'
import { ExitCode } from '@kseries/host'
import { type Formatted, formatPatches, type Generated } from '@kseries/patchgen'
import { type CommitsContext, commitStages } from '../run/commits.ts'
import { chainsFor, nameOf } from '../series.ts'
import { chooseView, runStages } from '../ui/stage.ts'
import { setupStage } from './setup.ts'

export interface GenerateCommandOptions {
  readonly base?: string
  readonly out?: string
  readonly rfc?: boolean
  readonly reroll?: number
  readonly only?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

interface Context extends CommitsContext {
  formatted?: Formatted
}

/** `kseries generate`: a series as commits on a base and, with --out, as patch files for `git am`. */
export const generate = async (
  names: readonly string[],
  options: GenerateCommandOptions,
  signal: AbortSignal,
): Promise<ExitCode> => {
  const chains = await chainsFor(names)
  for (const chain of chains) {
    const name = nameOf(chain)
    // Each of several series has a folder of its own.
    const out = options.out === undefined ? undefined : resolve(options.out, chains.length > 1 ? name : '')
    const context: Context = {}
    await runStages<Context>(
      [
        setupStage([], signal),
        ...commitStages(chain, options.base, signal),
        ...(out === undefined
          ? []
          : [
              {
                title: `patch files in ${out}`,
                work: async (it: Context) => {
                  if (!it.generated) return
                  it.formatted = await formatPatches(chain, it.generated, out, {
                    signal,
                    ...(options.rfc === undefined ? {} : { rfc: options.rfc }),
                    ...(options.reroll === undefined ? {} : { version: options.reroll }),
                    ...(options.only === undefined ? {} : { only: options.only }),
                  })
                  return `${it.formatted.patches.length} patches, ${it.formatted.covers.length} cover letters`
                },
              },
            ]),
      ],
      context,
      chooseView(options),
    )
    if (context.generated) print(context.generated, context.formatted, options.json ?? false)
  }
  return ExitCode.ok
}

const print = (generated: Generated, formatted: Formatted | undefined, json: boolean) => {
  const { gitDir, base, head, treeHash, commits, branches, submittable } = generated
  if (json) {
    const event = {
      type: 'generated',
      gitDir,
      base: base.commit,
      head,
      treeHash,
      commits,
      branches,
      submittable,
      ...formatted,
    }
    process.stdout.write(`${JSON.stringify(event)}\n`)
    return
  }
  for (const { hash, subject } of commits) process.stdout.write(`${hash.slice(0, 12)} ${subject}\n`)
  process.stdout.write(`\nbranch ${branches.at(-1)} of ${gitDir}\n`)
}
