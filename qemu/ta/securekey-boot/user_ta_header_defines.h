/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <securekey_boot_ta.h>

#define TA_UUID			SKBOOT_UUID

/* One instance, which stays when the last session is closed: it has the secret. */
#define TA_FLAGS		(TA_FLAG_SINGLE_INSTANCE | \
				 TA_FLAG_MULTI_SESSION | \
				 TA_FLAG_INSTANCE_KEEP_ALIVE)

#define TA_STACK_SIZE		(2 * 1024)
#define TA_DATA_SIZE		(4 * 1024)

#define TA_VERSION		"1"
#define TA_DESCRIPTION		"Secret of this boot, for secure keys"

#endif /* USER_TA_HEADER_DEFINES_H */
