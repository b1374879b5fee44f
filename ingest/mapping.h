/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef INGEST_MAPPING_H
#define INGEST_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/status.h"
#include "event/event.h"
#include "ingest/time_format.h"

/* mapping: how the records of a file become events. A record is a row of a CSV file, or an event of
 * an XES file together with its trace. A mapping reads named values (columns, attributes), gives
 * them to the fields of the event model, and has rules: every rule whose condition holds for a
 * record makes one event of it. The file form is described in docs/IMPORT.md.
 *
 * Immutable once made; one thread applies it at a time. */
enum file_format { FORMAT_UNKNOWN, FORMAT_CSV, FORMAT_XES, FORMAT_NDJSON };
enum file_format file_format_from_text(const char *text); /* FORMAT_UNKNOWN: none of them */
const char *file_format_text(enum file_format format);    /* static */

enum {
    MAPPING_FILE_BYTES_MAX = 1 << 20,
    MAPPING_NAMES_MAX = 64,
    MAPPING_RULES_MAX = 64,
    MAPPING_ID_BYTES = 33, /* of an event's id, with the final NUL */
    MAPPING_DETAIL_BYTES = 96
};

enum value_scope { SCOPE_COLUMN, SCOPE_EVENT, SCOPE_TRACE };

/* A column or attribute that the mapping reads: the reader finds its value for each record. */
struct mapping_name {
    enum value_scope scope;
    const char *text;
};

enum value_kind { VALUE_ABSENT, VALUE_CONSTANT, VALUE_NAMED };
enum value_others { OTHERS_KEEP, OTHERS_REFUSE, OTHERS_OMIT, OTHERS_DEFAULT };

/* Where a field comes from. */
struct mapping_value {
    enum value_kind kind;
    uint32_t name; /* index into names */
    const char *constant;
    const struct json *values; /* object: text of the file -> text of the event, or null; or NULL */
    const char *otherwise;     /* for an empty value, and for others; NULL: none */
    enum value_others others;  /* what becomes of a text that is not in `values` */
};

enum rule_when { WHEN_ALWAYS, WHEN_FIRST, WHEN_LAST, WHEN_OTHERWISE, WHEN_VALUE };

struct mapping_rule {
    enum event_type type;
    uint32_t ordinal; /* among the rules of this type */
    enum rule_when when;
    uint32_t when_name;         /* WHEN_VALUE: the value that is looked at ... */
    const struct json *when_is; /* ... and the array of texts of which it is one; NULL: not empty */
    bool optional;              /* no event, and no reject, when its time is empty */
    struct mapping_value field[FIELD_COUNT]; /* FIELD_ID and FIELD_TYPE are not used */
};

struct mapping {
    enum file_format format;
    const char *source; /* NULL: not said */
    char delimiter;
    bool windows_1252;          /* CSV: the file is not UTF-8 */
    const struct json *columns; /* CSV without a header row: array of names; or NULL */
    struct time_format time;
    struct mapping_name names[MAPPING_NAMES_MAX];
    uint32_t name_count;
    struct mapping_rule *rules;
    uint32_t rule_count;
    /* What tells the events of a subject apart, besides type and moment: the values that become
     * steps, as they stand in the file. With "id" in the mapping: these values, and nothing else
     * but the type. */
    uint32_t id_names[MAPPING_NAMES_MAX];
    uint32_t id_name_count;
    bool id_given;
    enum event_type order[MAPPING_RULES_MAX]; /* milestones that must not run backwards */
    uint32_t order_count;
    struct arena arena;
    struct json *document, *defaults; /* texts above point into them */
};

/* Reads a mapping from `size` bytes of JSON; format FORMAT_UNKNOWN: the file must say it.
 * INVALID with a sentence that names the key. *out: release with mapping_free. */
MUST_USE enum status mapping_parse(const char *json, size_t size, enum file_format format,
                                   struct mapping **out, struct error *err);
MUST_USE enum status mapping_load(const char *path, enum file_format format, struct mapping **out,
                                  struct error *err);
/* What holds for an XES file when no mapping is given. */
MUST_USE enum status mapping_default_xes(struct mapping **out, struct error *err);
void mapping_free(struct mapping *mapping); /* accepts NULL */

/* True when a rule makes events that need a service and the mapping says none. */
bool mapping_lacks_service(const struct mapping *mapping);
/* True when a rule makes events of which the mapping does not say the municipality. */
bool mapping_lacks_tenant(const struct mapping *mapping);

/* [a-z0-9._-]{1,64}: the form of a source's name. */
bool mapping_is_source(const char *text);

struct mapping_record {
    const struct slice *values; /* one per name of the mapping; bytes NULL: absent */
    bool first, last;           /* of its trace */
    uint32_t occurrence;        /* how many records before it in its trace are mapping_alike */
};

enum mapped { MAPPED_EVENT, MAPPED_NOTHING, MAPPED_REJECT };

/* Applies rule `rule` to a record. EVENT: *event is filled, its texts point into the record, the
 * mapping and `id`. REJECT: *reject says why. `matched`: an earlier rule held for this record; it
 * is set when this one holds. */
enum mapped mapping_apply(const struct mapping *mapping, uint32_t rule,
                          const struct mapping_record *record, bool *matched, struct event *event,
                          char id[MAPPING_ID_BYTES], struct reject *reject);

/* True when two records of one trace and one moment need different occurrences to have ids of their
 * own. */
bool mapping_alike(const struct mapping *mapping, const struct slice *left,
                   const struct slice *right);

/* The time of a record as the field `time` of the first rule has it; false with *reject when there
 * is none. */
bool mapping_time(const struct mapping *mapping, const struct slice *values, int64_t *time_ms,
                  struct reject *reject);

/* Watches the events of one row or trace for milestones that run backwards. */
struct mapping_order {
    int64_t time_ms[MAPPING_RULES_MAX]; /* per entry of mapping->order; TIME_ABSENT: not seen */
    struct slice subject;               /* whose they are */
};
void mapping_order_start(const struct mapping *mapping, struct mapping_order *order);
void mapping_order_note(const struct mapping *mapping, struct mapping_order *order,
                        enum event_type type, const struct event *event);
/* False when they do; `detail` then says which. */
bool mapping_order_holds(const struct mapping *mapping, const struct mapping_order *order,
                         char detail[MAPPING_DETAIL_BYTES]);

#endif
