/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/roi_answer.h"

#include <math.h>
#include <string.h>

#include "event/column.h"
#include "query/costing.h"
#include "query/table.h"
#include "stats/interval.h"

struct writer {
    const struct plan *plan;
    const struct roi_assumptions *assumptions;
    const struct roi_observed *observed;
    const struct roi_report *report;
    const char *currency;
    struct arena *arena;
    struct error *err;
};

enum roi_cost roi_answer_position(const struct roi_assumptions *assumptions, const char *position) {
    enum roi_cost cost = 0;
    while (cost < ROI_COST_COUNT && (!assumptions->cost[cost].given ||
                                     strcmp(assumptions->cost[cost].position, position) != 0))
        cost++;
    return cost;
}

static enum result_state state_of(const struct roi_report *report) {
    return report->incomplete_count > 0 ? RESULT_INCOMPLETE : RESULT_OK;
}

static const char *text_or_null(const char *text) {
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static void write_flag(struct table *table, const char *name, bool flag) {
    table_text(table, name, flag ? "yes" : "no");
}

/* --- years --- */

static void write_year_money(const char *currency, const struct roi_year *year, double show,
                             struct table *table) {
    table_number(table, "cost", currency, show * year->cost);
    table_number(table, "cost_budget", currency, show * year->cost_budget);
    table_number(table, "benefit", currency, show * year->benefit);
    table_number(table, "benefit_budget", currency, show * year->benefit_budget);
    table_number(table, "benefit_time", currency, show * year->benefit_time);
    table_number(table, "benefit_material", currency, show * year->benefit_material);
    table_number(table, "benefit_no_show", currency, show * year->benefit_no_show);
    table_number(table, "net", currency, show * year->net);
    table_number(table, "present", currency, show * year->present);
    table_number(table, "cumulative", currency, show * year->cumulative);
    table_number(table, "cumulative_present", currency, show * year->cumulative_present);
}

static enum status write_years(const struct writer *writer, struct result *out) {
    const struct roi_assumptions *assumptions = writer->assumptions;
    struct table table;
    TRY(table_init(&table, writer->arena, writer->report->year_count, writer->err));
    for (uint32_t t = 0; t < writer->report->year_count; t++) {
        const struct roi_year *year = &writer->report->year[t];
        const bool dated = t > 0 && assumptions->has_go_live;
        table_integer(&table, "year", "", t);
        table_time(&table, "from", dated ? assumptions->edge_ms[t] : TIME_ABSENT);
        table_time(&table, "to", dated ? assumptions->edge_ms[t + 1] : TIME_ABSENT);
        table_number(&table, "observed", "ratio", dated ? writer->observed->share[t] : NAN);
        table_number(&table, "transactions", "count", t > 0 ? year->transactions : NAN);
        table_text(&table, "transactions_basis", roi_basis_text(year->basis));
        write_year_money(writer->currency, year, 1, &table);
        table_number(&table, "discount_factor", "ratio", year->discount);
        table_row_end(&table);
    }
    return table_finish(&table, out, writer->err);
}

/* --- services and volumes --- */

static void write_minutes(struct table *table, const char *const names[5],
                          const struct roi_figure *figure, const struct roi_minutes *measured) {
    const double reach = figure->basis == ROI_MEASURED ? INTERVAL_Z * measured->error : NAN;
    table_number(table, names[0], "min", figure->value);
    table_number(table, names[1], "min", figure->value - reach);
    table_number(table, names[2], "min", figure->value + reach);
    table_count(table, names[3], measured->count);
    table_text(table, names[4], roi_basis_text(figure->basis));
}

static void write_service(const struct writer *writer, const struct roi_service_report *service,
                          struct table *table) {
    static const char *const before[] = {"minutes_before", "minutes_before_lo", "minutes_before_hi",
                                         "minutes_before_n", "minutes_before_basis"};
    static const char *const after[] = {"minutes_after", "minutes_after_lo", "minutes_after_hi",
                                        "minutes_after_n", "minutes_after_basis"};
    table_number(table, "transactions", "count", service->transactions.value);
    table_text(table, "transactions_basis", roi_basis_text(service->transactions.basis));
    write_minutes(table, before, &service->minutes_before, &service->measured_before);
    write_minutes(table, after, &service->minutes_after, &service->measured_after);
    table_number(table, "minutes_saved", "min", service->saved);
    table_number(table, "minutes_saved_lo", "min", service->saved_lo);
    table_number(table, "minutes_saved_hi", "min", service->saved_hi);
    table_number(table, "time_benefit", writer->currency, service->time_benefit);
    table_number(table, "time_benefit_lo", writer->currency, service->time_benefit_lo);
    table_number(table, "time_benefit_hi", writer->currency, service->time_benefit_hi);
    table_number(table, "material_benefit", writer->currency, service->material_benefit);
    table_number(table, "citizen_hours_saved", "h", service->citizen_hours_saved);
}

/* Of the columns of write_service, in a row that is about no service. */
static const struct roi_service_report no_service = {.transactions = {NAN, ROI_UNKNOWN},
                                                     .minutes_before = {NAN, ROI_UNKNOWN},
                                                     .minutes_after = {NAN, ROI_UNKNOWN},
                                                     .saved = NAN,
                                                     .saved_lo = NAN,
                                                     .saved_hi = NAN,
                                                     .time_benefit = NAN,
                                                     .time_benefit_lo = NAN,
                                                     .time_benefit_hi = NAN,
                                                     .material_benefit = NAN,
                                                     .citizen_hours_saved = NAN};

static enum status write_services(const struct writer *writer, struct result *out) {
    const struct roi_report *report = writer->report;
    struct table table;
    TRY(table_init(&table, writer->arena, report->service_count + 1, writer->err));
    for (uint32_t i = 0; i < report->service_count + (report->service_count == 0); i++) {
        const struct roi_service_report *service =
            i < report->service_count ? &report->services[i] : &no_service;
        table_text(&table, "service", service->service);
        write_service(writer, service, &table);
        table_text(&table, "state",
                   result_state_text(service->complete ? RESULT_OK : RESULT_INCOMPLETE));
        table_row_end(&table);
    }
    if (report->service_count == 0) table_clear_rows(&table);
    return table_finish(&table, out, writer->err);
}

static enum status write_volumes(const struct writer *writer, struct result *out) {
    const struct roi_report *report = writer->report;
    const uint32_t years = writer->assumptions->years;
    struct table table;
    TRY(table_init(&table, writer->arena, report->service_count * years + 1, writer->err));
    for (uint32_t i = 0; i < report->service_count + (report->service_count == 0); i++) {
        const struct roi_service_report *service =
            i < report->service_count ? &report->services[i] : &no_service;
        for (uint32_t t = 1; t <= years; t++) {
            table_text(&table, "service", service->service);
            table_integer(&table, "year", "", t);
            table_number(&table, "transactions", "count",
                         service->volume[t].basis == ROI_UNKNOWN ? NAN : service->volume[t].value);
            table_text(&table, "basis", roi_basis_text(service->volume[t].basis));
            table_row_end(&table);
            if (service == &no_service) break;
        }
    }
    if (report->service_count == 0) table_clear_rows(&table);
    return table_finish(&table, out, writer->err);
}

/* --- scenarios --- */

static void write_payback(struct table *table, const char *name, const char *name_of_state,
                          double years) {
    table_number(table, name, "years", years);
    table_text(table, name_of_state, isnan(years) ? "not_reached" : "reached");
}

static enum status write_scenarios(const struct writer *writer, struct result *out) {
    const struct roi_assumptions *chosen = writer->assumptions;
    const char *currency = writer->currency;
    struct table table;
    TRY(table_init(&table, writer->arena, chosen->case_count, writer->err));
    for (uint32_t i = 0; i < chosen->case_count; i++) {
        const struct roi_case *one = &chosen->cases[i];
        struct roi_report report;
        TRY(roi_evaluate(one->figures, &writer->observed->measured, writer->arena, &report,
                         writer->err));
        table_text(&table, "variant", text_or_null(one->variant));
        table_text(&table, "scenario", roi_scenario_text(one->scenario));
        write_flag(&table, "chosen", one->figures == chosen);
        table_number(&table, "cost", currency, report.cost_total);
        table_number(&table, "benefit", currency, report.benefit_total);
        table_number(&table, "tco", currency, report.tco);
        table_number(&table, "tco_present", currency, report.tco_present);
        table_number(&table, "grant", currency, one->figures->grant.value);
        table_number(&table, "tco_without_grant", currency, report.tco - one->figures->grant.value);
        table_number(&table, "npv", currency, report.npv);
        table_number(&table, "npv_lo", currency, report.npv_lo);
        table_number(&table, "npv_hi", currency, report.npv_hi);
        table_number(&table, "npv_budget", currency, report.npv_budget);
        table_number(&table, "roi", "ratio", report.roi);
        write_payback(&table, "payback_static", "payback_static_state", report.payback_static);
        write_payback(&table, "payback_dynamic", "payback_dynamic_state", report.payback_dynamic);
        table_number(&table, "break_even_cases", "count", report.break_even_cases);
        table_integer(&table, "incomplete_services", "count", report.incomplete_count);
        table_text(&table, "source", one->origin.source);
        table_text(&table, "date", one->origin.date);
        table_text(&table, "state", result_state_text(state_of(&report)));
        table_row_end(&table);
    }
    return table_finish(&table, out, writer->err);
}

/* --- how sure --- */

static enum status write_sensitivity(const struct writer *writer, struct result *out) {
    struct roi_tornado tornado;
    struct table table;
    TRY(roi_sensitivity(writer->assumptions, &writer->observed->measured, writer->arena, &tornado,
                        writer->err));
    TRY(table_init(&table, writer->arena, ROI_INPUT_COUNT, writer->err));
    for (uint32_t i = 0; i < ROI_INPUT_COUNT; i++) {
        const struct roi_bar *bar = &tornado.bar[i];
        table_integer(&table, "rank", "", i + 1);
        table_text(&table, "input", roi_input_text(bar->input));
        table_number(&table, "change", "ratio", ROI_SWING);
        table_number(&table, "npv", writer->currency, tornado.npv);
        table_number(&table, "npv_low", writer->currency, bar->npv_low);
        table_number(&table, "npv_high", writer->currency, bar->npv_high);
        table_number(&table, "swing", writer->currency, bar->swing);
        table_number(&table, "npv_budget_low", writer->currency, bar->npv_budget_low);
        table_number(&table, "npv_budget_high", writer->currency, bar->npv_budget_high);
        write_flag(&table, "capped", bar->capped);
        table_row_end(&table);
    }
    return table_finish(&table, out, writer->err);
}

static enum status write_monte_carlo(const struct writer *writer, struct result *out) {
    struct roi_monte_carlo draws;
    struct table table;
    TRY(roi_draw(writer->assumptions, &writer->observed->measured, ROI_SEED, writer->arena, &draws,
                 writer->err));
    TRY(table_init(&table, writer->arena, 1, writer->err));
    table_text(&table, "figure", "npv");
    table_number(&table, "value", writer->currency, writer->report->npv);
    table_number(&table, "lo", writer->currency, draws.p2_5);
    table_number(&table, "hi", writer->currency, draws.p97_5);
    table_number(&table, "mean", writer->currency, draws.mean);
    table_number(&table, "deviation", writer->currency, draws.deviation);
    table_number(&table, "p5", writer->currency, draws.p5);
    table_number(&table, "p25", writer->currency, draws.p25);
    table_number(&table, "p50", writer->currency, draws.p50);
    table_number(&table, "p75", writer->currency, draws.p75);
    table_number(&table, "p95", writer->currency, draws.p95);
    table_number(&table, "share_positive", "ratio", draws.share_positive);
    table_integer(&table, "draws", "count", draws.draws);
    table_integer(&table, "seed", "", (int64_t)draws.seed);
    table_row_end(&table);
    return table_finish(&table, out, writer->err);
}

static void write_distribution(struct table *table, const char *input,
                               const struct roi_spread *spread) {
    const bool varies = spread->shape != ROI_FIXED;
    table_text(table, "input", input);
    table_text(table, "distribution", roi_shape_text(spread->shape));
    table_number(table, "low", "ratio", varies ? spread->low : NAN);
    table_number(table, "high", "ratio", varies ? spread->high : NAN);
    table_text(table, "source", spread->origin.source);
    table_text(table, "date", spread->origin.date);
    table_row_end(table);
}

static enum status write_distributions(const struct writer *writer, struct result *out) {
    const struct roi_spread *spread = writer->assumptions->spread;
    struct roi_spread measured = {
        ROI_NORMAL, NAN, NAN, {"mean and standard error of each service's measured minutes", NULL}};
    struct table table;
    TRY(table_init(&table, writer->arena, 4, writer->err));
    write_distribution(&table, "transactions", &spread[ROI_INPUT_TRANSACTIONS]);
    write_distribution(&table, "minutes_saved_assumed", &spread[ROI_INPUT_MINUTES_SAVED]);
    write_distribution(&table, "minutes_saved_measured", &measured);
    write_distribution(&table, "hourly_rate", &spread[ROI_INPUT_HOURLY_RATE]);
    return table_finish(&table, out, writer->err);
}

/* --- plan against actual --- */

struct comparison {
    const char *figure; /* "npv", "transactions", "minutes_before", "cost", ... */
    const char *unit;
    uint32_t year;
    const char *service, *position;
    double planned, actual, lo, hi;
    uint64_t n;
};

static enum result_state state_of_comparison(const struct writer *writer,
                                             const struct comparison *row) {
    if (isnan(row->actual)) return RESULT_NO_DATA;
    if (row->year > 0 && writer->observed->share[row->year] < 1) return RESULT_PROVISIONAL;
    return RESULT_OK;
}

static void write_comparison(const struct writer *writer, const struct comparison *row,
                             struct table *table) {
    const struct roi_assumptions *assumptions = writer->assumptions;
    const bool dated = row->year > 0 && assumptions->has_go_live;
    /* A sum of a part of a year says nothing against that of a whole one; a mean does. */
    const bool comparable =
        strcmp(row->unit, "min") == 0 || state_of_comparison(writer, row) != RESULT_PROVISIONAL;
    table_text(table, "figure", row->figure);
    if (strcmp(row->figure, "npv") == 0)
        table_absent(table, "year", "");
    else
        table_integer(table, "year", "", row->year);
    table_time(table, "from", dated ? assumptions->edge_ms[row->year] : TIME_ABSENT);
    table_time(table, "to", dated ? assumptions->edge_ms[row->year + 1] : TIME_ABSENT);
    table_number(table, "observed", "ratio", dated ? writer->observed->share[row->year] : NAN);
    table_text(table, "service", row->service);
    table_text(table, "position", row->position);
    table_text(table, "unit", row->unit);
    table_number(table, "planned", "", row->planned);
    table_number(table, "actual", "", row->actual);
    table_number(table, "lo", "", row->lo);
    table_number(table, "hi", "", row->hi);
    table_number(table, "difference", "", comparable ? row->actual - row->planned : NAN);
    table_number(table, "difference_share", "ratio",
                 comparable ? row->actual / row->planned - 1 : NAN);
    table_count(table, "n", row->n);
    table_text(table, "state", result_state_text(state_of_comparison(writer, row)));
    table_row_end(table);
}

static const struct roi_happened *happened_of(const struct writer *writer, const char *service) {
    const struct roi_measured *measured = &writer->observed->measured;
    for (uint32_t i = 0; i < measured->service_count; i++)
        if (strcmp(measured->services[i].service, service) == 0)
            return &writer->observed->happened[i * (ROI_YEARS_MAX + 2)];
    return NULL;
}

static void compare_minutes(const struct writer *writer, const char *figure, const char *service,
                            uint32_t year, double planned, const struct roi_happened *happened,
                            struct table *table) {
    static const struct roi_minutes none = {NAN, NAN, 0};
    const struct roi_minutes *minutes = happened == NULL ? &none : &happened[year].minutes;
    const bool any = minutes->count > 0;
    const double reach = any ? INTERVAL_Z * minutes->error : NAN;
    const struct comparison row = {.figure = figure,
                                   .unit = "min",
                                   .year = year,
                                   .service = service,
                                   .planned = planned,
                                   .actual = any ? minutes->mean : NAN,
                                   .lo = minutes->mean - reach,
                                   .hi = minutes->mean + reach,
                                   .n = minutes->count};
    write_comparison(writer, &row, table);
}

static void compare_service(const struct writer *writer, const char *service, uint32_t year,
                            struct table *table) {
    const struct roi_service *assumed = roi_assumptions_service(writer->assumptions, service);
    const struct roi_happened *happened = happened_of(writer, service);
    if (year == 0) {
        compare_minutes(writer, "minutes_before", service, 0,
                        assumed == NULL ? NAN : assumed->minutes_before, happened, table);
        return;
    }
    const double observed = writer->observed->share[year];
    const uint64_t n = happened == NULL ? 0 : happened[year].transactions;
    const struct comparison row = {.figure = "transactions",
                                   .unit = "count",
                                   .year = year,
                                   .service = service,
                                   .planned = assumed == NULL ? NAN : assumed->transactions[year],
                                   .actual = observed > 0 ? (double)n : NAN,
                                   .lo = NAN,
                                   .hi = NAN,
                                   .n = n};
    write_comparison(writer, &row, table);
    compare_minutes(writer, "minutes_after", service, year,
                    assumed == NULL ? NAN : assumed->minutes_after, happened, table);
}

static void compare_cost(const struct writer *writer, enum roi_cost cost, uint32_t year,
                         struct table *table) {
    const struct roi_assumptions *assumptions = writer->assumptions;
    const struct roi_booked *booked = &writer->observed->booked[year][cost];
    const bool planned = cost < ROI_COST_COUNT;
    /* Euros say nothing against a plan in another currency. */
    const bool same_currency = strcmp(writer->currency, COSTING_CURRENCY) == 0;
    struct comparison row = {.figure = planned ? "cost" : "cost_outside_plan",
                             .unit = writer->currency,
                             .year = year,
                             .position = planned ? assumptions->cost[cost].position : NULL,
                             .planned = 0,
                             .actual = booked->count > 0 && same_currency ? booked->amount : NAN,
                             .lo = NAN,
                             .hi = NAN,
                             .n = booked->count};
    for (enum roi_cost other = cost; other < ROI_COST_COUNT; other++)
        if (assumptions->cost[other].given &&
            strcmp(assumptions->cost[other].position, row.position) == 0)
            row.planned += assumptions->cost[other].amount[year];
    if (!planned) row.planned = NAN;
    if (row.planned > 0 || booked->count > 0) write_comparison(writer, &row, table);
}

static void compare_costs(const struct writer *writer, uint32_t year, struct table *table) {
    const struct roi_assumptions *assumptions = writer->assumptions;
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++)
        if (assumptions->cost[cost].given &&
            roi_answer_position(assumptions, assumptions->cost[cost].position) == cost)
            compare_cost(writer, cost, year, table);
    compare_cost(writer, ROI_COST_COUNT, year, table);
}

/* What the file alone promises, if it is complete, against what it is with all that was measured.
 */
static enum status compare_npv(const struct writer *writer, struct table *table) {
    static const struct roi_measured nothing = {0, NULL};
    struct roi_report promised;
    TRY(roi_evaluate(writer->assumptions, &nothing, writer->arena, &promised, writer->err));
    const struct comparison row = {.figure = "npv",
                                   .unit = writer->currency,
                                   .planned = promised.incomplete_count > 0 ? NAN : promised.npv,
                                   .actual = writer->report->npv,
                                   .lo = writer->report->npv_lo,
                                   .hi = writer->report->npv_hi,
                                   .n = writer->observed->transactions};
    write_comparison(writer, &row, table);
    return STATUS_OK;
}

/* Years that have not begun have nothing to compare; their plan is in the other sections. */
static enum status write_plan_actual(const struct writer *writer, struct result *out) {
    const struct roi_report *report = writer->report;
    const uint32_t years = report->year_count;
    struct table table;
    TRY(table_init(&table, writer->arena,
                   1 + years * (2 * report->service_count + ROI_COST_COUNT + 1), writer->err));
    TRY(compare_npv(writer, &table));
    for (uint32_t t = 0; t < years; t++) {
        const bool begun = t == 0 || writer->observed->share[t] > 0;
        for (uint32_t i = 0; i < report->service_count && begun; i++)
            compare_service(writer, report->services[i].service, t, &table);
        if (begun) compare_costs(writer, t, &table);
    }
    return table_finish(&table, out, writer->err);
}

/* --- assumptions --- */

struct lister {
    const struct writer *writer;
    struct table table;
};

static void list(struct lister *lister, const char *path, uint32_t year, double value,
                 const char *unit, const struct roi_origin *origin) {
    struct table *table = &lister->table;
    if (isnan(value)) return;
    table_text(table, "path", path);
    if (year == UINT32_MAX)
        table_absent(table, "year", "");
    else
        table_integer(table, "year", "", year);
    table_number(table, "value", "", value);
    table_text(table, "unit", unit);
    table_text(table, "source", text_or_null(origin->source));
    table_text(table, "date", text_or_null(origin->date));
    table_row_end(table);
}

static const char *join(struct lister *lister, const char *a, const char *b, const char *c) {
    const char *path =
        arena_format(lister->writer->arena, "%s.%s%s%s", a, b, c[0] == '\0' ? "" : ".", c);
    if (path == NULL) lister->table.failed = true;
    return path == NULL ? "" : path;
}

static void list_head(struct lister *lister) {
    const struct roi_assumptions *a = lister->writer->assumptions;
    const char *currency = lister->writer->currency;
    const struct roi_origin file = {a->version, NULL};
    const uint32_t any = UINT32_MAX;
    list(lister, "years", any, a->years, "years", &file);
    list(lister, a->real_prices ? "price_basis.real" : "price_basis.nominal", any, a->price_year,
         "year", &file);
    list(lister, "discount_rate", any, a->discount.value, "ratio", &a->discount.origin);
    list(lister, "hourly_rate", any, a->hourly_rate.value, currency, &a->hourly_rate.origin);
    list(lister, "realised_share", any, a->realised_share.value, "ratio",
         &a->realised_share.origin);
    list(lister, "budget_share", any, a->budget_share.value, "ratio", &a->budget_share.origin);
    list(lister, "grant", any, a->grant.value, currency, &a->grant.origin);
    list(lister, "no_shows.avoided_per_year", any, a->no_shows_avoided, "count",
         &a->no_shows_origin);
    list(lister, "no_shows.slot_minutes", any, a->no_show_slot_minutes, "min", &a->no_shows_origin);
}

static void list_costs(struct lister *lister) {
    const struct roi_assumptions *a = lister->writer->assumptions;
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++) {
        const struct roi_cost_line *line = &a->cost[cost];
        const bool once = cost < ROI_ONE_OFF_COUNT;
        const char *path = join(lister, "costs", once ? "one_off" : "running", roi_cost_text(cost));
        for (uint32_t t = once ? 0 : 1; line->given && t <= (once ? 0 : a->years); t++)
            list(lister, path, t, line->amount[t], lister->writer->currency, &line->origin);
    }
}

static void list_services(struct lister *lister) {
    const struct roi_assumptions *a = lister->writer->assumptions;
    const char *currency = lister->writer->currency;
    for (uint32_t i = 0; i < a->service_count; i++) {
        const struct roi_service *s = &a->services[i];
        const struct {
            const char *name, *unit;
            double value;
        } figures[] = {{"minutes_before", "min", s->minutes_before},
                       {"minutes_after", "min", s->minutes_after},
                       {"material_saved", currency, s->material_saved},
                       {"citizen_minutes_saved", "min", s->citizen_minutes_saved}};
        const char *path = join(lister, "services", s->service, "transactions");
        for (uint32_t t = 1; t <= a->years; t++)
            list(lister, path, t, s->transactions[t], "count", &s->origin);
        for (size_t k = 0; k < sizeof figures / sizeof *figures; k++)
            list(lister, join(lister, "services", s->service, figures[k].name), UINT32_MAX,
                 figures[k].value, figures[k].unit, &s->origin);
    }
}

static void list_channels(struct lister *lister) {
    const struct roi_assumptions *a = lister->writer->assumptions;
    const char *currency = lister->writer->currency;
    for (enum channel channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        const struct roi_channel *c = &a->channel[channel];
        const char *name = channel_text(channel);
        if (!c->given) continue;
        list(lister, join(lister, "channels", name, "minutes"), UINT32_MAX, c->minutes, "min",
             &c->origin);
        list(lister, join(lister, "channels", name, "material"), UINT32_MAX, c->material, currency,
             &c->origin);
        list(lister, join(lister, "channels", name, "fixed_per_year"), UINT32_MAX,
             c->fixed_per_year, currency, &c->origin);
    }
}

static enum status write_assumptions(const struct writer *writer, struct result *out) {
    const struct roi_assumptions *a = writer->assumptions;
    const uint32_t most = 9 + ROI_ONE_OFF_COUNT + ROI_COST_COUNT * a->years +
                          a->service_count * (a->years + 4) + 3 * CHANNEL_COUNT;
    struct lister lister = {.writer = writer};
    TRY(table_init(&lister.table, writer->arena, most, writer->err));
    list_head(&lister);
    list_costs(&lister);
    list_services(&lister);
    list_channels(&lister);
    return table_finish(&lister.table, out, writer->err);
}

/* --- the headline table --- */

/* Every row has all columns; what does not apply to its kind is absent. */
struct headline {
    const char *kind; /* "total", "year", "service" */
    const struct roi_year *year;
    const struct roi_service_report *service;
    uint32_t number; /* of the year */
};

static void write_total(const struct writer *writer, const struct headline *row,
                        struct table *table) {
    const struct roi_report *report = writer->report;
    const char *currency = writer->currency;
    const double show = row->year == NULL && row->service == NULL ? 1 : NAN;
    table_number(table, "value", "ratio", show * report->roi);
    table_absent(table, "lo", "ratio");
    table_absent(table, "hi", "ratio");
    table_number(table, "npv", currency, show * report->npv);
    table_number(table, "npv_lo", currency, show * report->npv_lo);
    table_number(table, "npv_hi", currency, show * report->npv_hi);
    table_number(table, "npv_budget", currency, show * report->npv_budget);
    table_number(table, "tco", currency, show * report->tco);
    table_number(table, "tco_present", currency, show * report->tco_present);
    table_number(table, "payback_static", "years", show * report->payback_static);
    table_number(table, "payback_dynamic", "years", show * report->payback_dynamic);
    table_number(table, "break_even_cases", "count", show * report->break_even_cases);
}

static struct roi_year sum_of_years(const struct roi_report *report) {
    struct roi_year sum = report->year[report->year_count - 1];
    sum.cost = sum.cost_budget = sum.benefit = sum.benefit_budget = sum.net = sum.present = 0;
    sum.benefit_time = sum.benefit_material = sum.benefit_no_show = 0;
    for (uint32_t t = 0; t < report->year_count; t++) {
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
    }
    return sum;
}

static void write_headline(const struct writer *writer, const struct headline *row,
                           struct table *table) {
    const struct roi_year sum = sum_of_years(writer->report);
    const struct roi_service_report *service = row->service;
    const bool complete =
        service != NULL ? service->complete : writer->report->incomplete_count == 0;
    table_text(table, "kind", row->kind);
    if (row->year == NULL)
        table_absent(table, "year", "");
    else
        table_integer(table, "year", "", row->number);
    table_text(table, "service", service == NULL ? NULL : service->service);
    write_total(writer, row, table);
    write_year_money(writer->currency, row->year == NULL ? &sum : row->year,
                     service == NULL ? 1 : NAN, table);
    write_service(writer, service == NULL ? &no_service : service, table);
    table_count(table, "n", writer->observed->transactions);
    table_absent(table, "open", "count");
    table_absent(table, "coverage", "ratio");
    table_absent(table, "late_share", "ratio");
    table_integer(table, "incomplete_services", "count", writer->report->incomplete_count);
    table_text(table, "state", result_state_text(complete ? RESULT_OK : RESULT_INCOMPLETE));
    table_row_end(table);
}

static enum status write_headlines(const struct writer *writer, struct result *out) {
    const struct roi_report *report = writer->report;
    struct headline row = {.kind = "total"};
    struct table table;
    TRY(table_init(&table, writer->arena, 1 + report->year_count + report->service_count,
                   writer->err));
    write_headline(writer, &row, &table);
    row.kind = "year";
    for (row.number = 0; row.number < report->year_count; row.number++) {
        row.year = &report->year[row.number];
        write_headline(writer, &row, &table);
    }
    row.kind = "service";
    row.year = NULL;
    for (uint32_t i = 0; i < report->service_count; i++) {
        row.service = &report->services[i];
        write_headline(writer, &row, &table);
    }
    return table_finish(&table, out, writer->err);
}

static enum status write_notes(const struct writer *writer, struct result *out) {
    const struct roi_assumptions *a = writer->assumptions;
    const struct {
        const char *key;
        const struct roi_rate *rate;
    } rates[] = {{"discount_rate", &a->discount},
                 {"hourly_rate", &a->hourly_rate},
                 {"realised_share", &a->realised_share},
                 {"budget_share", &a->budget_share}};
    enum { RATES = sizeof rates / sizeof *rates };
    struct result_note *notes = arena_push_array(writer->arena, struct result_note, RATES + 5);
    if (notes == NULL) return error_set(writer->err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    uint32_t count = 0;
    notes[count++] = (struct result_note){"assumptions_version", a->version};
    notes[count++] = (struct result_note){"currency", a->currency};
    notes[count++] = (struct result_note){
        "price_basis", arena_format(writer->arena, "%s prices of %u",
                                    a->real_prices ? "real" : "nominal", (unsigned)a->price_year)};
    notes[count++] =
        (struct result_note){"citizens_time", "shown apart, in hours; it is in no sum of money"};
    if (a->grant.value > 0)
        notes[count++] = (struct result_note){
            "grant", arena_format(writer->arena, "%.2f %s, shown apart: a grant is not a benefit",
                                  a->grant.value, a->currency)};
    for (int i = 0; i < RATES; i++) {
        const struct roi_rate *rate = rates[i].rate;
        const bool said = text_or_null(rate->origin.source) != NULL;
        notes[count++] = (struct result_note){
            rates[i].key, arena_format(writer->arena, "%g (%s, %s)", rate->value,
                                       said ? rate->origin.source : "default",
                                       said ? rate->origin.date : "no date")};
    }
    for (uint32_t i = 0; i < count; i++)
        if (notes[i].text == NULL)
            return error_set(writer->err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    out->notes = notes;
    out->note_count = count;
    return STATUS_OK;
}

/* --- the whole --- */

static enum status write_sections(const struct writer *writer, struct result *out) {
    static enum status (*const write[ROI_SECTION_COUNT])(const struct writer *, struct result *) = {
        [ROI_SECTION_YEARS] = write_years,
        [ROI_SECTION_SERVICES] = write_services,
        [ROI_SECTION_VOLUMES] = write_volumes,
        [ROI_SECTION_SCENARIOS] = write_scenarios,
        [ROI_SECTION_SENSITIVITY] = write_sensitivity,
        [ROI_SECTION_MONTE_CARLO] = write_monte_carlo,
        [ROI_SECTION_DISTRIBUTIONS] = write_distributions,
        [ROI_SECTION_PLAN_ACTUAL] = write_plan_actual,
        [ROI_SECTION_ASSUMPTIONS] = write_assumptions};
    struct result_section *sections =
        arena_push_array(writer->arena, struct result_section, ROI_SECTION_COUNT);
    if (sections == NULL) return error_set(writer->err, STATUS_NO_MEMORY, QUERY_TOO_MUCH_MEMORY);
    out->sections = sections;
    for (enum roi_section section = 0; section < ROI_SECTION_COUNT; section++) {
        if ((writer->plan->roi_sections >> section & 1) == 0) continue;
        struct result_section *one = &sections[out->section_count++];
        one->name = roi_section_text(section);
        TRY(write[section](writer, &one->table));
    }
    return STATUS_OK;
}

enum status roi_answer_write(const struct plan *plan, const struct roi_observed *observed,
                             struct arena *arena, struct result *out, struct error *err) {
    struct roi_report report;
    const struct writer writer = {.plan = plan,
                                  .assumptions = plan->assumptions,
                                  .observed = observed,
                                  .report = &report,
                                  .currency = plan->assumptions->currency,
                                  .arena = arena,
                                  .err = err};
    TRY(roi_evaluate(plan->assumptions, &observed->measured, arena, &report, err));
    out->state = state_of(&report);
    TRY(write_headlines(&writer, out));
    TRY(write_notes(&writer, out));
    return plan->roi_sections == 0 ? STATUS_OK : write_sections(&writer, out);
}
