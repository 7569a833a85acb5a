export * from './edits/builders.ts'
export { c, text } from './edits/text.ts'
export type { Anchor, Condition, FileEdit, Operation, Place } from './edits/types.ts'
export {
  AnchorAmbiguous,
  AnchorNotFound,
  BranchInUse,
  BranchMoved,
  type Candidate,
  EditImpossible,
  NotLinux,
  type PatchPlace,
  RepoLocked,
  SeriesInvalid,
  type SeriesProblem,
} from './errors.ts'
export type { EditedTree } from './fold/edited.ts'
export { FoldInterrupted, FoldRefused, HomeUnclear, NotTheSeries } from './fold/errors.ts'
export { type Edits, type Folded, type FoldedHunk, type FoldJob, foldEdits, readEdits } from './fold/fold.ts'
export { type Answer, patchNamed, type Question } from './fold/questions.ts'
export { blameLine } from './generate/blame.ts'
export { type Generated, type GeneratedCommit, type GenerateOptions, generate } from './generate/generate.ts'
export { pathsOf } from './generate/paths.ts'
export { type GitOptions, git as gitOf, readFiles, type TreeFile } from './git/repository.ts'
export { ImportRefused } from './import/errors.ts'
export { type Imported, type ImportJob, importSeries } from './import/import.ts'
export { type MailedPatch, type MailedSeries, readMbox } from './import/mbox.ts'
export { readPatchMail } from './import/patch-mail.ts'
export { type Step, stepsOfMails, stepsOfRange } from './import/steps.ts'
export { type Hunk, parseHunks } from './infer/hunks.ts'
export { changeIdOf } from './mail/change-id.ts'
export type { Recipients } from './mail/compose.ts'
export {
  ChangesMissing,
  NoRecipients,
  NothingMailed,
  NotSubmittable,
  ResendChanged,
  SentOtherwise,
} from './mail/errors.ts'
export { ForeignPatches } from './mail/folder.ts'
export { type FormatOptions, type Formatted, formatPatches } from './mail/format.ts'
export { type Mailing, type MailOptions, mailableVersion, writeMails } from './mail/mailing.ts'
export { askMaintainers, MaintainersUnknown } from './mail/maintainers.ts'
export { type Distribution, distribute, type Origin, type Recipient } from './mail/recipients.ts'
export { type Recorded, recordSent } from './mail/sent.ts'
export { type Syntax, withSyntax } from './resolve/syntax.ts'
export { loadChain } from './series/chain.ts'
export type { VersionChanges } from './series/changes.ts'
export { loadSeries, type NewFile, type Patch, type Series } from './series/load.ts'
export type { Message } from './series/message.ts'
export { type CheckException, defineSeries, type SeriesDefinition, type SeriesMeta } from './series/schema.ts'
export { VersionNotWritten } from './series/version.ts'
