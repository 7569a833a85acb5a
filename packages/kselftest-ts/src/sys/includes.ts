/**
 * Headers that a description must be made of (besides `baseIncludes` of @kseries/uapi-headers) for `Sys` to know the
 * constants its own methods use.
 */
export const sysIncludes = ['linux/capability.h', 'linux/keyctl.h', 'linux/prctl.h', 'linux/sched.h'] as const
