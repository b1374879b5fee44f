/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ACCESS_PSEUDONYM_H
#define ACCESS_PSEUDONYM_H

#include <stddef.h>
#include <stdint.h>

#include "access/siphash.h"
#include "base/clock.h"
#include "base/status.h"

/* pseudonym: replaces subjects, links and ids by keyed hashes (SipHash-2-4), so that
 * the store never sees them. Without the key file nobody can tell which subject a pseudonym was, or
 * whether a known subject is in the data.
 *
 * Keys are random, one per (purpose, epoch), made specific to a tenant on use. They live in one
 * file, mode 0600, apart from the data. Purposes attempt, case and appointment have one epoch until
 * their key is destroyed; visits have one a UTC day, destroyed 48 h after the day has ended: later
 * visit events of that day get pseudonyms of a key that is never written down. */
struct pseudonyms;

/* purpose: enum purpose of event/type.h, as a number because access does not know events. */
struct pseudonym_id {
    uint64_t high, low;
};

enum {
    PSEUDONYM_PURPOSES_MAX = 8,  /* purposes are below it */
    PSEUDONYM_PURPOSE_VISIT = 1, /* the one with a key a day */
    PSEUDONYM_SOURCE_BYTES_MAX = 64
};
/* How long a visit key outlives its day. */
#define PSEUDONYM_VISIT_KEPT_MS INT64_C(172800000)

/* Opens the key file, creating it (0600) when absent; the file belongs to one process at a time.
 * FORBIDDEN: others may read it. IO. A damaged file: CORRUPT (never replaced: losing keys loses
 * deduplication). The clock is borrowed. */
MUST_USE enum status pseudonyms_open(const char *path, const struct clock *clock,
                                     struct pseudonyms **out, struct error *err);
void pseudonyms_close(struct pseudonyms *pseudonyms); /* accepts NULL; wipes the keys in memory */

/* Any thread from here on. Never 0: 0 says "no subject". tenant: ARS text. */
uint64_t pseudonym_subject(struct pseudonyms *pseudonyms, unsigned purpose, const char *tenant,
                           size_t tenant_size, int64_t time_ms, const char *subject, size_t size);
uint64_t pseudonym_link(struct pseudonyms *pseudonyms, const char *link, size_t size);

/* Destroys the visit keys that are due, in memory and on disk. Every pseudonym of a visit does it
 * first; the server also calls it hourly, so that keys do not outlive their day when no visits
 * come. Cheap when nothing is due. IO: the file still holds them; tried again a minute later. */
enum status pseudonyms_expire(struct pseudonyms *pseudonyms, struct error *err);

/* 128-bit hash of (source, id) for deduplication. What depends on the source alone is worked out
 * once; it holds a piece of the key, so it lives no longer than a request.
 * source: at most PSEUDONYM_SOURCE_BYTES_MAX bytes. */
struct pseudonym_source {
    struct siphash_prefix prefix;
};
struct pseudonym_source pseudonym_source(const struct pseudonyms *pseudonyms, const char *source,
                                         size_t size);
struct pseudonym_id pseudonym_event_id(const struct pseudonym_source *source, const char *id,
                                       size_t size);

/* The same for several events, side by side where the processor can: far less than one by one. The
 * texts are copied. Zeroed before its first use; holds pieces of keys, as pseudonym_source. */
enum { PSEUDONYM_GROUP_MAX = SIPHASH_LANES, PSEUDONYM_TEXT_BYTES_MAX = SIPHASH_LANE_BYTES_MAX };
struct pseudonym_group {
    uint32_t id_count, subject_count; /* gathered, at most PSEUDONYM_GROUP_MAX of each */
    struct siphash_lanes ids, subjects;
};
/* Texts of at most PSEUDONYM_TEXT_BYTES_MAX bytes. */
void pseudonym_gather_id(struct pseudonym_group *group, const struct pseudonym_source *source,
                         const char *id, size_t size);
void pseudonym_gather_subject(struct pseudonym_group *group, struct pseudonyms *pseudonyms,
                              unsigned purpose, const char *tenant, size_t tenant_size,
                              int64_t time_ms, const char *subject, size_t size);
/* What was gathered, in that order; the group is empty then. */
void pseudonym_group_take(struct pseudonym_group *group, struct pseudonym_id *ids,
                          uint64_t *subjects);

#endif
