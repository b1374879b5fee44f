/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* timestamp: moments as UTC milliseconds since 1970-01-01T00:00:00Z, and their text (RFC 3339).
 * Pure functions, any thread. Years 0001 to 9999. */
enum { TIMESTAMP_TEXT_BYTES = 32 };

#define TIMESTAMP_MS_MIN INT64_C(-62135596800000) /* 0001-01-01T00:00:00Z */
#define TIMESTAMP_MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* Days since 1970-01-01 of a civil date in the proleptic Gregorian calendar; month 1..12, day
 * 1..31 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
int64_t timestamp_days_from_civil(int64_t year, int month, int day);
void timestamp_civil_from_days(int64_t days, int64_t *year, int *month, int *day);
int timestamp_days_in_month(int64_t year, int month);
int timestamp_weekday(int64_t days); /* 0: Monday */
/* "2026-10-31"; false: not such a text, *days unchanged. */
bool timestamp_parse_day(const char *text, size_t size, int64_t *days);

/* Parses "2026-10-31T23:00:00[.fraction](Z|+01:00)"; a space or 't' for 'T' and 'z' are accepted as
 * in RFC 3339. Digits below a millisecond are cut off; second 60 counts as the next second's start.
 * All `size` bytes must be used. false: not such a text, *utc_ms unchanged. */
bool timestamp_parse(const char *text, size_t size, int64_t *utc_ms);

/* Writes "2026-10-31T23:00:00.000Z"; `text` holds TIMESTAMP_TEXT_BYTES. Outside the years 0001 to
 * 9999 the nearest bound is written. */
void timestamp_format_utc(int64_t utc_ms, char *text);

#endif
