/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the trusted application "securekey-boot", the keeper, and its only client, the
 * trusted application "securekey", say to each other.
 *
 * The keeper makes a secret when it is first asked after power-on, and has it until
 * power-off. It is an application of its own, so that the secret lives longer than the
 * instances of its client, and does next to nothing, so that nothing goes wrong in it.
 */
#ifndef SECUREKEY_BOOT_TA_H
#define SECUREKEY_BOOT_TA_H

#define SKBOOT_UUID \
	{ 0xba6f098b, 0xf701, 0x4d31, \
	  { 0x83, 0x12, 0xfb, 0x9e, 0xbb, 0xdd, 0xc0, 0xd4 } }

#define SKBOOT_SECRET_LEN		32

/*
 * P0 memref out: SKBOOT_SECRET_LEN bytes, the same until power-off
 */
#define SKBOOT_CMD_SECRET		0

#endif /* SECUREKEY_BOOT_TA_H */
