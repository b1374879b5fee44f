/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* json: reads JSON documents of moderate size (configuration, mapping files, CloudEvents); json.c
 * is the only file that knows cJSON. The hot path has a decoder of its own (ingest/decode_ndjson).
 * Writing is base/text.h. Any thread; a document belongs to one thread at a time.
 *
 * Strictly RFC 8259, with limits: depth, the length of a number, and no U+0000 in texts. */
struct json; /* a value; members live as long as the document */

enum json_kind { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };
enum { JSON_DEPTH_MAX = 64, JSON_NUMBER_BYTES_MAX = 63 };

/* Parses all `size` bytes as one document (trailing white space allowed). INVALID with the byte
 * offset of the fault. Release the document with json_free. */
MUST_USE enum status json_parse(const char *bytes, size_t size, struct json **out,
                                struct error *err);
void json_free(struct json *document); /* accepts NULL */

enum json_kind json_kind(const struct json *value); /* JSON_NULL for NULL */
/* Exact, case-sensitive name; NULL when absent or when `object` is no object. */
const struct json *json_member(const struct json *object, const char *name);
/* Members or elements in order: first, then next; NULL at the end. */
const struct json *json_first(const struct json *container);
const struct json *json_next(const struct json *value);
const char *json_name(const struct json *member); /* of a member; NULL for an element */
uint32_t json_count(const struct json *container);

/* The value when it is of that kind, else what is given as `otherwise`. */
const char *json_text(const struct json *value, const char *otherwise); /* NUL-terminated */
double json_number(const struct json *value, double otherwise);
bool json_boolean(const struct json *value, bool otherwise);

#endif
