/**
 * OP-TEE for QEMU's virt board (core/arch/arm/plat-vexpress/conf.mk). GICv3 on both sides: with TF-A's default, GICv2, it hangs
 * without a word. The two about protected memory give /dev/dma_heap/protected,secure-video. CFG_EARLY_TA also without any, so that
 * the first does not recompile all (mk/config.mk).
 */
export const opteeFlags: readonly string[] = [
  'PLATFORM=vexpress-qemu_armv8a',
  'CFG_ARM64_core=y',
  'CFG_USER_TA_TARGETS=ta_arm64',
  'CFG_ARM_GICV3=y',
  'CFG_CORE_DYN_PROTMEM=y',
  'CFG_SECURE_DATA_PATH=y',
  'CFG_EARLY_TA=y',
]

/** TF-A for the same board, see docs/plat/qemu.rst. */
export const tfaFlags: readonly string[] = [
  'PLAT=qemu',
  'SPD=opteed',
  'QEMU_USE_GIC_DRIVER=QEMU_GICV3',
  'BL32_RAM_LOCATION=tdram',
]
