/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_DECODE_NDJSON_H
#define INGEST_DECODE_NDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"
#include "ingest/admission.h"
#include "ingest/event_cursor.h"

/* decode_ndjson: newline-delimited JSON, one flat event a line, to rows of a batch. The fast way
 * in: a decoder made for the fields of an event, reading each byte about twice. Pure, any thread;
 * one thread an admission.
 *
 * Lines end with LF or CR LF; lines of white space only are skipped and not counted; a byte order
 * mark at the very start is skipped. A line is judged by RFC 8259 to its end, and the first of
 * these that applies is the answer, so one bad line never costs the others: invalid_utf8 >
 * invalid_json (also: nested deeper than JSON_DEPTH_MAX) > not_an_object > the first bad member in
 * the order of the line > admission_add. A member whose value is null, or an empty text, is as good
 * as absent, but a name that comes twice is duplicate_field. Times are RFC 3339 texts or whole
 * numbers of milliseconds, in any notation of a number. Text that is none of a dimension's business
 * (a time in `office`) is not looked into. */

/* Decodes up to the end of `bytes`, or up to a full batch, or, when `more` bytes will follow, up to
 * the start of an unfinished last line. Returns how many bytes are done with: call again from there
 * when the batch is written and cleared, or when the rest is read. *position is the index of the
 * next event line; it starts at 0 and is moved on.
 *
 *     for (size_t at = 0; at < size;) {
 *         at += decode_ndjson(bytes + at, size - at, false, &position, &admission);
 *         ... write admission.batch, then batch_clear ...
 *     }
 */
size_t decode_ndjson(const char *bytes, size_t size, bool more, uint32_t *position,
                     struct admission *admission);

/* Decodes one line without its line end, of which readable_size >= size bytes may be read: what
 * lies behind the line, if anything, begins with its end. `admission` says which extra fields are
 * declared and what becomes of unknown ones, and is not changed. event.id is given if it could be
 * read, also on failure. Not validated any further: that is admission_add. */
bool decode_ndjson_line(const char *bytes, size_t size, size_t readable_size,
                        const struct admission *admission, struct event_draft *line);

#endif
