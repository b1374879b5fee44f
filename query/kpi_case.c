/* SPDX-License-Identifier: EUPL-1.2 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "query/calendar.h"
#include "query/fold.h"
#include "query/survival.h"

/* KPIs of cases: processing time, throughput, backlog, digital take-up. */

/* ==== processing time ========================================================================
 * A = first received; E = first decided, else first delivered, else first closed.
 * Closing view: cases with E in the period. Intake view: cases with A in the period.
 * Left out, by reason:
 *   no_start          E without A (closing view only: without A there is no intake)
 *   end_before_start  E < A
 *   other_end         withdrawn, forwarded or rejected before E, or without E
 *   outside_calendar  working days asked for, and A or E in a year that the calendar lacks
 * open: received, and neither E nor another end until T. Closing view: all of them received before
 * the end of the bucket, however long ago. Intake view: those received in the bucket.
 * The closing view describes the cases with E. The intake view estimates for all that were
 * received: open ones are censored at T, other ends compete (query/survival.h), and both are part
 * of it. Working days: #{d : date(A) < d <= date(E), d a working day of the tenant's region}. */

enum {
    PROCESSING_MEASURED,
    PROCESSING_OPEN,
    PROCESSING_NO_START,
    PROCESSING_END_BEFORE_START,
    PROCESSING_OTHER_END,
    PROCESSING_OUTSIDE_CALENDAR,
    PROCESSING_CLASSES
};

struct case_times { /* what has happened until T */
    const int64_t *received, *decided, *delivered, *closed, *withdrawn, *forwarded, *rejected;
    const uint32_t *tenant;
};

static struct case_times case_times_of(const struct fold_rows *rows) {
    return (struct case_times){fold_times(rows, CASE_RECEIVED),  fold_times(rows, CASE_DECIDED),
                               fold_times(rows, CASE_DELIVERED), fold_times(rows, CASE_CLOSED),
                               fold_times(rows, CASE_WITHDRAWN), fold_times(rows, CASE_FORWARDED),
                               fold_times(rows, CASE_REJECTED),  fold_codes(rows, JOURNEY_TENANT)};
}

#define CASE_TIMES_COLUMNS                                                               \
    (COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(CASE_DECIDED) | COLUMN_BIT(CASE_DELIVERED) | \
     COLUMN_BIT(CASE_CLOSED) | COLUMN_BIT(CASE_WITHDRAWN) | COLUMN_BIT(CASE_FORWARDED) | \
     COLUMN_BIT(CASE_REJECTED) | COLUMN_BIT(JOURNEY_TENANT))

/* E: the end that the processing time runs to. */
static int64_t completion_of(const struct fold_question *question, const struct case_times *times,
                             uint32_t row) {
    int64_t end = fold_seen(question, times->decided[row]);
    if (end == TIME_ABSENT) end = fold_seen(question, times->delivered[row]);
    if (end == TIME_ABSENT) end = fold_seen(question, times->closed[row]);
    return end;
}

static int64_t other_end_of(const struct fold_question *question, const struct case_times *times,
                            uint32_t row) {
    int64_t end = fold_earlier(times->withdrawn[row], times->forwarded[row]);
    return fold_seen(question, fold_earlier(end, times->rejected[row]));
}

/* From a to b on the clock of the question; working days are -1 outside the calendar. */
static int64_t elapsed(const struct fold_question *question, uint32_t tenant, int64_t a,
                       int64_t b) {
    if (question->plan->clock == CLOCK_GROSS) return b - a;
    CHECK(question->region != NULL);
    return calendar_working_days(question->plan->calendar, (enum region)question->region[tenant], a,
                                 b);
}

/* At what moment, in which class, from A to when a case counts. */
static void add_processing(const struct fold_question *question, uint32_t row, uint32_t tenant,
                           int64_t when, uint32_t class, int64_t start, int64_t end,
                           struct facts *facts) {
    if (end < start) {
        facts_add(facts, row, when, PROCESSING_END_BEFORE_START, 0);
        return;
    }
    int64_t value = elapsed(question, tenant, start, end);
    facts_add(facts, row, when, value < 0 ? PROCESSING_OUTSIDE_CALENDAR : class, value);
}

static void emit_closing(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        int64_t start = fold_seen(question, times.received[row]);
        int64_t end = completion_of(question, &times, row);
        int64_t other = other_end_of(question, &times, row);
        if (other != TIME_ABSENT && (end == TIME_ABSENT || other < end))
            facts_add(facts, row, other, PROCESSING_OTHER_END, 0);
        else if (end == TIME_ABSENT)
            facts_add(facts, row, start, PROCESSING_OPEN, 0);
        else if (start == TIME_ABSENT)
            facts_add(facts, row, end, PROCESSING_NO_START, 0);
        else
            add_processing(question, row, times.tenant[row], end, PROCESSING_MEASURED, start, end,
                           facts);
    }
}

static void emit_intake(const struct fold_question *question, const struct fold_rows *rows,
                        struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        int64_t start = fold_seen(question, times.received[row]);
        int64_t end = completion_of(question, &times, row);
        int64_t other = other_end_of(question, &times, row);
        uint32_t class = PROCESSING_MEASURED;
        if (start == TIME_ABSENT) continue;
        if (other != TIME_ABSENT && (end == TIME_ABSENT || other < end)) {
            class = PROCESSING_OTHER_END;
            end = other;
        } else if (end == TIME_ABSENT) {
            class = PROCESSING_OPEN;
            end = question->as_of_ms;
        }
        add_processing(question, row, times.tenant[row], start, class, start, end, facts);
    }
}

static bool in_days(const struct fold_row *row) {
    return row->question->plan->clock == CLOCK_WORKING_DAYS;
}

static void write_closing(struct fold_row *row, struct table *table) {
    fold_write_durations(row, table, &row->group->series[0], in_days(row) ? "working_days" : "s",
                         in_days(row) ? 1 : 1000);
}

static int compare_values(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The three series in order, one after the other in row->values. */
static struct survival survival_of(const struct fold_row *row) {
    const struct series *series = row->group->series;
    int64_t *begin[3];
    int64_t *values = row->values;
    for (int i = 0; i < 3; i++) {
        begin[i] = values;
        series_copy(&series[i], values);
        qsort(values, series[i].count, sizeof *values, compare_values);
        values += series[i].count;
    }
    return (struct survival){.ended = begin[0],
                             .ended_count = series[0].count,
                             .censored = begin[1],
                             .censored_count = series[1].count,
                             .competing = begin[2],
                             .competing_count = series[2].count};
}

/* longest: the longest time seen so far. Where a quantile is absent, it is longer than that. */
static void write_intake(struct fold_row *row, struct table *table) {
    const struct plan *plan = row->question->plan;
    const char *unit = in_days(row) ? "working_days" : "s";
    const double per = in_days(row) ? 1 : 1000;
    struct quantile quantile[PLAN_QUANTILES_MAX + 1];
    double probability[PLAN_QUANTILES_MAX + 1] = {0.5};
    for (uint32_t i = 0; i < plan->quantile_count; i++) probability[1 + i] = plan->quantiles[i];
    struct survival survival = survival_of(row);
    survival_quantiles(&survival, probability, plan->quantile_count + 1, quantile);
    table_number(table, "value", unit, quantile[0].value / per);
    table_number(table, "lo", unit, quantile[0].lo / per);
    table_number(table, "hi", unit, quantile[0].hi / per);
    for (uint32_t i = 0; i < plan->quantile_count; i++)
        table_number(table, fold_quantile_name(table, plan->quantiles[i]), unit,
                     quantile[1 + i].value / per);
    double longest = NAN;
    uint64_t count = 0;
    for (int i = 0; i < 3; i++) {
        count += row->group->series[i].count;
        if (row->group->series[i].count > 0)
            longest = fmax(longest, (double)row->values[count - 1] / per);
    }
    table_number(table, "longest", unit, longest);
    table_integer(table, "other_end", "count",
                  (int64_t)row->group->tally[PROCESSING_OTHER_END].count);
}

#define PROCESSING_EXCLUDED                                                                  \
    [PROCESSING_NO_START] = {"excluded_no_start", ROLE_EXCLUDED, KEEP_COUNT, false},         \
    [PROCESSING_END_BEFORE_START] = {"excluded_end_before_start", ROLE_EXCLUDED, KEEP_COUNT, \
                                     false},                                                 \
    [PROCESSING_OUTSIDE_CALENDAR] = {"excluded_outside_calendar", ROLE_EXCLUDED, KEEP_COUNT, \
                                     false}

static const struct fold_class closing_classes[PROCESSING_CLASSES] = {
    [PROCESSING_MEASURED] = {NULL, ROLE_UNIT, KEEP_SERIES_0, false},
    [PROCESSING_OPEN] = {NULL, ROLE_OPEN, KEEP_COUNT, true},
    [PROCESSING_OTHER_END] = {"excluded_other_end", ROLE_EXCLUDED, KEEP_COUNT, false},
    PROCESSING_EXCLUDED};

static const struct fold_class intake_classes[PROCESSING_CLASSES] = {
    [PROCESSING_MEASURED] = {NULL, ROLE_UNIT, KEEP_SERIES_0, false},
    [PROCESSING_OPEN] = {NULL, ROLE_OPEN, KEEP_SERIES_1, false},
    [PROCESSING_OTHER_END] = {NULL, ROLE_DETAIL, KEEP_SERIES_2, false},
    PROCESSING_EXCLUDED};

static const struct fold_source closing_source[] = {{.purpose = PURPOSE_CASE,
                                                     .columns = CASE_TIMES_COLUMNS,
                                                     .facts_per_row_max = 1,
                                                     .emit = emit_closing}};
static const struct fold_source intake_source[] = {{.purpose = PURPOSE_CASE,
                                                    .columns = CASE_TIMES_COLUMNS,
                                                    .facts_per_row_max = 1,
                                                    .emit = emit_intake}};

const struct fold fold_processing_time = {.classes = closing_classes,
                                          .class_count = PROCESSING_CLASSES,
                                          .sources = closing_source,
                                          .source_count = 1,
                                          .write = write_closing};
const struct fold fold_processing_time_intake = {.classes = intake_classes,
                                                 .class_count = PROCESSING_CLASSES,
                                                 .sources = intake_source,
                                                 .source_count = 1,
                                                 .write = write_intake};

/* ==== throughput and backlog =================================================================
 * A case is in stock from A until its first end of any kind (decided, delivered, closed, withdrawn,
 * forwarded, rejected), and again from its first reopening until its last end. A reopening before
 * the first end opens nothing. Cases without A, or with an end before A, are left out.
 * B = #in stock just before the end of the bucket (or period), so that always
 *   B(end) = B(begin) + in + reopened - out.
 * Age: working days since A, as for the processing time. A stock changes its age class at
 * midnights, which the calendar knows; so ages are stocks of their own, entered and left at these
 * moments. */

#define DAY_MS INT64_C(86400000)
enum { AGE_BINS = 5, REACH_DAYS = 20 };
/* Working days at which a case leaves for the next bin: 0-5, 6-10, 11-20, 21-60, over 60. */
static const int64_t age_bin_end[AGE_BINS - 1] = {6, 11, 21, 61};

enum {
    STOCK_IN,
    STOCK_OUT,
    STOCK_REOPENED,
    STOCK_RECEIVED,   /* carried: all ever received, what B rests on */
    STOCK_ENTERED,    /* carried */
    STOCK_LEFT,       /* carried */
    STOCK_RECENT,     /* carried: outs ... */
    STOCK_RECENT_END, /* ... until REACH_DAYS working days later */
    STOCK_NO_START,
    STOCK_END_BEFORE_START,
    STOCK_AGE_ENTERED, /* carried, AGE_BINS of them */
    STOCK_AGE_LEFT = STOCK_AGE_ENTERED + AGE_BINS,
    STOCK_CLASSES = STOCK_AGE_LEFT + AGE_BINS
};

#define STOCK_COLUMNS (CASE_TIMES_COLUMNS | COLUMN_BIT(CASE_REOPENED) | COLUMN_BIT(CASE_END_LAST))

/* Days of a calendar are nearly of one length and working days nearly five of seven: so a guess by
 * division is a few days off at most, and both look-ups take a few steps. */

/* The day after that of a moment, as an index into the calendar. */
static int64_t day_after(const struct calendar *calendar, int64_t time_ms) {
    const int64_t *start = calendar->day_start_ms;
    int64_t count = calendar->day_count;
    if (time_ms < start[0]) return 0;
    if (time_ms >= start[count]) return count;
    int64_t day = (time_ms - start[0]) / DAY_MS;
    if (day >= count) day = count - 1;
    while (start[day] > time_ms) day--;
    while (start[day + 1] <= time_ms) day++;
    return day + 1;
}

/* The midnight that begins the day on which `days` working days are reached, counted from the day
 * before day `after`; INT64_MAX past the calendar's end. */
static int64_t working_day_begin(const struct calendar *calendar, enum region region, int64_t after,
                                 int64_t days) {
    const uint32_t *working = calendar->working[region]; /* [d + 1]: those up to and with day d */
    int64_t wanted = (int64_t)working[after] + days;
    if (wanted > (int64_t)working[calendar->day_count]) return INT64_MAX;
    int64_t day = after + days * 7 / 5;
    if (day >= calendar->day_count) day = calendar->day_count - 1;
    while (day > after && (int64_t)working[day] >= wanted) day--;
    while ((int64_t)working[day + 1] < wanted) day++;
    return calendar->day_start_ms[day];
}

/* A case's life: in stock during [begin, end), end INT64_MAX while it lasts; at most twice. */
struct stay {
    int64_t begin_ms, end_ms;
};

static uint32_t stays_of(const struct fold_question *question, const struct case_times *times,
                         const int64_t *reopened, const int64_t *end_last, uint32_t row,
                         struct stay stays[2]) {
    int64_t end = fold_seen(
        question,
        fold_earlier(
            fold_earlier(times->decided[row], times->delivered[row]),
            fold_earlier(times->closed[row],
                         fold_earlier(times->withdrawn[row],
                                      fold_earlier(times->forwarded[row], times->rejected[row])))));
    int64_t again = fold_seen(question, reopened[row]);
    int64_t last = fold_seen(question, end_last[row]);
    stays[0] = (struct stay){fold_seen(question, times->received[row]),
                             end == TIME_ABSENT ? INT64_MAX : end};
    if (end == TIME_ABSENT || again == TIME_ABSENT || again < end) return 1;
    stays[1] = (struct stay){again, last != TIME_ABSENT && last > again ? last : INT64_MAX};
    return 2;
}

static void emit_ages(const struct fold_question *question, uint32_t tenant, int64_t received_ms,
                      const struct stay *stay, uint32_t row, struct facts *facts) {
    int64_t begin = received_ms;
    int64_t after = day_after(question->plan->calendar, received_ms);
    for (int bin = 0; bin < AGE_BINS; bin++) {
        int64_t end = INT64_MAX;
        if (bin < AGE_BINS - 1)
            end = working_day_begin(question->plan->calendar, (enum region)question->region[tenant],
                                    after, age_bin_end[bin]);
        int64_t entered = begin > stay->begin_ms ? begin : stay->begin_ms;
        int64_t left = end < stay->end_ms ? end : stay->end_ms;
        begin = end;
        if (entered >= left || entered > question->as_of_ms) continue;
        facts_add(facts, row, entered, (uint32_t)(STOCK_AGE_ENTERED + bin), 0);
        if (left <= question->as_of_ms)
            facts_add(facts, row, left, (uint32_t)(STOCK_AGE_LEFT + bin), 0);
    }
}

/* An end counts for the pace on its own day and until REACH_DAYS working days later. */
static void emit_pace(const struct fold_question *question, uint32_t tenant, int64_t end_ms,
                      uint32_t row, struct facts *facts) {
    const struct calendar *calendar = question->plan->calendar;
    int64_t until = working_day_begin(calendar, (enum region)question->region[tenant],
                                      day_after(calendar, end_ms), REACH_DAYS);
    facts_add(facts, row, end_ms, STOCK_RECENT, 0);
    if (until <= question->as_of_ms) facts_add(facts, row, until, STOCK_RECENT_END, 0);
}

static void emit_stock(const struct fold_question *question, const struct fold_rows *rows,
                       struct facts *facts) {
    const struct case_times times = case_times_of(rows);
    const int64_t *reopened = fold_times(rows, CASE_REOPENED);
    const int64_t *end_last = fold_times(rows, CASE_END_LAST);
    const bool ages = question->plan->definition->kpi == KPI_BACKLOG;
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        struct stay stays[2];
        uint32_t count = stays_of(question, &times, reopened, end_last, row, stays);
        if (stays[0].begin_ms == TIME_ABSENT) {
            if (stays[0].end_ms != INT64_MAX)
                facts_add(facts, row, stays[0].end_ms, STOCK_NO_START, 0);
            continue;
        }
        if (stays[0].end_ms < stays[0].begin_ms) {
            facts_add(facts, row, stays[0].begin_ms, STOCK_END_BEFORE_START, 0);
            continue;
        }
        facts_add(facts, row, stays[0].begin_ms, STOCK_RECEIVED, 0);
        for (uint32_t i = 0; i < count; i++) {
            facts_add(facts, row, stays[i].begin_ms, i == 0 ? STOCK_IN : STOCK_REOPENED, 0);
            facts_add(facts, row, stays[i].begin_ms, STOCK_ENTERED, 0);
            if (ages)
                emit_ages(question, times.tenant[row], stays[0].begin_ms, &stays[i], row, facts);
            if (stays[i].end_ms == INT64_MAX) continue;
            facts_add(facts, row, stays[i].end_ms, STOCK_OUT, 0);
            facts_add(facts, row, stays[i].end_ms, STOCK_LEFT, 0);
            emit_pace(question, times.tenant[row], stays[i].end_ms, row, facts);
        }
    }
}

static uint64_t tally_of(const struct fold_row *row, int class) {
    return row->group->tally[class].count;
}

/* Carried counts hold what entered and what left; the difference is in stock. */
static int64_t stock_of(const struct fold_row *row, int entered, int left) {
    return (int64_t)tally_of(row, entered) - (int64_t)tally_of(row, left);
}

static void write_flows(const struct fold_row *row, struct table *table) {
    table_integer(table, "in", "count", (int64_t)tally_of(row, STOCK_IN));
    table_integer(table, "out", "count", (int64_t)tally_of(row, STOCK_OUT));
    table_integer(table, "reopened", "count", (int64_t)tally_of(row, STOCK_REOPENED));
}

/* Working days until the stock is worked off at the pace of the last 20 working days. */
static void write_reach(const struct fold_row *row, struct table *table, int64_t backlog) {
    double pace = (double)stock_of(row, STOCK_RECENT, STOCK_RECENT_END) / REACH_DAYS;
    table_number(table, "reach", "working_days", pace > 0 ? (double)backlog / pace : NAN);
}

/* value: out, the cases done. */
static void write_throughput(struct fold_row *row, struct table *table) {
    int64_t backlog = stock_of(row, STOCK_ENTERED, STOCK_LEFT);
    uint64_t in = tally_of(row, STOCK_IN), out = tally_of(row, STOCK_OUT);
    bool idle = tally_of(row, STOCK_RECEIVED) == 0;
    if (idle)
        table_absent(table, "value", "count");
    else
        table_integer(table, "value", "count", (int64_t)out);
    table_absent(table, "lo", "count"); /* counted, not estimated */
    table_absent(table, "hi", "count");
    write_flows(row, table);
    fold_write_ratio(table, "clearance", (double)out, (double)in);
    table_integer(table, "backlog", "count", backlog);
    write_reach(row, table, backlog);
    row->open = (uint64_t)backlog;
    if (out == 0 && !idle) row->state = RESULT_FEW; /* nothing done is a figure, not a gap */
}

static void write_backlog(struct fold_row *row, struct table *table) {
    static const char *const names[AGE_BINS] = {"age_0_5", "age_6_10", "age_11_20", "age_21_60",
                                                "age_over_60"};
    int64_t backlog = stock_of(row, STOCK_ENTERED, STOCK_LEFT);
    if (row->n == 0)
        table_absent(table, "value", "count");
    else
        table_integer(table, "value", "count", backlog);
    table_absent(table, "lo", "count"); /* counted, not estimated */
    table_absent(table, "hi", "count");
    table_integer(table, "backlog", "count", backlog);
    write_flows(row, table);
    for (int bin = 0; bin < AGE_BINS; bin++)
        table_integer(table, names[bin], "count",
                      stock_of(row, STOCK_AGE_ENTERED + bin, STOCK_AGE_LEFT + bin));
    write_reach(row, table, backlog);
    row->open = (uint64_t)backlog;
}

#define AGE_CLASS \
    { NULL, ROLE_DETAIL, KEEP_COUNT, true }
#define AGE_CLASSES(first)                                                     \
    [first] = AGE_CLASS, [(first) + 1] = AGE_CLASS, [(first) + 2] = AGE_CLASS, \
    [(first) + 3] = AGE_CLASS, [(first) + 4] = AGE_CLASS
static_assert(AGE_BINS == 5, "AGE_CLASSES lists them");

#define STOCK_DETAILS                                                                           \
    [STOCK_IN] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},                                        \
    [STOCK_REOPENED] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},                                  \
    [STOCK_ENTERED] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},                                    \
    [STOCK_LEFT] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},                                       \
    [STOCK_RECENT] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},                                     \
    [STOCK_RECENT_END] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},                                 \
    [STOCK_NO_START] = {"excluded_no_start", ROLE_EXCLUDED, KEEP_COUNT, false},                 \
    [STOCK_END_BEFORE_START] = {"excluded_end_before_start", ROLE_EXCLUDED, KEEP_COUNT, false}, \
    AGE_CLASSES(STOCK_AGE_ENTERED), AGE_CLASSES(STOCK_AGE_LEFT)

/* Throughput rests on what was done during the bucket, backlog on all that ever came in. */
static const struct fold_class throughput_classes[STOCK_CLASSES] = {
    [STOCK_OUT] = {NULL, ROLE_UNIT, KEEP_COUNT, false},
    [STOCK_RECEIVED] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},
    STOCK_DETAILS};
static const struct fold_class backlog_classes[STOCK_CLASSES] = {
    [STOCK_OUT] = {NULL, ROLE_DETAIL, KEEP_COUNT, false},
    [STOCK_RECEIVED] = {NULL, ROLE_UNIT, KEEP_COUNT, true},
    STOCK_DETAILS};

static const struct fold_source stock_source[] = {{.purpose = PURPOSE_CASE,
                                                   .columns = STOCK_COLUMNS,
                                                   .facts_per_row_max = 2 * (6 + 2 * AGE_BINS) + 1,
                                                   .emit = emit_stock}};

const struct fold fold_throughput = {.classes = throughput_classes,
                                     .class_count = STOCK_CLASSES,
                                     .sources = stock_source,
                                     .source_count = 1,
                                     .every_bucket = true,
                                     .needs_calendar = true,
                                     .write = write_throughput};
const struct fold fold_backlog = {.classes = backlog_classes,
                                  .class_count = STOCK_CLASSES,
                                  .sources = stock_source,
                                  .source_count = 1,
                                  .every_bucket = true,
                                  .needs_calendar = true,
                                  .write = write_backlog};

/* ==== digital take-up ========================================================================
 * Transactions: cases with A in the period, by the channel of the case. Digital: online, app and
 * assisted. Left out: no_channel. A channel that had transactions before the period and none in the
 * whole of it reports nothing: then the state is incomplete. */

enum {
    TAKE_UP_CHANNEL, /* + enum channel; [CHANNEL_ABSENT] is excluded */
    TAKE_UP_BEFORE = TAKE_UP_CHANNEL + CHANNEL_COUNT, /* carried; + enum channel */
    TAKE_UP_CLASSES = TAKE_UP_BEFORE + CHANNEL_COUNT
};

static void emit_take_up(const struct fold_question *question, const struct fold_rows *rows,
                         struct facts *facts) {
    const int64_t *received = fold_times(rows, CASE_RECEIVED);
    const uint8_t *channel = fold_choices(rows, JOURNEY_CHANNEL);
    const int64_t from_ms = question->plan->from_ms;
    for (uint32_t row = rows->begin; row < rows->end; row++) {
        int64_t start = fold_seen(question, received[row]);
        if (start == TIME_ABSENT) continue;
        uint32_t class = start < from_ms ? TAKE_UP_BEFORE : TAKE_UP_CHANNEL;
        facts_add(facts, row, start, class + channel[row], 0);
    }
}

static void write_take_up(struct fold_row *row, struct table *table) {
    uint64_t digital = tally_of(row, TAKE_UP_CHANNEL + CHANNEL_ONLINE) +
                       tally_of(row, TAKE_UP_CHANNEL + CHANNEL_APP) +
                       tally_of(row, TAKE_UP_CHANNEL + CHANNEL_ASSISTED);
    fold_write_share(table, digital, row->n);
    table_integer(table, "digital", "count", (int64_t)digital);
    bool silent = false;
    for (int channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        table_integer(table, channel_text((enum channel)channel), "count",
                      (int64_t)tally_of(row, TAKE_UP_CHANNEL + channel));
        silent |= row->period[TAKE_UP_BEFORE + channel].count > 0 &&
                  row->period[TAKE_UP_CHANNEL + channel].count == 0;
    }
    if (silent && row->n > 0) row->state = RESULT_INCOMPLETE;
}

static const struct fold_class take_up_classes[TAKE_UP_CLASSES] = {
    [TAKE_UP_CHANNEL + CHANNEL_ABSENT] = {"excluded_no_channel", ROLE_EXCLUDED, KEEP_COUNT, false},
    [TAKE_UP_BEFORE + CHANNEL_ABSENT] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},
#define X(name, text)                                                          \
    [TAKE_UP_CHANNEL + CHANNEL_##name] = {NULL, ROLE_UNIT, KEEP_COUNT, false}, \
                       [TAKE_UP_BEFORE + CHANNEL_##name] = {NULL, ROLE_DETAIL, KEEP_COUNT, true},
    CHANNEL_LIST(X)
#undef X
};

static const struct fold_source take_up_source[] = {
    {.purpose = PURPOSE_CASE,
     .columns = COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(JOURNEY_CHANNEL),
     .facts_per_row_max = 1,
     .emit = emit_take_up}};

const struct fold fold_digital_take_up = {.classes = take_up_classes,
                                          .class_count = TAKE_UP_CLASSES,
                                          .sources = take_up_source,
                                          .source_count = 1,
                                          .write = write_take_up};
