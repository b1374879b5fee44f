/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>

#include "query/answer.h"
#include "query/fold.h"
#include "query/roi.h"
#include "stats/moments.h"

/* KPIs of money: cost per transaction and return on investment. A transaction is a case with its
 * first case.received in the period. */

#define YEAR_MS (365.25 * 86400000.0)

/* Years that a row covers: of its bucket or period, or where there is none of the data. */
static double years_of(const struct fold_question *question, int64_t begin_ms, int64_t end_ms) {
    if (begin_ms == TIME_ABSENT) begin_ms = question->extent.oldest_ms;
    if (end_ms == INT64_MAX) end_ms = question->extent.newest_ms;
    if (end_ms > question->as_of_ms) end_ms = question->as_of_ms;
    if (begin_ms == TIME_ABSENT || end_ms <= begin_ms) return NAN;
    return (double)(end_ms - begin_ms) / YEAR_MS;
}

/* ==== cost per transaction ===================================================================
 * Without assumptions: what was booked (cost.booked) / transactions. With an assumptions file: the
 * cost of each channel, minutes * hourly rate / 60 + material + fixed cost / volume, weighted by
 * its transactions; minutes are the mean of the cases that have any, else those assumed. Then
 * transactions without a channel (no_channel) and in channels of which nothing is known (no_cost)
 * are left out. */

#define COST_UNITS_PER_CENT INT64_C(1000) /* sums are exact in these */
#define MINUTE_UNITS        1e6           /* of CASE_MINUTES */

enum {
    COST_BOOKED,                                     /* value: thousandths of a cent */
    COST_TRANSACTION,                                /* + enum channel; without minutes */
    COST_MINUTES = COST_TRANSACTION + CHANNEL_COUNT, /* + enum channel; with minutes, the value */
    COST_CLASSES = COST_MINUTES + CHANNEL_COUNT
};

static void emit_costs(const struct fold_question *question, const struct fold_rows *rows,
                       struct facts *facts) {
    const int64_t *time = fold_times(rows, COLUMN_TIME);
    const double *value = fold_numbers(rows, COLUMN_VALUE);
    const double limit = 9e15 / (double)COST_UNITS_PER_CENT; /* ten billions: not a real booking */
    for (uint32_t row = 0; row < rows->count; row++) {
        if (time[row] > question->as_of_ms || !(fabs(value[row]) <= limit)) continue;
        facts_put(facts, row, time[row], COST_BOOKED,
                  llround(value[row] * (double)COST_UNITS_PER_CENT));
    }
}

static void emit_transactions(const struct fold_question *question, const struct fold_rows *rows,
                              struct facts *facts) {
    const int64_t *received = fold_times(rows, CASE_RECEIVED);
    const int64_t *minutes = fold_times(rows, CASE_MINUTES);
    const uint8_t *channel = fold_choices(rows, JOURNEY_CHANNEL);
    for (uint32_t row = 0; row < rows->count; row++) {
        const uint32_t class = minutes[row] > 0 ? COST_MINUTES : COST_TRANSACTION;
        facts_put(facts, row, fold_seen(question->as_of_ms, received[row]), class + channel[row],
                  minutes[row]);
    }
}

static uint64_t transactions_of(const struct fold_row *row, int channel) {
    return row->group->tally[COST_TRANSACTION + channel].count +
           row->group->tally[COST_MINUTES + channel].count;
}

static double minutes_mean(const struct fold_row *row, int channel) {
    const struct tally *minutes = &row->group->tally[COST_MINUTES + channel];
    return minutes->count == 0 ? NAN
                               : (double)minutes->amount / MINUTE_UNITS / (double)minutes->count;
}

/* What the row's transactions cost by the assumptions. Those of which nothing is known leave n. */
struct modelled_cost {
    double total;
    uint64_t no_cost;
    bool assumed; /* the minutes of some channel are assumed */
};
static struct modelled_cost model_cost(const struct fold_row *row,
                                       const struct roi_assumptions *assumptions) {
    struct modelled_cost model = {0};
    double years = years_of(row->question, row->begin_ms, row->end_ms);
    for (int channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        uint64_t n = transactions_of(row, channel);
        if (n == 0) continue;
        struct roi_figure each = roi_channel_cost(assumptions, (enum channel)channel,
                                                  minutes_mean(row, channel), (double)n / years);
        if (isfinite(each.value))
            model.total += each.value * (double)n;
        else
            model.no_cost += n;
        model.assumed |= isfinite(each.value) && !each.measured;
    }
    return model;
}

static void write_cost(struct fold_row *row, struct table *table) {
    const struct roi_assumptions *assumptions = row->question->plan->assumptions;
    const struct tally *booked = &row->group->tally[COST_BOOKED];
    uint64_t no_channel = transactions_of(row, CHANNEL_ABSENT);
    double booked_total =
        booked->count == 0 ? NAN : (double)booked->amount / (double)COST_UNITS_PER_CENT / 100;
    uint64_t all = row->n;
    struct modelled_cost model = {0};
    double value = row->n == 0 ? NAN : booked_total / (double)row->n;
    if (assumptions != NULL) {
        model = model_cost(row, assumptions);
        row->excluded += no_channel + model.no_cost;
        row->n -= no_channel + model.no_cost;
        value = row->n == 0 ? NAN : model.total / (double)row->n;
    }
    table_number(table, "value", "EUR", value);
    table_absent(table, "lo", "EUR");
    table_absent(table, "hi", "EUR");
    table_integer(table, "transactions", "count", (int64_t)all);
    table_number(table, "booked", "EUR", booked_total);
    table_number(table, "booked_per_transaction", "EUR",
                 all == 0 ? NAN : booked_total / (double)all);
    table_text(table, "basis",
               assumptions == NULL ? "booked" : (model.assumed ? "assumed" : "measured"));
    table_integer(table, "excluded_no_channel", "count",
                  assumptions == NULL ? 0 : (int64_t)no_channel);
    table_integer(table, "excluded_no_cost", "count", (int64_t)model.no_cost);
    if (!isfinite(value)) row->state = RESULT_NO_DATA;
}

static const struct fold_class cost_classes[COST_CLASSES] = {
    [COST_BOOKED] = {.keep = KEEP_SUM},
    [COST_TRANSACTION + CHANNEL_ABSENT] = {.role = ROLE_UNIT},
    [COST_MINUTES + CHANNEL_ABSENT] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
#define X(name, text)                                          \
    [COST_TRANSACTION + CHANNEL_##name] = {.role = ROLE_UNIT}, \
                        [COST_MINUTES + CHANNEL_##name] = {.role = ROLE_UNIT, .keep = KEEP_SUM},
    CHANNEL_LIST(X)
#undef X
};

static const struct fold_source cost_sources[] = {
    {.purpose = PURPOSE_NONE,
     .types = TYPE_BIT(TYPE_COST_BOOKED),
     .columns = COLUMN_BIT(COLUMN_TIME) | COLUMN_BIT(COLUMN_VALUE),
     .lane_count = 1,
     .emit = emit_costs},
    {.purpose = PURPOSE_CASE,
     .columns = COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(CASE_MINUTES) | COLUMN_BIT(JOURNEY_CHANNEL),
     .lane_count = 1,
     .emit = emit_transactions}};

const struct fold fold_cost_per_transaction = {.classes = cost_classes,
                                               .class_count = COST_CLASSES,
                                               .sources = cost_sources,
                                               .source_count = 2,
                                               .needs_extent = true,
                                               .write = write_cost};

/* ==== return on investment ===================================================================
 * Measured per service: transactions of the period, taken to a year, and mean minutes of cases
 * received before and from the go-live of the assumptions file. The rest is roi_evaluate. */

enum { ROI_NO_MINUTES, ROI_MINUTES_BEFORE, ROI_MINUTES_AFTER, ROI_CLASSES };

static void emit_roi(const struct fold_question *question, const struct fold_rows *rows,
                     struct facts *facts) {
    const int64_t *received = fold_times(rows, CASE_RECEIVED);
    const int64_t *minutes = fold_times(rows, CASE_MINUTES);
    const int64_t go_live_ms = question->plan->assumptions->go_live_ms;
    for (uint32_t row = 0; row < rows->count; row++) {
        const int64_t when = fold_seen(question->as_of_ms, received[row]);
        const bool before = go_live_ms == TIME_ABSENT || when < go_live_ms;
        const uint32_t class = before ? ROI_MINUTES_BEFORE : ROI_MINUTES_AFTER;
        facts_put(facts, row, when, minutes[row] > 0 ? class : ROI_NO_MINUTES, minutes[row]);
    }
}

/* Mean and standard error of a series of CASE_MINUTES. */
static void measure_minutes(const struct series *series, int64_t *values, double *mean,
                            double *error) {
    struct moments moments = {0};
    const uint64_t count = series_count(series);
    series_copy(series, values);
    for (uint64_t i = 0; i < count; i++) moments_add(&moments, values[i]);
    *mean = moments_mean(&moments) / MINUTE_UNITS;
    *error = sqrt(moments_variance(&moments) / (double)count) / MINUTE_UNITS;
}

static enum status measure(const struct answer *answer, struct roi_measured *out,
                           uint64_t *transactions) {
    const struct fold_question *question = answer->question;
    const struct groups *groups = answer->groups;
    const struct dictionary *dictionary = snapshot_dictionary(question->snapshot);
    const struct plan *plan = question->plan;
    double years =
        years_of(question, plan->from_ms, plan->to_ms == TIME_ABSENT ? INT64_MAX : plan->to_ms);
    struct roi_measured_service *services =
        arena_push_array(question->arena, struct roi_measured_service, groups->group_count + 1);
    int64_t *values =
        arena_push_raw(question->arena, answer_values_max(groups) + 1, sizeof *values);
    if (services == NULL || values == NULL) return STATUS_NO_MEMORY;
    *out = (struct roi_measured){.services = services, .no_shows_avoided = NAN};
    for (uint32_t i = 0; i < groups->group_count; i++) {
        const struct group *group = groups->group[i];
        uint32_t code = groups->codes[group->cell];
        uint64_t count = 0;
        for (int class = 0; class < ROI_CLASSES; class ++) count += group->tally[class].count;
        *transactions += count;
        if (code == 0) continue; /* cases that nobody gave a service */
        struct roi_measured_service *service = &services[out->service_count++];
        size_t size;
        service->service = dictionary_text(dictionary, code, &size);
        service->transactions = (double)count / years;
        measure_minutes(&group->series[0], values, &service->minutes_before,
                        &service->minutes_before_error);
        measure_minutes(&group->series[1], values, &service->minutes_after,
                        &service->minutes_after_error);
    }
    return STATUS_OK;
}

/* Every row has all columns; what does not apply to its kind is absent. */
struct roi_row {
    const char *kind; /* "total", "year", "service" */
    const struct roi_report *report;
    const struct roi_year *year;
    const struct roi_service_report *service;
    const char *currency;
    uint32_t number; /* of the year */
    uint64_t transactions;
};

static void write_roi_total(const struct roi_row *row, struct table *table) {
    static const struct roi_report nothing = {.roi = NAN,
                                              .npv = NAN,
                                              .npv_lo = NAN,
                                              .npv_hi = NAN,
                                              .npv_budget = NAN,
                                              .tco = NAN,
                                              .tco_present = NAN,
                                              .payback_static = NAN,
                                              .payback_dynamic = NAN,
                                              .break_even_cases = NAN};
    bool total = row->year == NULL && row->service == NULL;
    const struct roi_report *report = total ? row->report : &nothing;
    table_number(table, "value", "ratio", report->roi);
    table_absent(table, "lo", "ratio");
    table_absent(table, "hi", "ratio");
    table_number(table, "npv", row->currency, report->npv);
    table_number(table, "npv_lo", row->currency, report->npv_lo);
    table_number(table, "npv_hi", row->currency, report->npv_hi);
    table_number(table, "npv_budget", row->currency, report->npv_budget);
    table_number(table, "tco", row->currency, report->tco);
    table_number(table, "tco_present", row->currency, report->tco_present);
    table_number(table, "payback_static", "years", report->payback_static);
    table_number(table, "payback_dynamic", "years", report->payback_dynamic);
    table_number(table, "break_even_cases", "count", report->break_even_cases);
}

/* Of one year, or in the row of the total the sums over all years. */
static void write_roi_year(const struct roi_row *row, struct table *table) {
    struct roi_year sum = {0};
    const struct roi_report *report = row->report;
    for (uint32_t t = 0; t < report->year_count && row->year == NULL; t++) {
        const struct roi_year *year = &report->year[t];
        sum.cost += year->cost;
        sum.cost_budget += year->cost_budget;
        sum.benefit_time += year->benefit_time;
        sum.benefit_material += year->benefit_material;
        sum.benefit_no_show += year->benefit_no_show;
        sum.benefit += year->benefit;
        sum.benefit_budget += year->benefit_budget;
        sum.net += year->net;
        sum.present += year->present;
        sum.cumulative = year->cumulative;
        sum.cumulative_present = year->cumulative_present;
    }
    const struct roi_year *year = row->year == NULL ? &sum : row->year;
    const double show = row->service == NULL ? 1 : NAN;
    table_number(table, "cost", row->currency, show * year->cost);
    table_number(table, "cost_budget", row->currency, show * year->cost_budget);
    table_number(table, "benefit", row->currency, show * year->benefit);
    table_number(table, "benefit_budget", row->currency, show * year->benefit_budget);
    table_number(table, "benefit_time", row->currency, show * year->benefit_time);
    table_number(table, "benefit_material", row->currency, show * year->benefit_material);
    table_number(table, "benefit_no_show", row->currency, show * year->benefit_no_show);
    table_number(table, "net", row->currency, show * year->net);
    table_number(table, "present", row->currency, show * year->present);
    table_number(table, "cumulative", row->currency, show * year->cumulative);
    table_number(table, "cumulative_present", row->currency, show * year->cumulative_present);
}

static const char *basis_of(const struct roi_figure *figure) {
    if (!isfinite(figure->value)) return NULL;
    return figure->measured ? "measured" : "assumed";
}

static void write_roi_service(const struct roi_row *row, struct table *table) {
    static const struct roi_service_report nothing = {.transactions = {NAN, false},
                                                      .minutes_before = {NAN, false},
                                                      .minutes_after = {NAN, false},
                                                      .time_benefit = NAN,
                                                      .time_benefit_lo = NAN,
                                                      .time_benefit_hi = NAN,
                                                      .material_benefit = NAN,
                                                      .citizen_hours_saved = NAN};
    const struct roi_service_report *service = row->service == NULL ? &nothing : row->service;
    table_number(table, "transactions", "count", service->transactions.value);
    table_text(table, "transactions_basis", basis_of(&service->transactions));
    table_number(table, "minutes_before", "min", service->minutes_before.value);
    table_text(table, "minutes_before_basis", basis_of(&service->minutes_before));
    table_number(table, "minutes_after", "min", service->minutes_after.value);
    table_text(table, "minutes_after_basis", basis_of(&service->minutes_after));
    table_number(table, "time_benefit", row->currency, service->time_benefit);
    table_number(table, "time_benefit_lo", row->currency, service->time_benefit_lo);
    table_number(table, "time_benefit_hi", row->currency, service->time_benefit_hi);
    table_number(table, "material_benefit", row->currency, service->material_benefit);
    table_number(table, "citizen_hours_saved", "h", service->citizen_hours_saved);
}

static enum result_state roi_state(const struct roi_row *row) {
    if (row->service != NULL) return row->service->complete ? RESULT_OK : RESULT_INCOMPLETE;
    return row->report->incomplete_count > 0 ? RESULT_INCOMPLETE : RESULT_OK;
}

static void write_roi_row(const struct roi_row *row, struct table *table) {
    table_text(table, "kind", row->kind);
    if (row->year == NULL)
        table_absent(table, "year", "");
    else
        table_integer(table, "year", "", row->number);
    table_text(table, "service", row->service == NULL ? NULL : row->service->service);
    write_roi_total(row, table);
    write_roi_year(row, table);
    write_roi_service(row, table);
    table_integer(table, "n", "count", (int64_t)row->transactions);
    table_absent(table, "open", "count");
    table_absent(table, "coverage", "ratio");
    table_absent(table, "late_share", "ratio");
    table_integer(table, "incomplete_services", "count", row->report->incomplete_count);
    table_text(table, "state", result_state_text(roi_state(row)));
    table_row_end(table);
}

static enum status write_roi_notes(const struct roi_assumptions *assumptions, struct arena *arena,
                                   struct result *out) {
    const struct {
        const char *key;
        const struct roi_rate *rate;
    } rates[] = {{"discount_rate", &assumptions->discount},
                 {"hourly_rate", &assumptions->hourly_rate},
                 {"realised_share", &assumptions->realised_share},
                 {"budget_share", &assumptions->budget_share}};
    enum { RATES = sizeof rates / sizeof *rates };
    struct result_note *notes = arena_push_array(arena, struct result_note, RATES + 3);
    if (notes == NULL) return STATUS_NO_MEMORY;
    uint32_t count = 0;
    notes[count++] = (struct result_note){"assumptions_version", assumptions->version};
    notes[count++] = (struct result_note){"currency", assumptions->currency};
    notes[count++] =
        (struct result_note){"citizens_time", "shown apart, in hours; it is in no sum of money"};
    for (int i = 0; i < RATES; i++) {
        const struct roi_rate *rate = rates[i].rate;
        notes[count].key = rates[i].key;
        notes[count].text = arena_format(arena, "%g (%s, %s)", rate->value,
                                         rate->source == NULL ? "default" : rate->source,
                                         rate->date == NULL ? "no date" : rate->date);
        if (notes[count++].text == NULL) return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++)
        if (notes[i].text == NULL) notes[i].text = "";
    out->notes = notes;
    out->note_count = count;
    return STATUS_OK;
}

static enum status answer_roi(struct answer *answer, struct result *out, struct error *err) {
    const struct plan *plan = answer->question->plan;
    struct arena *arena = answer->question->arena;
    struct roi_measured measured;
    struct roi_report report;
    struct roi_row row = {.kind = "total", .currency = plan->assumptions->currency};
    if (measure(answer, &measured, &row.transactions) != STATUS_OK ||
        write_roi_notes(plan->assumptions, arena, out) != STATUS_OK)
        return error_set(err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    TRY(roi_evaluate(plan->assumptions, &measured, arena, &report, err));
    row.report = &report;
    struct table table;
    TRY(table_init(&table, arena, 1 + report.year_count + report.service_count, err));
    write_roi_row(&row, &table);
    out->state = roi_state(&row);
    row.kind = "year";
    for (row.number = 0; row.number < report.year_count; row.number++) {
        row.year = &report.year[row.number];
        write_roi_row(&row, &table);
    }
    row.kind = "service";
    row.year = NULL;
    for (uint32_t i = 0; i < report.service_count; i++) {
        row.service = &report.services[i];
        write_roi_row(&row, &table);
    }
    return table_finish(&table, out, err);
}

static const struct fold_class roi_classes[ROI_CLASSES] = {
    [ROI_NO_MINUTES] = {.role = ROLE_UNIT},
    [ROI_MINUTES_BEFORE] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_0},
    [ROI_MINUTES_AFTER] = {.role = ROLE_UNIT, .keep = KEEP_SERIES_1}};

static const struct fold_source roi_source[] = {
    {.purpose = PURPOSE_CASE,
     .columns = COLUMN_BIT(CASE_RECEIVED) | COLUMN_BIT(CASE_MINUTES),
     .lane_count = 1,
     .emit = emit_roi}};

const struct fold fold_roi = {.classes = roi_classes,
                              .class_count = ROI_CLASSES,
                              .sources = roi_source,
                              .source_count = 1,
                              .by_default_count = 1,
                              .by_default = {DIMENSION_SERVICE},
                              .needs_assumptions = true,
                              .needs_extent = true,
                              .answer = answer_roi};
