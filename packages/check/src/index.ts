export { allmodChecks } from './build/allmodconfig.ts'
export { type BuildCheckOptions, buildChecks, buildToolsHere } from './build/build-checks.ts'
export { findCheckers } from './build/checkers.ts'
export { clangPackage, installedClangs } from './build/clang.ts'
export { type CocciOptions, cocciChecks } from './cocci/cocci-checks.ts'
export { type DocsCheckOptions, docsChecks } from './docs/docs-checks.ts'
export { b4Json, b4Lines } from './model/b4.ts'
export { argue } from './model/exceptions.ts'
export {
  blocking,
  type CommitName,
  type Finding,
  identityOf,
  newProblems,
  type Problem,
  placeOf,
} from './model/finding.ts'
export { findingsTable, summaryLine } from './model/table.ts'
export { SandboxUnavailable } from './sandbox/errors.ts'
export { buildLimits, type Limits, proveSandbox, type Reach, sandboxed } from './sandbox/sandbox.ts'
export { subjectOfMail } from './subject/of-mail.ts'
export { subjectOfMbox } from './subject/of-mbox.ts'
export { subjectOfRange } from './subject/of-range.ts'
export { subjectOfSeries } from './subject/of-series.ts'
export type { SeriesCommit, Subject } from './subject/subject.ts'
export { type TextOptions, textChecks } from './text/text-checks.ts'
export { type UapiCheckOptions, uapiChecks } from './uapi/uapi-checks.ts'
