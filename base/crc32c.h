/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* crc32c: the Castagnoli CRC (RFC 3720, appendix B.4), which guards every stored byte. Any thread.
 * crc32c("123456789") is 0xE3069283. Uses the processor's instruction where there is one. */
uint32_t crc32c(const void *data, size_t bytes);

#endif
