/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_TIMEZONE_H
#define BASE_TIMEZONE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

/* timezone: the rules of one IANA time zone, from the system's TZif files (RFC 9636) in
 * TIMEZONE_FOLDER or $TZDIR; beyond the last transition of the file its POSIX TZ footer goes on
 * forever. Immutable once loaded: any thread. (The struct is called time_zone because <sys/time.h>
 * has long had another struct timezone.) */
struct time_zone;

#define TIMEZONE_FOLDER "/usr/share/zoneinfo"
enum {
    TIMEZONE_NAME_BYTES_MAX = 64,
    TIMEZONE_FILE_BYTES_MAX = 64 * 1024,
    TIMEZONE_TRANSITIONS_MAX = 2048
};

/* Lives in the arena. NOT_FOUND: no zone of that name. INVALID: not the form of a zone's name.
 * CORRUPT: the file is no TZif. */
MUST_USE enum status timezone_load(const char *name, struct arena *arena,
                                   const struct time_zone **out, struct error *err);
/* The same from the bytes of a TZif file. */
MUST_USE enum status timezone_parse(const char *name, const void *bytes, size_t size,
                                    struct arena *arena, const struct time_zone **out,
                                    struct error *err);

const char *timezone_name(const struct time_zone *zone);

/* Seconds east of UTC at a moment. */
int32_t timezone_offset_s(const struct time_zone *zone, int64_t utc_ms);

/* The next moment after utc_ms at which the offset changes; INT64_MAX: never again. */
int64_t timezone_next_change_ms(const struct time_zone *zone, int64_t utc_ms);

/* The wall clock as if it were UTC: utc_ms + offset. */
int64_t timezone_local_ms(const struct time_zone *zone, int64_t utc_ms);

/* The first moment at which the wall clock shows local_ms or, where the clocks jump over it, the
 * moment of the jump. Where the clocks show it twice, the first of the two. */
int64_t timezone_utc_ms(const struct time_zone *zone, int64_t local_ms);

/* The moment at which a day (days since 1970-01-01 of the wall clock's calendar) begins. */
int64_t timezone_day_start_ms(const struct time_zone *zone, int64_t day);

/* The day (days since 1970-01-01) that the wall clock shows. */
int64_t timezone_day(const struct time_zone *zone, int64_t utc_ms);

#endif
