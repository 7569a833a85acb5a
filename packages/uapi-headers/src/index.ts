export { ABIS, type Abi, type AbiName } from './abis.ts'
export { valuesOf } from './arbitrary.ts'
export { bigConstant, bindAbi, boundAbi, constant, constantValue, struct, syscallNumber, textConstant } from './bind.ts'
export { ShortBuffer, UnionConflict, UnknownMember, ValueOutOfRange } from './codec/errors.ts'
export { type CompileError, CompilerMissing, findCompiler, HeadersRejected } from './compiler.ts'
export {
  type BuildDecoderOptions,
  buildDecoder,
  type DecodedRecord,
  DecoderFailed,
  DecoderRejected,
  encodeRecords,
  parseDecoded,
} from './decoder.ts'
export { baseIncludes, type DescribeOptions, describeAbi } from './describe.ts'
export { emitDecoderC } from './emit-decoder.ts'
export { type EmitTypesOptions, emitTypes } from './emit-types.ts'
export { AbiNotBound, BadAbiFile, StaleTypes, UnknownConstant, UnknownStruct } from './errors.ts'
export { NotAKernelTree } from './kernel-private.ts'
export type {
  AbiDescription,
  ArrayLayout,
  ConstantValue,
  InlineRecord,
  IntLayout,
  MemberLayout,
  RecordLayout,
  TypeLayout,
} from './layout.ts'
export { hoist, sizeOf } from './layout.ts'
export { differences, leavesOf } from './leaves.ts'
export { decoderProof, type Proof, type ProofOptions } from './proof.ts'
export { abiPath } from './store.ts'
export { structOf } from './struct.ts'
export type { Init, Struct } from './types.ts'
export { emitLayoutAssertsC, LayoutMismatch } from './verify.ts'
