/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef STORE_NAMES_H
#define STORE_NAMES_H

#include <stdint.h>

#include "base/status.h"
#include "event/dictionary.h"
#include "event/journey.h"

/* names: the strings of a store and the ordinals of its form steps. Grows only.
 *
 * Every form step of a (tenant, service) gets the next ordinal below JOURNEY_STEPS_MAX, so that the
 * steps of an attempt are a 64-bit set. One thread, the writer, adds; any thread looks up what was
 * there when its snapshot was taken. */
struct names;

enum { NAMES_STEPS_MAX = 1 << 20, NAMES_COLUMN_VALUES_MAX = 1 << 16 };

MUST_USE struct names *names_create(void); /* NULL: no memory */
void names_free(struct names *names);      /* accepts NULL */

struct dictionary *names_dictionary(const struct names *names);

/* Ordinal of a step, given the next one when it is new. -1: this service has JOURNEY_STEPS_MAX
 * steps already, or memory is refused. */
int names_add_step(struct names *names, uint32_t tenant, uint32_t service, uint32_t step);
/* -1 when unknown. */
int names_step_ordinal(const struct names *names, uint32_t tenant, uint32_t service, uint32_t step);
/* Code of the step with that ordinal; 0: none. */
uint32_t names_step(const struct names *names, uint32_t tenant, uint32_t service, uint32_t ordinal);
uint32_t names_step_count(const struct names *names, uint32_t tenant, uint32_t service);

/* Counts a value of a dimension column the first time it is seen since the store was opened; false
 * when the column already has NAMES_COLUMN_VALUES_MAX different values and this is another one. */
bool names_note_value(struct names *names, enum column column, uint32_t code);

/* True when names_note_value counted it. Any thread. */
bool names_has_value(const struct names *names, enum column column, uint32_t code);

bool names_column_is_full(const struct names *names, uint32_t column);

/* What was added from a point on, as bytes: strings with codes >= first_code and steps with number
 * >= first_step, as of now. Strings take so many bytes at most; steps come with the last of them.
 * Answers the code behind the last one. Appended to *text by the caller's buffer functions. Any
 * thread. */
struct text;
uint32_t names_write(struct names *names, uint32_t first_code, uint32_t first_step,
                     size_t bytes_max, struct text *out);
uint32_t names_code_count(const struct names *names);
uint32_t names_total_steps(const struct names *names);
/* Adds what names_write wrote; what is there already must be the same. CORRUPT otherwise.
 * *size_read: bytes used. */
MUST_USE enum status names_read(struct names *names, const uint8_t *bytes, size_t size,
                                size_t *size_read, struct error *err);

/* The same as a file: what names_write wrote from code 1 and step 0, and a checksum. */
struct file_io;
MUST_USE enum status names_write_file(const struct text *written, struct file_io *io,
                                      const char *path, struct error *err);
MUST_USE enum status names_read_file(struct names *names, struct file_io *io, const char *path,
                                     struct error *err);

#endif
