# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

global-incdirs-y += ../include

cflags-y += -Wall -Wextra

srcs-y += blob.c
srcs-y += cipher.c
srcs-y += crypto.c
srcs-y += decrypt.c
srcs-y += derive.c
srcs-y += entry.c
srcs-y += key.c
srcs-y += param.c
srcs-y += request.c
srcs-y += runs.c
srcs-y += stage.c
srcs-y += stream.c
srcs-y += wrap.c
srcs-y += xts.c
srcs-$(CFG_SECUREKEY_TEST) += test.c
