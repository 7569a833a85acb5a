import { contentKey, ExitCode, KseriesError } from '@kseries/host'
import { type PackageName, type Place, parsePlace } from '@kseries/kernel'

/** Where the sources of a part of the firmware come from: its Debian package, a git repository, a folder. */
export type FirmwareSource = { readonly kind: 'debian' } | Place

/** A part of the firmware that comes from somewhere. */
export interface Part {
  /** As people call it: 'OP-TEE'. */
  readonly title: string
  readonly debian: PackageName
  /** Where Debian has it, the best first. */
  readonly suites: readonly string[]
  /** What tells its sources from others: paths that are there. */
  readonly landmarks: readonly string[]
}

/** What the firmware is made of. With protected memory OP-TEE 4.8 or newer is needed, which only sid and forky have. */
export const parts = {
  tfa: {
    title: 'TF-A',
    debian: { kind: 'source', name: 'arm-trusted-firmware' },
    suites: ['trixie', 'forky', 'sid'],
    landmarks: ['plat/qemu', 'services/spd/opteed'],
  },
  optee: {
    title: 'OP-TEE',
    debian: { kind: 'source', name: 'optee-os' },
    suites: ['sid', 'forky'],
    landmarks: ['core/arch/arm/plat-vexpress', 'ta/mk/ta_dev_kit.mk'],
  },
  uboot: {
    title: 'U-Boot',
    debian: { kind: 'binary', name: 'u-boot-qemu' },
    suites: ['trixie', 'forky', 'sid'],
    landmarks: ['usr/lib/u-boot/qemu_arm64/u-boot.bin'],
  },
} as const satisfies Record<string, Part>

/**
 * Reads a source as a person writes it: `debian`, `git:URL#REF` or a folder's path (with a `/` in it).
 * @param cwd - what a relative path is relative to.
 * @throws FirmwareSourceSyntax
 */
export const parseFirmwareSource = (text: string, cwd?: string): FirmwareSource => {
  if (text === 'debian') return { kind: 'debian' }
  const place = parsePlace(text, cwd)
  if (!place) throw new FirmwareSourceSyntax(text)
  return place
}

/** A name for the sources of a part that can be one of a file. */
export const slugOf = ({ debian }: Part, source: FirmwareSource): string =>
  source.kind === 'debian' ? debian.name : `${debian.name}-${source.kind}-${contentKey(source)}`

/** The text names no sources. */
export class FirmwareSourceSyntax extends KseriesError {
  constructor(text: string) {
    super(`Cannot read '${text}' as sources of firmware: it is not 'debian', no git:URL#REF and no path`, {
      hint: 'Write debian, git:URL#REF, or a folder with a slash in it (./optee_os).',
      exitCode: ExitCode.usage,
    })
  }
}
