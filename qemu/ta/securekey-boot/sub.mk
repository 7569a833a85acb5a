# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

global-incdirs-y += ../include

cflags-y += -Wall -Wextra

srcs-y += keeper.c
