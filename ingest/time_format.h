/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_TIME_FORMAT_H
#define INGEST_TIME_FORMAT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/timezone.h"
#include "event/event.h"

/* time_format: how a file writes its times. A pattern of conversions as in strptime(3):
 *
 *   %Y year, four digits      %m month  %d day of month         one or two digits each
 *   %H hour 0-23  %I hour 1-12 with %p AM or PM  %M minute  %S second, one or two digits each
 *   %f fraction of a second, one or more digits; below a millisecond they are cut off
 *   %z Z, +01:00 or +0100     %s seconds since 1970     %% a percent sign
 *
 * White space in the pattern stands for any white space, also none; anything else for itself. The
 * pattern NULL stands for RFC 3339 with offset. Immutable once made: any thread. */
struct time_format {
    const char *pattern;          /* borrowed */
    const struct time_zone *zone; /* of times without %z; NULL: offset_ms holds */
    int64_t offset_ms;            /* east of UTC */
};

/* zone: "UTC", "+01:00", or an IANA name such as "Europe/Berlin", which then lives in the arena;
 * NULL: UTC. Texts are borrowed. INVALID: pattern or zone make no sense. */
MUST_USE enum status time_format_make(const char *pattern, const char *zone, struct arena *arena,
                                      struct time_format *out, struct error *err);

/* White space at both ends is passed over. A wall clock time that a zone shows twice is taken as
 * the first of the two, one that it skips as the moment of the jump. false: not such a text. */
bool time_format_parse(const struct time_format *format, struct slice text, int64_t *utc_ms);

#endif
