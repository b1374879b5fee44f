/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "finance/roi.h"
#include "report/words.h"
#include "report/workbook.h"

/* workbook_roi: the calculation of finance/roi.c in formulas of a workbook, over cells that say
 * where each assumption comes from. A formula stands where the C code has a line, in the same
 * order, so that a reader can follow either. Rows and columns of formulas count from 1. */

enum { FORMULA_BYTES = 512 };

struct calculation {
    struct book *book;
    const struct roi_assumptions *assumptions;
    const struct result *result;
    const struct result *services, *volumes, *years;
    enum language language;
};

static const char *word(const struct calculation *c, enum word word) {
    return word_text(word, c->language);
}

static void formula(const struct calculation *c, uint32_t row, uint32_t column, double number,
                    enum book_style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
static void formula(const struct calculation *c, uint32_t row, uint32_t column, double number,
                    enum book_style style, const char *format, ...) {
    char text[FORMULA_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size > 0 && size < FORMULA_BYTES);
    book_formula(c->book, row, column, text, number, style);
}

static void write_heads(const struct calculation *c, const char *const *heads) {
    for (uint32_t column = 0; heads[column] != NULL; column++)
        book_text(c->book, 0, column, heads[column], BOOK_HEADER);
    book_freeze(c->book, 1, 1);
}

/* --- Rates --- */

struct rates {
    const struct calculation *c;
    uint32_t row;
};

static void rate(struct rates *rates, const char *name, double value, const char *unit,
                 const struct roi_origin *origin) {
    struct book *book = rates->c->book;
    book_text(book, rates->row, 0, name, BOOK_PLAIN);
    book_number(book, rates->row, 1, isnan(value) ? 0 : value, BOOK_INPUT);
    book_text(book, rates->row, 2, unit, BOOK_PLAIN);
    book_text(book, rates->row, 3, origin == NULL ? NULL : origin->source, BOOK_WRAPPED);
    book_text(book, rates->row, 4, origin == NULL ? NULL : origin->date, BOOK_PLAIN);
    book_name(book, name, "Rates", rates->row++, 1);
}

static void derived(struct rates *rates, const char *name, double value, const char *unit,
                    const char *text) {
    struct book *book = rates->c->book;
    book_text(book, rates->row, 0, name, BOOK_PLAIN);
    book_formula(book, rates->row, 1, text, value, BOOK_EXACT);
    book_text(book, rates->row, 2, unit, BOOK_PLAIN);
    book_name(book, name, "Rates", rates->row++, 1);
}

static void write_factors(struct rates *rates, const struct roi_assumptions *a) {
    const struct roi_origin *origin = NULL;
    for (uint32_t at = 0; at < a->case_count; at++)
        if (a->cases[at].figures == a) origin = &a->cases[at].origin;
    for (enum roi_input input = 0; input < ROI_INPUT_COUNT; input++) {
        char name[FORMULA_BYTES];
        snprintf(name, sizeof name, "factor_%s", roi_input_text(input));
        rate(rates, name, a->factor[input], "ratio", origin);
    }
}

static void write_derived(struct rates *rates, const struct roi_assumptions *a) {
    const double minute = a->hourly_rate.value * a->factor[ROI_INPUT_HOURLY_RATE] / 60;
    const double share = fmin(1, a->realised_share.value * a->factor[ROI_INPUT_REALISED_SHARE]);
    derived(rates, "yearly_rate", a->discount.value * a->factor[ROI_INPUT_DISCOUNT_RATE], "ratio",
            "=discount_rate*factor_discount_rate");
    derived(rates, "minute_cost", minute, a->currency, "=hourly_rate*factor_hourly_rate/60");
    derived(rates, "minute_value", minute * share, a->currency,
            "=minute_cost*MIN(1,realised_share*factor_realised_share)");
    derived(rates, "no_show_benefit",
            a->no_shows_avoided * a->factor[ROI_INPUT_NO_SHOWS] * a->no_show_slot_minutes * minute,
            a->currency,
            "=no_shows_avoided*factor_no_shows_avoided*no_show_slot_minutes*minute_cost");
}

static void write_rates(const struct calculation *c) {
    const struct roi_assumptions *a = c->assumptions;
    const char *const heads[] = {"assumption",         word(c, WORD_VALUE), word(c, WORD_UNIT),
                                 word(c, WORD_SOURCE), word(c, WORD_DATE),  NULL};
    struct rates rates = {c, 1};
    book_sheet(c->book, "Rates");
    write_heads(c, heads);
    rate(&rates, "discount_rate", a->discount.value, "ratio", &a->discount.origin);
    rate(&rates, "hourly_rate", a->hourly_rate.value, a->currency, &a->hourly_rate.origin);
    rate(&rates, "realised_share", a->realised_share.value, "ratio", &a->realised_share.origin);
    rate(&rates, "budget_share", a->budget_share.value, "ratio", &a->budget_share.origin);
    rate(&rates, "grant_paid", a->grant.value, a->currency, &a->grant.origin);
    rate(&rates, "no_shows_avoided", a->no_shows_avoided, "count", &a->no_shows_origin);
    rate(&rates, "no_show_slot_minutes", a->no_show_slot_minutes, "min", &a->no_shows_origin);
    write_factors(&rates, a);
    write_derived(&rates, a);
    book_width(c->book, 0, 0, 28);
    book_width(c->book, 1, 2, 14);
    book_width(c->book, 3, 3, 80);
    book_width(c->book, 4, 4, 14);
}

/* --- Costs: a line a row, a year a column from E on --- */

enum { COST_YEAR_COLUMN = 4 };

/* Rows of the one-off lines, then of the running ones; the row after the last of each. */
struct cost_rows {
    uint32_t one_off_end, running_end; /* the first row is 1 */
};

static void write_cost(const struct calculation *c, enum roi_cost cost, uint32_t row) {
    const struct roi_cost_line *line = &c->assumptions->cost[cost];
    char path[FORMULA_BYTES];
    snprintf(path, sizeof path, "costs.%s.%s", cost < ROI_ONE_OFF_COUNT ? "one_off" : "running",
             roi_cost_text(cost));
    book_text(c->book, row, 0, path, BOOK_PLAIN);
    book_number(c->book, row, 1, line->budget_effective, BOOK_INPUT);
    book_text(c->book, row, 2, line->origin.source, BOOK_PLAIN);
    book_text(c->book, row, 3, line->origin.date, BOOK_PLAIN);
    for (uint32_t t = 0; t <= c->assumptions->years; t++)
        book_number(c->book, row, COST_YEAR_COLUMN + t, line->amount[t], BOOK_INPUT);
}

static struct cost_rows count_costs(const struct roi_assumptions *a) {
    struct cost_rows rows = {1, 1};
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++) {
        rows.one_off_end += a->cost[cost].given && cost < ROI_ONE_OFF_COUNT;
        rows.running_end += a->cost[cost].given;
    }
    return rows;
}

static void write_costs(const struct calculation *c) {
    const struct roi_assumptions *a = c->assumptions;
    const char *const heads[] = {"assumption", "budget_effective", word(c, WORD_SOURCE),
                                 word(c, WORD_DATE), NULL};
    uint32_t row = 1;
    book_sheet(c->book, "Costs");
    write_heads(c, heads);
    for (uint32_t t = 0; t <= a->years; t++)
        book_number(c->book, 0, COST_YEAR_COLUMN + t, t, BOOK_HEADER);
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++)
        if (a->cost[cost].given) write_cost(c, cost, row++);
    book_width(c->book, 0, 0, 28);
    book_width(c->book, 1, 1, 16);
    book_width(c->book, 2, 2, 50);
    book_width(c->book, 3, COST_YEAR_COLUMN + a->years, 13);
}

/* --- Services --- */

static double measured(const struct result *table, uint32_t row, const char *column,
                       const char *basis) {
    const bool is = strcmp(result_text(table, row, basis), "measured") == 0;
    return is ? result_number(table, row, column) : NAN;
}

static void write_minutes(const struct calculation *c, uint32_t at, uint32_t column,
                          const char *name, double assumed) {
    char basis[FORMULA_BYTES], n[FORMULA_BYTES];
    const char first = (char)('A' + column), third = (char)('A' + column + 2);
    snprintf(basis, sizeof basis, "%s_basis", name);
    snprintf(n, sizeof n, "%s_n", name);
    book_number(c->book, at + 1, column, measured(c->services, at, name, basis), BOOK_EXACT);
    book_number(c->book, at + 1, column + 1, result_number(c->services, at, n), BOOK_COUNT);
    book_number(c->book, at + 1, column + 2, assumed, BOOK_INPUT);
    formula(c, at + 1, column + 3, result_number(c->services, at, name), BOOK_NUMBER,
            "=IF(ISNUMBER(%c%u),%c%u,IF(ISNUMBER(%c%u),%c%u,\"\"))", first, at + 2, first, at + 2,
            third, at + 2, third, at + 2);
}

static void write_service(const struct calculation *c, uint32_t at) {
    const char *key = result_text(c->services, at, "service");
    const struct roi_service *assumed = roi_assumptions_service(c->assumptions, key);
    const struct roi_service nothing = {.minutes_before = NAN, .minutes_after = NAN};
    const struct roi_service *s = assumed == NULL ? &nothing : assumed;
    book_text(c->book, at + 1, 0, key, BOOK_PLAIN);
    write_minutes(c, at, 1, "minutes_before", s->minutes_before);
    write_minutes(c, at, 5, "minutes_after", s->minutes_after);
    formula(c, at + 1, 9, result_number(c->services, at, "minutes_saved"), BOOK_NUMBER,
            "=IF(AND(ISNUMBER(E%u),ISNUMBER(I%u)),factor_minutes_saved*(E%u-I%u),\"\")", at + 2,
            at + 2, at + 2, at + 2);
    book_number(c->book, at + 1, 10, s->material_saved, BOOK_INPUT);
    book_number(c->book, at + 1, 11, s->citizen_minutes_saved, BOOK_INPUT);
    book_text(c->book, at + 1, 12, s->origin.source, BOOK_PLAIN);
    book_text(c->book, at + 1, 13, s->origin.date, BOOK_PLAIN);
}

static void write_services(const struct calculation *c) {
    static const char *const heads[] = {"service",
                                        "minutes_before measured (min)",
                                        "minutes_before n (count)",
                                        "minutes_before assumed (min)",
                                        "minutes_before used (min)",
                                        "minutes_after measured (min)",
                                        "minutes_after n (count)",
                                        "minutes_after assumed (min)",
                                        "minutes_after used (min)",
                                        "minutes_saved (min)",
                                        "material_saved",
                                        "citizen_minutes_saved (min)",
                                        "source",
                                        "date",
                                        NULL};
    book_sheet(c->book, "Services");
    write_heads(c, heads);
    for (uint32_t at = 0; at < c->services->row_count; at++) write_service(c, at);
    book_width(c->book, 0, 0, 20);
    book_width(c->book, 1, 11, 13);
    book_width(c->book, 12, 12, 50);
}

/* --- Volumes: a service and year a row --- */

static void write_volume(const struct calculation *c, uint32_t at) {
    const struct roi_assumptions *a = c->assumptions;
    const char *key = result_text(c->volumes, at, "service");
    const uint32_t year = (uint32_t)result_number(c->volumes, at, "year");
    const uint32_t service = at / a->years + 2; /* row of its service, as formulas count */
    const struct roi_service *assumed = roi_assumptions_service(a, key);
    const bool paced = strcmp(result_text(c->volumes, at, "basis"), "extrapolated") == 0;
    const double used = result_number(c->volumes, at, "transactions");
    const double saved = result_number(c->services, service - 2, "minutes_saved");
    const double minute = a->hourly_rate.value * a->factor[ROI_INPUT_HOURLY_RATE] / 60 *
                          fmin(1, a->realised_share.value * a->factor[ROI_INPUT_REALISED_SHARE]);
    const double count = isnan(used) ? 0 : used;
    const uint32_t row = at + 2;
    book_text(c->book, at + 1, 0, key, BOOK_PLAIN);
    book_number(c->book, at + 1, 1, year, BOOK_EXACT);
    book_number(c->book, at + 1, 2, measured(c->volumes, at, "transactions", "basis"), BOOK_COUNT);
    book_number(c->book, at + 1, 3, assumed == NULL ? NAN : assumed->transactions[year],
                BOOK_INPUT);
    book_number(c->book, at + 1, 4, paced ? used / a->factor[ROI_INPUT_TRANSACTIONS] : NAN,
                BOOK_NUMBER);
    formula(c, at + 1, 5, count, BOOK_COUNT,
            "=IF(ISNUMBER(C%u),C%u,IF(ISNUMBER(D%u),D%u,IF(ISNUMBER(E%u),E%u,0))*"
            "factor_transactions)",
            row, row, row, row, row, row);
    formula(c, at + 1, 6, isnan(saved) ? 0 : count * saved * minute, BOOK_NUMBER,
            "=IF(ISNUMBER(Services!J%u),F%u*Services!J%u*minute_value,0)", service, row, service);
    formula(
        c, at + 1, 7,
        assumed == NULL ? 0 : count * assumed->material_saved * a->factor[ROI_INPUT_MATERIAL_SAVED],
        BOOK_NUMBER, "=F%u*N(Services!K%u)*factor_material_saved", row, service);
}

static void write_volumes(const struct calculation *c) {
    const char *const heads[] = {"service",
                                 "year",
                                 word(c, WORD_MEASURED),
                                 word(c, WORD_ASSUMED),
                                 word(c, WORD_PACE),
                                 word(c, WORD_USED),
                                 "benefit_time",
                                 "benefit_material",
                                 NULL};
    book_sheet(c->book, "Volumes");
    write_heads(c, heads);
    for (uint32_t at = 0; at < c->volumes->row_count; at++) write_volume(c, at);
    book_width(c->book, 0, 0, 20);
    book_width(c->book, 1, 7, 14);
}

/* --- Years --- */

static const char *const year_columns[] = {"year",
                                           "transactions",
                                           "cost",
                                           "cost_budget",
                                           "benefit_time",
                                           "benefit_material",
                                           "benefit_no_show",
                                           "benefit",
                                           "benefit_budget",
                                           "net",
                                           "discount_factor",
                                           "present",
                                           "cumulative",
                                           "cumulative_present",
                                           NULL};
enum { YEAR_COLUMNS = sizeof year_columns / sizeof *year_columns - 1 };

/* The sum of a year's cost lines, all or those of the budget, times their factors. */
static void write_cost_sum(const struct calculation *c, const struct cost_rows *rows, uint32_t t,
                           uint32_t column, bool budget) {
    static const char *const factors[] = {"factor_one_off_costs", "factor_running_costs"};
    const uint32_t first[] = {2, rows->one_off_end + 1};
    const uint32_t last[] = {rows->one_off_end, rows->running_end};
    const char year = (char)('A' + COST_YEAR_COLUMN + t);
    char sums[2][FORMULA_BYTES / 4] = {"0", "0"};
    for (int group = 0; group < 2; group++) {
        if (last[group] < first[group]) continue;
        if (budget)
            snprintf(sums[group], sizeof sums[group],
                     "%s*SUMPRODUCT(Costs!$B%u:$B%u,Costs!%c%u:%c%u)", factors[group], first[group],
                     last[group], year, first[group], year, last[group]);
        else
            snprintf(sums[group], sizeof sums[group], "%s*SUM(Costs!%c%u:%c%u)", factors[group],
                     year, first[group], year, last[group]);
    }
    formula(c, t + 1, column, result_number(c->years, t, year_columns[column]), BOOK_NUMBER,
            "=%s+%s", sums[0], sums[1]);
}

/* A column of Volumes, summed over a year's rows; nothing in year 0. */
static void write_volume_sum(const struct calculation *c, uint32_t t, uint32_t column,
                             char of_volumes) {
    const double value = result_number(c->years, t, year_columns[column]);
    const uint32_t last = c->volumes->row_count + 1;
    if (t == 0 || last < 2)
        book_number(c->book, t + 1, column, 0, BOOK_NUMBER);
    else
        formula(c, t + 1, column, value, BOOK_NUMBER,
                "=SUMIF(Volumes!B$2:B$%u,A%u,Volumes!%c$2:%c$%u)", last, t + 2, of_volumes,
                of_volumes, last);
}

static void write_benefits(const struct calculation *c, uint32_t t) {
    const uint32_t row = t + 2;
    write_volume_sum(c, t, 1, 'F');
    write_volume_sum(c, t, 4, 'G');
    write_volume_sum(c, t, 5, 'H');
    formula(c, t + 1, 6, result_number(c->years, t, "benefit_no_show"), BOOK_NUMBER,
            t == 0 ? "=0*no_show_benefit" : "=no_show_benefit");
    formula(c, t + 1, 7, result_number(c->years, t, "benefit"), BOOK_NUMBER, "=E%u+G%u+F%u", row,
            row, row);
    formula(c, t + 1, 8, result_number(c->years, t, "benefit_budget"), BOOK_NUMBER,
            "=(E%u+G%u)*budget_share+F%u", row, row, row);
}

static void write_present(const struct calculation *c, uint32_t t) {
    const uint32_t row = t + 2;
    const double discount = result_number(c->years, t, "discount_factor");
    formula(c, t + 1, 9, result_number(c->years, t, "net"), BOOK_NUMBER, "=H%u-C%u", row, row);
    formula(c, t + 1, 10, discount, BOOK_EXACT, "=1/(1+yearly_rate)^A%u", row);
    formula(c, t + 1, 11, result_number(c->years, t, "present"), BOOK_NUMBER, "=J%u*K%u", row, row);
    for (uint32_t column = 12; column < YEAR_COLUMNS; column++) {
        const char of = column == 12 ? 'J' : 'L', own = (char)('A' + column);
        const double value = result_number(c->years, t, year_columns[column]);
        if (t == 0)
            formula(c, t + 1, column, value, BOOK_NUMBER, "=%c%u", of, row);
        else
            formula(c, t + 1, column, value, BOOK_NUMBER, "=%c%u+%c%u", own, row - 1, of, row);
    }
}

static void write_years(const struct calculation *c, const struct cost_rows *rows) {
    book_sheet(c->book, "Years");
    write_heads(c, year_columns);
    for (uint32_t t = 0; t <= c->assumptions->years; t++) {
        book_number(c->book, t + 1, 0, t, BOOK_EXACT);
        write_cost_sum(c, rows, t, 2, false);
        write_cost_sum(c, rows, t, 3, true);
        write_benefits(c, t);
        write_present(c, t);
    }
    book_width(c->book, 0, 0, 8);
    book_width(c->book, 1, YEAR_COLUMNS - 1, 15);
}

/* --- Figures --- */

struct figures {
    const struct calculation *c;
    uint32_t row;
};

/* The headline figure of that name, with what the formula comes to. */
static void head(struct figures *figures, const char *name, enum word label, const char *unit,
                 enum book_style style, const char *text) {
    const struct calculation *c = figures->c;
    struct book *book = c->book;
    book_text(book, figures->row, 0, name, BOOK_QUIET);
    book_text(book, figures->row, 1, word(c, label), BOOK_PLAIN);
    book_formula(book, figures->row, 2, text, result_number(c->result, 0, name), style);
    book_text(book, figures->row++, 3, unit, BOOK_PLAIN);
}

/* The moment from which the running sum of a column stays at or above zero: `last` is the number
 * of the last year below it, counted from 1. */
static void payback(struct figures *figures, const char *name, enum word label, char column) {
    const struct calculation *c = figures->c;
    const uint32_t end = c->assumptions->years + 2;
    char last[FORMULA_BYTES / 4], at[FORMULA_BYTES / 4], next[FORMULA_BYTES / 4];
    char text[4 * FORMULA_BYTES];
    const double value = result_number(c->result, 0, name);
    snprintf(last, sizeof last, "SUMPRODUCT(MAX((Years!%c2:%c%u<0)*(Years!A2:A%u+1)))", column,
             column, end, end);
    snprintf(at, sizeof at, "INDEX(Years!%c2:%c%u,D%u)", column, column, end, figures->row + 1);
    snprintf(next, sizeof next, "INDEX(Years!%c2:%c%u,D%u+1)", column, column, end,
             figures->row + 1);
    snprintf(text, sizeof text, "=IF(D%u=0,0,IF(D%u=%u,\"%s\",D%u-1+%s/(%s-%s)))", figures->row + 1,
             figures->row + 1, c->assumptions->years + 1, word(c, WORD_NOT_REACHED),
             figures->row + 1, at, at, next);
    book_text(c->book, figures->row, 0, name, BOOK_QUIET);
    book_text(c->book, figures->row, 1, word(c, label), BOOK_PLAIN);
    book_formula(c->book, figures->row, 2, text, value, BOOK_RESULT);
    formula(c, figures->row++, 3, NAN, BOOK_QUIET, "=%s", last);
}

static void write_figures(const struct calculation *c) {
    const uint32_t end = c->assumptions->years + 2;
    const char *currency = c->assumptions->currency;
    struct figures figures = {c, 2};
    char text[FORMULA_BYTES];
    book_sheet(c->book, "Figures");
    book_text(c->book, 0, 0, word(c, WORD_MONEY), BOOK_TITLE);
#define OF_YEARS(...) (snprintf(text, sizeof text, __VA_ARGS__), text)
    head(&figures, "cost", WORD_COST, currency, BOOK_RESULT, OF_YEARS("=SUM(Years!C2:C%u)", end));
    head(&figures, "benefit", WORD_BENEFIT, currency, BOOK_RESULT,
         OF_YEARS("=SUM(Years!H2:H%u)", end));
    head(&figures, "tco", WORD_TCO, currency, BOOK_RESULT, OF_YEARS("=SUM(Years!C2:C%u)", end));
    head(&figures, "tco_present", WORD_TCO_PRESENT, currency, BOOK_RESULT,
         OF_YEARS("=SUMPRODUCT(Years!C2:C%u,Years!K2:K%u)", end, end));
    head(&figures, "npv", WORD_NPV, currency, BOOK_RESULT, OF_YEARS("=SUM(Years!L2:L%u)", end));
    head(&figures, "npv_budget", WORD_NPV_BUDGET, currency, BOOK_RESULT,
         OF_YEARS("=SUMPRODUCT(Years!I2:I%u-Years!D2:D%u,Years!K2:K%u)", end, end, end));
    head(&figures, "value", WORD_ROI, "ratio", BOOK_RESULT, "=IF(C3>0,(C4-C3)/C3,\"\")");
    payback(&figures, "payback_static", WORD_PAYBACK_STATIC, 'M');
    payback(&figures, "payback_dynamic", WORD_PAYBACK_DYNAMIC, 'N');
    head(&figures, "break_even_cases", WORD_BREAK_EVEN, "count", BOOK_RESULT,
         OF_YEARS("=IF(SUM(Years!E3:F%u)>0,C3/%u/(SUM(Years!E3:F%u)/SUM(Years!B3:B%u)),\"\")", end,
                  (unsigned)c->assumptions->years, end, end));
#undef OF_YEARS
    book_text(c->book, figures.row + 1, 0, word(c, WORD_LIVE), BOOK_PLAIN);
    book_width(c->book, 0, 0, 18);
    book_width(c->book, 1, 1, 40);
    book_width(c->book, 2, 3, 18);
}

/* --- the whole --- */

bool workbook_roi_can(const struct plan *plan, const struct result *result) {
    return result->definition->kpi == KPI_ROI && plan->assumptions != NULL &&
           result_section(result, "services") != NULL &&
           result_section(result, "volumes") != NULL && result_section(result, "years") != NULL;
}

void workbook_roi_write(struct book *book, const struct plan *plan, const struct result *result,
                        enum language language) {
    const struct calculation c = {.book = book,
                                  .assumptions = plan->assumptions,
                                  .result = result,
                                  .services = result_section(result, "services"),
                                  .volumes = result_section(result, "volumes"),
                                  .years = result_section(result, "years"),
                                  .language = language};
    const struct cost_rows rows = count_costs(plan->assumptions);
    write_figures(&c);
    write_years(&c, &rows);
    write_rates(&c);
    write_costs(&c);
    write_services(&c);
    write_volumes(&c);
}
