/* SPDX-License-Identifier: EUPL-1.2 */
#include "ingest/decode_ndjson.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "ingest/byte_scan.h"
#include "ingest/line_index.h"

/* --- any line ------------------------------------------------------------------------------- */

/* The whole line: an object and nothing behind it. False where it is no JSON. */
static bool read_line(struct cursor *cursor) {
    cursor_skip_space(cursor);
    bool object = cursor_take(cursor, '{');
    if (object) {
        if (!cursor_members(cursor)) return false;
    } else {
        if (!cursor_skip_container(cursor, 0)) return false;
        reject_set(&cursor->draft->reject, REJECT_NOT_AN_OBJECT, "", 0);
    }
    cursor_skip_space(cursor);
    return cursor->at == cursor->end;
}

/* What the extra fields of a line mean depends on its tenant. Where one comes before the tenant,
 * the line is read once more, with the tenant known. */
static bool read_with_tenant(struct cursor *cursor) {
    char tenant[EVENT_TEXT_BYTES_MAX];
    struct cursor again = *cursor;
    const struct event *event = &cursor->draft->event;
    again.tenant = (struct slice){tenant, 0};
    if ((event->given >> FIELD_TENANT & 1) != 0) {
        again.tenant.size = event->tenant.size < sizeof tenant ? event->tenant.size : sizeof tenant;
        memcpy(tenant, event->tenant.bytes, again.tenant.size);
    }
    again.tenant_is_known = true;
    again.seen = again.seen_extras = 0;
    event_draft_reset(again.draft);
    return read_line(&again);
}

static void decode(const char *bytes, size_t size, const char *readable, bool ascii,
                   const struct admission *admission, struct event_draft *line) {
    event_draft_reset(line);
    size_t valid = ascii ? size : utf8_valid_bytes(bytes, size);
    char where[40];
    if (valid < size) {
        int length = snprintf(where, sizeof where, "byte %zu", valid);
        reject_set(&line->reject, REJECT_INVALID_UTF8, where, (size_t)length);
        return;
    }
    struct cursor cursor = {.at = bytes,
                            .end = bytes + size,
                            .readable = readable,
                            .draft = line,
                            .admission = admission,
                            .outer = 1};
    bool is_json = read_line(&cursor);
    if (is_json && cursor.tenant_is_needed) {
        cursor.at = bytes;
        is_json = read_with_tenant(&cursor);
    }
    if (!is_json) {
        line->reject.code =
            REJECT_NONE; /* a fault of a member before it does not matter any more */
        int length = snprintf(where, sizeof where, "byte %td", cursor.at - bytes);
        reject_set(&line->reject, REJECT_INVALID_JSON, where, (size_t)length);
    }
}

/* --- lines as programs write them ----------------------------------------------------------- */

/* A value that is no text: a number of a time or number field. What it is followed by, or NULL. */
static const char *read_plain_number(struct event *event, enum field field, const char *at,
                                     const char *end) {
    struct cursor cursor = {.at = at, .end = end, .readable = end};
    struct value value;
    if (field_places[field].form == FORM_TEXT || !cursor_number(&cursor, &value)) return NULL;
    if (field_places[field].form == FORM_NUMBER) {
        *(double *)event_field(event, field) = value.number;
    } else if (number_is_whole(value.number)) {
        *(int64_t *)event_field(event, field) = (int64_t)value.number;
    } else {
        return NULL;
    }
    return cursor.at;
}

static inline bool take_plain_text(struct usual_day *day, struct event *event, enum field field,
                                   const char *text, uint32_t size) {
    if (field_places[field].form == FORM_TEXT) {
        struct slice *place = event_field(event, field);
        place->bytes = text;
        place->size = size;
        return true;
    }
    return field_places[field].form == FORM_TIME &&
           usual_time_parse(day, text, size, event_field(event, field));
}

/* A line without escapes, of known fields with values of the right kind, each once, and white space
 * nowhere but one blank behind colons and commas. Its index says where every name and text lies, so
 * nothing waits for the end of the value before. False: whatever it is, read_line knows better. */
static bool read_plain_line(const char *bytes, const struct line_index *index,
                            struct usual_day *day, struct event *event) {
    const uint16_t *quote = index->quotes, *last = quote + index->quote_count;
    const char *end = bytes + index->size;
    uint32_t seen = 0;
    if (index->quote_count == 0 || bytes[0] != '{' || *quote != 1) return false;
    for (;;) {
        if (last - quote < 2) return false;
        const char *name = bytes + quote[0] + 1, *name_end = bytes + quote[1];
        const enum field field = field_from_padded_text(name, (size_t)(name_end - name));
        if (field == FIELD_UNKNOWN || (seen >> field & 1) != 0 || name_end[1] != ':') return false;
        seen |= 1u << field;
        const char *value = name_end + 2 + (name_end[2] == ' '), *behind;
        if (*value == '"') { /* the third quote: there is none between it and the name */
            if (last - quote < 4) return false;
            behind = bytes + quote[3];
            if (!take_plain_text(day, event, field, value + 1, (uint32_t)(behind - value - 1)))
                return false;
            behind++;
            quote += 4;
        } else {
            behind = read_plain_number(event, field, value, end);
            if (behind == NULL) return false;
            quote += 2;
        }
        if (*behind != ',') {
            event->given = seen;
            return *behind == '}' && behind + 1 == end && quote == last;
        }
        if (quote == last || bytes + *quote != behind + 1 + (behind[1] == ' ')) return false;
    }
}

/* Tries the short way for a line that has an index. line->event is anything when it fails. */
static bool decode_plain(struct event_draft *line, const char *bytes,
                         const struct line_index *index) {
    line->event.given_extras = 0;
    return read_plain_line(bytes, index, &line->day, &line->event) &&
           (index->ascii || utf8_is_valid(bytes, index->size));
}

bool decode_ndjson_line(const char *bytes, size_t size, size_t readable_size,
                        const struct admission *admission, struct event_draft *line) {
    const char *readable = bytes + readable_size;
    struct line_index index;
    event_draft_reset(line);
    if (line_index_make(bytes, readable, &index) && index.size == size &&
        decode_plain(line, bytes, &index))
        return true;
    decode(bytes, size, readable, false, admission, line);
    return line->reject.code == REJECT_NONE;
}

static bool is_blank(const char *at, const char *end) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) at++;
    return at == end;
}

static void admit(struct event_draft *line, uint32_t position, struct admission *admission) {
    if (line->reject.code == REJECT_NONE) {
        admission->dropped_fields += line->dropped_fields;
        (void)admission_add_open(admission, &line->event, position);
        return;
    }
    struct slice id = line->event.id;
    bool has_id = (line->event.given >> FIELD_ID & 1) != 0;
    admission_reject(admission, position, has_id ? id.bytes : "", has_id ? id.size : 0,
                     &line->reject);
}

/* The line feed of a line that has an index; NULL when it has none, or a control character that is
 * no part of its end. */
static const char *find_plain_end(const char *at, const char *end, struct line_index *index) {
    if (!line_index_make(at, end, index)) return NULL;
    const char *feed = at + index->size;
    feed += *feed == '\r'; /* there is padding behind it */
    return *feed == '\n' ? feed : NULL;
}

size_t decode_ndjson(const char *bytes, size_t size, bool more, uint32_t *position,
                     struct admission *admission) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    const char *at = bytes, *end = bytes + size;
    struct event_draft line;
    struct line_index index;
    event_draft_begin(&line);
    if (*position == 0 && size >= 3 && memcmp(at, byte_order_mark, 3) == 0) at += 3;
    while (at < end && admission->batch->row_count < BATCH_ROWS_MAX) {
        const char *feed = find_plain_end(at, end, &index);
        if (feed != NULL && decode_plain(&line, at, &index)) {
            (void)admission_add_open(admission, &line.event, (*position)++);
        } else {
            bool ascii = false;
            if (feed == NULL) feed = scan_line(at, end, &ascii);
            if (feed == end && more) break;
            if (!is_blank(at, feed)) {
                decode(at, (size_t)(feed - at), end, ascii, admission, &line);
                admit(&line, (*position)++, admission);
            }
        }
        at = feed < end ? feed + 1 : end;
    }
    admission_complete(admission);
    return (size_t)(at - bytes);
}
