// Made from the kernel's exported headers by `./kseries run`: do not edit, make it again.
// Whole headers: linux/dma-heap.h, linux/securekey.h, linux/securekey_dev.h.
// Sizes and values in comments are those of x86_64; at run time those of the ABI under test count.

import { constant, struct, type Struct } from '@kseries/uapi-headers'

/** struct dma_heap_allocation_data, linux/dma-heap.h, 24 bytes */
export interface dma_heap_allocation_data {
  /** __u64 */
  len: bigint
  /** __u32 */
  fd: number
  /** __u32 */
  fd_flags: number
  /** __u64 */
  heap_flags: bigint
}
export const dma_heap_allocation_data: Struct<dma_heap_allocation_data> = struct('dma_heap_allocation_data')

/** struct securekey_blob_header, linux/securekey.h, 72 bytes */
export interface securekey_blob_header {
  /** __le32 */
  magic: number
  /** __le16 */
  version: number
  /** __le16 */
  header_len: number
  /** char[32] */
  provider: string
  /** __le32 */
  form: number
  /** __le32 */
  algorithm: number
  /** __le32 */
  key_bits: number
  /** __le32 */
  modes: number
  /** __le32 */
  flags: number
  /** __le32 */
  payload_len: number
  /** __le32[2] */
  reserved: number[]
}
export const securekey_blob_header: Struct<securekey_blob_header> = struct('securekey_blob_header')

/** struct securekey_dev_attach, linux/securekey_dev.h, 16 bytes */
export interface securekey_dev_attach {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __s32 */
  fd: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_attach: Struct<securekey_dev_attach> = struct('securekey_dev_attach')

/** struct securekey_dev_blob, linux/securekey_dev.h, 24 bytes */
export interface securekey_dev_blob {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __u64 */
  blob: bigint
  /** __u32 */
  blob_len: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_blob: Struct<securekey_dev_blob> = struct('securekey_dev_blob')

/** struct securekey_dev_completion, linux/securekey_dev.h, 16 bytes */
export interface securekey_dev_completion {
  /** __u64 */
  cookie: bigint
  /** __s32 */
  status: number
  /** __u32 */
  flags: number
}
export const securekey_dev_completion: Struct<securekey_dev_completion> = struct('securekey_dev_completion')

/** struct securekey_dev_derive, linux/securekey_dev.h, 72 bytes */
export interface securekey_dev_derive {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** securekey_params */
  params: securekey_params
  /** __u64 */
  context: bigint
  /** __u64 */
  blob: bigint
  /** __u32 */
  context_len: number
  /** __u32 */
  blob_len: number
  /** __s32 */
  key_fd: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_derive: Struct<securekey_dev_derive> = struct('securekey_dev_derive')

/** struct securekey_dev_detach, linux/securekey_dev.h, 16 bytes */
export interface securekey_dev_detach {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __u32 */
  id: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_detach: Struct<securekey_dev_detach> = struct('securekey_dev_detach')

/** struct securekey_dev_export, linux/securekey_dev.h, 24 bytes */
export interface securekey_dev_export {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __u64 */
  blob: bigint
  /** __u32 */
  blob_len: number
  /** __s32 */
  key_fd: number
}
export const securekey_dev_export: Struct<securekey_dev_export> = struct('securekey_dev_export')

/** struct securekey_dev_generate, linux/securekey_dev.h, 56 bytes */
export interface securekey_dev_generate {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** securekey_params */
  params: securekey_params
  /** __u64 */
  blob: bigint
  /** __u32 */
  blob_len: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_generate: Struct<securekey_dev_generate> = struct('securekey_dev_generate')

/** struct securekey_dev_import, linux/securekey_dev.h, 64 bytes */
export interface securekey_dev_import {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** securekey_params */
  params: securekey_params
  /** __u64 */
  blob: bigint
  /** __u64 */
  raw: bigint
  /** __u32 */
  blob_len: number
  /** __u32 */
  raw_len: number
}
export const securekey_dev_import: Struct<securekey_dev_import> = struct('securekey_dev_import')

/** struct securekey_dev_prepare, linux/securekey_dev.h, 32 bytes */
export interface securekey_dev_prepare {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __u64 */
  src: bigint
  /** __u64 */
  blob: bigint
  /** __u32 */
  src_len: number
  /** __u32 */
  blob_len: number
}
export const securekey_dev_prepare: Struct<securekey_dev_prepare> = struct('securekey_dev_prepare')

/** struct securekey_dev_query, linux/securekey_dev.h, 88 bytes */
export interface securekey_dev_query {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** char[32] */
  provider: string
  /** __u32 */
  modes: number
  /** __u32 */
  key_sizes: number
  /** __u32 */
  queue_depth: number
  /** __u32 */
  dst_align: number
  /** __u64 */
  max_len: bigint
  /** __u32 */
  timeout_ms: number
  /** __u32 */
  max_pending: number
  /** __u32 */
  max_buffers: number
  /** __u32 */
  reserved: number
  /** __u32 */
  schemes: number
  /** __u32 */
  max_subsamples: number
}
export const securekey_dev_query: Struct<securekey_dev_query> = struct('securekey_dev_query')

/** struct securekey_dev_request, linux/securekey_dev.h, 88 bytes */
export interface securekey_dev_request {
  /** __u64 */
  cookie: bigint
  /** __u64 */
  src: bigint
  /** __u64 */
  len: bigint
  /** __u64 */
  dst_offset: bigint
  /** __u32 */
  dst: number
  /** __u32 */
  flags: number
  /** __u8[16] */
  iv: Uint8Array
  /** __u64 */
  aad: bigint
  /** __u64 */
  subsamples: bigint
  /** __u32 */
  aad_len: number
  /** __u32 */
  nr_subsamples: number
  /** __u32 */
  scheme: number
  /** __u8 */
  pattern_crypt: number
  /** __u8 */
  pattern_skip: number
  /** __u16 */
  reserved: number
}
export const securekey_dev_request: Struct<securekey_dev_request> = struct('securekey_dev_request')

/** struct securekey_dev_serial, linux/securekey_dev.h, 16 bytes */
export interface securekey_dev_serial {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __s32 */
  serial: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_serial: Struct<securekey_dev_serial> = struct('securekey_dev_serial')

/** struct securekey_dev_session, linux/securekey_dev.h, 24 bytes */
export interface securekey_dev_session {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __s32 */
  key_fd: number
  /** __u32 */
  algorithm: number
  /** __u32 */
  mode: number
  /** __u32 */
  op: number
}
export const securekey_dev_session: Struct<securekey_dev_session> = struct('securekey_dev_session')

/** struct securekey_dev_submit, linux/securekey_dev.h, 24 bytes */
export interface securekey_dev_submit {
  /** __u32 */
  size: number
  /** __u32 */
  flags: number
  /** __u64 */
  requests: bigint
  /** __u32 */
  request_size: number
  /** __u32 */
  count: number
}
export const securekey_dev_submit: Struct<securekey_dev_submit> = struct('securekey_dev_submit')

/** struct securekey_dev_uring, linux/securekey_dev.h, 16 bytes */
export interface securekey_dev_uring {
  /** __u64 */
  request: bigint
  /** __u32 */
  request_size: number
  /** __u32 */
  reserved: number
}
export const securekey_dev_uring: Struct<securekey_dev_uring> = struct('securekey_dev_uring')

/** struct securekey_params, linux/securekey.h, 32 bytes */
export interface securekey_params {
  /** __u32 */
  algorithm: number
  /** __u32 */
  key_bits: number
  /** __u32 */
  modes: number
  /** __u32 */
  flags: number
  /** __u32 */
  form: number
  /** __u32[3] */
  reserved: number[]
}
export const securekey_params: Struct<securekey_params> = struct('securekey_params')

/** struct securekey_subsample, linux/securekey.h, 8 bytes */
export interface securekey_subsample {
  /** __u32 */
  clear_len: number
  /** __u32 */
  protected_len: number
}
export const securekey_subsample: Struct<securekey_subsample> = struct('securekey_subsample')

// asm-generic/errno-base.h
/** 5 */
export const EIO: number = constant('EIO')
/** 19 */
export const ENODEV: number = constant('ENODEV')

// asm-generic/errno.h
/** 110 */
export const ETIMEDOUT: number = constant('ETIMEDOUT')

// asm-generic/fcntl.h
/** 1 */
export const FD_CLOEXEC: number = constant('FD_CLOEXEC')
/** 1 */
export const F_GETFD: number = constant('F_GETFD')
/** 4 */
export const F_SETFL: number = constant('F_SETFL')
/** 0x80000 */
export const O_CLOEXEC: number = constant('O_CLOEXEC')
/** 2048 */
export const O_NONBLOCK: number = constant('O_NONBLOCK')
/** 0 */
export const O_RDONLY: number = constant('O_RDONLY')
/** 2 */
export const O_RDWR: number = constant('O_RDWR')
/** 1 */
export const O_WRONLY: number = constant('O_WRONLY')

// asm-generic/mman-common.h
/** 1 */
export const PROT_READ: number = constant('PROT_READ')

// asm-generic/poll.h
/** 8 */
export const POLLERR: number = constant('POLLERR')
/** 16 */
export const POLLHUP: number = constant('POLLHUP')
/** 1 */
export const POLLIN: number = constant('POLLIN')
/** 4 */
export const POLLOUT: number = constant('POLLOUT')

// linux/dma-heap.h
/** 0xc0184800 */
export const DMA_HEAP_IOCTL_ALLOC: number = constant('DMA_HEAP_IOCTL_ALLOC')
/** 72 */
export const DMA_HEAP_IOC_MAGIC: number = constant('DMA_HEAP_IOC_MAGIC')
/** 0x80003 */
export const DMA_HEAP_VALID_FD_FLAGS: number = constant('DMA_HEAP_VALID_FD_FLAGS')
/** 0 */
export const DMA_HEAP_VALID_HEAP_FLAGS: number = constant('DMA_HEAP_VALID_HEAP_FLAGS')

// linux/keyctl.h
/** 21 */
export const KEYCTL_INVALIDATE: number = constant('KEYCTL_INVALIDATE')
/** 3 */
export const KEYCTL_REVOKE: number = constant('KEYCTL_REVOKE')
/** 5 */
export const KEYCTL_SETPERM: number = constant('KEYCTL_SETPERM')
/** 15 */
export const KEYCTL_SET_TIMEOUT: number = constant('KEYCTL_SET_TIMEOUT')
/** -2 */
export const KEY_SPEC_PROCESS_KEYRING: number = constant('KEY_SPEC_PROCESS_KEYRING')

// linux/mman.h
/** 1 */
export const MAP_SHARED: number = constant('MAP_SHARED')

// linux/securekey.h
/** 4096 */
export const SECUREKEY_AAD_MAX_LEN: number = constant('SECUREKEY_AAD_MAX_LEN')
/** 1 */
export const SECUREKEY_ALG_AES: number = constant('SECUREKEY_ALG_AES')
/** 0x594b4553 */
export const SECUREKEY_BLOB_MAGIC: number = constant('SECUREKEY_BLOB_MAGIC')
/** 1024 */
export const SECUREKEY_BLOB_MAX_LEN: number = constant('SECUREKEY_BLOB_MAX_LEN')
/** 1 */
export const SECUREKEY_BLOB_VERSION: number = constant('SECUREKEY_BLOB_VERSION')
/** 256 */
export const SECUREKEY_CONTEXT_MAX_LEN: number = constant('SECUREKEY_CONTEXT_MAX_LEN')
/** 1 */
export const SECUREKEY_FLAG_DECRYPT_ONLY: number = constant('SECUREKEY_FLAG_DECRYPT_ONLY')
/** 2 */
export const SECUREKEY_FLAG_PROTECTED_DST_ONLY: number = constant('SECUREKEY_FLAG_PROTECTED_DST_ONLY')
/** 2 */
export const SECUREKEY_FORM_EPHEMERAL: number = constant('SECUREKEY_FORM_EPHEMERAL')
/** 1 */
export const SECUREKEY_FORM_LONG_TERM: number = constant('SECUREKEY_FORM_LONG_TERM')
/** 12 */
export const SECUREKEY_GCM_IV_LEN: number = constant('SECUREKEY_GCM_IV_LEN')
/** 16 */
export const SECUREKEY_GCM_TAG_LEN: number = constant('SECUREKEY_GCM_TAG_LEN')
/** 1 */
export const SECUREKEY_MODE_CBC: number = constant('SECUREKEY_MODE_CBC')
/** 2 */
export const SECUREKEY_MODE_CTR: number = constant('SECUREKEY_MODE_CTR')
/** 16 */
export const SECUREKEY_MODE_DERIVE: number = constant('SECUREKEY_MODE_DERIVE')
/** 8 */
export const SECUREKEY_MODE_GCM: number = constant('SECUREKEY_MODE_GCM')
/** 4 */
export const SECUREKEY_MODE_XTS: number = constant('SECUREKEY_MODE_XTS')
/** 15 */
export const SECUREKEY_PATTERN_MAX: number = constant('SECUREKEY_PATTERN_MAX')
/** 32 */
export const SECUREKEY_PROVIDER_NAME_LEN: number = constant('SECUREKEY_PROVIDER_NAME_LEN')
/** 2 */
export const SECUREKEY_SCHEME_CBC1: number = constant('SECUREKEY_SCHEME_CBC1')
/** 4 */
export const SECUREKEY_SCHEME_CBCS: number = constant('SECUREKEY_SCHEME_CBCS')
/** 1 */
export const SECUREKEY_SCHEME_CENC: number = constant('SECUREKEY_SCHEME_CENC')
/** 3 */
export const SECUREKEY_SCHEME_CENS: number = constant('SECUREKEY_SCHEME_CENS')
/** 0 */
export const SECUREKEY_SCHEME_NONE: number = constant('SECUREKEY_SCHEME_NONE')
/** 4096 */
export const SECUREKEY_SUBSAMPLES_MAX: number = constant('SECUREKEY_SUBSAMPLES_MAX')

// linux/securekey_dev.h
/** 47368 */
export const SECUREKEY_DEV_ATTACH: number = constant('SECUREKEY_DEV_ATTACH')
/** 16 */
export const SECUREKEY_DEV_ATTACH_SIZE_VER0: number = constant('SECUREKEY_DEV_ATTACH_SIZE_VER0')
/** 24 */
export const SECUREKEY_DEV_BLOB_SIZE_VER0: number = constant('SECUREKEY_DEV_BLOB_SIZE_VER0')
/** 47364 */
export const SECUREKEY_DEV_DELETE: number = constant('SECUREKEY_DEV_DELETE')
/** 47371 */
export const SECUREKEY_DEV_DERIVE: number = constant('SECUREKEY_DEV_DERIVE')
/** 72 */
export const SECUREKEY_DEV_DERIVE_SIZE_VER0: number = constant('SECUREKEY_DEV_DERIVE_SIZE_VER0')
/** 47369 */
export const SECUREKEY_DEV_DETACH: number = constant('SECUREKEY_DEV_DETACH')
/** 16 */
export const SECUREKEY_DEV_DETACH_SIZE_VER0: number = constant('SECUREKEY_DEV_DETACH_SIZE_VER0')
/** 47366 */
export const SECUREKEY_DEV_EXPORT: number = constant('SECUREKEY_DEV_EXPORT')
/** 24 */
export const SECUREKEY_DEV_EXPORT_SIZE_VER0: number = constant('SECUREKEY_DEV_EXPORT_SIZE_VER0')
/** 47361 */
export const SECUREKEY_DEV_GENERATE: number = constant('SECUREKEY_DEV_GENERATE')
/** 56 */
export const SECUREKEY_DEV_GENERATE_SIZE_VER0: number = constant('SECUREKEY_DEV_GENERATE_SIZE_VER0')
/** 47362 */
export const SECUREKEY_DEV_IMPORT: number = constant('SECUREKEY_DEV_IMPORT')
/** 64 */
export const SECUREKEY_DEV_IMPORT_SIZE_VER0: number = constant('SECUREKEY_DEV_IMPORT_SIZE_VER0')
/** 185 */
export const SECUREKEY_DEV_IOC: number = constant('SECUREKEY_DEV_IOC')
/** 47365 */
export const SECUREKEY_DEV_LOAD: number = constant('SECUREKEY_DEV_LOAD')
/** 47372 */
export const SECUREKEY_DEV_LOAD_SERIAL: number = constant('SECUREKEY_DEV_LOAD_SERIAL')
/** 0 */
export const SECUREKEY_DEV_OP_DECRYPT: number = constant('SECUREKEY_DEV_OP_DECRYPT')
/** 1 */
export const SECUREKEY_DEV_OP_ENCRYPT: number = constant('SECUREKEY_DEV_OP_ENCRYPT')
/** 47363 */
export const SECUREKEY_DEV_PREPARE: number = constant('SECUREKEY_DEV_PREPARE')
/** 32 */
export const SECUREKEY_DEV_PREPARE_SIZE_VER0: number = constant('SECUREKEY_DEV_PREPARE_SIZE_VER0')
/** 47360 */
export const SECUREKEY_DEV_QUERY: number = constant('SECUREKEY_DEV_QUERY')
/** 80 */
export const SECUREKEY_DEV_QUERY_SIZE_VER0: number = constant('SECUREKEY_DEV_QUERY_SIZE_VER0')
/** 88 */
export const SECUREKEY_DEV_QUERY_SIZE_VER1: number = constant('SECUREKEY_DEV_QUERY_SIZE_VER1')
/** 56 */
export const SECUREKEY_DEV_REQUEST_SIZE_VER0: number = constant('SECUREKEY_DEV_REQUEST_SIZE_VER0')
/** 88 */
export const SECUREKEY_DEV_REQUEST_SIZE_VER1: number = constant('SECUREKEY_DEV_REQUEST_SIZE_VER1')
/** 16 */
export const SECUREKEY_DEV_SERIAL_SIZE_VER0: number = constant('SECUREKEY_DEV_SERIAL_SIZE_VER0')
/** 47367 */
export const SECUREKEY_DEV_SESSION: number = constant('SECUREKEY_DEV_SESSION')
/** 1 */
export const SECUREKEY_DEV_SESSION_PROTECTED_ONLY: number = constant('SECUREKEY_DEV_SESSION_PROTECTED_ONLY')
/** 24 */
export const SECUREKEY_DEV_SESSION_SIZE_VER0: number = constant('SECUREKEY_DEV_SESSION_SIZE_VER0')
/** 47370 */
export const SECUREKEY_DEV_SUBMIT: number = constant('SECUREKEY_DEV_SUBMIT')
/** 24 */
export const SECUREKEY_DEV_SUBMIT_SIZE_VER0: number = constant('SECUREKEY_DEV_SUBMIT_SIZE_VER0')
/** 47373 */
export const SECUREKEY_DEV_URING_REQUEST: number = constant('SECUREKEY_DEV_URING_REQUEST')
