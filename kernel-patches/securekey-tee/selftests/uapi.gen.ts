// Made from the kernel's exported headers by `./kseries run`: do not edit, make it again.
// Whole headers: linux/dma-buf.h, linux/dma-heap.h, linux/securekey.h, linux/udmabuf.h.
// Sizes and values in comments are those of x86_64; at run time those of the ABI under test count.

import { constant, struct, type Struct } from '@kseries/uapi-headers'

/** struct dma_buf_export_sync_file, linux/dma-buf.h, 8 bytes */
export interface dma_buf_export_sync_file {
  /** __u32 */
  flags: number
  /** __s32 */
  fd: number
}
export const dma_buf_export_sync_file: Struct<dma_buf_export_sync_file> = struct('dma_buf_export_sync_file')

/** struct dma_buf_import_sync_file, linux/dma-buf.h, 8 bytes */
export interface dma_buf_import_sync_file {
  /** __u32 */
  flags: number
  /** __s32 */
  fd: number
}
export const dma_buf_import_sync_file: Struct<dma_buf_import_sync_file> = struct('dma_buf_import_sync_file')

/** struct dma_buf_sync, linux/dma-buf.h, 8 bytes */
export interface dma_buf_sync {
  /** __u64 */
  flags: bigint
}
export const dma_buf_sync: Struct<dma_buf_sync> = struct('dma_buf_sync')

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

/** struct udmabuf_create, linux/udmabuf.h, 24 bytes */
export interface udmabuf_create {
  /** __u32 */
  memfd: number
  /** __u32 */
  flags: number
  /** __u64 */
  offset: bigint
  /** __u64 */
  size: bigint
}
export const udmabuf_create: Struct<udmabuf_create> = struct('udmabuf_create')

/** struct udmabuf_create_item, linux/udmabuf.h, 24 bytes */
export interface udmabuf_create_item {
  /** __u32 */
  memfd: number
  /** __u32 */
  __pad: number
  /** __u64 */
  offset: bigint
  /** __u64 */
  size: bigint
}
export const udmabuf_create_item: Struct<udmabuf_create_item> = struct('udmabuf_create_item')

/** struct udmabuf_create_list, linux/udmabuf.h, 8 bytes */
export interface udmabuf_create_list {
  /** __u32 */
  flags: number
  /** __u32 */
  count: number
  /** udmabuf_create_item[] */
  list: udmabuf_create_item[]
}
export const udmabuf_create_list: Struct<udmabuf_create_list> = struct('udmabuf_create_list')

// asm-generic/fcntl.h
/** 0x80000 */
export const O_CLOEXEC: number = constant('O_CLOEXEC')
/** 2 */
export const O_RDWR: number = constant('O_RDWR')
/** 1 */
export const O_WRONLY: number = constant('O_WRONLY')

// linux/dma-buf.h
/** 98 */
export const DMA_BUF_BASE: number = constant('DMA_BUF_BASE')
/** 0xc0086202 */
export const DMA_BUF_IOCTL_EXPORT_SYNC_FILE: number = constant('DMA_BUF_IOCTL_EXPORT_SYNC_FILE')
/** 0x40086203 */
export const DMA_BUF_IOCTL_IMPORT_SYNC_FILE: number = constant('DMA_BUF_IOCTL_IMPORT_SYNC_FILE')
/** 0x40086200 */
export const DMA_BUF_IOCTL_SYNC: number = constant('DMA_BUF_IOCTL_SYNC')
/** 32 */
export const DMA_BUF_NAME_LEN: number = constant('DMA_BUF_NAME_LEN')
/** 0x40086201 */
export const DMA_BUF_SET_NAME: number = constant('DMA_BUF_SET_NAME')
/** 0x40046201 */
export const DMA_BUF_SET_NAME_A: number = constant('DMA_BUF_SET_NAME_A')
/** 0x40086201 */
export const DMA_BUF_SET_NAME_B: number = constant('DMA_BUF_SET_NAME_B')
/** 4 */
export const DMA_BUF_SYNC_END: number = constant('DMA_BUF_SYNC_END')
/** 1 */
export const DMA_BUF_SYNC_READ: number = constant('DMA_BUF_SYNC_READ')
/** 3 */
export const DMA_BUF_SYNC_RW: number = constant('DMA_BUF_SYNC_RW')
/** 0 */
export const DMA_BUF_SYNC_START: number = constant('DMA_BUF_SYNC_START')
/** 7 */
export const DMA_BUF_SYNC_VALID_FLAGS_MASK: number = constant('DMA_BUF_SYNC_VALID_FLAGS_MASK')
/** 2 */
export const DMA_BUF_SYNC_WRITE: number = constant('DMA_BUF_SYNC_WRITE')

// linux/dma-heap.h
/** 0xc0184800 */
export const DMA_HEAP_IOCTL_ALLOC: number = constant('DMA_HEAP_IOCTL_ALLOC')
/** 72 */
export const DMA_HEAP_IOC_MAGIC: number = constant('DMA_HEAP_IOC_MAGIC')
/** 0x80003 */
export const DMA_HEAP_VALID_FD_FLAGS: number = constant('DMA_HEAP_VALID_FD_FLAGS')
/** 0 */
export const DMA_HEAP_VALID_HEAP_FLAGS: number = constant('DMA_HEAP_VALID_HEAP_FLAGS')

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

// linux/udmabuf.h
/** 0x40187542 */
export const UDMABUF_CREATE: number = constant('UDMABUF_CREATE')
/** 0x40087543 */
export const UDMABUF_CREATE_LIST: number = constant('UDMABUF_CREATE_LIST')
/** 1 */
export const UDMABUF_FLAGS_CLOEXEC: number = constant('UDMABUF_FLAGS_CLOEXEC')
