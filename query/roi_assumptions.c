/* SPDX-License-Identifier: EUPL-1.2 */
/* Reads an assumptions file. Strict: every figure has its bounds, every rate its source and date,
 * and a name that is not known is an error, because a figure that is silently ignored makes a wrong
 * decision look calculated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "event/column.h"
#include "query/roi.h"

#define AMOUNT_MAX  1e12 /* of money a year */
#define MINUTES_MAX 1e6  /* per transaction */
#define CASES_MAX   1e10 /* a year */

static const char *const cost_texts[ROI_COST_COUNT] = {
#define X(name, text) [ROI_##name] = text,
    ROI_ONE_OFF_LIST(X) ROI_RUNNING_LIST(X)
#undef X
};

const char *roi_cost_text(enum roi_cost cost) {
    return cost_texts[cost];
}

struct reader {
    const struct time_zone *zone;
    struct arena *arena;
    struct roi_assumptions *out;
    struct error *err;
};

static enum status invalid(const struct reader *reader, const char *where, const char *name,
                           const char *what) {
    return error_set(reader->err, STATUS_INVALID, "assumptions: %s%s%s %s", where,
                     where[0] != '\0' ? "." : "", name, what);
}

static enum status no_memory(const struct reader *reader) {
    return error_set(reader->err, STATUS_NO_MEMORY, "assumptions: memory budget used up");
}

/* An object whose members all have names of the list, each at most once. */
static enum status check_members(const struct reader *reader, const struct json *object,
                                 const char *where, const char *const *names, uint32_t count) {
    uint32_t seen = 0;
    if (json_kind(object) != JSON_OBJECT) return invalid(reader, "", where, "is no object");
    for (const struct json *member = json_first(object); member != NULL;
         member = json_next(member)) {
        uint32_t i = 0;
        while (i < count && strcmp(names[i], json_name(member)) != 0) i++;
        if (i == count) return invalid(reader, where, json_name(member), "is not known here");
        if ((seen >> i & 1) != 0) return invalid(reader, where, names[i], "is named twice");
        seen |= 1u << i;
    }
    return STATUS_OK;
}
#define CHECK_MEMBERS(reader, object, where, ...)                                  \
    check_members((reader), (object), (where), (const char *const[]){__VA_ARGS__}, \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* `otherwise` where the member is absent. */
static enum status read_number(const struct reader *reader, const struct json *value,
                               const char *where, const char *name, double least, double most,
                               double otherwise, double *out) {
    *out = otherwise;
    if (value == NULL) return STATUS_OK;
    double number = json_kind(value) == JSON_NUMBER ? json_number(value, NAN) : NAN;
    if (!(number >= least && number <= most)) {
        char what[80];
        (void)snprintf(what, sizeof what, "must be a number from %.15g to %.15g", least, most);
        return invalid(reader, where, name, what);
    }
    *out = number;
    return STATUS_OK;
}

static enum status read_text(const struct reader *reader, const struct json *object,
                             const char *where, const char *name, const char **out) {
    const char *text = json_text(json_member(object, name), "");
    size_t size = strlen(text);
    if (size == 0) return invalid(reader, where, name, "is missing or no text");
    if (size > ROI_TEXT_BYTES_MAX) return invalid(reader, where, name, "is too long");
    *out = arena_copy_text(reader->arena, text, size);
    return *out == NULL ? no_memory(reader) : STATUS_OK;
}

/* Midnight of a date, as if in UTC; false: no date. */
static bool parse_date(const char *text, int64_t *local_ms) {
    char midnight[TIMESTAMP_TEXT_BYTES];
    (void)snprintf(midnight, sizeof midnight, "%.10sT00:00:00Z", text);
    return strlen(text) == 10 && timestamp_parse(midnight, strlen(midnight), local_ms);
}

static enum status read_rate(const struct reader *reader, const struct json *root, const char *name,
                             double least, double most, struct roi_rate *out) {
    const struct json *rate = json_member(root, name);
    if (rate == NULL) return invalid(reader, "", name, "is missing");
    TRY(CHECK_MEMBERS(reader, rate, name, "value", "source", "date"));
    const struct json *value = json_member(rate, "value");
    if (value == NULL) return invalid(reader, name, "value", "is missing");
    TRY(read_number(reader, value, name, "value", least, most, 0, &out->value));
    TRY(read_text(reader, rate, name, "source", &out->source));
    TRY(read_text(reader, rate, name, "date", &out->date));
    int64_t day_ms;
    return parse_date(out->date, &day_ms) ? STATUS_OK : invalid(reader, name, "date", "is no date");
}

/* --- costs --- */

/* An amount for each year; for running costs a list of them, one a year, is allowed. */
static enum status read_amounts(const struct reader *reader, const struct json *value,
                                const char *where, enum roi_cost cost) {
    const uint32_t years = reader->out->years;
    double *amounts = reader->out->cost[cost];
    const char *name = cost_texts[cost];
    if (cost < ROI_ONE_OFF_COUNT)
        return read_number(reader, value, where, name, 0, AMOUNT_MAX, 0, &amounts[0]);
    bool list = json_kind(value) == JSON_ARRAY;
    if (list && json_count(value) != years)
        return invalid(reader, where, name, "must have one amount for each of the years 1..N");
    const struct json *amount = list ? json_first(value) : value;
    for (uint32_t t = 1; t <= years; t++) {
        TRY(read_number(reader, amount, where, name, 0, AMOUNT_MAX, 0, &amounts[t]));
        if (list) amount = json_next(amount);
    }
    return STATUS_OK;
}

/* A plain amount, or {"amount": ..., "budget_effective": false}. */
static enum status read_cost(const struct reader *reader, const struct json *value,
                             const char *where, enum roi_cost cost) {
    if (json_kind(value) != JSON_OBJECT) return read_amounts(reader, value, where, cost);
    TRY(CHECK_MEMBERS(reader, value, cost_texts[cost], "amount", "budget_effective"));
    const struct json *effective = json_member(value, "budget_effective");
    if (effective != NULL && json_kind(effective) != JSON_BOOLEAN)
        return invalid(reader, cost_texts[cost], "budget_effective", "must be true or false");
    reader->out->budget_effective[cost] = json_boolean(effective, true);
    const struct json *amount = json_member(value, "amount");
    if (amount == NULL) return invalid(reader, cost_texts[cost], "amount", "is missing");
    return read_amounts(reader, amount, where, cost);
}

static enum status read_cost_group(const struct reader *reader, const struct json *costs,
                                   const char *group, enum roi_cost from, enum roi_cost to) {
    const struct json *object = json_member(costs, group);
    if (object == NULL) return STATUS_OK;
    TRY(check_members(reader, object, group, cost_texts + from, (uint32_t)(to - from)));
    for (enum roi_cost cost = from; cost < to; cost++) {
        const struct json *value = json_member(object, cost_texts[cost]);
        if (value != NULL) TRY(read_cost(reader, value, group, cost));
    }
    return STATUS_OK;
}

static enum status read_costs(const struct reader *reader, const struct json *root) {
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++)
        reader->out->budget_effective[cost] = true;
    const struct json *costs = json_member(root, "costs");
    if (costs == NULL) return invalid(reader, "", "costs", "is missing");
    TRY(CHECK_MEMBERS(reader, costs, "costs", "one_off", "running"));
    TRY(read_cost_group(reader, costs, "one_off", 0, ROI_ONE_OFF_COUNT));
    return read_cost_group(reader, costs, "running", ROI_ONE_OFF_COUNT, ROI_COST_COUNT);
}

/* --- services, appointments, channels --- */

static enum status read_material(const struct reader *reader, const struct json *service,
                                 const char *where, double *out) {
    static const char *const kinds[] = {"paper", "postage", "printing"};
    const struct json *material = json_member(service, "material_saved");
    if (material == NULL) return STATUS_OK;
    TRY(check_members(reader, material, "material_saved", kinds, 3));
    for (int i = 0; i < 3; i++) {
        double amount;
        TRY(read_number(reader, json_member(material, kinds[i]), where, kinds[i], -AMOUNT_MAX,
                        AMOUNT_MAX, 0, &amount));
        *out += amount;
    }
    return STATUS_OK;
}

static enum status read_service(const struct reader *reader, const struct json *service,
                                struct roi_service *out) {
    const char *key = json_name(service);
    if (key[0] == '\0' || strlen(key) > 64) return invalid(reader, "services", key, "is no key");
    TRY(CHECK_MEMBERS(reader, service, key, "transactions", "minutes_before", "minutes_after",
                      "material_saved", "citizen_minutes_saved"));
    out->service = arena_copy_text(reader->arena, key, strlen(key));
    if (out->service == NULL) return no_memory(reader);
    const struct {
        const char *name;
        double least, most, otherwise, *value;
    } figures[] = {
        {"transactions", 0, CASES_MAX, NAN, &out->transactions},
        {"minutes_before", 0, MINUTES_MAX, NAN, &out->minutes_before},
        {"minutes_after", 0, MINUTES_MAX, NAN, &out->minutes_after},
        {"citizen_minutes_saved", -MINUTES_MAX, MINUTES_MAX, 0, &out->citizen_minutes_saved},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        TRY(read_number(reader, json_member(service, figures[i].name), key, figures[i].name,
                        figures[i].least, figures[i].most, figures[i].otherwise, figures[i].value));
    return read_material(reader, service, key, &out->material_saved);
}

static int by_key(const void *a, const void *b) {
    const struct roi_service *x = a, *y = b;
    return strcmp(x->service, y->service);
}

static enum status read_services(const struct reader *reader, const struct json *root) {
    const struct json *object = json_member(root, "services");
    if (object == NULL) return STATUS_OK;
    if (json_kind(object) != JSON_OBJECT) return invalid(reader, "", "services", "is no object");
    uint32_t count = json_count(object), at = 0;
    if (count > ROI_SERVICES_MAX) return invalid(reader, "", "services", "are more than 1000");
    struct roi_service *services = arena_push_array(reader->arena, struct roi_service, count);
    if (services == NULL) return no_memory(reader);
    for (const struct json *service = json_first(object); service != NULL;
         service = json_next(service))
        TRY(read_service(reader, service, &services[at++]));
    qsort(services, count, sizeof *services, by_key);
    for (uint32_t i = 1; i < count; i++)
        if (by_key(&services[i - 1], &services[i]) == 0)
            return invalid(reader, "services", services[i].service, "is named twice");
    reader->out->services = services;
    reader->out->service_count = count;
    return STATUS_OK;
}

const struct roi_service *roi_assumptions_service(const struct roi_assumptions *assumptions,
                                                  const char *service) {
    if (assumptions->service_count == 0) return NULL;
    const struct roi_service wanted = {.service = service};
    return bsearch(&wanted, assumptions->services, assumptions->service_count, sizeof wanted,
                   by_key);
}

static enum status read_no_shows(const struct reader *reader, const struct json *root) {
    const struct json *no_shows = json_member(root, "no_shows");
    if (no_shows == NULL) return STATUS_OK;
    TRY(CHECK_MEMBERS(reader, no_shows, "no_shows", "avoided_per_year", "slot_minutes"));
    TRY(read_number(reader, json_member(no_shows, "avoided_per_year"), "no_shows",
                    "avoided_per_year", 0, CASES_MAX, 0, &reader->out->no_shows_avoided));
    return read_number(reader, json_member(no_shows, "slot_minutes"), "no_shows", "slot_minutes", 0,
                       MINUTES_MAX, 0, &reader->out->no_show_slot_minutes);
}

static enum status read_channels(const struct reader *reader, const struct json *root) {
    const struct json *channels = json_member(root, "channels");
    if (channels == NULL) return STATUS_OK;
    const char *names[CHANNEL_COUNT];
    for (enum channel channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++)
        names[channel] = channel_text(channel);
    TRY(check_members(reader, channels, "channels", names + 1, CHANNEL_COUNT - 1));
    for (enum channel channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        const struct json *object = json_member(channels, names[channel]);
        struct roi_channel *out = &reader->out->channel[channel];
        if (object == NULL) continue;
        TRY(CHECK_MEMBERS(reader, object, names[channel], "minutes", "material", "fixed_per_year"));
        TRY(read_number(reader, json_member(object, "minutes"), names[channel], "minutes", 0,
                        MINUTES_MAX, NAN, &out->minutes));
        TRY(read_number(reader, json_member(object, "material"), names[channel], "material", 0,
                        AMOUNT_MAX, 0, &out->material));
        TRY(read_number(reader, json_member(object, "fixed_per_year"), names[channel],
                        "fixed_per_year", 0, AMOUNT_MAX, 0, &out->fixed_per_year));
        out->given = true;
    }
    return STATUS_OK;
}

/* --- the whole --- */

static enum status read_go_live(const struct reader *reader, const struct json *root) {
    const struct json *value = json_member(root, "go_live");
    reader->out->go_live_ms = TIME_ABSENT;
    if (value == NULL) return STATUS_OK;
    const char *text = json_text(value, "");
    int64_t local_ms;
    if (timestamp_parse(text, strlen(text), &reader->out->go_live_ms)) return STATUS_OK;
    if (!parse_date(text, &local_ms))
        return invalid(reader, "", "go_live", "is neither a date nor a time with its offset");
    reader->out->go_live_ms = timezone_utc_ms(reader->zone, local_ms);
    return STATUS_OK;
}

static enum status read_years(const struct reader *reader, const struct json *root) {
    const struct json *value = json_member(root, "years");
    if (value == NULL) return invalid(reader, "", "years", "is missing");
    double years;
    TRY(read_number(reader, value, "", "years", 1, ROI_YEARS_MAX, 0, &years));
    if (years != floor(years)) return invalid(reader, "", "years", "must be a whole number");
    reader->out->years = (uint32_t)years;
    return STATUS_OK;
}

static enum status read_root(const struct reader *reader, const struct json *root) {
    struct roi_assumptions *out = reader->out;
    if (json_kind(root) != JSON_OBJECT)
        return error_set(reader->err, STATUS_INVALID, "assumptions: the file is no JSON object");
    TRY(CHECK_MEMBERS(reader, root, "the file", "version", "currency", "years", "go_live",
                      "discount_rate", "hourly_rate", "realised_share", "budget_share", "costs",
                      "services", "no_shows", "channels"));
    TRY(read_text(reader, root, "", "version", &out->version));
    TRY(read_text(reader, root, "", "currency", &out->currency));
    if (strlen(out->currency) != 3 || strspn(out->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
        return invalid(reader, "", "currency", "is no currency code of three letters, as EUR");
    TRY(read_years(reader, root));
    TRY(read_go_live(reader, root));
    TRY(read_rate(reader, root, "discount_rate", -0.5, 1, &out->discount));
    TRY(read_rate(reader, root, "hourly_rate", 0, 10000, &out->hourly_rate));
    TRY(read_rate(reader, root, "realised_share", 0, 1, &out->realised_share));
    out->budget_share = (struct roi_rate){.source = "", .date = ""};
    if (json_member(root, "budget_share") != NULL)
        TRY(read_rate(reader, root, "budget_share", 0, 1, &out->budget_share));
    TRY(read_costs(reader, root));
    TRY(read_services(reader, root));
    TRY(read_no_shows(reader, root));
    return read_channels(reader, root);
}

enum status roi_assumptions_parse(const char *json, size_t size, const struct time_zone *zone,
                                  struct arena *arena, const struct roi_assumptions **out,
                                  struct error *err) {
    struct json *root = NULL;
    TRY(json_parse(json, size, &root, err));
    struct roi_assumptions *assumptions = arena_push_array(arena, struct roi_assumptions, 1);
    const struct reader reader = {zone, arena, assumptions, err};
    enum status status = assumptions == NULL ? no_memory(&reader) : read_root(&reader, root);
    json_free(root);
    if (status == STATUS_OK) *out = assumptions;
    return status;
}
