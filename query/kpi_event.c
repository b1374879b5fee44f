/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "query/fold.h"
#include "stats/interval.h"
#include "stats/moments.h"

/* KPIs that read events themselves: satisfaction, the number of events, and what counts
 * journeys of all kinds: active ones and the inventory. */

/* ==== satisfaction ===========================================================================
 * Ratings (feedback.rated) from 1 to 5 in the period. value: the mean, with the interval of a mean;
 * top2: share of 4 and more; score = (mean - 1) / 4; response_rate = ratings /
 * occasions in the same period and group, absent where there are more ratings than these: a form
 * submitted, a case decided, an appointment finished. They are counted by event, as the ratings
 * are. Left out: out_of_scale. Under RATINGS_MIN nothing is shown. */

enum { RATINGS_MIN = 10, RATING_UNITS = 1000 /* kept in thousandths, so that sums are exact */ };

enum {
    RATING_GIVEN,  /* value: the rating */
    RATING_TOP2,   /* given as well, four or more */
    RATING_SQUARE, /* value: its square */
    RATING_OUT_OF_SCALE,
    RATING_OCCASION, /* somebody could have rated */
    RATING_CLASSES
};

static void emit_ratings(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    const double *value = fold_numbers(rows, COLUMN_VALUE);
    struct facts *given = &facts[0], *square = &facts[1];
    for (uint32_t row = 0; row < rows->count; row++) {
        if (time[row] > question->as_of_ms) continue;
        if (!(value[row] >= 1 && value[row] <= 5)) {
            facts_put(given, row, time[row], RATING_OUT_OF_SCALE, 0);
            continue;
        }
        int64_t rating = llround(value[row] * RATING_UNITS);
        facts_put(given, row, time[row], value[row] >= 4 ? RATING_TOP2 : RATING_GIVEN, rating);
        facts_put(square, row, time[row], RATING_SQUARE, rating * rating);
    }
}

#define OCCASIONS                                                  \
    (TYPE_BIT(TYPE_FORM_SUBMITTED) | TYPE_BIT(TYPE_CASE_DECIDED) | \
     TYPE_BIT(TYPE_APPOINTMENT_FINISHED))

static void emit_occasions(const struct fold_question *question, const struct fold_rows *rows,
                           struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    for (uint32_t row = 0; row < rows->count; row++)
        facts_put(facts, row, fold_seen(question->as_of_ms, time[row]), RATING_OCCASION, 1);
}

static void emit_day_occasions(const struct fold_question *question, const struct fold_rows *rows,
                               struct facts *facts) {
    const uint32_t *events = fold_codes(rows, DAY_COUNT_EVENTS);
    const uint8_t *type = fold_choices(rows, DAY_COUNT_TYPE);
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t time = fold_seen(question->as_of_ms, fold_day_time(question, rows, row));
        const bool counts = (OCCASIONS >> type[row] & 1) != 0;
        facts_put(facts, row, time, counts ? RATING_OCCASION : CLASS_NONE, events[row]);
    }
}

static void write_satisfaction(struct fold_row *row, struct table *table) {
    uint64_t occasions = group_count(row->group, RATING_OCCASION);
    const struct moments moments = {
        .count = row->n,
        .sum = row->group->tally[RATING_GIVEN].amount + row->group->tally[RATING_TOP2].amount,
        .squares = (moments_uint128)row->group->tally[RATING_SQUARE].amount};
    const bool shown = row->n >= RATINGS_MIN;
    double mean = shown ? moments_mean(&moments) / RATING_UNITS : NAN;
    struct interval interval = interval_mean(&moments);
    struct interval top2 = interval_wilson(group_count(row->group, RATING_TOP2), row->n);
    table_number(table, "value", "score", mean);
    table_number(table, "lo", "score", shown ? interval.lo / RATING_UNITS : NAN);
    table_number(table, "hi", "score", shown ? interval.hi / RATING_UNITS : NAN);
    table_number(table, "mean", "score", mean);
    table_number(table, "top2", "ratio",
                 shown ? (double)group_count(row->group, RATING_TOP2) / (double)row->n : NAN);
    table_number(table, "top2_lo", "ratio", shown ? top2.lo : NAN);
    table_number(table, "top2_hi", "ratio", shown ? top2.hi : NAN);
    table_number(table, "score", "ratio", (mean - 1) / 4);
    fold_write_ratio(table, "response_rate", (double)row->n,
                     row->n <= occasions ? (double)occasions : 0);
    if (!shown && row->n > 0) row->state = RESULT_SUPPRESSED;
}

static const struct fold_class rating_classes[RATING_CLASSES] = {
    [RATING_GIVEN] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    [RATING_TOP2] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    [RATING_SQUARE] = {.keep = KEEP_SUM},
    [RATING_OUT_OF_SCALE] = {.name = "excluded_out_of_scale", .role = ROLE_EXCLUDED},
    [RATING_OCCASION] = {.keep = KEEP_TIMES}};

static const struct fold_source rating_sources[] = {
    {.purpose = PURPOSE_NONE,
     .types = TYPE_BIT(TYPE_FEEDBACK_RATED),
     .columns = COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_VALUE),
     .lane_count = 2,
     .one_moment = true,
     .emit = emit_ratings},
    {.purpose = PURPOSE_NONE,
     .types = OCCASIONS,
     .columns = COLUMN_BIT(COLUMN_TIME),
     .lane_count = 1,
     .emit = emit_occasions,
     .emit_days = emit_day_occasions}};

const struct fold fold_satisfaction = {.classes = rating_classes,
                                       .class_count = RATING_CLASSES,
                                       .sources = rating_sources,
                                       .source_count = 2,
                                       .write = write_satisfaction};

/* ==== event count ============================================================================
 * Events in the period, by what each of them says of itself. */

static void emit_events(const struct fold_question *question, const struct fold_rows *rows,
                        struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    for (uint32_t row = 0; row < rows->count; row++)
        facts_put(facts, row, time[row], time[row] > question->as_of_ms ? CLASS_NONE : 0, 1);
}

static void emit_day_events(const struct fold_question *question, const struct fold_rows *rows,
                            struct facts *facts) {
    const uint32_t *events = fold_codes(rows, DAY_COUNT_EVENTS);
    for (uint32_t row = 0; row < rows->count; row++) {
        int64_t time = fold_day_time(question, rows, row);
        facts_put(facts, row, time, time > question->as_of_ms ? CLASS_NONE : 0, events[row]);
    }
}

static const struct fold_class event_classes[] = {{.role = ROLE_UNIT, .keep = KEEP_TIMES}};

static const struct fold_source event_sources[] = {{.purpose = PURPOSE_NONE,
                                                    .columns = COLUMN_BIT(COLUMN_TIME),
                                                    .lane_count = 1,
                                                    .emit = emit_events,
                                                    .emit_days = emit_day_events}};

const struct fold fold_event_count = {.classes = event_classes,
                                      .class_count = 1,
                                      .sources = event_sources,
                                      .source_count = 1,
                                      .write = fold_write_count};

/* ==== page views, support requests ============================================================
 * The same of one type: page.viewed, contact.support. */

static void emit_days_of(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts, enum event_type wanted) {
    const uint32_t *events = fold_codes(rows, DAY_COUNT_EVENTS);
    const uint8_t *type = fold_choices(rows, DAY_COUNT_TYPE);
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t time = fold_day_time(question, rows, row);
        const bool counts = type[row] == wanted && time <= question->as_of_ms;
        facts_put(facts, row, time, counts ? 0 : CLASS_NONE, events[row]);
    }
}

static void emit_day_views(const struct fold_question *question, const struct fold_rows *rows,
                           struct facts *facts) {
    emit_days_of(question, rows, facts, TYPE_PAGE_VIEWED);
}
static void emit_day_contacts(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    emit_days_of(question, rows, facts, TYPE_CONTACT_SUPPORT);
}

static const struct fold_source view_sources[] = {{.purpose = PURPOSE_NONE,
                                                   .types = TYPE_BIT(TYPE_PAGE_VIEWED),
                                                   .columns = COLUMN_BIT(COLUMN_TIME),
                                                   .lane_count = 1,
                                                   .emit = emit_events,
                                                   .emit_days = emit_day_views}};
static const struct fold_source contact_sources[] = {{.purpose = PURPOSE_NONE,
                                                      .types = TYPE_BIT(TYPE_CONTACT_SUPPORT),
                                                      .columns = COLUMN_BIT(COLUMN_TIME),
                                                      .lane_count = 1,
                                                      .emit = emit_events,
                                                      .emit_days = emit_day_contacts}};

const struct fold fold_page_views = {.classes = event_classes,
                                     .class_count = 1,
                                     .sources = view_sources,
                                     .source_count = 1,
                                     .write = fold_write_count};
const struct fold fold_support_requests = {.classes = event_classes,
                                           .class_count = 1,
                                           .sources = contact_sources,
                                           .source_count = 1,
                                           .write = fold_write_count};

/* ==== active journeys ========================================================================
 * Journeys with an event in the period, once a bucket. */

static void emit_present(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts) {
    const int64_t *time = fold_times(rows, JOURNEY_FIRST);
    for (uint32_t row = 0; row < rows->count; row++)
        facts_put(facts, row, time[row], time[row] > question->as_of_ms ? CLASS_NONE : 0, 0);
}

static const struct fold_class active_classes[] = {{.role = ROLE_UNIT}};

#define PRESENT(journeys)                                                              \
    {                                                                                  \
        .purpose = (journeys), .presence = true, .columns = COLUMN_BIT(JOURNEY_FIRST), \
        .lane_count = 1, .emit = emit_present                                          \
    }

static const struct fold_source active_sources[] = {PRESENT(PURPOSE_ATTEMPT), PRESENT(PURPOSE_CASE),
                                                    PRESENT(PURPOSE_APPOINTMENT)};

const struct fold fold_active_journeys = {.classes = active_classes,
                                          .class_count = 1,
                                          .sources = active_sources,
                                          .source_count = 3,
                                          .write = fold_write_count};

/* ==== inventory ==============================================================================
 * What there is, for the choices that a page offers: events, first and last, by tenant, service and
 * office. Events of a journey count where and when the journey began; n counts journeys, and events
 * that belong to none. */

enum { STOCKED_UNIT, STOCKED_FIRST, STOCKED_LAST, STOCKED_CLASSES }; /* unit's value: events */

static void emit_stocked_journeys(const struct fold_question *question,
                                  const struct fold_rows *rows, struct facts *facts) {
    const int64_t *first = fold_times(rows, JOURNEY_FIRST);
    const int64_t *last = fold_times(rows, JOURNEY_LAST);
    const uint32_t *events = fold_codes(rows, JOURNEY_EVENTS);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (first[row] > question->as_of_ms) continue;
        facts_put(&facts[0], row, first[row], STOCKED_UNIT, events[row]);
        facts_put(&facts[1], row, first[row], STOCKED_FIRST, first[row]);
        facts_put(&facts[2], row, first[row], STOCKED_LAST, last[row]);
    }
}

static void emit_stocked_events(const struct fold_question *question, const struct fold_rows *rows,
                                struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    for (uint32_t row = 0; row < rows->count; row++) {
        if (time[row] > question->as_of_ms) continue;
        facts_put(&facts[0], row, time[row], STOCKED_UNIT, 1);
        facts_put(&facts[1], row, time[row], STOCKED_FIRST, time[row]);
        facts_put(&facts[2], row, time[row], STOCKED_LAST, time[row]);
    }
}

static void write_inventory(struct fold_row *row, struct table *table) {
    const struct tally *tally = row->group->tally;
    table_integer(table, "value", "count", tally[STOCKED_UNIT].amount);
    table_absent(table, "lo", "count");
    table_absent(table, "hi", "count");
    table_integer(table, "events", "count", tally[STOCKED_UNIT].amount);
    table_time(table, "first", row->n == 0 ? TIME_ABSENT : tally[STOCKED_FIRST].amount);
    table_time(table, "last", row->n == 0 ? TIME_ABSENT : tally[STOCKED_LAST].amount);
    if (row->n > 0) row->state = RESULT_OK; /* a list, not an estimate */
}

static const struct fold_class stocked_classes[STOCKED_CLASSES] = {
    [STOCKED_UNIT] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    [STOCKED_FIRST] = {.keep = KEEP_LEAST},
    [STOCKED_LAST] = {.keep = KEEP_GREATEST}};

#define STOCKED_JOURNEYS(journeys)                                                             \
    {                                                                                          \
        .purpose = (journeys),                                                                 \
        .columns =                                                                             \
            COLUMN_BIT(JOURNEY_FIRST) | COLUMN_BIT(JOURNEY_LAST) | COLUMN_BIT(JOURNEY_EVENTS), \
        .lane_count = 3, .one_moment = true, .emit = emit_stocked_journeys                     \
    }

static const struct fold_source stocked_sources[] = {STOCKED_JOURNEYS(PURPOSE_ATTEMPT),
                                                     STOCKED_JOURNEYS(PURPOSE_CASE),
                                                     STOCKED_JOURNEYS(PURPOSE_APPOINTMENT),
                                                     {.purpose = PURPOSE_NONE,
/* The types that no journey holds. */
#define X(name, text, purpose, requires)                                       \
    | (PURPOSE_##purpose == PURPOSE_NONE || PURPOSE_##purpose == PURPOSE_VISIT \
           ? TYPE_BIT(TYPE_##name)                                             \
           : 0)
                                                      .types = UINT64_C(0) TYPE_LIST(X),
#undef X
                                                      .columns = COLUMN_BIT(COLUMN_TIME),
                                                      .lane_count = 3,
                                                      .one_moment = true,
                                                      .emit = emit_stocked_events}};

const struct fold fold_inventory = {
    .classes = stocked_classes,
    .class_count = STOCKED_CLASSES,
    .sources = stocked_sources,
    .source_count = 4,
    .by_default_count = 3,
    .by_default = {DIMENSION_TENANT, DIMENSION_SERVICE, DIMENSION_OFFICE},
    .write = write_inventory};
