/* SPDX-License-Identifier: EUPL-1.2 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dashboard/dashboard.h"
#include "dashboard/question.h"
#include "dashboard/rendering.h"

/* dimensions_route: GET /v1/dimensions: what the data knows (the KPI "inventory"), with what the
 * operator told about it. */

static const struct cell no_cell = {.kind = CELL_ABSENT};

/* One row of the inventory. */
struct entry {
    const char *tenant;
    const char *key; /* of the tenant, service or office itself */
    int64_t events;
    const char *first, *last; /* RFC 3339; NULL: not there */
};

struct listing {
    uint32_t count;
    struct entry *entries; /* sorted by key, then tenant */
};

static const struct cell *find_cell(const struct result *result, uint32_t row, const char *name) {
    for (uint32_t column = 0; column < result->column_count; column++)
        if (strcmp(result->columns[column].name, name) == 0)
            return &result->cells[(size_t)row * result->column_count + column];
    return &no_cell;
}

static const char *cell_text(const struct cell *cell) {
    return cell->kind == CELL_TEXT ? cell->text : NULL;
}

static int compare_entries(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->tenant, b->tenant);
}

/* Asks which values of `dimension` there are, tenant by tenant. */
static enum status list(const struct dashboard *dashboard, const char *query, const char *by,
                        const char *dimension, struct arena *arena, struct listing *out,
                        struct error *err) {
    struct question question;
    struct plan plan;
    struct result result;
    TRY(question_parse(query, arena, &question, err));
    question.words.kpi = "inventory";
    question.words.by = by;
    TRY(question_answer(&question, dashboard->engine, clock_utc_ms(dashboard->clock), arena, &plan,
                        &result, err));
    *out = (struct listing){.entries = arena_push_array(arena, struct entry, result.row_count)};
    if (out->entries == NULL && result.row_count > 0)
        return error_set(err, STATUS_NO_MEMORY, "dimensions: memory budget used up");
    for (uint32_t row = 0; row < result.row_count; row++) {
        const struct cell *events = find_cell(&result, row, "n");
        struct entry entry = {.tenant = cell_text(find_cell(&result, row, "tenant")),
                              .key = cell_text(find_cell(&result, row, dimension)),
                              .first = cell_text(find_cell(&result, row, "first")),
                              .last = cell_text(find_cell(&result, row, "last"))};
        if (events->kind == CELL_INTEGER) entry.events = events->integer;
        if (entry.tenant != NULL && entry.key != NULL) out->entries[out->count++] = entry;
    }
    if (out->count > 0) qsort(out->entries, out->count, sizeof(struct entry), compare_entries);
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
    write_targets(text, tenant);
}

static void write_service(struct text *text, const struct settings *settings,
                          const struct entry *entry) {
    const struct service_settings *service = settings_service(settings, entry->key);
    rendering_text(text, "key", entry->key);
    text_add(text, ",", 1);
    rendering_text(text, "tenant", entry->tenant);
    text_add_string(text, ",\"name\":{");
    for (unsigned language = 0; language < LANGUAGE_COUNT; language++) {
        const char *name = service != NULL ? service->name[language] : NULL;
        const bool always = language == LANGUAGE_DE || language == LANGUAGE_EN;
        if (name == NULL && !always) continue;
        if (language > 0) text_add(text, ",", 1);
        /* The other language's name says more than a key. */
        if (name == NULL && service != NULL)
            name = service->name[language == LANGUAGE_DE ? LANGUAGE_EN : LANGUAGE_DE];
        rendering_text(text, language_text[language], name != NULL ? name : entry->key);
    }
    text_add(text, "}", 1);
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
    const char *name, *by, *dimension;
    void (*write)(struct text *text, const struct settings *settings, const struct entry *entry);
} lists[] = {{"tenants", "tenant", "tenant", write_tenant},
             {"services", "tenant,service", "service", write_service},
             {"offices", "tenant,office", "office", write_office}};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

/* Only the tenant may be asked for: another filter would make "all services" a lie. */
static enum status check_words(const char *query, struct arena *arena, struct error *err) {
    struct question question;
    TRY(question_parse(query, arena, &question, err));
    const struct plan_words none = {0};
    question.words.filter[DIMENSION_TENANT] = NULL;
    if (memcmp(&question.words, &none, sizeof none) == 0 && question.format != QUESTION_CSV)
        return STATUS_OK;
    return error_set(err, STATUS_INVALID, "the only parameter here is tenant");
}

static enum status write_lists(const struct dashboard *dashboard, const char *query,
                               struct arena *arena, struct text *text, struct error *err) {
    TRY(check_words(query, arena, err));
    for (uint32_t at = 0; at < LIST_COUNT; at++) {
        struct listing listing;
        TRY(list(dashboard, query, lists[at].by, lists[at].dimension, arena, &listing, err));
        text_add_format(text, "%s\"%s\":[", at > 0 ? "," : "{", lists[at].name);
        for (uint32_t entry = 0; entry < listing.count; entry++) {
            text_add_string(text, entry > 0 ? ",{" : "{");
            lists[at].write(text, dashboard->settings, &listing.entries[entry]);
            text_add(text, "}", 1);
        }
        text_add(text, "]", 1);
    }
    text_add(text, "}", 1);
    return STATUS_OK;
}

void dimensions_route_answer(void *context, struct http_request *request) {
    const struct dashboard *dashboard = context;
    struct arena arena;
    struct text text;
    struct error err = {{0}};
    arena_init(&arena, dashboard->query_bytes_max);
    text_init(&text, RENDERING_BYTES_MAX);
    const enum status status =
        write_lists(dashboard, http_request_query(request), &arena, &text, &err);
    if (status == STATUS_OK) {
        dashboard_reply(request, "application/json", &text);
    } else {
        text_free(&text);
        http_reply_problem(request, status, err.text);
    }
    arena_free(&arena);
}
