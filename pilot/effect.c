/* SPDX-License-Identifier: EUPL-1.2 */
#include "pilot/effect.h"

#include <math.h>

#include "stats/difference.h"
#include "stats/interval.h"
#include "stats/permutation.h"
#include "stats/resample.h"
#include "stats/weeks.h"

static const char *const method_texts[EFFECT_METHOD_COUNT] = {
    [EFFECT_CLUSTERED] = "did_cluster_robust", [EFFECT_PERMUTED] = "did_permutation",
    [EFFECT_PAIRED_WEEKS] = "did_weeks",       [EFFECT_INTERRUPTED] = "its_segmented_regression",
    [EFFECT_SHARES] = "before_after_newcombe", [EFFECT_RESAMPLED] = "before_after_block_bootstrap"};

const char *effect_method_text(enum effect_method method) {
    return method_texts[method];
}

const char *effect_doubt_text(enum effect_doubt doubt) {
    static const char *const texts[DOUBT_COUNT] = {
#define X(name, text) [DOUBT_##name] = (text),
        EFFECT_DOUBT_LIST(X)
#undef X
    };
    return texts[doubt];
}

struct work {
    const struct panel *panel;
    const struct effect_question *question;
    struct arena *arena;
    struct effect *out;
};

static void doubt(struct effect *effect, enum effect_doubt doubt) {
    effect->doubts |= 1u << doubt;
}

/* --- parts of the panel --- */

struct span {
    uint32_t begin, end;
};

static struct span units_of(const struct panel *panel, enum effect_group group) {
    return group == GROUP_TREATED ? (struct span){0, panel->treated_count}
                                  : (struct span){panel->treated_count, panel->unit_count};
}

static struct span weeks_of(const struct panel *panel, enum effect_phase phase) {
    return phase == PHASE_BEFORE
               ? (struct span){0, panel->baseline_weeks}
               : (struct span){panel->pilot_begin, panel->pilot_begin + panel->pilot_weeks};
}

static uint64_t count_n(const struct panel *panel, struct span units, struct span weeks) {
    uint64_t n = 0;
    for (uint32_t u = units.begin; u < units.end; u++)
        for (uint32_t w = weeks.begin; w < weeks.end; w++) n += panel_at(panel, u, w)->n;
    return n;
}

struct timed {
    int64_t value;
    uint32_t week;
};

/* The cells' values are ascending runs already: neighbours are merged until one run is left.
 * end[i]: where run i ends. Answers which of the two arrays holds it. */
static struct timed *merge_runs(struct timed *from, struct timed *to, size_t *end, size_t runs) {
    while (runs > 1) {
        size_t merged = 0, at = 0;
        for (size_t i = 0; i < runs; i += 2) {
            size_t left = at;
            const size_t middle = end[i], last = i + 1 < runs ? end[i + 1] : middle;
            size_t right = middle;
            for (; at < last; at++) {
                const bool take_left =
                    right == last || (left < middle && from[left].value <= from[right].value);
                to[at] = from[take_left ? left++ : right++];
            }
            end[merged++] = last;
        }
        struct timed *result = to;
        to = from;
        from = result;
        runs = merged;
    }
    return from;
}

/* All values of some units in some weeks, ascending, each with its week. */
static enum status merge(const struct work *work, struct span units, struct span weeks,
                         struct resample_period *out) {
    const struct panel *panel = work->panel;
    size_t count = 0;
    for (uint32_t u = units.begin; u < units.end; u++)
        for (uint32_t w = weeks.begin; w < weeks.end; w++)
            count += panel_at(panel, u, w)->value_count;
    const size_t cells = (size_t)(units.end - units.begin) * (weeks.end - weeks.begin);
    struct timed *all = arena_push_raw(work->arena, count + 1, sizeof *all);
    struct timed *room = arena_push_raw(work->arena, count + 1, sizeof *room);
    size_t *end = arena_push_array(work->arena, size_t, cells + 1);
    int64_t *value = arena_push_raw(work->arena, count + 1, sizeof *value);
    uint32_t *week = arena_push_raw(work->arena, count + 1, sizeof *week);
    uint32_t *week_n = arena_push_array(work->arena, uint32_t, weeks.end - weeks.begin + 1);
    if (all == NULL || room == NULL || end == NULL || value == NULL || week == NULL ||
        week_n == NULL)
        return STATUS_NO_MEMORY;
    size_t at = 0, runs = 0;
    for (uint32_t u = units.begin; u < units.end; u++)
        for (uint32_t w = weeks.begin; w < weeks.end; w++) {
            const struct panel_cell *cell = panel_at(panel, u, w);
            week_n[w - weeks.begin] += (uint32_t)cell->n;
            for (size_t i = 0; i < cell->value_count; i++)
                all[at++] = (struct timed){cell->value[i], w - weeks.begin};
            end[runs++] = at;
        }
    all = merge_runs(all, room, end, runs);
    for (size_t i = 0; i < count; i++) {
        value[i] = all[i].value;
        week[i] = all[i].week;
    }
    *out = (struct resample_period){.n = count_n(panel, units, weeks),
                                    .week_count = weeks.end - weeks.begin,
                                    .week_n = week_n,
                                    .value_count = count,
                                    .value = value,
                                    .week = week};
    return STATUS_OK;
}

/* Nothing to merge; the weeks are for draws only. */
static void one_cell(const struct panel_cell *cell, struct resample_period *out) {
    *out = (struct resample_period){
        .n = cell->n, .value_count = cell->value_count, .value = cell->value};
}

/* The share or the quantile of some units in some weeks, taken together. NaN: nothing there, or
 * beyond the follow-up. */
static enum status figure_of(const struct work *work, struct span units, struct span weeks,
                             double *out) {
    const struct panel *panel = work->panel;
    struct resample_period period;
    uint64_t n = 0, hits = 0;
    if (panel->quantile > 0) {
        if (units.end == units.begin + 1 && weeks.end == weeks.begin + 1)
            one_cell(panel_at(panel, units.begin, weeks.begin), &period);
        else
            TRY(merge(work, units, weeks, &period));
        *out = resample_quantile(&period, panel->quantile);
        return STATUS_OK;
    }
    for (uint32_t u = units.begin; u < units.end; u++)
        for (uint32_t w = weeks.begin; w < weeks.end; w++) {
            n += panel_at(panel, u, w)->n;
            hits += panel_at(panel, u, w)->hits;
        }
    *out = n == 0 ? NAN : (double)hits / (double)n;
    return STATUS_OK;
}

/* --- series of weeks --- */

/* One a week of the panel: the figure, NaN outside both phases and where a week says nothing; and
 * how much chance there is in it, as 1/n. */
struct course {
    double *y, *noise;
};

static enum status weekly(const struct work *work, enum effect_group group, struct course *out) {
    const struct panel *panel = work->panel;
    const struct span units = units_of(panel, group);
    double *y = out->y = arena_push_array(work->arena, double, panel->week_count);
    out->noise = arena_push_array(work->arena, double, panel->week_count);
    if (y == NULL || out->noise == NULL) return STATUS_NO_MEMORY;
    for (uint32_t w = 0; w < panel->week_count; w++) {
        y[w] = NAN;
        out->noise[w] = 1 / (double)count_n(panel, units, (struct span){w, w + 1});
    }
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        const struct span weeks = weeks_of(panel, (enum effect_phase)phase);
        for (uint32_t w = weeks.begin; w < weeks.end; w++)
            TRY(figure_of(work, units, (struct span){w, w + 1}, &y[w]));
    }
    return STATUS_OK;
}

/* What the columns of a regression are. */
enum { SERIES_LEVEL = 1, SERIES_STEP = 2, SERIES_TREND = 4, SERIES_BEND = 8, SERIES_MONTHS = 16 };

struct series {
    struct weeks weeks;
    int32_t week[WEEKS_MAX];
    double y[WEEKS_MAX], noise[WEEKS_MAX];
    double column[WEEKS_MAX * WEEKS_COLUMNS_MAX];
};

/* Time is in years from the middle of what there is, so that all columns are of one size; the bend
 * is 0 at the mean of the pilot's weeks, so that the step is the mean effect over them. */
static void add_week(const struct panel *panel, struct series *series, unsigned columns, uint32_t w,
                     const struct course *course) {
    const struct span pilot = weeks_of(panel, PHASE_AFTER);
    const double middle = (pilot.begin + pilot.end - 1.0) / 2, year = EFFECT_YEAR_WEEKS;
    const bool after = w >= panel->pilot_begin;
    double *at = series->column + series->weeks.count * series->weeks.column_count;
    if ((columns & SERIES_STEP) != 0) *at++ = after;
    if ((columns & SERIES_TREND) != 0) *at++ = (w - panel->week_count / 2.0) / year;
    if ((columns & SERIES_LEVEL) != 0) *at++ = 1;
    if ((columns & SERIES_BEND) != 0) *at++ = after ? (w - middle) / year : 0;
    for (int month = 1; (columns & SERIES_MONTHS) != 0 && month < 12; month++)
        *at++ = panel_month(panel, w) == month;
    series->week[series->weeks.count] = (int32_t)w;
    series->noise[series->weeks.count] = course->noise[w];
    series->y[series->weeks.count++] = course->y[w];
}

/* The coefficient of the first column. false: it cannot be told. */
static enum status fit_series(const struct work *work, const struct course *course,
                              struct span weeks, unsigned columns, struct estimate *out,
                              bool *told) {
    struct series *series = arena_push(work->arena, 1, sizeof *series);
    *out = (struct estimate){NAN, NAN, NAN, NAN};
    *told = false;
    if (series == NULL) return STATUS_NO_MEMORY;
    for (unsigned bit = SERIES_LEVEL; bit < SERIES_MONTHS; bit <<= 1)
        series->weeks.column_count += (columns & bit) != 0;
    series->weeks.column_count += (columns & SERIES_MONTHS) != 0 ? 11 : 0;
    for (uint32_t w = weeks.begin; w < weeks.end; w++)
        if (!isnan(course->y[w])) add_week(work->panel, series, columns, w, course);
    series->weeks.week = series->week;
    series->weeks.y = series->y;
    series->weeks.noise = series->noise;
    series->weeks.column = series->column;
    *told = weeks_estimate(&series->weeks, 0, out);
    return STATUS_OK;
}

static struct span all_weeks(const struct panel *panel) {
    return (struct span){0, panel->pilot_begin + panel->pilot_weeks};
}

/* Treated less control, week by week. */
static enum status difference_of_weeks(const struct work *work, struct course *out) {
    struct course control;
    TRY(weekly(work, GROUP_TREATED, out));
    TRY(weekly(work, GROUP_CONTROL, &control));
    for (uint32_t w = 0; w < work->panel->week_count; w++) {
        out->y[w] -= control.y[w];
        out->noise[w] += control.noise[w];
    }
    return STATUS_OK;
}

/* --- difference in differences --- */

/* After less before, unit by unit; figures become the means over the units. */
static enum status change_by_unit(const struct work *work, enum effect_group group, double *change,
                                  bool *whole) {
    const struct span units = units_of(work->panel, group);
    const double count = units.end - units.begin;
    double *figure = work->out->figure[group];
    figure[PHASE_BEFORE] = figure[PHASE_AFTER] = 0;
    for (uint32_t u = units.begin; u < units.end; u++) {
        double value[PHASE_COUNT];
        for (int phase = 0; phase < PHASE_COUNT; phase++) {
            TRY(figure_of(work, (struct span){u, u + 1},
                          weeks_of(work->panel, (enum effect_phase)phase), &value[phase]));
            figure[phase] += value[phase] / count;
            *whole = *whole && !isnan(value[phase]);
        }
        change[u - units.begin] = value[PHASE_AFTER] - value[PHASE_BEFORE];
    }
    return STATUS_OK;
}

static enum effect_method choose_method(const struct effect *effect) {
    const uint32_t treated = effect->clusters[GROUP_TREATED];
    const uint32_t control = effect->clusters[GROUP_CONTROL];
    if (treated + control >= EFFECT_CLUSTERS_MIN && treated >= EFFECT_ARM_MIN &&
        control >= EFFECT_ARM_MIN)
        return EFFECT_CLUSTERED;
    const uint32_t choices = permutation_choices(treated + control, treated);
    if (choices > 0 && permutation_least_p(treated + control, treated) <= EFFECT_LEVEL)
        return EFFECT_PERMUTED;
    return EFFECT_PAIRED_WEEKS;
}

static enum status compare_units(const struct work *work) {
    struct effect *out = work->out;
    const uint32_t *clusters = out->clusters;
    double *change[GROUP_COUNT];
    bool whole = true;
    for (int group = 0; group < GROUP_COUNT; group++) {
        change[group] = arena_push_array(work->arena, double, clusters[group]);
        if (change[group] == NULL) return STATUS_NO_MEMORY;
        TRY(change_by_unit(work, (enum effect_group)group, change[group], &whole));
    }
    if (!whole) {
        doubt(out, work->panel->quantile > 0 ? DOUBT_BEYOND : DOUBT_SILENT);
        return STATUS_OK;
    }
    if (out->method == EFFECT_PERMUTED)
        return permutation_difference(change[GROUP_CONTROL], clusters[GROUP_CONTROL],
                                      change[GROUP_TREATED], clusters[GROUP_TREATED], work->arena,
                                      &out->estimate);
    out->estimate = difference_of_means(change[GROUP_CONTROL], clusters[GROUP_CONTROL],
                                        change[GROUP_TREATED], clusters[GROUP_TREATED]);
    return STATUS_OK;
}

static enum status compare_with_control(const struct work *work) {
    const struct panel *panel = work->panel;
    struct effect *out = work->out;
    struct estimate trend;
    struct course gap;
    bool told;
    out->method = choose_method(out);
    TRY(difference_of_weeks(work, &gap));
    TRY(fit_series(work, &gap, weeks_of(panel, PHASE_BEFORE), SERIES_TREND | SERIES_LEVEL, &trend,
                   &told));
    if (told) {
        out->pre_trend_p = trend.p;
        if (trend.p < EFFECT_LEVEL) doubt(out, DOUBT_PRE_TREND);
    }
    if (out->method != EFFECT_PAIRED_WEEKS) return compare_units(work);
    return fit_series(work, &gap, all_weeks(panel), SERIES_STEP | SERIES_LEVEL, &out->estimate,
                      &told);
}

/* --- interrupted time series --- */

/* Months can be told from the pilot when the baseline has all of them, and from the trend when
 * there are two of most. Without that there is no figure at all: trend, months and pilot would
 * trade places in it. */
static enum status interrupt(const struct work *work) {
    const struct panel *panel = work->panel;
    struct course course;
    bool told;
    work->out->method = EFFECT_INTERRUPTED;
    if (panel->baseline_weeks <= EFFECT_YEAR_WEEKS ||
        panel->pilot_begin + panel->pilot_weeks < 2 * EFFECT_YEAR_WEEKS) {
        doubt(work->out, DOUBT_NO_SEASON);
        return STATUS_OK;
    }
    TRY(weekly(work, GROUP_TREATED, &course));
    return fit_series(work, &course, all_weeks(panel),
                      SERIES_STEP | SERIES_TREND | SERIES_LEVEL | SERIES_BEND | SERIES_MONTHS,
                      &work->out->estimate, &told);
}

/* --- before and after --- */

/* How uncertain the mean of the weeks is, once for each phase. The same weeks of two years are
 * compared week by week: what the season does to both is not chance. */
static enum status errors_of(const struct work *work, enum effect_group group,
                             double error[PHASE_COUNT]) {
    const struct panel *panel = work->panel;
    const bool same_weeks = work->question->method == PILOT_BEFORE_AFTER;
    struct course course;
    struct estimate level;
    bool told;
    TRY(weekly(work, group, &course));
    for (uint32_t w = 0; same_weeks && w < panel->pilot_weeks; w++) {
        course.y[w] -= course.y[panel->pilot_begin + w];
        course.noise[w] += course.noise[panel->pilot_begin + w];
    }
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        const struct span pairs = {0, panel->pilot_weeks};
        const struct span weeks = same_weeks ? pairs : weeks_of(panel, (enum effect_phase)phase);
        TRY(fit_series(work, &course, weeks, SERIES_LEVEL, &level, &told));
        error[phase] = told ? (level.hi - level.lo) / (2 * INTERVAL_Z) : NAN;
        if (same_weeks) error[phase] /= sqrt(2); /* that was of the difference of two */
    }
    return STATUS_OK;
}

/* The share of one phase with the n that independent cases would need for its uncertainty: weeks
 * hang together, and differ more than chance lets them. */
static struct share effective_share(const struct effect *effect, enum effect_group group,
                                    enum effect_phase phase, double error) {
    const double n = (double)effect->n[group][phase], share = effect->figure[group][phase];
    if (isnan(error)) return (struct share){share, NAN};
    if (!(error > 0) || !(share > 0 && share < 1)) return (struct share){share, n};
    return (struct share){share, fmin(n, share * (1 - share) / (error * error))};
}

static enum status change_of_share(const struct work *work, enum effect_group group) {
    struct effect *out = work->out;
    double error[PHASE_COUNT];
    TRY(errors_of(work, group, error));
    out->change[group] =
        difference_of_shares(effective_share(out, group, PHASE_BEFORE, error[PHASE_BEFORE]),
                             effective_share(out, group, PHASE_AFTER, error[PHASE_AFTER]));
    return STATUS_OK;
}

static enum status change_of_quantile(const struct work *work, enum effect_group group) {
    const struct span units = units_of(work->panel, group);
    struct resample_period before, after;
    TRY(merge(work, units, weeks_of(work->panel, PHASE_BEFORE), &before));
    TRY(merge(work, units, weeks_of(work->panel, PHASE_AFTER), &after));
    return resample_difference(
        &before, &after, work->panel->quantile,
        work->question->method == PILOT_BEFORE_AFTER && before.week_count == after.week_count,
        work->panel->seed + (uint64_t)group, work->question->draws, work->arena,
        &work->out->change[group]);
}

static enum status change_of(const struct work *work, enum effect_group group) {
    return work->panel->quantile > 0 ? change_of_quantile(work, group)
                                     : change_of_share(work, group);
}

enum status effect_add_changes(const struct panel *panel, const struct effect_question *question,
                               struct arena *arena, struct effect *effect) {
    const struct work work = {panel, question, arena, effect};
    for (int group = 0; group < GROUP_COUNT; group++)
        if (effect->clusters[group] > 0) TRY(change_of(&work, (enum effect_group)group));
    return STATUS_OK;
}

/* --- guards --- */

/* A unit that is used to some cases a week, and has none. */
static uint32_t silent_weeks(const struct panel *panel, uint32_t unit, struct span weeks) {
    const uint32_t count = weeks.end - weeks.begin;
    const uint64_t n = count_n(panel, (struct span){unit, unit + 1}, weeks);
    uint32_t silent = 0;
    if (n > 0 && n < (uint64_t)EFFECT_SILENT_N * count) return 0;
    for (uint32_t w = weeks.begin; w < weeks.end; w++) silent += panel_at(panel, unit, w)->n == 0;
    return silent;
}

static void look_at_data(const struct work *work, enum effect_group group,
                         enum effect_phase phase) {
    const struct span units = units_of(work->panel, group), weeks = weeks_of(work->panel, phase);
    struct effect *out = work->out;
    uint64_t excluded = 0;
    for (uint32_t u = units.begin; u < units.end; u++) {
        if (silent_weeks(work->panel, u, weeks) > EFFECT_SILENT_MAX * (weeks.end - weeks.begin))
            doubt(out, DOUBT_SILENT);
        for (uint32_t w = weeks.begin; w < weeks.end; w++)
            excluded += panel_at(work->panel, u, w)->excluded;
    }
    const uint64_t n = out->n[group][phase] = count_n(work->panel, units, weeks);
    out->coverage[group][phase] = n + excluded > 0 ? (double)n / (double)(n + excluded) : NAN;
    if (n < work->question->minimum_n) doubt(out, DOUBT_FEW_CASES);
    if (out->coverage[group][phase] < EFFECT_COVERAGE_MIN) doubt(out, DOUBT_COVERAGE);
    if (weeks.end - weeks.begin < EFFECT_WEEKS_MIN) doubt(out, DOUBT_FEW_WEEKS);
}

static enum status describe(const struct work *work, enum effect_group group) {
    const struct span units = units_of(work->panel, group);
    for (int phase = 0; phase < PHASE_COUNT; phase++) {
        double *figure = &work->out->figure[group][phase];
        look_at_data(work, group, (enum effect_phase)phase);
        TRY(figure_of(work, units, weeks_of(work->panel, (enum effect_phase)phase), figure));
        if (isnan(*figure) && work->out->n[group][phase] > 0) doubt(work->out, DOUBT_BEYOND);
    }
    return STATUS_OK;
}

static void clear(struct effect *out) {
    *out = (struct effect){.estimate = {NAN, NAN, NAN, NAN}, .pre_trend_p = NAN};
    for (int group = 0; group < GROUP_COUNT; group++) {
        out->change[group] = (struct estimate){NAN, NAN, NAN, NAN};
        for (int phase = 0; phase < PHASE_COUNT; phase++)
            out->figure[group][phase] = out->coverage[group][phase] = NAN;
    }
}

enum status effect_estimate(const struct panel *panel, const struct effect_question *question,
                            struct arena *arena, struct effect *out) {
    const struct work work = {panel, question, arena, out};
    clear(out);
    out->clusters[GROUP_TREATED] = panel->treated_count;
    out->clusters[GROUP_CONTROL] = panel->unit_count - panel->treated_count;
    for (int group = 0; group < GROUP_COUNT; group++)
        if (out->clusters[group] > 0) TRY(describe(&work, (enum effect_group)group));
    if (panel->pilot_weeks < question->planned_weeks) doubt(out, DOUBT_NOT_OVER);
    if (panel->past_unknown) doubt(out, DOUBT_PAST);
    if (question->method == PILOT_DIFFERENCES) TRY(compare_with_control(&work));
    if (question->method == PILOT_TIME_SERIES) TRY(interrupt(&work));
    if (question->method == PILOT_BEFORE_AFTER) {
        out->method = panel->quantile > 0 ? EFFECT_RESAMPLED : EFFECT_SHARES;
        TRY(change_of(&work, GROUP_TREATED));
        out->estimate = out->change[GROUP_TREATED];
    }
    if (out->doubts == 0 && !(isfinite(out->estimate.lo) && isfinite(out->estimate.hi)))
        doubt(out, DOUBT_NO_INTERVAL);
    return STATUS_OK;
}
