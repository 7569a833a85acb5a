// Made from the kernel's exported headers by `./kseries run`: do not edit, make it again.
// Whole headers: linux/dma-heap.h, linux/if_alg.h, linux/securekey.h.
// Sizes and values in comments are those of x86_64; at run time those of the ABI under test count.

import { constant, struct, type Struct } from '@kseries/uapi-headers'

/** struct __kernel_sock_timeval, linux/time_types.h, 16 bytes */
export interface __kernel_sock_timeval {
  /** __s64 */
  tv_sec: bigint
  /** __s64 */
  tv_usec: bigint
}
export const __kernel_sock_timeval: Struct<__kernel_sock_timeval> = struct('__kernel_sock_timeval')

/** struct af_alg_iv, linux/if_alg.h, 4 bytes */
export interface af_alg_iv {
  /** __u32 */
  ivlen: number
  /** __u8[] */
  iv: Uint8Array
}
export const af_alg_iv: Struct<af_alg_iv> = struct('af_alg_iv')

/** struct af_alg_mem_fd, linux/if_alg.h, 24 bytes */
export interface af_alg_mem_fd {
  /** __s32 */
  fd: number
  /** __u32 */
  flags: number
  /** __u64 */
  off: bigint
  /** __u64 */
  len: bigint
}
export const af_alg_mem_fd: Struct<af_alg_mem_fd> = struct('af_alg_mem_fd')

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

/** struct sockaddr_alg, linux/if_alg.h, 88 bytes */
export interface sockaddr_alg {
  /** __u16 */
  salg_family: number
  /** __u8[14] */
  salg_type: Uint8Array
  /** __u32 */
  salg_feat: number
  /** __u32 */
  salg_mask: number
  /** __u8[64] */
  salg_name: Uint8Array
}
export const sockaddr_alg: Struct<sockaddr_alg> = struct('sockaddr_alg')

/** struct sockaddr_alg_new, linux/if_alg.h, 24 bytes */
export interface sockaddr_alg_new {
  /** __u16 */
  salg_family: number
  /** __u8[14] */
  salg_type: Uint8Array
  /** __u32 */
  salg_feat: number
  /** __u32 */
  salg_mask: number
  /** __u8[] */
  salg_name: Uint8Array
}
export const sockaddr_alg_new: Struct<sockaddr_alg_new> = struct('sockaddr_alg_new')

// asm-generic/errno-base.h
/** 5 */
export const EIO: number = constant('EIO')
/** 19 */
export const ENODEV: number = constant('ENODEV')

// asm-generic/errno.h
/** 74 */
export const EBADMSG: number = constant('EBADMSG')
/** 110 */
export const ETIMEDOUT: number = constant('ETIMEDOUT')

// asm-generic/fcntl.h
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

// asm-generic/poll.h
/** 8 */
export const POLLERR: number = constant('POLLERR')
/** 1 */
export const POLLIN: number = constant('POLLIN')
/** 32 */
export const POLLNVAL: number = constant('POLLNVAL')
/** 4 */
export const POLLOUT: number = constant('POLLOUT')

// asm-generic/socket.h
/** 1 */
export const SOL_SOCKET: number = constant('SOL_SOCKET')
/** 4 */
export const SO_ERROR: number = constant('SO_ERROR')
/** 7 */
export const SO_SNDBUF: number = constant('SO_SNDBUF')
/** 67 */
export const SO_SNDTIMEO_NEW: number = constant('SO_SNDTIMEO_NEW')

// include/linux/net.h
/** 5 */
export const SOCK_SEQPACKET: number = constant('SOCK_SEQPACKET')
/** 1 */
export const SOCK_STREAM: number = constant('SOCK_STREAM')

// include/linux/socket.h
/** 38 */
export const AF_ALG: number = constant('AF_ALG')
/** 64 */
export const MSG_DONTWAIT: number = constant('MSG_DONTWAIT')
/** 32768 */
export const MSG_MORE: number = constant('MSG_MORE')
/** 2 */
export const MSG_PEEK: number = constant('MSG_PEEK')
/** 279 */
export const SOL_ALG: number = constant('SOL_ALG')

// linux/dma-heap.h
/** 0xc0184800 */
export const DMA_HEAP_IOCTL_ALLOC: number = constant('DMA_HEAP_IOCTL_ALLOC')
/** 72 */
export const DMA_HEAP_IOC_MAGIC: number = constant('DMA_HEAP_IOC_MAGIC')
/** 0x80003 */
export const DMA_HEAP_VALID_FD_FLAGS: number = constant('DMA_HEAP_VALID_FD_FLAGS')
/** 0 */
export const DMA_HEAP_VALID_HEAP_FLAGS: number = constant('DMA_HEAP_VALID_HEAP_FLAGS')

// linux/if_alg.h
/** 13 */
export const ALG_DELETE_KEY: number = constant('ALG_DELETE_KEY')
/** 10 */
export const ALG_GENERATE_KEY: number = constant('ALG_GENERATE_KEY')
/** 11 */
export const ALG_IMPORT_KEY: number = constant('ALG_IMPORT_KEY')
/** 0 */
export const ALG_OP_DECRYPT: number = constant('ALG_OP_DECRYPT')
/** 1 */
export const ALG_OP_ENCRYPT: number = constant('ALG_OP_ENCRYPT')
/** 12 */
export const ALG_PREPARE_KEY: number = constant('ALG_PREPARE_KEY')
/** 4 */
export const ALG_SET_AEAD_ASSOCLEN: number = constant('ALG_SET_AEAD_ASSOCLEN')
/** 5 */
export const ALG_SET_AEAD_AUTHSIZE: number = constant('ALG_SET_AEAD_AUTHSIZE')
/** 6 */
export const ALG_SET_DRBG_ENTROPY: number = constant('ALG_SET_DRBG_ENTROPY')
/** 2 */
export const ALG_SET_IV: number = constant('ALG_SET_IV')
/** 1 */
export const ALG_SET_KEY: number = constant('ALG_SET_KEY')
/** 7 */
export const ALG_SET_KEY_BY_KEY_SERIAL: number = constant('ALG_SET_KEY_BY_KEY_SERIAL')
/** 9 */
export const ALG_SET_MEM_FD: number = constant('ALG_SET_MEM_FD')
/** 3 */
export const ALG_SET_OP: number = constant('ALG_SET_OP')
/** 8 */
export const ALG_SET_SECURE_KEY: number = constant('ALG_SET_SECURE_KEY')

// linux/keyctl.h
/** 21 */
export const KEYCTL_INVALIDATE: number = constant('KEYCTL_INVALIDATE')
/** 11 */
export const KEYCTL_READ: number = constant('KEYCTL_READ')
/** 3 */
export const KEYCTL_REVOKE: number = constant('KEYCTL_REVOKE')
/** 5 */
export const KEYCTL_SETPERM: number = constant('KEYCTL_SETPERM')
/** 15 */
export const KEYCTL_SET_TIMEOUT: number = constant('KEYCTL_SET_TIMEOUT')
/** -2 */
export const KEY_SPEC_PROCESS_KEYRING: number = constant('KEY_SPEC_PROCESS_KEYRING')

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
