/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef ACCESS_PSEUDONYM_H
#define ACCESS_PSEUDONYM_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"

/* pseudonym: replaces subjects, links and ids by keyed hashes (SipHash-2-4 of libsodium), so that
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

/* Opens the key file, creating it (0600) when absent; refuses a file that others may read.
 * io errors: IO. A damaged file: CORRUPT (never replaced: losing keys loses deduplication). */
MUST_USE enum status pseudonyms_open(const char *path, const struct clock *clock,
                                     struct pseudonyms **out, struct error *err);
void pseudonyms_close(struct pseudonyms *pseudonyms); /* accepts NULL; wipes the keys in memory */

/* Any thread from here on. Never 0: 0 says "no subject". tenant: ARS text. */
uint64_t pseudonym_subject(struct pseudonyms *pseudonyms, unsigned purpose, const char *tenant,
                           size_t tenant_size, int64_t time_ms, const char *subject, size_t size);
uint64_t pseudonym_link(struct pseudonyms *pseudonyms, const char *link, size_t size);
/* 128-bit hash of (source, id) for deduplication. */
struct pseudonym_id pseudonym_event_id(struct pseudonyms *pseudonyms, const char *source,
                                       size_t source_size, const char *id, size_t size);

#endif
