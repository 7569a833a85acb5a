// Made from the kernel's exported headers by `./kseries run`: do not edit, make it again.
// Whole headers: linux/dma-buf.h, linux/dma-heap.h, linux/securekey.h, linux/tee.h, linux/udmabuf.h.
// Sizes and values in comments are those of x86_64; at run time those of the ABI under test count.

import { bigConstant, constant, struct, type Struct } from '@kseries/uapi-headers'

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

/** struct tee_iocl_supp_recv_arg, linux/tee.h, 8 bytes */
export interface tee_iocl_supp_recv_arg {
  /** __u32 */
  func: number
  /** __u32 */
  num_params: number
  /** tee_ioctl_param[] */
  params: tee_ioctl_param[]
}
export const tee_iocl_supp_recv_arg: Struct<tee_iocl_supp_recv_arg> = struct('tee_iocl_supp_recv_arg')

/** struct tee_iocl_supp_send_arg, linux/tee.h, 8 bytes */
export interface tee_iocl_supp_send_arg {
  /** __u32 */
  ret: number
  /** __u32 */
  num_params: number
  /** tee_ioctl_param[] */
  params: tee_ioctl_param[]
}
export const tee_iocl_supp_send_arg: Struct<tee_iocl_supp_send_arg> = struct('tee_iocl_supp_send_arg')

/** struct tee_ioctl_buf_data, linux/tee.h, 16 bytes */
export interface tee_ioctl_buf_data {
  /** __u64 */
  buf_ptr: bigint
  /** __u64 */
  buf_len: bigint
}
export const tee_ioctl_buf_data: Struct<tee_ioctl_buf_data> = struct('tee_ioctl_buf_data')

/** struct tee_ioctl_cancel_arg, linux/tee.h, 8 bytes */
export interface tee_ioctl_cancel_arg {
  /** __u32 */
  cancel_id: number
  /** __u32 */
  session: number
}
export const tee_ioctl_cancel_arg: Struct<tee_ioctl_cancel_arg> = struct('tee_ioctl_cancel_arg')

/** struct tee_ioctl_close_session_arg, linux/tee.h, 4 bytes */
export interface tee_ioctl_close_session_arg {
  /** __u32 */
  session: number
}
export const tee_ioctl_close_session_arg: Struct<tee_ioctl_close_session_arg> = struct('tee_ioctl_close_session_arg')

/** struct tee_ioctl_invoke_arg, linux/tee.h, 24 bytes */
export interface tee_ioctl_invoke_arg {
  /** __u32 */
  func: number
  /** __u32 */
  session: number
  /** __u32 */
  cancel_id: number
  /** __u32 */
  ret: number
  /** __u32 */
  ret_origin: number
  /** __u32 */
  num_params: number
  /** tee_ioctl_param[] */
  params: tee_ioctl_param[]
}
export const tee_ioctl_invoke_arg: Struct<tee_ioctl_invoke_arg> = struct('tee_ioctl_invoke_arg')

/** struct tee_ioctl_object_invoke_arg, linux/tee.h, 24 bytes */
export interface tee_ioctl_object_invoke_arg {
  /** __u64 */
  id: bigint
  /** __u32 */
  op: number
  /** __u32 */
  ret: number
  /** __u32 */
  num_params: number
  /** tee_ioctl_param[] */
  params: tee_ioctl_param[]
}
export const tee_ioctl_object_invoke_arg: Struct<tee_ioctl_object_invoke_arg> = struct('tee_ioctl_object_invoke_arg')

/** struct tee_ioctl_open_session_arg, linux/tee.h, 56 bytes */
export interface tee_ioctl_open_session_arg {
  /** __u8[16] */
  uuid: Uint8Array
  /** __u8[16] */
  clnt_uuid: Uint8Array
  /** __u32 */
  clnt_login: number
  /** __u32 */
  cancel_id: number
  /** __u32 */
  session: number
  /** __u32 */
  ret: number
  /** __u32 */
  ret_origin: number
  /** __u32 */
  num_params: number
  /** tee_ioctl_param[] */
  params: tee_ioctl_param[]
}
export const tee_ioctl_open_session_arg: Struct<tee_ioctl_open_session_arg> = struct('tee_ioctl_open_session_arg')

/** struct tee_ioctl_param, linux/tee.h, 32 bytes */
export interface tee_ioctl_param {
  /** __u64 */
  attr: bigint
  /** __u64 */
  a: bigint
  /** __u64 */
  b: bigint
  /** __u64 */
  c: bigint
}
export const tee_ioctl_param: Struct<tee_ioctl_param> = struct('tee_ioctl_param')

/** struct tee_ioctl_shm_alloc_data, linux/tee.h, 16 bytes */
export interface tee_ioctl_shm_alloc_data {
  /** __u64 */
  size: bigint
  /** __u32 */
  flags: number
  /** __s32 */
  id: number
}
export const tee_ioctl_shm_alloc_data: Struct<tee_ioctl_shm_alloc_data> = struct('tee_ioctl_shm_alloc_data')

/** struct tee_ioctl_shm_register_data, linux/tee.h, 24 bytes */
export interface tee_ioctl_shm_register_data {
  /** __u64 */
  addr: bigint
  /** __u64 */
  length: bigint
  /** __u32 */
  flags: number
  /** __s32 */
  id: number
}
export const tee_ioctl_shm_register_data: Struct<tee_ioctl_shm_register_data> = struct('tee_ioctl_shm_register_data')

/** struct tee_ioctl_shm_register_fd_data, linux/tee.h, 24 bytes */
export interface tee_ioctl_shm_register_fd_data {
  /** __s64 */
  fd: bigint
  /** __u64 */
  size: bigint
  /** __u32 */
  flags: number
  /** __s32 */
  id: number
}
export const tee_ioctl_shm_register_fd_data: Struct<tee_ioctl_shm_register_fd_data> = struct(
  'tee_ioctl_shm_register_fd_data',
)

/** struct tee_ioctl_version_data, linux/tee.h, 12 bytes */
export interface tee_ioctl_version_data {
  /** __u32 */
  impl_id: number
  /** __u32 */
  impl_caps: number
  /** __u32 */
  gen_caps: number
}
export const tee_ioctl_version_data: Struct<tee_ioctl_version_data> = struct('tee_ioctl_version_data')

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

// linux/tee.h
/** 1 */
export const TEE_GEN_CAP_GP: number = constant('TEE_GEN_CAP_GP')
/** 8 */
export const TEE_GEN_CAP_MEMREF_NULL: number = constant('TEE_GEN_CAP_MEMREF_NULL')
/** 16 */
export const TEE_GEN_CAP_OBJREF: number = constant('TEE_GEN_CAP_OBJREF')
/** 2 */
export const TEE_GEN_CAP_PRIVILEGED: number = constant('TEE_GEN_CAP_PRIVILEGED')
/** 4 */
export const TEE_GEN_CAP_REG_MEM: number = constant('TEE_GEN_CAP_REG_MEM')
/** 2 */
export const TEE_IMPL_ID_AMDTEE: number = constant('TEE_IMPL_ID_AMDTEE')
/** 1 */
export const TEE_IMPL_ID_OPTEE: number = constant('TEE_IMPL_ID_OPTEE')
/** 4 */
export const TEE_IMPL_ID_QTEE: number = constant('TEE_IMPL_ID_QTEE')
/** 3 */
export const TEE_IMPL_ID_TSTEE: number = constant('TEE_IMPL_ID_TSTEE')
/** 4 */
export const TEE_IOCTL_LOGIN_APPLICATION: number = constant('TEE_IOCTL_LOGIN_APPLICATION')
/** 2 */
export const TEE_IOCTL_LOGIN_GROUP: number = constant('TEE_IOCTL_LOGIN_GROUP')
/** 6 */
export const TEE_IOCTL_LOGIN_GROUP_APPLICATION: number = constant('TEE_IOCTL_LOGIN_GROUP_APPLICATION')
/** 0 */
export const TEE_IOCTL_LOGIN_PUBLIC: number = constant('TEE_IOCTL_LOGIN_PUBLIC')
/** 0x80000000 */
export const TEE_IOCTL_LOGIN_REE_KERNEL: number = constant('TEE_IOCTL_LOGIN_REE_KERNEL')
/** 0xbfffffff */
export const TEE_IOCTL_LOGIN_REE_KERNEL_MAX: number = constant('TEE_IOCTL_LOGIN_REE_KERNEL_MAX')
/** 0x80000000 */
export const TEE_IOCTL_LOGIN_REE_KERNEL_MIN: number = constant('TEE_IOCTL_LOGIN_REE_KERNEL_MIN')
/** 1 */
export const TEE_IOCTL_LOGIN_USER: number = constant('TEE_IOCTL_LOGIN_USER')
/** 5 */
export const TEE_IOCTL_LOGIN_USER_APPLICATION: number = constant('TEE_IOCTL_LOGIN_USER_APPLICATION')
/** 511 */
export const TEE_IOCTL_PARAM_ATTR_MASK: number = constant('TEE_IOCTL_PARAM_ATTR_MASK')
/** 256 */
export const TEE_IOCTL_PARAM_ATTR_META: number = constant('TEE_IOCTL_PARAM_ATTR_META')
/** 255 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_MASK: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_MASK')
/** 7 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INOUT')
/** 5 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT')
/** 6 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_OUTPUT')
/** 0 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_NONE: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_NONE')
/** 13 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INOUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INOUT')
/** 11 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_INPUT')
/** 12 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_OUTPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_OBJREF_OUTPUT')
/** 10 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INOUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INOUT')
/** 8 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_INPUT')
/** 9 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_OUTPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_OUTPUT')
/** 3 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INOUT')
/** 1 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_INPUT')
/** 2 */
export const TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT: number = constant('TEE_IOCTL_PARAM_ATTR_TYPE_VALUE_OUTPUT')
/** 16 */
export const TEE_IOCTL_UUID_LEN: number = constant('TEE_IOCTL_UUID_LEN')
/** 0 */
export const TEE_IOC_BASE: number = constant('TEE_IOC_BASE')
/** 0x8008a404 */
export const TEE_IOC_CANCEL: number = constant('TEE_IOC_CANCEL')
/** 0x8004a405 */
export const TEE_IOC_CLOSE_SESSION: number = constant('TEE_IOC_CLOSE_SESSION')
/** 0x8010a403 */
export const TEE_IOC_INVOKE: number = constant('TEE_IOC_INVOKE')
/** 164 */
export const TEE_IOC_MAGIC: number = constant('TEE_IOC_MAGIC')
/** 0x8010a40a */
export const TEE_IOC_OBJECT_INVOKE: number = constant('TEE_IOC_OBJECT_INVOKE')
/** 0x8010a402 */
export const TEE_IOC_OPEN_SESSION: number = constant('TEE_IOC_OPEN_SESSION')
/** 0xc010a401 */
export const TEE_IOC_SHM_ALLOC: number = constant('TEE_IOC_SHM_ALLOC')
/** 0xc018a409 */
export const TEE_IOC_SHM_REGISTER: number = constant('TEE_IOC_SHM_REGISTER')
/** 0xc018a408 */
export const TEE_IOC_SHM_REGISTER_FD: number = constant('TEE_IOC_SHM_REGISTER_FD')
/** 0x8010a406 */
export const TEE_IOC_SUPPL_RECV: number = constant('TEE_IOC_SUPPL_RECV')
/** 0x8010a407 */
export const TEE_IOC_SUPPL_SEND: number = constant('TEE_IOC_SUPPL_SEND')
/** 0x800ca400 */
export const TEE_IOC_VERSION: number = constant('TEE_IOC_VERSION')
/** 4096 */
export const TEE_MAX_ARG_SIZE: number = constant('TEE_MAX_ARG_SIZE')
/** 18446744073709551615 */
export const TEE_MEMREF_NULL: bigint = bigConstant('TEE_MEMREF_NULL')
/** 18446744073709551615 */
export const TEE_OBJREF_NULL: bigint = bigConstant('TEE_OBJREF_NULL')
/** 1 */
export const TEE_OPTEE_CAP_TZ: number = constant('TEE_OPTEE_CAP_TZ')

// linux/udmabuf.h
/** 0x40187542 */
export const UDMABUF_CREATE: number = constant('UDMABUF_CREATE')
/** 0x40087543 */
export const UDMABUF_CREATE_LIST: number = constant('UDMABUF_CREATE_LIST')
/** 1 */
export const UDMABUF_FLAGS_CLOEXEC: number = constant('UDMABUF_FLAGS_CLOEXEC')
