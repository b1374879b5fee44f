/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/answer.h"
#include "dashboard/dashboard.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"

/* dimensions_route: what GET /v1/dimensions is answered (question_route.c): what the data knows
 * (the KPI "inventory"), with what the operator told about it. */

/* A tenant, service or office, or one row of the inventory that tells of it. */
struct entry {
    const char *tenant;
    const char *key; /* of the tenant, service or office itself */
    int64_t events;
    const char *first, *last; /* RFC 3339 in UTC, so that texts order as times do */
};

struct listing {
    uint32_t count;
    struct entry *entries; /* sorted by key, then tenant */
};

static const char *cell_text(const struct cell *cell) {
    return cell->kind == CELL_TEXT ? cell->text : NULL;
}

static int compare_entries(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->tenant, b->tenant);
}

static struct entry read_entry(const struct result *inventory, uint32_t row,
                               const char *dimension) {
    const struct cell *events = result_cell(inventory, row, "events");
    return (struct entry){.tenant = cell_text(result_cell(inventory, row, "tenant")),
                          .key = cell_text(result_cell(inventory, row, dimension)),
                          .events = events->kind == CELL_INTEGER ? events->integer : 0,
                          .first = cell_text(result_cell(inventory, row, "first")),
                          .last = cell_text(result_cell(inventory, row, "last"))};
}

static void merge_entry(struct entry *into, const struct entry *entry) {
    into->events += entry->events;
    if (entry->first != NULL && (into->first == NULL || strcmp(entry->first, into->first) < 0))
        into->first = entry->first;
    if (entry->last != NULL && (into->last == NULL || strcmp(entry->last, into->last) > 0))
        into->last = entry->last;
}

/* The values of one dimension, tenant by tenant, from the rows by all three. */
static enum status list(const struct result *inventory, const char *dimension, struct arena *arena,
                        struct listing *out, struct error *err) {
    uint32_t count = 0;
    struct entry *entries = arena_push_array(arena, struct entry, inventory->row_count + 1);
    if (entries == NULL)
        return error_set(err, STATUS_NO_MEMORY, "dimensions: memory budget used up");
    for (uint32_t row = 0; row < inventory->row_count; row++) {
        const struct entry entry = read_entry(inventory, row, dimension);
        if (entry.tenant != NULL && entry.key != NULL) entries[count++] = entry;
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    *out = (struct listing){.entries = entries};
    for (uint32_t at = 0; at < count; at++) {
        struct entry *last = &entries[out->count - (out->count > 0)];
        if (out->count > 0 && compare_entries(last, &entries[at]) == 0)
            merge_entry(last, &entries[at]);
        else
            entries[out->count++] = entries[at];
    }
    return STATUS_OK;
}

static void write_extent(struct text *text, const struct entry *entry) {
    text_add_format(text, ",\"events\":%" PRId64 ",", entry->events);
    rendering_text(text, "first", entry->first);
    text_add(text, ",", 1);
    rendering_text(text, "last", entry->last);
}

static void write_targets(struct text *text, const struct tenant_settings *tenant) {
    text_add_string(text, ",\"targets\":[");
    for (uint32_t at = 0; tenant != NULL && at < tenant->target_count; at++) {
        const struct target *target = &tenant->targets[at];
        text_add_string(text, at > 0 ? ",{" : "{");
        rendering_text(text, "kpi", target->kpi);
        text_add(text, ",", 1);
        rendering_text(text, "service", target->service);
        text_add(text, ",", 1);
        rendering_text(text, "stat", target->stat);
        text_add_string(text, ",\"value\":");
        text_add_json_number(text, target->value);
        text_add(text, "}", 1);
    }
    text_add(text, "]", 1);
}

static void write_tenant(struct text *text, const struct settings *settings,
                         const struct entry *entry) {
    const struct tenant_settings *tenant = settings_tenant(settings, entry->key);
    rendering_text(text, "key", entry->key);
    text_add(text, ",", 1);
    rendering_text(text, "name",
                   tenant != NULL && tenant->name != NULL ? tenant->name : entry->key);
    text_add(text, ",", 1);
    rendering_text(text, "zone",
                   tenant != NULL && tenant->zone != NULL ? tenant->zone : SETTINGS_ZONE);
    write_extent(text, entry);
    text_add_format(text, ",\"assumptions\":%s",
                    tenant != NULL && tenant->assumptions != NULL ? "true" : "false");
    write_targets(text, tenant);
}

/* German and English always: another language's name says more than a key, a key more than none. */
static void write_name(struct text *text, const char *const name[LANGUAGE_COUNT], const char *key) {
    text_add_string(text, ",\"name\":{");
    for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
        const bool always = language == LANGUAGE_DE || language == LANGUAGE_EN;
        if (!always && (name == NULL || name[language] == NULL)) continue;
        if (language > 0) text_add(text, ",", 1);
        rendering_text(text, language_text[language],
                       settings_name(name, (enum language)language, key));
    }
    text_add(text, "}", 1);
}

static void write_service(struct text *text, const struct settings *settings,
                          const struct entry *entry) {
    const struct service_settings *service = settings_service(settings, entry->key);
    rendering_text(text, "key", entry->key);
    text_add(text, ",", 1);
    rendering_text(text, "tenant", entry->tenant);
    write_name(text, service != NULL ? service->name : NULL, entry->key);
    write_extent(text, entry);
}

static void write_office(struct text *text, const struct settings *settings,
                         const struct entry *entry) {
    (void)settings;
    rendering_text(text, "key", entry->key);
    text_add(text, ",", 1);
    rendering_text(text, "tenant", entry->tenant);
    text_add(text, ",", 1);
    rendering_text(text, "name", entry->key);
    write_extent(text, entry);
}

static const struct {
    const char *name, *dimension;
    void (*write)(struct text *text, const struct settings *settings, const struct entry *entry);
} lists[] = {{"tenants", "tenant", write_tenant},
             {"services", "service", write_service},
             {"offices", "office", write_office}};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

/* The steps that the configuration names: of others the key is all there is to say. */
static void write_steps(struct text *text, const struct settings *settings) {
    text_add_string(text, ",\"steps\":[");
    for (uint32_t at = 0; at < settings->step_count; at++) {
        const struct step_settings *step = &settings->steps[at];
        text_add_string(text, at > 0 ? ",{" : "{");
        rendering_text(text, "key", step->key);
        write_name(text, step->name, step->key);
        text_add(text, "}", 1);
    }
    text_add(text, "]", 1);
}

/* Only the tenant may be asked for: another filter would make "all services" a lie. */
static enum status check(const struct question *question, struct error *err) {
    struct question others = *question;
    others.words.filter[DIMENSION_TENANT] = NULL;
    if (!question_is_empty(&others) || question->format > QUESTION_JSON)
        return error_set(err, STATUS_INVALID, "the only parameter here is tenant");
    return STATUS_OK;
}

enum status dimensions_route_fill(const struct dashboard *dashboard, struct question *question,
                                  struct arena *arena, struct answer *answer, struct error *err) {
    struct text *text = &answer->body;
    struct plan plan;
    struct result inventory;
    TRY(check(question, err));
    question->words.kpi = "inventory";
    question->words.by = "tenant,service,office";
    TRY(question_answer(question, dashboard->engine, clock_utc_ms(dashboard->clock), arena, &plan,
                        &inventory, err));
    answer->type = "application/json";
    for (uint32_t at = 0; at < LIST_COUNT; at++) {
        struct listing listing = {0};
        TRY(list(&inventory, lists[at].dimension, arena, &listing, err));
        text_add_format(text, "%s\"%s\":[", at > 0 ? "," : "{", lists[at].name);
        for (uint32_t entry = 0; entry < listing.count; entry++) {
            text_add_string(text, entry > 0 ? ",{" : "{");
            lists[at].write(text, dashboard->settings, &listing.entries[entry]);
            text_add(text, "}", 1);
        }
        text_add(text, "]", 1);
    }
    write_steps(text, dashboard->settings);
    text_add(text, "}", 1);
    return STATUS_OK;
}
