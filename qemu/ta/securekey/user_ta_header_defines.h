/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef USER_TA_HEADER_DEFINES_H
#define USER_TA_HEADER_DEFINES_H

#include <securekey_ta.h>

#define TA_UUID			SKTA_UUID

/*
 * Every session is an instance: keys do not see each other, run at a time, and one that
 * panics takes no other with it. The kernel finds the application without a supplicant.
 */
#define TA_FLAGS		(TA_FLAG_SECURE_DATA_PATH | \
				 TA_FLAG_DEVICE_ENUM)

/* Of each session. The heap has to hold the longest list of subsamples, 32 KiB. */
#define TA_STACK_SIZE		(4 * 1024)
#define TA_DATA_SIZE		(48 * 1024)

#define TA_VERSION		"1"
#define TA_DESCRIPTION		"Keys that the kernel uses but does not see"

#endif /* USER_TA_HEADER_DEFINES_H */
