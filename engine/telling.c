/* SPDX-License-Identifier: EUPL-1.2 */
#include "engine/telling.h"

#include <assert.h>
#include <math.h>

#include "event/event.h"
#include "store/snapshot.h"

enum { TOKEN_LETTERS = 16 };

struct teller {
    const struct telling *telling;
    struct snapshot *snapshot;
    const struct dictionary *dictionary;
    uint32_t tenant, service;                         /* codes; 0: all */
    uint64_t columns;                                 /* that any event has */
    struct event event;                               /* the one at hand, */
    char subject[TOKEN_LETTERS], link[TOKEN_LETTERS]; /* ... and texts of it */
    struct error *err;
};

/* Columns of the event model, and those that municipalities declare besides. */
#define MODEL_COLUMNS (COLUMN_BIT(COLUMN_DIMENSION_0) - 1)
#define EXTRA_COLUMNS ((COLUMN_BIT(COLUMN_COUNT) - 1) & ~MODEL_COLUMNS)
static_assert(COLUMN_COUNT < 64, "a set of columns is a word");

/* --- rows into events --- */

static struct slice text_of(const struct teller *teller, uint32_t code) {
    size_t size;
    if (code == 0) return (struct slice){0};
    const char *bytes = dictionary_text(teller->dictionary, code, &size);
    return (struct slice){bytes, (uint32_t)size};
}

static struct slice choice_of(const char *text) {
    return (struct slice){text, (uint32_t)strlen(text)};
}

/* Letters: a row of digits may look like a phone number to whoever takes it. */
static struct slice token_of(uint64_t token, char letters[TOKEN_LETTERS]) {
    if (token == 0) return (struct slice){0};
    for (int at = TOKEN_LETTERS - 1; at >= 0; at--, token >>= 4)
        letters[at] = (char)('a' + (unsigned)(token & 15));
    return (struct slice){letters, TOKEN_LETTERS};
}

/* A value of a column; a column that no row has may be missing. */
#define AT(type, number, otherwise) \
    (column[number] == NULL ? (otherwise) : ((const type *)column[number])[row])

static void read_texts(struct teller *teller, const void *const *column, uint32_t row) {
    struct event *event = &teller->event;
    event->type = choice_of(type_text((enum event_type)AT(uint8_t, COLUMN_TYPE, 0)));
    event->tenant = text_of(teller, AT(uint32_t, COLUMN_TENANT, 0));
    event->service = text_of(teller, AT(uint32_t, COLUMN_SERVICE, 0));
    event->office = text_of(teller, AT(uint32_t, COLUMN_OFFICE, 0));
    event->channel = choice_of(channel_text((enum channel)AT(uint8_t, COLUMN_CHANNEL, 0)));
    event->step = text_of(teller, AT(uint32_t, COLUMN_STEP, 0));
    event->field = text_of(teller, AT(uint32_t, COLUMN_FIELD, 0));
    event->code = text_of(teller, AT(uint32_t, COLUMN_CODE, 0));
    event->link = token_of(AT(uint64_t, COLUMN_LINK, 0), teller->link);
    event->country = text_of(teller, AT(uint32_t, COLUMN_COUNTRY, 0));
    event->lang = text_of(teller, AT(uint32_t, COLUMN_LANG, 0));
    event->device = choice_of(device_text((enum device)AT(uint8_t, COLUMN_DEVICE, 0)));
    for (int i = 0; i < EXTRA_DIMENSIONS_MAX; i++) {
        event->dimension[i] = text_of(teller, AT(uint32_t, COLUMN_DIMENSION_0 + i, 0));
        if (event->dimension[i].size > 0) event->given_extras |= UINT32_C(1) << i;
    }
}

static void read_numbers(struct event *event, const void *const *column, uint32_t row) {
    event->value = AT(double, COLUMN_VALUE, NAN);
    event->minutes = AT(double, COLUMN_MINUTES, NAN);
    for (int i = 0; i < EXTRA_MEASURES_MAX; i++) {
        event->measure[i] = AT(double, COLUMN_MEASURE_0 + i, NAN);
        if (!isnan(event->measure[i]))
            event->given_extras |= UINT32_C(1) << (EXTRA_DIMENSIONS_MAX + i);
    }
}

/* What a file brings is known since it was recorded, else since it occurred; so an event that was
 * not brought by one says when it came (event_known_ms). */
static void read_times(struct event *event, const void *const *column, uint32_t row) {
    const bool imported = (AT(uint8_t, COLUMN_FLAGS, 0) & EVENT_IMPORTED) != 0;
    event->time_ms = AT(int64_t, COLUMN_TIME, TIME_ABSENT);
    event->start_ms = AT(int64_t, COLUMN_START, TIME_ABSENT);
    event->recorded_ms = AT(int64_t, COLUMN_RECORDED, TIME_ABSENT);
    if (event->recorded_ms == TIME_ABSENT && !imported)
        event->recorded_ms = AT(int64_t, COLUMN_ARRIVAL, TIME_ABSENT);
    if (event->recorded_ms == event->time_ms) event->recorded_ms = TIME_ABSENT;
}

static void note_given(struct event *event) {
    for (uint32_t field = 0; field < FIELD_COUNT; field++) {
        const void *place = event_field(event, (enum field)field);
        bool given = false;
        switch (field_places[field].form) {
            case FORM_TEXT: given = ((const struct slice *)place)->size > 0; break;
            case FORM_TIME: given = *(const int64_t *)place != TIME_ABSENT; break;
            case FORM_NUMBER: given = !isnan(*(const double *)place); break;
        }
        if (given) event->given |= UINT32_C(1) << field;
    }
}

static enum status tell_row(struct teller *teller, const void *const *column, uint32_t row,
                            uint64_t subject, bool first) {
    struct event *event = &teller->event;
    *event = (struct event){0};
    read_texts(teller, column, row);
    read_numbers(event, column, row);
    read_times(event, column, row);
    event->subject = token_of(subject, teller->subject);
    note_given(event);
    return teller->telling->tell(teller->telling->context, event, first, teller->err);
}

/* --- which columns --- */

static bool has_code(const uint32_t *codes, uint32_t count) {
    uint32_t any = 0;
    for (uint32_t row = 0; row < count; row++) any |= codes[row];
    return any != 0;
}

static bool has_number(const double *numbers, uint32_t count) {
    bool any = false;
    for (uint32_t row = 0; row < count; row++) any |= !isnan(numbers[row]);
    return any;
}

static uint64_t columns_of(const struct event_block *block) {
    uint64_t columns = 0;
    for (int at = COLUMN_DIMENSION_0; at < COLUMN_COUNT; at++) {
        const void *column = block->column[at];
        const bool any = column != NULL && (column_kind((enum column)at) == KIND_CODE
                                                ? has_code(column, block->row_count)
                                                : has_number(column, block->row_count));
        if (any) columns |= COLUMN_BIT(at);
    }
    return columns;
}

/* Most stores have no declared fields, and a block of journeys with 24 empty columns more would
 * need twice the memory: so one look first. */
static enum status find_columns(struct teller *teller, struct arena *arena) {
    const struct event_scan_spec spec = {
        .columns = EXTRA_COLUMNS, .tenants = &teller->tenant, .tenant_count = teller->tenant != 0};
    struct event_scan *scan;
    teller->columns = MODEL_COLUMNS;
    TRY(event_scan_open(teller->snapshot, &spec, arena, &scan, teller->err));
    for (;;) {
        struct event_block block;
        TRY(event_scan_next(scan, &block, teller->err));
        if (block.row_count == 0) return STATUS_OK;
        teller->columns |= columns_of(&block);
    }
}

/* --- which rows --- */

static bool is_within(const struct telling *telling, int64_t time_ms) {
    return (telling->from_ms == TIME_ABSENT || time_ms >= telling->from_ms) &&
           (telling->to_ms == TIME_ABSENT || time_ms < telling->to_ms);
}

static bool began_within(const void *context, int64_t first_ms, int64_t last_ms) {
    (void)last_ms;
    return is_within(context, first_ms);
}

/* The code of a text; false: nobody has it. NULL is all, 0. */
static bool find_code(const struct teller *teller, const char *text, uint32_t *code) {
    *code = text == NULL ? 0 : dictionary_find(teller->dictionary, text, strlen(text));
    return text == NULL || *code != 0;
}

static enum status tell_block(struct teller *teller, const struct journey_block *block) {
    const struct trails *trails = block->trails;
    const uint32_t *service = block->column[JOURNEY_SERVICE];
    const uint64_t *subject = block->column[JOURNEY_SUBJECT];
    for (uint32_t row = 0; row < block->row_count && trails != NULL; row++) {
        if (teller->service != 0 && service[row] != teller->service) continue;
        for (uint32_t i = 0; i < trails->count[row]; i++)
            TRY(tell_row(teller, trails->column, trails->begin[row] + i, subject[row], i == 0));
    }
    return STATUS_OK;
}

static enum status tell_journeys(struct teller *teller, struct arena *arena) {
    const struct journey_scan_spec spec = {
        .purpose = teller->telling->purpose,
        .columns = COLUMN_BIT(JOURNEY_SUBJECT) | COLUMN_BIT(JOURNEY_SERVICE) |
                   COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST),
        .tenants = &teller->tenant,
        .tenant_count = teller->tenant != 0,
        .tell_columns = teller->columns & ~COLUMN_BIT(COLUMN_SUBJECT), /* it is in the row */
        .tell = began_within,
        .context = teller->telling};
    struct journey_scan *scan;
    TRY(journey_scan_open(teller->snapshot, &spec, arena, &scan, teller->err));
    for (;;) {
        struct journey_block block;
        TRY(journey_scan_next(scan, &block, teller->err));
        if (block.row_count == 0) return STATUS_OK;
        TRY(tell_block(teller, &block));
    }
}

/* The types whose events belong to no journey. */
#define X(name, text, purpose, requires)                                       \
    | (PURPOSE_##purpose == PURPOSE_NONE || PURPOSE_##purpose == PURPOSE_VISIT \
           ? TYPE_BIT(TYPE_##name)                                             \
           : 0)
#define TYPES_ALONE (UINT64_C(0) TYPE_LIST(X))

static enum status tell_others(struct teller *teller, struct arena *arena) {
    const struct event_scan_spec spec = {.columns = teller->columns,
                                         .types = TYPES_ALONE,
                                         .tenants = &teller->tenant,
                                         .tenant_count = teller->tenant != 0};
    struct event_scan *scan;
    TRY(event_scan_open(teller->snapshot, &spec, arena, &scan, teller->err));
    for (;;) {
        struct event_block block;
        TRY(event_scan_next(scan, &block, teller->err));
        if (block.row_count == 0) return STATUS_OK;
        const int64_t *time = block.column[COLUMN_TIME];
        const uint32_t *service = block.column[COLUMN_SERVICE];
        const uint64_t *subject = block.column[COLUMN_SUBJECT];
        for (uint32_t row = 0; row < block.row_count; row++) {
            if (!is_within(teller->telling, time[row])) continue;
            if (teller->service != 0 && service[row] != teller->service) continue;
            TRY(tell_row(teller, block.column, row, subject[row], true));
        }
    }
}
#undef X

enum status telling_run(const struct telling *telling, struct snapshot *snapshot,
                        struct arena *arena, struct error *err) {
    struct teller teller = {.telling = telling,
                            .snapshot = snapshot,
                            .dictionary = snapshot_dictionary(snapshot),
                            .err = err};
    if (!find_code(&teller, telling->tenant, &teller.tenant) ||
        !find_code(&teller, telling->service, &teller.service))
        return STATUS_OK;
    snapshot_look_back(snapshot, telling->as_of_ms);
    TRY(find_columns(&teller, arena));
    return telling->purpose == PURPOSE_NONE ? tell_others(&teller, arena)
                                            : tell_journeys(&teller, arena);
}
