/* SPDX-License-Identifier: EUPL-1.2 */
#include "pilot/pilot.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/timestamp.h"
#include "engine/engine.h"
#include "event/column.h"
#include "pilot/sentence.h"
#include "stats/difference.h"
#include "stats/resample.h"

const char *pilot_verdict_text(enum pilot_verdict verdict) {
    static const char *const texts[PILOT_VERDICT_COUNT] = {
        [PILOT_BETTER] = "better",
        [PILOT_WORSE] = "worse",
        [PILOT_NOT_DISTINGUISHABLE] = "not_distinguishable",
        [PILOT_TOO_LITTLE_DATA] = "too_little_data"};
    return texts[verdict];
}

/* --- judging --- */

/* Durations are milliseconds in a panel, seconds outside. */
static void scale(struct effect *effect, double per) {
    struct estimate *all[] = {&effect->estimate, &effect->change[0], &effect->change[1]};
    for (int i = 0; i < 3; i++) {
        all[i]->value /= per;
        all[i]->lo /= per;
        all[i]->hi /= per;
    }
    for (int group = 0; group < GROUP_COUNT; group++)
        for (int phase = 0; phase < PHASE_COUNT; phase++) effect->figure[group][phase] /= per;
}

/* The first 64 bits of the plan's hash, and which of its KPIs. */
static uint64_t seed_of(const struct register_entry *entry, uint32_t number) {
    uint64_t seed = 0;
    for (int i = 0; i < 16; i++) {
        const char digit = entry->hash[i];
        seed = seed << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return seed + 2 * (uint64_t)number;
}

static enum pilot_verdict judge(const struct pilot_finding *finding) {
    const bool lower = finding->effect.estimate.value < 0;
    if (finding->effect.doubts != 0) return PILOT_TOO_LITTLE_DATA;
    if (!(finding->p < EFFECT_LEVEL)) return PILOT_NOT_DISTINGUISHABLE;
    return lower == (finding->measure->kpi->direction == KPI_LOWER_IS_BETTER) ? PILOT_BETTER
                                                                              : PILOT_WORSE;
}

/* A target speaks of what was, not of why; but only once all of it is known. */
static enum pilot_target compare_target(const struct pilot_finding *finding) {
    const double target = finding->measure->target;
    const double figure = finding->effect.figure[GROUP_TREATED][PHASE_AFTER];
    const unsigned unknown = 1u << DOUBT_NOT_OVER | 1u << DOUBT_FEW_CASES | 1u << DOUBT_COVERAGE |
                             1u << DOUBT_SILENT | 1u << DOUBT_BEYOND;
    if (isnan(target)) return PILOT_NO_TARGET;
    if (isnan(figure) || (finding->effect.doubts & unknown) != 0) return PILOT_TARGET_OPEN;
    const bool met = finding->measure->kpi->direction == KPI_LOWER_IS_BETTER ? figure <= target
                                                                             : figure >= target;
    return met ? PILOT_TARGET_MET : PILOT_TARGET_MISSED;
}

/* What one KPI needs of memory is free again for the next: an effect points to nothing. */
static enum status find_effect(const struct panel_question *question, struct engine *engine,
                               struct arena *arena, struct pilot_finding *out, struct error *err) {
    const struct pilot_plan *plan = question->plan;
    struct panel panel;
    TRY(panel_gather(question, engine, arena, &panel, err));
    const struct effect_question effect_question = {plan->method, plan->minimum_n,
                                                    plan->pilot_weeks, RESAMPLE_DRAWS};
    enum status status = effect_estimate(&panel, &effect_question, arena, &out->effect);
    if (status == STATUS_OK)
        status = effect_add_changes(&panel, &effect_question, arena, &out->effect);
    out->pilot_weeks = panel.pilot_weeks;
    return status == STATUS_OK ? STATUS_OK : error_set(err, status, "pilot: memory budget used up");
}

static enum status find(const struct panel_question *question, struct engine *engine,
                        const struct arena *budget, struct pilot_finding *out, struct error *err) {
    struct arena arena;
    arena_init(&arena, budget->budget_bytes - budget->used_bytes);
    const enum status status = find_effect(question, engine, &arena, out, err);
    arena_free(&arena);
    if (status != STATUS_OK) return status;
    if (strcmp(question->measure->unit, "s") == 0) scale(&out->effect, 1000);
    out->measure = question->measure;
    out->p = out->effect.estimate.p;
    out->redefined = question->measure->kpi->version != question->measure->version;
    out->expected_after =
        out->effect.figure[GROUP_TREATED][PHASE_AFTER] - out->effect.estimate.value;
    return STATUS_OK;
}

static void adjust(struct pilot_result *result) {
    double p[PILOT_MEASURES_MAX];
    for (uint32_t i = 1; i < result->finding_count; i++) p[i - 1] = result->findings[i].p;
    difference_holm(p, result->finding_count - 1);
    for (uint32_t i = 1; i < result->finding_count; i++) result->findings[i].p = p[i - 1];
}

enum status pilot_evaluate(const struct register_entry *entry, struct engine *engine,
                           int64_t as_of_ms, const struct plan_words *told, struct arena *arena,
                           struct pilot_result *out, struct error *err) {
    int64_t oldest_ms, newest_ms;
    TRY(engine->ops->extent(engine, as_of_ms, arena, &oldest_ms, &newest_ms, err));
    /* Without events no week is known. */
    const int64_t observed_ms = newest_ms == TIME_ABSENT ? TIMESTAMP_MS_MIN : newest_ms;
    *out = (struct pilot_result){.entry = entry,
                                 .as_of_ms = as_of_ms,
                                 .observed_ms = newest_ms,
                                 .finding_count = entry->plan.measure_count};
    for (uint32_t i = 0; i < out->finding_count; i++) {
        const struct panel_question question = {.plan = &entry->plan,
                                                .measure = &entry->plan.measures[i],
                                                .told = told,
                                                .as_of_ms = as_of_ms,
                                                .observed_ms = observed_ms,
                                                .seed = seed_of(entry, i)};
        TRY(find(&question, engine, arena, &out->findings[i], err));
    }
    adjust(out);
    for (uint32_t i = 0; i < out->finding_count; i++) {
        out->findings[i].verdict = judge(&out->findings[i]);
        out->findings[i].target = compare_target(&out->findings[i]);
    }
    return STATUS_OK;
}

/* --- writing --- */

static void write_number(struct text *text, const char *name, double value) {
    text_add_format(text, ",\"%s\":", name);
    text_add_json_number(text, value); /* null where it is not known */
}

static void write_estimate(struct text *text, const char *name, const struct estimate *estimate) {
    text_add_format(text, ",\"%s\":{\"value\":", name);
    text_add_json_number(text, estimate->value);
    write_number(text, "lo", estimate->lo);
    write_number(text, "hi", estimate->hi);
    write_number(text, "p", estimate->p);
}

static void write_group(struct text *text, const char *name, const struct effect *effect,
                        enum effect_group group) {
    text_add_format(text, ",\"%s\":", name);
    if (effect->clusters[group] == 0) {
        text_add_string(text, "null");
        return;
    }
    text_add_format(text, "{\"units\":%" PRIu32, effect->clusters[group]);
    write_number(text, "before", effect->figure[group][PHASE_BEFORE]);
    write_number(text, "after", effect->figure[group][PHASE_AFTER]);
    text_add_format(text, ",\"n_before\":%" PRIu64 ",\"n_after\":%" PRIu64,
                    effect->n[group][PHASE_BEFORE], effect->n[group][PHASE_AFTER]);
    write_number(text, "coverage_before", effect->coverage[group][PHASE_BEFORE]);
    write_number(text, "coverage_after", effect->coverage[group][PHASE_AFTER]);
    write_estimate(text, "change", &effect->change[group]);
    text_add_string(text, "}}");
}

static void write_warnings(struct text *text, const struct pilot_finding *finding,
                           const struct pilot_result *result, enum language language) {
    enum sentence_warning warnings[SENTENCE_WARNING_COUNT];
    const uint32_t count = sentence_warnings(result, finding, warnings);
    text_add_string(text, ",\"warnings\":[");
    for (uint32_t i = 0; i < count; i++) {
        const char *sentence = sentence_warning_sentence(warnings[i], language);
        text_add_format(text, "%s{\"code\":\"%s\",\"text\":", i > 0 ? "," : "",
                        sentence_warning_text(warnings[i]));
        text_add_json_string(text, sentence, strlen(sentence));
        text_add_string(text, "}");
    }
    text_add_string(text, "]");
}

static void write_target(struct text *text, const struct pilot_finding *finding) {
    static const char *const met[] = {[PILOT_NO_TARGET] = "null",
                                      [PILOT_TARGET_MET] = "true",
                                      [PILOT_TARGET_MISSED] = "false",
                                      [PILOT_TARGET_OPEN] = "null"};
    write_number(text, "target", finding->measure->target);
    text_add_format(text, ",\"target_met\":%s", met[finding->target]);
    write_number(text, "hoped_for", finding->measure->expected);
}

static void write_sentence(struct text *text, const struct pilot_result *result,
                           const struct pilot_finding *finding, enum language language) {
    struct text sentence;
    text_init(&sentence, SENTENCE_BYTES_MAX);
    sentence_write(&sentence, result, finding, language);
    text_add_string(text, ",\"sentence\":");
    if (sentence.failed) text->failed = true;
    text_add_json_string(text, sentence.bytes != NULL ? sentence.bytes : "", sentence.size);
    text_free(&sentence);
}

static void write_finding(struct text *text, const struct pilot_result *result, uint32_t number,
                          enum language language) {
    const struct pilot_finding *finding = &result->findings[number];
    const struct pilot_measure *measure = finding->measure;
    const struct effect *effect = &finding->effect;
    const char *name = measure->kpi->name[language];
    text_add_format(text, "{\"role\":\"%s\",\"kpi\":\"%s\",\"version\":%" PRIu32 ",\"name\":",
                    number == 0 ? "primary" : "secondary", measure->kpi->id, measure->kpi->version);
    text_add_json_string(text, name, strlen(name));
    text_add_format(text, ",\"stat\":\"%s\",\"clock\":\"%s\",\"unit\":\"%s\",\"direction\":\"%s\"",
                    measure->stat, measure->clock == CLOCK_WORKING_DAYS ? "working_days" : "gross",
                    measure->unit,
                    measure->kpi->direction == KPI_LOWER_IS_BETTER ? "lower" : "higher");
    text_add_format(text, ",\"method\":\"%s\",\"verdict\":\"%s\"",
                    effect_method_text(effect->method), pilot_verdict_text(finding->verdict));
    write_estimate(text, "effect", &effect->estimate);
    write_number(text, "p_adjusted", finding->p);
    text_add_string(text, "}");
    write_number(text, "expected_without_pilot", finding->expected_after);
    write_group(text, "treated", effect, GROUP_TREATED);
    write_group(text, "control", effect, GROUP_CONTROL);
    text_add_format(
        text,
        ",\"weeks\":{\"baseline\":%" PRIu32 ",\"pilot\":%" PRIu32 ",\"pilot_planned\":%" PRIu32 "}",
        result->entry->plan.baseline_weeks, finding->pilot_weeks, result->entry->plan.pilot_weeks);
    write_number(text, "pre_trend_p", effect->pre_trend_p);
    write_target(text, finding);
    write_warnings(text, finding, result, language);
    write_sentence(text, result, finding, language);
    text_add_string(text, "}");
}

static void write_moment(struct text *text, int64_t utc_ms) {
    if (utc_ms == TIME_ABSENT) {
        text_add_string(text, "null");
        return;
    }
    text_add_string(text, "\"");
    text_add_utc(text, utc_ms);
    text_add_string(text, "\"");
}

void pilot_write_result(const struct pilot_result *result, enum language language,
                        struct text *text) {
    text_add_string(text, "{\"pilot\":");
    register_write_entry(result->entry, text);
    text_add_string(text, ",\"as_of\":\"");
    text_add_utc(text, result->as_of_ms);
    text_add_string(text, "\",\"observed_until\":");
    write_moment(text, result->observed_ms);
    text_add_format(text, ",\"verdict\":\"%s\"", pilot_verdict_text(result->findings[0].verdict));
    write_sentence(text, result, &result->findings[0], language);
    text_add_string(text, ",\"findings\":[");
    for (uint32_t i = 0; i < result->finding_count; i++) {
        if (i > 0) text_add_string(text, ",");
        write_finding(text, result, i, language);
    }
    text_add_string(text, "]}");
}
