/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/config.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/timezone.h"
#include "calendar/calendar.h"
#include "calendar/deadline.h"
#include "dashboard/kept.h"
#include "finance/roi_assumptions.h"
#include "query/kpi.h"
#include "query/plan.h"
#include "report/open_data.h"
#include "server/options.h"
#include "server/whole_file.h"

enum { CONFIG_MEMORY_MAX = 64 << 20, PATH_BYTES_MAX = 160, NAME_BYTES_MAX = 200 };

/* The file being read: where to put things, where we are, and what went wrong. */
struct reader {
    struct config *config;
    const char *folder;
    struct error *err;
    const char *tenant; /* whose days and hours are read */
    uint32_t limit_count, known_count;
    struct text calendar, limit, known_from; /* words, of all places that say some */
    char path[PATH_BYTES_MAX];               /* "tenants.091620000000.targets[2]" */
};

/* One known member of an object and what to do with it; `into` is the object being filled. */
struct member {
    const char *name;
    enum status (*read)(struct reader *reader, const struct json *value, void *into);
    size_t offset; /* within `into`, for the readers of plain values */
};

static enum status wrong(const struct reader *reader, const char *what) {
    return error_set(reader->err, STATUS_INVALID, "%s%s%s",
                     *reader->path != '\0' ? reader->path : "the file", *what == ':' ? "" : ": ",
                     what);
}

static enum status no_memory(const struct reader *reader) {
    return error_set(reader->err, STATUS_NO_MEMORY, "%s: the configuration is too large",
                     reader->path);
}

/* Goes down to a member or an element; path_leave(reader, what it answered) goes back up. */
static size_t path_enter(struct reader *reader, const char *name) {
    const size_t size = strlen(reader->path);
    snprintf(reader->path + size, sizeof reader->path - size, "%s%s", size > 0 ? "." : "", name);
    return size;
}
static size_t path_enter_element(struct reader *reader, uint32_t index) {
    const size_t size = strlen(reader->path);
    snprintf(reader->path + size, sizeof reader->path - size, "[%u]", (unsigned)index);
    return size;
}
static void path_leave(struct reader *reader, size_t size) {
    reader->path[size] = '\0';
}

static enum status unknown_key(struct reader *reader, const struct member *members, size_t count) {
    char known[240] = "";
    for (size_t at = 0; at < count; at++) {
        const size_t size = strlen(known);
        snprintf(known + size, sizeof known - size, "%s%s", at > 0 ? ", " : "", members[at].name);
    }
    return error_set(reader->err, STATUS_INVALID, "%s: there is no such key; known here: %s",
                     reader->path, known);
}

/* Reads every member of an object with the reader of its name. */
static enum status read_object(struct reader *reader, const struct json *object,
                               const struct member *members, size_t count, void *into) {
    if (json_kind(object) != JSON_OBJECT) return wrong(reader, "must be an object {...}");
    uint64_t given = 0;
    for (const struct json *value = json_first(object); value != NULL; value = json_next(value)) {
        const size_t up = path_enter(reader, json_name(value));
        size_t at = 0;
        while (at < count && strcmp(members[at].name, json_name(value)) != 0) at++;
        if (at == count) return unknown_key(reader, members, count);
        if ((given >> at & 1) != 0) return wrong(reader, "is given twice");
        given |= UINT64_C(1) << at;
        TRY(members[at].read(reader, value, (char *)into + members[at].offset));
        path_leave(reader, up);
    }
    return STATUS_OK;
}

/* --- plain values --- */

static enum status read_text(struct reader *reader, const struct json *value, void *into) {
    const char *text = json_text(value, NULL);
    if (text == NULL || *text == '\0') return wrong(reader, "must be a text");
    if (strlen(text) > NAME_BYTES_MAX) return wrong(reader, "is too long");
    const char *copy = arena_copy_text(&reader->config->arena, text, strlen(text));
    if (copy == NULL) return no_memory(reader);
    *(const char **)into = copy;
    return STATUS_OK;
}

static enum status read_whole(struct reader *reader, const struct json *value, double most,
                              double *out) {
    const double number = json_number(value, -1);
    if (!(number >= 1 && number <= most) || number != floor(number)) {
        char what[80];
        snprintf(what, sizeof what, "must be a whole number from 1 to %.0f", most);
        return wrong(reader, what);
    }
    *out = number;
    return STATUS_OK;
}
static enum status read_small(struct reader *reader, const struct json *value, void *into) {
    double number = 0;
    TRY(read_whole(reader, value, 65535, &number));
    *(uint32_t *)into = (uint32_t)number;
    return STATUS_OK;
}
static enum status read_milliseconds(struct reader *reader, const struct json *value, void *into) {
    double number = 0;
    TRY(read_whole(reader, value, 3600000, &number));
    *(uint32_t *)into = (uint32_t)number;
    return STATUS_OK;
}
static enum status read_bytes(struct reader *reader, const struct json *value, void *into) {
    double number = 0;
    TRY(read_whole(reader, value, 1e12, &number));
    *(size_t *)into = (size_t)number;
    return STATUS_OK;
}

/* Words of calendar_build and of a plan's limits, one after the other with commas. */
static enum status add_word(struct reader *reader, struct text *words, const char *key,
                            const char *value) {
    if (words->size > 0) text_add(words, ",", 1);
    if (*key != '\0') text_add_format(words, "%s=", key);
    text_add_string(words, value);
    return words->failed ? no_memory(reader) : STATUS_OK;
}

/* What the query folder says about a value, by trying it: a bad one is told now, not on the first
 * question. */
static enum status try_zone(const char *zone_name, struct arena *scratch, struct error *why) {
    const struct time_zone *zone;
    return timezone_load(zone_name, scratch, &zone, why);
}
static enum status try_calendar(const char *words, struct arena *scratch, struct error *why) {
    const struct time_zone *zone;
    struct calendar *calendar;
    TRY(timezone_load(SETTINGS_ZONE, scratch, &zone, why));
    return calendar_build(zone, 2026, 2026, words, NULL, 0, true, scratch, &calendar, why);
}
static enum status try_assumptions(const char *json, struct arena *scratch, struct error *why) {
    const struct time_zone *zone;
    const struct roi_assumptions *assumptions;
    TRY(timezone_load(SETTINGS_ZONE, scratch, &zone, why));
    return roi_assumptions_parse(json, strlen(json), zone, scratch, &assumptions, why);
}

static enum status attempt(const struct reader *reader, const char *value,
                           enum status (*try_value)(const char *value, struct arena *scratch,
                                                    struct error *why)) {
    struct arena scratch;
    struct error why = {{0}};
    arena_init(&scratch, CONFIG_MEMORY_MAX);
    const enum status status = try_value(value, &scratch, &why);
    arena_free(&scratch);
    return status == STATUS_OK ? STATUS_OK : wrong(reader, why.text);
}

static enum status read_zone(struct reader *reader, const struct json *value, void *into) {
    TRY(read_text(reader, value, into));
    return attempt(reader, *(const char **)into, try_zone);
}
static enum status read_calendar(struct reader *reader, const struct json *value, void *into) {
    const char *words = "";
    (void)into;
    TRY(read_text(reader, value, &words));
    TRY(attempt(reader, words, try_calendar));
    return add_word(reader, &reader->calendar, "", words);
}

static enum status read_listen(struct reader *reader, const struct json *value, void *into) {
    char address[64];
    uint16_t port;
    struct error why = {{0}};
    TRY(read_text(reader, value, into));
    const enum status status =
        config_listen(*(const char **)into, address, sizeof address, &port, &why);
    return status == STATUS_OK ? STATUS_OK : wrong(reader, why.text);
}

/* A path in the file, found from the folder of the configuration. */
static enum status read_path(struct reader *reader, const struct json *value, void *into) {
    TRY(read_text(reader, value, into));
    const char *path = *(const char **)into;
    if (*path == '/') return STATUS_OK;
    path = arena_format(&reader->config->arena, "%s/%s", reader->folder, path);
    if (path == NULL) return no_memory(reader);
    *(const char **)into = path;
    return STATUS_OK;
}

/* The text of an assumptions file. */
static enum status read_assumptions(struct reader *reader, const struct json *value, void *into) {
    const char *path = "";
    char *text = NULL;
    size_t size;
    struct error why = {{0}};
    TRY(read_path(reader, value, &path));
    if (whole_file_read(path, PLAN_ASSUMPTIONS_BYTES_MAX, &reader->config->arena, &text, &size,
                        &why) != STATUS_OK)
        return wrong(reader, why.text);
    *(const char **)into = text;
    return attempt(reader, text, try_assumptions);
}

/* --- fields of a tenant's own --- */

static enum status read_names(struct reader *reader, const struct json *value, const char **names,
                              uint32_t most, uint32_t *count) {
    if (json_kind(value) != JSON_ARRAY || json_count(value) > most) {
        char what[60];
        snprintf(what, sizeof what, "must be an array of at most %u names", (unsigned)most);
        return wrong(reader, what);
    }
    for (const struct json *name = json_first(value); name != NULL; name = json_next(name)) {
        const size_t up = path_enter_element(reader, *count);
        TRY(read_text(reader, name, &names[*count]));
        if (field_from_text(names[*count], strlen(names[*count])) != FIELD_UNKNOWN)
            return wrong(reader, "is a field of every event already; take another name");
        for (uint32_t at = 0; at < *count; at++)
            if (strcmp(names[at], names[*count]) == 0) return wrong(reader, "is given twice");
        ++*count;
        path_leave(reader, up);
    }
    return STATUS_OK;
}

static enum status read_dimensions(struct reader *reader, const struct json *value, void *into) {
    struct tenant_extras *extras = into;
    return read_names(reader, value, extras->dimensions, EXTRA_DIMENSIONS_MAX,
                      &extras->dimension_count);
}
static enum status read_measures(struct reader *reader, const struct json *value, void *into) {
    struct tenant_extras *extras = into;
    return read_names(reader, value, extras->measures, EXTRA_MEASURES_MAX, &extras->measure_count);
}

/* --- targets --- */

/* "targets": {"no_show": 0.05, "processing_time": {"p90": 864000, "services": {KEY: {…}}}}: a
 * number alone is a target of `value`. */
struct target_list {
    struct target *targets;
    uint32_t count;
};

static uint32_t count_numbers(const struct json *value) {
    if (json_kind(value) == JSON_NUMBER) return 1;
    uint32_t count = 0;
    for (const struct json *member = json_first(value); member != NULL; member = json_next(member))
        count += count_numbers(member);
    return count;
}

static enum status add_target(struct reader *reader, struct target_list *list, const char *kpi,
                              const char *service, const char *stat, const struct json *value) {
    struct arena *arena = &reader->config->arena;
    if (json_kind(value) != JSON_NUMBER) return wrong(reader, "must be a number");
    struct target *target = &list->targets[list->count++];
    target->kpi = arena_copy_text(arena, kpi, strlen(kpi));
    target->service = service != NULL ? arena_copy_text(arena, service, strlen(service)) : NULL;
    target->stat = arena_copy_text(arena, stat, strlen(stat));
    target->value = json_number(value, 0);
    if (target->kpi == NULL || target->stat == NULL) return no_memory(reader);
    return (service == NULL) == (target->service == NULL) ? STATUS_OK : no_memory(reader);
}

/* The targets of one KPI, for every service or for one. */
static enum status read_target(struct reader *reader, struct target_list *list, const char *kpi,
                               const char *service, const struct json *value) {
    if (json_kind(value) != JSON_OBJECT)
        return add_target(reader, list, kpi, service, "value", value);
    for (const struct json *stat = json_first(value); stat != NULL; stat = json_next(stat)) {
        const size_t up = path_enter(reader, json_name(stat));
        if (service == NULL && strcmp(json_name(stat), "services") == 0) {
            if (json_kind(stat) != JSON_OBJECT) return wrong(reader, "must be an object {...}");
            for (const struct json *one = json_first(stat); one != NULL; one = json_next(one)) {
                const size_t up_service = path_enter(reader, json_name(one));
                TRY(read_target(reader, list, kpi, json_name(one), one));
                path_leave(reader, up_service);
            }
        } else {
            TRY(add_target(reader, list, kpi, service, json_name(stat), stat));
        }
        path_leave(reader, up);
    }
    return STATUS_OK;
}

static enum status read_targets(struct reader *reader, const struct json *value, void *into) {
    struct tenant_settings *tenant = into;
    const uint32_t count = count_numbers(value);
    if (json_kind(value) != JSON_OBJECT) return wrong(reader, "must be an object of KPIs by id");
    if (count > CONFIG_TARGETS_MAX) return wrong(reader, "has too many targets");
    struct target_list list = {
        .targets = arena_push_array(&reader->config->arena, struct target, count + 1)};
    if (list.targets == NULL) return no_memory(reader);
    for (const struct json *kpi = json_first(value); kpi != NULL; kpi = json_next(kpi)) {
        const char *id = json_name(kpi);
        const size_t up = path_enter(reader, id);
        const struct kpi_definition *definition = kpi_find(id, strlen(id));
        if (definition == NULL || !definition->listed)
            return wrong(reader, "there is no KPI of that id; GET /v1/kpis lists them");
        TRY(read_target(reader, &list, id, NULL, kpi));
        path_leave(reader, up);
    }
    tenant->targets = list.targets;
    tenant->target_count = list.count;
    return STATUS_OK;
}

/* --- days, hours and limits --- */

/* What is said of one tenant: each on its own as well, so that the path tells which is wrong. */
static enum status add_calendar_word(struct reader *reader, const char *word) {
    struct config *config = reader->config;
    const char *copy = arena_copy_text(&config->arena, word, strlen(word));
    if (copy == NULL) return no_memory(reader);
    TRY(attempt(reader, copy, try_calendar));
    return add_word(reader, &reader->calendar, reader->tenant, word);
}

/* "closed": ["2026-02-16", "12-24"] */
static enum status read_closed(struct reader *reader, const struct json *value, void *into) {
    (void)into;
    uint32_t index = 0;
    if (json_kind(value) != JSON_ARRAY) return wrong(reader, "must be an array of days");
    for (const struct json *day = json_first(value); day != NULL; day = json_next(day)) {
        const size_t up = path_enter_element(reader, index++);
        const char *word = json_text(day, NULL);
        if (word == NULL || strlen(word) > 10 || strspn(word, "0123456789-") != strlen(word))
            return wrong(reader, "must be a day, as \"12-24\" or \"2026-02-16\"");
        TRY(add_calendar_word(reader, word));
        path_leave(reader, up);
    }
    return STATUS_OK;
}

/* "hours": {"mo-th": "08:00-12:00+13:00-16:00", "fr": "closed"} */
static enum status read_hours(struct reader *reader, const struct json *value, void *into) {
    (void)into;
    if (json_kind(value) != JSON_OBJECT)
        return wrong(reader, "must be an object of opening hours by weekday");
    for (const struct json *days = json_first(value); days != NULL; days = json_next(days)) {
        const size_t up = path_enter(reader, json_name(days));
        const char *hours = json_text(days, NULL);
        char word[NAME_BYTES_MAX];
        if (hours == NULL ||
            snprintf(word, sizeof word, "%s:%s", json_name(days), hours) >= (int)sizeof word ||
            strpbrk(word, "=,") != NULL)
            return wrong(reader, "must be opening hours, as \"08:00-12:00+13:00-16:00\"");
        TRY(add_calendar_word(reader, word));
        path_leave(reader, up);
    }
    return STATUS_OK;
}

static enum status check_limit(struct reader *reader, const struct json *value, const char **out) {
    struct deadline deadline;
    TRY(read_text(reader, value, out));
    if (deadline_parse(*out, strlen(*out), &deadline)) return STATUS_OK;
    return wrong(reader, "must be a limit: 48h, 30d, 20wd (working days), 2w, 3m or 1y");
}

static enum status add_limit(struct reader *reader, const char *key, const char *limit) {
    if (reader->limit_count++ == PLAN_LIMITS_MAX) return wrong(reader, "is a limit too many");
    return add_word(reader, &reader->limit, key, limit);
}

/* "limit": "3m", of all services that have none of their own. */
static enum status read_limit(struct reader *reader, const struct json *value, void *into) {
    const char *limit = "";
    (void)into;
    TRY(check_limit(reader, value, &limit));
    return add_limit(reader, "", limit);
}
/* "known_from": "2024-01-01" */
static enum status add_known_from(struct reader *reader, const struct json *value,
                                  const char *tenant) {
    const char *day = "";
    int64_t found;
    TRY(read_text(reader, value, &day));
    if (!timestamp_parse_day(day, strlen(day), &found))
        return wrong(reader, "must be a day, as \"2024-01-01\"");
    if (reader->known_count++ == PLAN_KNOWN_MAX) return wrong(reader, "is a day too many");
    return add_word(reader, &reader->known_from, tenant, day);
}

/* Of all tenants that have none of their own. */
static enum status read_known_from(struct reader *reader, const struct json *value, void *into) {
    (void)into;
    return add_known_from(reader, value, "");
}
static enum status read_tenant_known_from(struct reader *reader, const struct json *value,
                                          void *into) {
    (void)into;
    return add_known_from(reader, value, reader->tenant);
}

static enum status read_service_limit(struct reader *reader, const struct json *value, void *into) {
    const struct service_settings *service = into;
    const char *limit = "";
    TRY(check_limit(reader, value, &limit));
    if (strpbrk(service->key, "=,") != NULL)
        return wrong(reader, "a service whose key has = or , cannot have a limit");
    return add_limit(reader, service->key, limit);
}

/* --- tenants, services and steps --- */

struct tenant { /* both sides of what is told about one */
    struct tenant_settings settings;
    struct tenant_extras extras;
};

static enum status read_tenant(struct reader *reader, const struct json *value,
                               struct tenant *tenant) {
    static const struct member members[] = {
        {"name", read_text, offsetof(struct tenant, settings.name)},
        {"zone", read_zone, offsetof(struct tenant, settings.zone)},
        {"known_from", read_tenant_known_from, 0},
        {"closed", read_closed, 0},
        {"hours", read_hours, 0},
        {"dimensions", read_dimensions, offsetof(struct tenant, extras)},
        {"measures", read_measures, offsetof(struct tenant, extras)},
        {"targets", read_targets, offsetof(struct tenant, settings)},
        {"assumptions", read_assumptions, offsetof(struct tenant, settings.assumptions)}};
    const char *key = json_name(value);
    if (strlen(key) != 12 || strspn(key, "0123456789") != 12)
        return wrong(reader, "a tenant is named by its ARS, 12 digits");
    *tenant = (struct tenant){0};
    const char *copy = arena_copy_text(&reader->config->arena, key, strlen(key));
    if (copy == NULL) return no_memory(reader);
    tenant->settings.key = copy;
    tenant->extras.tenant = copy;
    reader->tenant = copy;
    return read_object(reader, value, members, sizeof members / sizeof *members, tenant);
}

/* Whether an earlier member of the object has the same name. */
static bool is_repeated(const struct json *object, const struct json *member) {
    const struct json *before = json_first(object);
    while (before != member && strcmp(json_name(before), json_name(member)) != 0)
        before = json_next(before);
    return before != member;
}

static enum status read_tenants(struct reader *reader, const struct json *value, void *into) {
    struct config *config = into;
    const uint32_t count = json_count(value);
    if (json_kind(value) != JSON_OBJECT || count > CONFIG_TENANTS_MAX)
        return wrong(reader, "must be an object of tenants by ARS");
    struct tenant_settings *settings =
        arena_push_array(&config->arena, struct tenant_settings, count + 1);
    struct tenant_extras *extras =
        arena_push_array(&config->arena, struct tenant_extras, count + 1);
    if (settings == NULL || extras == NULL) return no_memory(reader);
    uint32_t at = 0;
    for (const struct json *member = json_first(value); member != NULL;
         member = json_next(member), at++) {
        struct tenant tenant = {0};
        const size_t up = path_enter(reader, json_name(member));
        TRY(read_tenant(reader, member, &tenant));
        if (is_repeated(value, member)) return wrong(reader, "is given twice");
        settings[at] = tenant.settings;
        if (tenant.extras.dimension_count + tenant.extras.measure_count > 0)
            extras[config->extras_count++] = tenant.extras;
        path_leave(reader, up);
    }
    config->settings.tenants = settings;
    config->settings.tenant_count = count;
    config->extras = extras;
    return STATUS_OK;
}

static enum status read_name(struct reader *reader, const struct json *value, void *into) {
    static const struct member members[] = {{"de", read_text, LANGUAGE_DE * sizeof(char *)},
                                            {"en", read_text, LANGUAGE_EN * sizeof(char *)},
                                            {"tr", read_text, LANGUAGE_TR * sizeof(char *)},
                                            {"ar", read_text, LANGUAGE_AR * sizeof(char *)}};
    return read_object(reader, value, members, sizeof members / sizeof *members, into);
}

/* Services and steps are known by what events call them. */
static enum status read_key(struct reader *reader, const struct json *value, const char **key) {
    const char *name = json_name(value);
    if (*name == '\0' || strlen(name) > EVENT_TEXT_BYTES_MAX)
        return wrong(reader, "is named by its key, 1 to 64 bytes");
    *key = arena_copy_text(&reader->config->arena, name, strlen(name));
    return *key == NULL ? no_memory(reader) : STATUS_OK;
}

static enum status read_service(struct reader *reader, const struct json *value, void *into) {
    static const struct member members[] = {
        {"name", read_name, offsetof(struct service_settings, name)},
        {"limit", read_service_limit, 0}};
    struct service_settings *service = into;
    TRY(read_key(reader, value, &service->key));
    return read_object(reader, value, members, sizeof members / sizeof *members, service);
}
static enum status read_step(struct reader *reader, const struct json *value, void *into) {
    struct step_settings *step = into;
    TRY(read_key(reader, value, &step->key));
    return read_name(reader, value, step->name);
}

/* An object of things by key into a new array of them, which begins all zero. */
static enum status read_keyed(struct reader *reader, const struct json *value, size_t item_bytes,
                              enum status (*read)(struct reader *reader, const struct json *value,
                                                  void *into),
                              void **items, uint32_t *count) {
    *count = json_count(value);
    if (json_kind(value) != JSON_OBJECT || *count > CONFIG_TENANTS_MAX)
        return wrong(reader, "must be an object by key, of at most 20000");
    char *item = arena_push(&reader->config->arena, *count + 1, item_bytes);
    if (item == NULL) return no_memory(reader);
    *items = item;
    for (const struct json *member = json_first(value); member != NULL;
         member = json_next(member), item += item_bytes) {
        const size_t up = path_enter(reader, json_name(member));
        if (is_repeated(value, member)) return wrong(reader, "is given twice");
        TRY(read(reader, member, item));
        path_leave(reader, up);
    }
    return STATUS_OK;
}

static enum status read_services(struct reader *reader, const struct json *value, void *into) {
    struct settings *settings = into;
    void *items = NULL;
    TRY(read_keyed(reader, value, sizeof *settings->services, read_service, &items,
                   &settings->service_count));
    settings->services = items;
    return STATUS_OK;
}
static enum status read_steps(struct reader *reader, const struct json *value, void *into) {
    struct settings *settings = into;
    void *items = NULL;
    TRY(read_keyed(reader, value, sizeof *settings->steps, read_step, &items,
                   &settings->step_count));
    settings->steps = items;
    return STATUS_OK;
}

/* --- the whole --- */

static enum status read_limits(struct reader *reader, const struct json *value, void *into) {
    static const struct member members[] = {
        {"loops", read_small, offsetof(struct config_limits, loops)},
        {"event_workers", read_small, offsetof(struct config_limits, event_workers)},
        {"event_queue", read_small, offsetof(struct config_limits, event_queue)},
        {"question_workers", read_small, offsetof(struct config_limits, question_workers)},
        {"question_queue", read_small, offsetof(struct config_limits, question_queue)},
        {"page_workers", read_small, offsetof(struct config_limits, page_workers)},
        {"page_queue", read_small, offsetof(struct config_limits, page_queue)},
        {"connections", read_small, offsetof(struct config_limits, connections)},
        {"idle_timeout_ms", read_milliseconds, offsetof(struct config_limits, idle_timeout_ms)},
        {"drain_ms", read_milliseconds, offsetof(struct config_limits, drain_ms)},
        {"body_bytes", read_bytes, offsetof(struct config_limits, body_bytes)},
        {"inflight_bytes", read_bytes, offsetof(struct config_limits, inflight_bytes)},
        {"question_bytes", read_bytes, offsetof(struct config_limits, question_bytes)},
        {"kept_bytes", read_bytes, offsetof(struct config_limits, kept_bytes)}};
    const struct config_limits *limits = into;
    TRY(read_object(reader, value, members, sizeof members / sizeof *members, into));
    if (limits->inflight_bytes < limits->body_bytes)
        return wrong(reader, "inflight_bytes is smaller than body_bytes: no large body would pass");
    return STATUS_OK;
}

/* --- open data --- */

static enum status read_url(struct reader *reader, const struct json *value, void *into) {
    TRY(read_text(reader, value, into));
    const char *url = *(const char **)into;
    const bool is_url = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    return is_url && url[strlen(url) - 1] != '/' && strpbrk(url, " \"<>") == NULL
               ? STATUS_OK
               : wrong(reader,
                       "must be an address like https://figures.example.org, without a "
                       "slash at its end");
}

static enum status read_publisher(struct reader *reader, const struct json *value, void *into) {
    static const struct member members[] = {
        {"name", read_text, offsetof(struct publisher, name)},
        {"url", read_url, offsetof(struct publisher, url)},
        {"contributor", read_url, offsetof(struct publisher, contributor)},
        {"licence", read_url, offsetof(struct publisher, licence)},
        {"contact", read_text, offsetof(struct publisher, contact)}};
    struct publisher *publisher = arena_push_array(&reader->config->arena, struct publisher, 1);
    if (publisher == NULL) return no_memory(reader);
    publisher->licence = PUBLISHER_LICENCE;
    TRY(read_object(reader, value, members, sizeof members / sizeof *members, publisher));
    if (publisher->name == NULL || publisher->url == NULL)
        return wrong(reader, "needs a name, and the url where this server can be reached");
    *(const struct publisher **)into = publisher;
    return STATUS_OK;
}

static enum status read_config(struct reader *reader, const struct json *document) {
    static const struct member members[] = {
        {"listen", read_listen, offsetof(struct config, listen)},
        {"keys", read_path, offsetof(struct config, keys)},
        {"tokens", read_path, offsetof(struct config, tokens)},
        {"calendar", read_calendar, 0},
        {"limit", read_limit, 0},
        {"known_from", read_known_from, 0},
        {"tenants", read_tenants, 0},
        {"services", read_services, offsetof(struct config, settings)},
        {"steps", read_steps, offsetof(struct config, settings)},
        {"publisher", read_publisher, offsetof(struct config, settings.publisher)},
        {"limits", read_limits, offsetof(struct config, limits)}};
    return read_object(reader, document, members, sizeof members / sizeof *members, reader->config);
}

/* The words of all together, which may be too many. */
static enum status keep_words(struct reader *reader) {
    struct settings *settings = &reader->config->settings;
    struct arena *arena = &reader->config->arena;
    if (reader->calendar.size > 0) {
        settings->calendar = arena_copy_text(arena, reader->calendar.bytes, reader->calendar.size);
        if (settings->calendar == NULL) return no_memory(reader);
        TRY(attempt(reader, settings->calendar, try_calendar));
    }
    if (reader->limit.size > 0) {
        settings->limit = arena_copy_text(arena, reader->limit.bytes, reader->limit.size);
        if (settings->limit == NULL) return no_memory(reader);
    }
    if (reader->known_from.size > 0) {
        settings->known_from =
            arena_copy_text(arena, reader->known_from.bytes, reader->known_from.size);
        if (settings->known_from == NULL) return no_memory(reader);
    }
    return STATUS_OK;
}

static void set_defaults(struct config *config) {
    const long cores_online = sysconf(_SC_NPROCESSORS_ONLN);
    const uint32_t cores = cores_online < 1 ? 1 : cores_online > 64 ? 64 : (uint32_t)cores_online;
    *config = (struct config){.listen = "127.0.0.1:8080"};
    arena_init(&config->arena, CONFIG_MEMORY_MAX);
    config->limits = (struct config_limits){
        .loops = cores,
        .event_workers = 4 * cores, /* most wait for the disk: more of them share one sync */
        .event_queue = 1024,
        .question_workers = cores,
        .question_queue = 256,
        .page_workers = 2,
        .page_queue = 1024,
        .connections = 4096,
        .idle_timeout_ms = 60000,
        .drain_ms = 30000,
        .body_bytes = (size_t)64 << 20,
        .inflight_bytes = (size_t)128 << 20, /* the largest body, and expanded */
        .question_bytes = (size_t)512 << 20,
        .kept_bytes = KEPT_BYTES_MAX,
    };
}

enum status config_parse(const char *json, size_t size, const char *folder, struct config *out,
                         struct error *err) {
    struct json *document;
    set_defaults(out);
    TRY(json_parse(json, size, &document, err));
    struct reader reader = {.config = out, .folder = folder, .err = err};
    text_init(&reader.calendar, CONFIG_BYTES_MAX);
    text_init(&reader.limit, CONFIG_BYTES_MAX);
    text_init(&reader.known_from, CONFIG_BYTES_MAX);
    enum status status = read_config(&reader, document);
    if (status == STATUS_OK) status = keep_words(&reader);
    text_free(&reader.calendar);
    text_free(&reader.limit);
    text_free(&reader.known_from);
    json_free(document);
    return status;
}

enum status config_open(const char *path, struct config *out, struct error *err) {
    set_defaults(out);
    if (path == NULL) return STATUS_OK;

    struct arena scratch;
    char *text;
    size_t size;
    arena_init(&scratch, CONFIG_BYTES_MAX + PATH_BYTES_MAX + 4096);
    enum status status = whole_file_read(path, CONFIG_BYTES_MAX, &scratch, &text, &size, err);
    if (status == STATUS_OK) {
        struct error why = {{0}};
        const char *slash = strrchr(path, '/');
        char folder[4096] = ".";
        if (slash != NULL)
            snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        status = config_parse(text, size, folder, out, &why);
        if (status != STATUS_OK) error_set(err, status, "%s: %s", path, why.text);
    }
    arena_free(&scratch);
    return status;
}

enum status config_find(const char *path, const char *data, struct config *out, struct error *err) {
    char beside[4096];
    if (path != NULL) return config_open(path, out, err);
    snprintf(beside, sizeof beside, "%s/%s", data, CONFIG_FILE);
    return config_open(access(beside, F_OK) == 0 ? beside : NULL, out, err);
}

void config_close(struct config *config) {
    arena_free(&config->arena);
}

enum status config_listen(const char *listen, char *address, size_t address_size, uint16_t *port,
                          struct error *err) {
    unsigned char binary[sizeof(struct in6_addr)];
    uint64_t number;
    const char *colon = strrchr(listen, ':');
    const bool six = *listen == '[' && colon != NULL && colon > listen + 1 && colon[-1] == ']';
    const char *begin = six ? listen + 1 : listen;
    const size_t size = colon == NULL ? 0 : (size_t)(colon - begin) - (six ? 1 : 0);
    if (colon == NULL || size >= address_size || !options_number(colon + 1, 0, 65535, &number))
        return error_set(err, STATUS_INVALID,
                         "\"%.60s\" is not ADDRESS:PORT, as in 127.0.0.1:8080 or [::1]:8080",
                         listen);
    memcpy(address, begin, size);
    address[size] = '\0';
    if (inet_pton(six ? AF_INET6 : AF_INET, address, binary) != 1)
        return error_set(err, STATUS_INVALID, "\"%.60s\" is not a numeric address, as 127.0.0.1",
                         address);
    *port = (uint16_t)number;
    return STATUS_OK;
}
