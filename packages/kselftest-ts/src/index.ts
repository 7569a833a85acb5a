export { Agent, type AgentOptions, connectAgent } from './agent/agent.ts'
export {
  type BuildAgentOptions,
  buildAgent,
  buildForGuest,
  GuestBuildFailed,
  type GuestProgram,
} from './agent/build.ts'
export { AgentLost, AgentMismatch, AgentRefused, AgentSilent, type ExitStatus, WorkerGone } from './agent/errors.ts'
export type { AgentInfo } from './agent/messages.ts'
export type { Limits, Runner } from './agent/runner.ts'
export { allGood } from './ava/collector.ts'
export { AvaFailed, NoSuchTest, type RunSelftestsOptions, runSelftests } from './ava/run-selftests.ts'
export { needs, type Selftest, type SelftestBody, type SelftestContext, test } from './ava/test.ts'
export { binary, type Codec, type CodecName, codecNamed, shared } from './framing/codec.ts'
export { consoleText } from './framing/console-text.ts'
export { type RunKselftestsOptions, runKselftests } from './kselftests.ts'
export { kunitAtBoot, kunitSuites, NoSuchSuite, type RunKunitOptions, runKunit } from './kunit.ts'
export type { Settled } from './program/core.ts'
export { Program } from './program/program.ts'
export { Ref, type Resolved } from './program/ref.ts'
export type { ControlMessage, Received, ReceiveRequest, SendRequest } from './program/sockets.ts'
export { cstring, type Data, type Fd, type Flags, type GuestMemory, type HasFd, type Value } from './program/values.ts'
export { writeJunit } from './results/junit.ts'
export { isBadStatus, type KtapReport, type KtapStatus, type KtapTest, parseKtap } from './results/ktap-parse.ts'
export { ktapResults } from './results/ktap-results.ts'
export { writeKtap } from './results/ktap-write.ts'
export { type Summary, summarize, writeNdjson } from './results/ndjson.ts'
export { isGood, type ResultFinding, type TestResult, type TestVerdict } from './results/result.ts'
export { parseXtest, type XtestCase, type XtestReport, xtestLine } from './results/xtest-parse.ts'
export {
  BadNeedle,
  GuestDied,
  GuestRebooted,
  KernelReported,
  NoGuest,
  NoOutsideMemory,
  NoSession,
  RebootFailed,
  ReportMissing,
  TestHung,
  TooManyDeaths,
} from './session/errors.ts'
export type { ExpectedReport } from './session/expected.ts'
export type {
  Guest,
  GuestConsole,
  GuestConsoleEvent,
  GuestFinding,
  MemoryPiece,
  OutsideMemory,
} from './session/guest.ts'
export { GuestLink } from './session/guest-link.ts'
export { type ScanOptions, scanForLeaks } from './session/kmemleak.ts'
export type { SessionOptions } from './session/options.ts'
export type { TestRecord } from './session/record.ts'
export { Session, serveSession } from './session/server.ts'
export { strayResults } from './session/stray.ts'
export { type SysAbi, sysAbi } from './sys/abi.ts'
export { type Credentials, NOBODY } from './sys/credentials.ts'
export { errnoMeaning, errnoName } from './sys/errno.ts'
export { ForbiddenCall, ProgramCancelled, ProgramTooLarge, SyscallError, UnknownName } from './sys/errors.ts'
export type { ExecRequest, ExecResult } from './sys/exec.ts'
export { sysIncludes } from './sys/includes.ts'
export { GuestBuffer } from './sys/memory.ts'
export { type Barrier, Sys } from './sys/sys.ts'
export type { Transport } from './transport.ts'
