import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Runs a program of the tests' own; its output. */
export const sh = async (cwd: string, file: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(file, [...args], { cwd })).stdout.trim()

export const writeTree = async (dir: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await writeFile(join(dir, name), content)
  }
}

const count = '$(shell echo "$(NAME) $(MAKECMDGOALS)" >> $(FAKE_CALLS))'

/** FAKE: makes "binaries" of what is compiled in. `all` hangs while there is a file $FAKE_HANG, in the middle of writing an object. */
const optee = {
  'core/arch/arm/plat-vexpress/conf.mk': '',
  'ta/mk/ta_dev_kit.mk': `${count.replace('$(NAME)', 'ta')}
all: $(O)/$(BINARY).stripped.elf
$(O)/$(BINARY).stripped.elf: $(wildcard *.c ../include/*.h)
	@echo '  CC      '$(BINARY)
	@$(if $(wildcard *.c),gcc -fsyntax-only *.c)
	@(cat $^; echo test=$(CFG_FAKE_TEST)) > $@
`,
  Makefile: `${count.replace('$(NAME)', 'optee')}
ta_dev_kit:
	@mkdir -p $(O)/export-ta_arm64/mk
	@cp ta/mk/ta_dev_kit.mk $(O)/export-ta_arm64/mk/
all: $(O)/core/tee.bin
$(O)/core/main.o: VERSION
	@mkdir -p $(O)/core
	@echo '  CC      main.o'
	@$(if $(wildcard $(FAKE_HANG)),echo half > $@; sleep 60)
	@cat VERSION > $@
$(O)/core/tee.bin: $(O)/core/main.o
	@(cat $<; echo protmem=$(CFG_CORE_DYN_PROTMEM); cat $(EARLY_TA_PATHS) /dev/null) > $@
	@for name in header_v2 pager_v2 pageable_v2; do echo "$$name: $$(cat $@)" > $(O)/core/tee-$$name.bin; done
	@cp $@ $(O)/core/tee.elf
.PHONY: all ta_dev_kit
`,
  VERSION: 'OP-TEE one\n',
}

/** FAKE: a "bios" is what it is given, one behind the other. */
const tfa = {
  'plat/qemu/platform.mk': '',
  'services/spd/opteed/opteed.mk': '',
  Makefile: `${count.replace('$(NAME)', 'tfa')}
P = $(BUILD_BASE)/qemu/release
all: $(P)/qemu_fw.bios
$(P)/qemu_fw.bios:
	@mkdir -p $(P)
	@(echo TF-A $(QEMU_USE_GIC_DRIVER); cat $(BL32) $(BL32_EXTRA1) $(BL33)) > $@
fip: ;
.PHONY: all fip
`,
}

const ta = {
  Makefile: 'BINARY = 11111111-2222-3333-4444-555555555555\ninclude $(TA_DEV_KIT_DIR)/mk/ta_dev_kit.mk\n',
  'one.c': '/* one */\n',
}

/** A cache folder and FAKE sources of everything, for one test. */
export const fakes = async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'kseries-firmware-')))
  const calls = join(dir, 'calls')
  process.env['KSERIES_CACHE'] = join(dir, 'cache')
  process.env['FAKE_CALLS'] = calls
  process.env['FAKE_HANG'] = join(dir, 'HANG')
  await writeTree(join(dir, 'optee'), optee)
  await writeTree(join(dir, 'tfa'), tfa)
  await writeTree(join(dir, 'tas/one'), ta)
  await writeTree(join(dir, 'uboot'), {
    'usr/lib/u-boot/qemu_arm64/u-boot.bin': 'U-Boot\0bootcmd=x\0bootdelay=2\0bootfile=y\0',
  })
  const folder = (name: string) => ({ kind: 'folder', path: join(dir, name) }) as const
  const spec = {
    optee: folder('optee'),
    tfa: folder('tfa'),
    uboot: folder('uboot'),
    tas: [join(dir, 'tas/one')],
  }
  /** What makes were called since it was last asked, in order. */
  const made = async () => {
    const text = await readFile(calls, 'utf8').catch(() => '')
    await writeFile(calls, '')
    return text.trim().split('\n').filter(Boolean)
  }
  const remove = { [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) }
  return { dir, spec, made, ...remove }
}
