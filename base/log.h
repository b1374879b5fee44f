/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* log: one line an event on standard error:
 *   time=2026-10-31T23:00:00.000Z level=warn about=token text="..."
 * Any thread; lines never mix. A line says what the program did, never what a request carried: no
 * subject, id, address, header or field value may be part of it. */
enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };
enum { LOG_LINE_BYTES_MAX = 1024 }; /* longer ones are cut */

/* about: the noun that speaks, static ("token"). The text is escaped: control characters, quotes
 * and backslashes cannot break the line. */
void log_write(enum log_level level, const char *about, const char *format, ...) PRINTF_LIKE(3, 4);

/* What log_write writes, into `line` of LOG_LINE_BYTES_MAX bytes; answers its size. For tests. */
size_t log_format(char *line, enum log_level level, const char *about, int64_t utc_ms,
                  const char *text);

#endif
