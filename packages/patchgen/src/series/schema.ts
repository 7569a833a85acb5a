import { z } from 'zod'

/** A series' name: that of its folder. */
export const seriesName = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case words with -')
const address = z.string().regex(/^[^\s@<>]+@[^\s@<>]+$|^[^<>]*<[^\s@<>]+@[^\s@<>]+>$/, 'must be a mail address')

/** A finding of `kseries check` that is right as it is. */
const exceptionSchema = z.strictObject({
  /** Who finds it: 'checkpatch', 'gcc', … */
  tool: z.string().min(1),
  /** A piece of its text. */
  text: z.string().min(1),
  /** The patch it is in: '03-core'; default: any. */
  patch: z.string().min(1).optional(),
  /** The argument, as a maintainer would be told it. */
  why: z.string().min(1),
})

/** An exception, see series.ts. */
export type CheckException = z.output<typeof exceptionSchema>

/** What series.ts of a series folder says. */
export const seriesSchema = z.strictObject({
  /** A line for people. */
  title: z.string().min(1).max(120),
  /** The day the series was begun, YYYY-MM-DD: part of its change-id, so it never changes. */
  date: z.iso.date(),
  /** Series, by the names of their folders beside this one, that must be there first. */
  needs: z.array(seriesName).default([]),
  /** Kernel versions it is kept generating onto; the first is the default. */
  bases: z
    .array(z.string().regex(/^\d+\.\d+$/, "must be a version like '7.3'"))
    .min(1)
    .default(['7.3']),
  /** Exported headers that the selftests want, as in #include: 'linux/if_alg.h'. */
  uapi: z.array(z.string().regex(/^[\w./-]+\.h$/, "must be a header's path like 'linux/if_alg.h'")).default([]),
  /** Globs of the KUnit suites to run. */
  kunit: z.array(z.string().min(1)).default([]),
  /** Folders of tools/testing/selftests to build and run. */
  kselftests: z.array(z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, 'a folder of tools/testing/selftests')).default([]),
  /** Commands that are given no name leave it out. */
  byName: z.boolean().default(false),
  /** The machine its tests are about, as `--machine` takes it: commands that are given no name take it there, and leave it out elsewhere. */
  machine: z.string().min(1).optional(),
  /** What its tests, and those of series that need it, find in `t.context.params`; of a series with a machine: there. */
  params: z.record(z.string(), z.string()).default({}),
  /** The version of the series that is being worked at; [PATCH v2 …] when above 1. */
  version: z.int().min(1).default(1),
  /** [PATCH RFC …] */
  rfc: z.boolean().default(false),
  /** Where the mails go. */
  to: z.array(address).default([]),
  cc: z.array(address).default([]),
  /** Overrides the change-id derived from date and name. */
  changeId: z
    .string()
    .regex(/^\d{8}-[a-z0-9-]+$/, "must be like '20261123-securekey-0123456789ab'")
    .optional(),
  /** Findings of `kseries check` that the series argues about; one that is not there any more is a finding itself. */
  check: z.array(exceptionSchema).default([]),
})

/** What a series.ts may say. */
export type SeriesDefinition = z.input<typeof seriesSchema>

/** What it says with the defaults filled in. */
export type SeriesMeta = z.output<typeof seriesSchema>

/** For series.ts: gives its argument back, so that an editor knows the fields. It is checked when the folder is loaded. */
export const defineSeries = (definition: SeriesDefinition): SeriesDefinition => definition
