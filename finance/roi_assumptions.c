/* SPDX-License-Identifier: EUPL-1.2 */
/* Reads an assumptions file. Strict: every figure has its bounds, its source and its date, and a
 * name that is not known is an error, because a figure that is silently ignored makes a wrong
 * decision look calculated. */
#include "finance/roi_assumptions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"

#define AMOUNT_MAX   1e12 /* of money a year */
#define MINUTES_MAX  1e6  /* per transaction */
#define CASES_MAX    1e10 /* a year */
#define FACTOR_MAX   100.0
#define DISCOUNT_MIN (-0.5) /* a year */
#define DISCOUNT_MAX 1.0
#define DAY_MS       INT64_C(86400000)

enum {
    PATH_BYTES_MAX = 160,
    SERVICE_KEY_BYTES_MAX = 64,
    GO_LIVE_YEAR_MIN = 1990,
    GO_LIVE_YEAR_MAX = 2199
};

static const char *const cost_texts[ROI_COST_COUNT] = {
#define X(name, text) [ROI_##name] = text,
    ROI_ONE_OFF_LIST(X) ROI_RUNNING_LIST(X)
#undef X
};
static const char *const input_texts[ROI_INPUT_COUNT] = {
#define X(name, text) text,
    ROI_INPUT_LIST(X)
#undef X
};
static const char *const shape_texts[] = {[ROI_FIXED] = "fixed",
                                          [ROI_UNIFORM] = "uniform",
                                          [ROI_TRIANGULAR] = "triangular",
                                          [ROI_NORMAL] = "normal"};
static const char *const scenario_texts[ROI_SCENARIO_COUNT] = {[ROI_EXPECTED] = "expected",
                                                               [ROI_PESSIMISTIC] = "pessimistic",
                                                               [ROI_OPTIMISTIC] = "optimistic"};

const char *roi_cost_text(enum roi_cost cost) {
    return cost_texts[cost];
}
const char *roi_input_text(enum roi_input input) {
    return input_texts[input];
}
const char *roi_shape_text(enum roi_shape shape) {
    return shape_texts[shape];
}
const char *roi_scenario_text(enum roi_scenario scenario) {
    return scenario_texts[scenario];
}

/* --- reading --- */

/* Where in the file: for the sentence of an error. */
struct place {
    const struct place *outer; /* NULL: the file itself */
    const char *name;
};

struct reader {
    const struct time_zone *zone;
    struct arena *arena;
    struct error *err;
    struct roi_assumptions *out;
    const struct roi_origin *override; /* of a variant or scenario: what it does not say stays as it
                                          is, and what it says has this origin; NULL: the file */
};

static size_t write_path(const struct place *place, char *text, size_t used) {
    if (place == NULL) return used;
    used = write_path(place->outer, text, used);
    int more = snprintf(text + used, PATH_BYTES_MAX - used, "%s%s", used > 0 ? "." : "",
                        place->name == NULL ? "" : place->name);
    return used + (size_t)more < PATH_BYTES_MAX ? used + (size_t)more : PATH_BYTES_MAX - 1;
}

static enum status invalid(const struct reader *reader, const struct place *at, const char *name,
                           const char *what) {
    char path[PATH_BYTES_MAX] = "";
    const struct place whole = {at, name};
    (void)write_path(&whole, path, 0);
    return error_set(reader->err, STATUS_INVALID, "assumptions: %s %s", path, what);
}

static enum status no_memory(const struct reader *reader) {
    return error_set(reader->err, STATUS_NO_MEMORY, "assumptions: memory budget used up");
}

/* An object whose members all have names of the list, each at most once. */
static enum status check_members(const struct reader *reader, const struct json *object,
                                 const struct place *at, const char *const *names, uint32_t count) {
    uint32_t seen = 0;
    if (json_kind(object) != JSON_OBJECT)
        return invalid(reader, at->outer, at->name, "is no object");
    for (const struct json *member = json_first(object); member != NULL;
         member = json_next(member)) {
        uint32_t i = 0;
        while (i < count && strcmp(names[i], json_name(member)) != 0) i++;
        if (i == count) return invalid(reader, at, json_name(member), "is not known here");
        if ((seen >> i & 1) != 0) return invalid(reader, at, names[i], "is named twice");
        seen |= 1u << i;
    }
    return STATUS_OK;
}
#define CHECK_MEMBERS(reader, object, at, ...)                                  \
    check_members((reader), (object), (at), (const char *const[]){__VA_ARGS__}, \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* *out stays as it is where the value is absent. */
static enum status read_number(const struct reader *reader, const struct json *value,
                               const struct place *at, const char *name, double least, double most,
                               double *out) {
    if (value == NULL) return STATUS_OK;
    double number = json_kind(value) == JSON_NUMBER ? json_number(value, NAN) : NAN;
    if (!(number >= least && number <= most)) {
        char what[80];
        (void)snprintf(what, sizeof what, "must be a number from %.15g to %.15g", least, most);
        return invalid(reader, at, name, what);
    }
    *out = number;
    return STATUS_OK;
}

/* One number for each of the years 1..N, or a list of them. */
static enum status read_years(const struct reader *reader, const struct json *value,
                              const struct place *at, const char *name, double most, double *out) {
    const uint32_t years = reader->out->years;
    if (value == NULL) return STATUS_OK;
    bool list = json_kind(value) == JSON_ARRAY;
    if (list && json_count(value) != years)
        return invalid(reader, at, name, "must have one number for each of the years 1..N");
    const struct json *number = list ? json_first(value) : value;
    for (uint32_t t = 1; t <= years; t++) {
        TRY(read_number(reader, number, at, name, 0, most, &out[t]));
        if (list) number = json_next(number);
    }
    return STATUS_OK;
}

static enum status read_text(const struct reader *reader, const struct json *object,
                             const struct place *at, const char *name, const char **out) {
    const char *text = json_text(json_member(object, name), "");
    size_t size = strlen(text);
    if (size == 0) return invalid(reader, at, name, "is missing or no text");
    if (size > ROI_TEXT_BYTES_MAX) return invalid(reader, at, name, "is too long");
    *out = arena_copy_text(reader->arena, text, size);
    return *out == NULL ? no_memory(reader) : STATUS_OK;
}

/* Every object with figures says where they come from. Within a variant or scenario it need not
 * say it again. */
static enum status read_origin(const struct reader *reader, const struct json *object,
                               const struct place *at, struct roi_origin *out) {
    if (reader->override != NULL) {
        *out = *reader->override;
        if (json_member(object, "source") == NULL && json_member(object, "date") == NULL)
            return STATUS_OK;
    }
    TRY(read_text(reader, object, at, "source", &out->source));
    TRY(read_text(reader, object, at, "date", &out->date));
    int64_t day;
    return timestamp_parse_day(out->date, strlen(out->date), &day)
               ? STATUS_OK
               : invalid(reader, at, "date", "is no date, as 2026-01-31");
}

static enum status read_rate(const struct reader *reader, const struct json *root,
                             const struct place *outer, const char *name, bool required,
                             double least, double most, struct roi_rate *out) {
    const struct json *rate = json_member(root, name), *value = json_member(rate, "value");
    const struct place at = {outer, name};
    if (rate == NULL && (!required || reader->override != NULL)) return STATUS_OK;
    if (rate == NULL) return invalid(reader, outer, name, "is missing");
    TRY(CHECK_MEMBERS(reader, rate, &at, "value", "source", "date"));
    if (value == NULL) return invalid(reader, &at, "value", "is missing");
    TRY(read_number(reader, value, &at, "value", least, most, &out->value));
    return read_origin(reader, rate, &at, &out->origin);
}

/* --- costs --- */

static enum status read_amount(const struct reader *reader, const struct json *value,
                               const struct place *at, const char *name, enum roi_cost cost) {
    double *amounts = reader->out->cost[cost].amount;
    if (cost < ROI_ONE_OFF_COUNT)
        return read_number(reader, value, at, name, 0, AMOUNT_MAX, &amounts[0]);
    return read_years(reader, value, at, name, AMOUNT_MAX, amounts);
}

/* A plain amount, or an object that says more about it. */
static enum status read_cost(const struct reader *reader, const struct json *value,
                             const struct place *group, enum roi_cost cost,
                             const struct roi_origin *origin) {
    struct roi_cost_line *line = &reader->out->cost[cost];
    const struct place at = {group, cost_texts[cost]};
    line->given = true;
    line->origin = *origin;
    if (json_kind(value) != JSON_OBJECT)
        return read_amount(reader, value, group, cost_texts[cost], cost);
    TRY(CHECK_MEMBERS(reader, value, &at, "amount", "budget_effective", "position", "source",
                      "date"));
    const struct json *effective = json_member(value, "budget_effective");
    if (effective != NULL && json_kind(effective) != JSON_BOOLEAN)
        return invalid(reader, &at, "budget_effective", "must be true or false");
    line->budget_effective = json_boolean(effective, line->budget_effective);
    if (json_member(value, "position") != NULL)
        TRY(read_text(reader, value, &at, "position", &line->position));
    if (json_member(value, "source") != NULL || json_member(value, "date") != NULL)
        TRY(read_origin(reader, value, &at, &line->origin));
    const struct json *amount = json_member(value, "amount");
    if (amount == NULL) return invalid(reader, &at, "amount", "is missing");
    return read_amount(reader, amount, &at, "amount", cost);
}

static enum status read_cost_group(const struct reader *reader, const struct json *costs,
                                   const struct place *outer, const char *group, enum roi_cost from,
                                   enum roi_cost to, const struct roi_origin *origin) {
    const struct json *object = json_member(costs, group);
    const struct place at = {outer, group};
    if (object == NULL) return STATUS_OK;
    TRY(check_members(reader, object, &at, cost_texts + from, (uint32_t)(to - from)));
    for (enum roi_cost cost = from; cost < to; cost++) {
        const struct json *value = json_member(object, cost_texts[cost]);
        if (value != NULL) TRY(read_cost(reader, value, &at, cost, origin));
    }
    return STATUS_OK;
}

/* "costs" replaces single costs; a variant takes one away by giving it the amount 0. */
static enum status read_costs(const struct reader *reader, const struct json *root,
                              const struct place *outer) {
    const struct json *costs = json_member(root, "costs");
    const struct place at = {outer, "costs"};
    struct roi_origin origin;
    if (costs == NULL && reader->override != NULL) return STATUS_OK;
    if (costs == NULL) return invalid(reader, outer, "costs", "is missing");
    TRY(CHECK_MEMBERS(reader, costs, &at, "one_off", "running", "source", "date"));
    TRY(read_origin(reader, costs, &at, &origin));
    TRY(read_cost_group(reader, costs, &at, "one_off", 0, ROI_ONE_OFF_COUNT, &origin));
    return read_cost_group(reader, costs, &at, "running", ROI_ONE_OFF_COUNT, ROI_COST_COUNT,
                           &origin);
}

/* --- services, appointments, channels --- */

static enum status read_material(const struct reader *reader, const struct json *service,
                                 const struct place *outer, double *out) {
    static const char *const kinds[] = {"paper", "postage", "printing"};
    const struct json *material = json_member(service, "material_saved");
    const struct place at = {outer, "material_saved"};
    if (material == NULL) return STATUS_OK;
    TRY(check_members(reader, material, &at, kinds, 3));
    *out = 0;
    for (int i = 0; i < 3; i++) {
        double amount = 0;
        TRY(read_number(reader, json_member(material, kinds[i]), &at, kinds[i], -AMOUNT_MAX,
                        AMOUNT_MAX, &amount));
        *out += amount;
    }
    return STATUS_OK;
}

static enum status read_service(const struct reader *reader, const struct json *service,
                                const struct place *at, struct roi_service *out) {
    TRY(CHECK_MEMBERS(reader, service, at, "transactions", "minutes_before", "minutes_after",
                      "material_saved", "citizen_minutes_saved", "source", "date"));
    TRY(read_origin(reader, service, at, &out->origin));
    TRY(read_years(reader, json_member(service, "transactions"), at, "transactions", CASES_MAX,
                   out->transactions));
    TRY(read_number(reader, json_member(service, "minutes_before"), at, "minutes_before", 0,
                    MINUTES_MAX, &out->minutes_before));
    TRY(read_number(reader, json_member(service, "minutes_after"), at, "minutes_after", 0,
                    MINUTES_MAX, &out->minutes_after));
    TRY(read_number(reader, json_member(service, "citizen_minutes_saved"), at,
                    "citizen_minutes_saved", -MINUTES_MAX, MINUTES_MAX,
                    &out->citizen_minutes_saved));
    return read_material(reader, service, at, &out->material_saved);
}

static int by_key(const void *a, const void *b) {
    const struct roi_service *x = a, *y = b;
    return strcmp(x->service, y->service);
}

/* A service of which nothing is assumed yet. */
static enum status begin_service(const struct reader *reader, const char *key,
                                 struct roi_service *out) {
    *out = (struct roi_service){.minutes_before = NAN, .minutes_after = NAN};
    for (uint32_t t = 0; t <= ROI_YEARS_MAX; t++) out->transactions[t] = NAN;
    out->service = arena_copy_text(reader->arena, key, strlen(key));
    return out->service == NULL ? no_memory(reader) : STATUS_OK;
}

static enum status read_each_service(const struct reader *reader, const struct json *object,
                                     const struct place *at, struct roi_service *services) {
    struct roi_assumptions *out = reader->out;
    uint32_t added = 0;
    for (const struct json *member = json_first(object); member != NULL;
         member = json_next(member)) {
        const char *key = json_name(member);
        const struct place here = {at, key};
        if (key[0] == '\0' || strlen(key) > SERVICE_KEY_BYTES_MAX)
            return invalid(reader, at, key, "is no key of a service");
        const struct roi_service *known = roi_assumptions_service(out, key);
        struct roi_service *service = known == NULL ? &services[out->service_count + added++]
                                                    : &services[known - out->services];
        if (known == NULL) TRY(begin_service(reader, key, service));
        TRY(read_service(reader, member, &here, service));
    }
    qsort(services, out->service_count + added, sizeof *services, by_key);
    for (uint32_t i = 1; i < out->service_count + added; i++)
        if (by_key(&services[i - 1], &services[i]) == 0)
            return invalid(reader, at, services[i].service, "is named twice");
    out->services = services;
    out->service_count += added;
    return STATUS_OK;
}

static enum status read_services(const struct reader *reader, const struct json *root,
                                 const struct place *outer) {
    const struct json *object = json_member(root, "services");
    const struct place at = {outer, "services"};
    const struct roi_assumptions *out = reader->out;
    if (object == NULL) return STATUS_OK;
    if (json_kind(object) != JSON_OBJECT) return invalid(reader, outer, "services", "is no object");
    const uint32_t most = out->service_count + json_count(object);
    if (most > ROI_SERVICES_MAX) return invalid(reader, outer, "services", "are more than 1000");
    struct roi_service *services = arena_push_array(reader->arena, struct roi_service, most);
    if (services == NULL) return no_memory(reader);
    if (out->service_count > 0)
        memcpy(services, out->services, out->service_count * sizeof *services);
    return read_each_service(reader, object, &at, services);
}

const struct roi_service *roi_assumptions_service(const struct roi_assumptions *assumptions,
                                                  const char *service) {
    if (assumptions->service_count == 0) return NULL;
    const struct roi_service wanted = {.service = service};
    return bsearch(&wanted, assumptions->services, assumptions->service_count, sizeof wanted,
                   by_key);
}

static enum status read_no_shows(const struct reader *reader, const struct json *root,
                                 const struct place *outer) {
    const struct json *no_shows = json_member(root, "no_shows");
    const struct place at = {outer, "no_shows"};
    struct roi_assumptions *out = reader->out;
    if (no_shows == NULL) return STATUS_OK;
    TRY(CHECK_MEMBERS(reader, no_shows, &at, "avoided_per_year", "slot_minutes", "source", "date"));
    TRY(read_origin(reader, no_shows, &at, &out->no_shows_origin));
    TRY(read_number(reader, json_member(no_shows, "avoided_per_year"), &at, "avoided_per_year", 0,
                    CASES_MAX, &out->no_shows_avoided));
    return read_number(reader, json_member(no_shows, "slot_minutes"), &at, "slot_minutes", 0,
                       MINUTES_MAX, &out->no_show_slot_minutes);
}

static enum status read_channel(const struct reader *reader, const struct json *object,
                                const struct place *at, struct roi_channel *out) {
    TRY(CHECK_MEMBERS(reader, object, at, "minutes", "material", "fixed_per_year", "source",
                      "date"));
    if (!out->given) out->minutes = NAN;
    out->given = true;
    TRY(read_origin(reader, object, at, &out->origin));
    TRY(read_number(reader, json_member(object, "minutes"), at, "minutes", 0, MINUTES_MAX,
                    &out->minutes));
    TRY(read_number(reader, json_member(object, "material"), at, "material", 0, AMOUNT_MAX,
                    &out->material));
    return read_number(reader, json_member(object, "fixed_per_year"), at, "fixed_per_year", 0,
                       AMOUNT_MAX, &out->fixed_per_year);
}

static enum status read_channels(const struct reader *reader, const struct json *root,
                                 const struct place *outer) {
    const struct json *channels = json_member(root, "channels");
    const struct place at = {outer, "channels"};
    if (channels == NULL) return STATUS_OK;
    const char *names[CHANNEL_COUNT];
    for (enum channel channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++)
        names[channel] = channel_text(channel);
    TRY(check_members(reader, channels, &at, names + 1, CHANNEL_COUNT - 1));
    for (enum channel channel = CHANNEL_ABSENT + 1; channel < CHANNEL_COUNT; channel++) {
        const struct json *object = json_member(channels, names[channel]);
        const struct place here = {&at, names[channel]};
        if (object != NULL)
            TRY(read_channel(reader, object, &here, &reader->out->channel[channel]));
    }
    return STATUS_OK;
}

/* --- uncertainty --- */

/* Where the file is silent: as far off as the bars of the tornado. */
static const struct roi_spread default_spread = {
    ROI_TRIANGULAR, 0.8, 1.2, {"Pegel's default: the file names no distribution", "2026-01-01"}};
static const enum roi_input drawn_inputs[] = {ROI_INPUT_TRANSACTIONS, ROI_INPUT_MINUTES_SAVED,
                                              ROI_INPUT_HOURLY_RATE};
enum { DRAWN_INPUTS = sizeof drawn_inputs / sizeof *drawn_inputs };

static enum status read_shape(const struct reader *reader, const struct json *object,
                              const struct place *at, enum roi_shape *out) {
    const char *text = json_text(json_member(object, "distribution"), "");
    for (enum roi_shape shape = ROI_FIXED; shape <= ROI_NORMAL; shape++) {
        *out = shape;
        if (strcmp(text, shape_texts[shape]) == 0) return STATUS_OK;
    }
    return invalid(reader, at, "distribution", "must be one of fixed, uniform, triangular, normal");
}

static enum status read_spread(const struct reader *reader, const struct json *object,
                               const struct place *at, struct roi_spread *out) {
    TRY(CHECK_MEMBERS(reader, object, at, "distribution", "low", "high", "source", "date"));
    TRY(read_origin(reader, object, at, &out->origin));
    TRY(read_shape(reader, object, at, &out->shape));
    out->low = out->high = 1;
    if (out->shape == ROI_FIXED) return STATUS_OK;
    if (json_member(object, "low") == NULL) return invalid(reader, at, "low", "is missing");
    if (json_member(object, "high") == NULL) return invalid(reader, at, "high", "is missing");
    TRY(read_number(reader, json_member(object, "low"), at, "low", 0, 1, &out->low));
    return read_number(reader, json_member(object, "high"), at, "high", 1, FACTOR_MAX, &out->high);
}

static enum status read_uncertainty(const struct reader *reader, const struct json *root) {
    const struct json *object = json_member(root, "uncertainty");
    const struct place at = {NULL, "uncertainty"};
    const char *names[DRAWN_INPUTS];
    for (int i = 0; i < DRAWN_INPUTS; i++) {
        names[i] = input_texts[drawn_inputs[i]];
        reader->out->spread[drawn_inputs[i]] = default_spread;
    }
    if (object == NULL) return STATUS_OK;
    TRY(check_members(reader, object, &at, names, DRAWN_INPUTS));
    for (int i = 0; i < DRAWN_INPUTS; i++) {
        const struct json *spread = json_member(object, names[i]);
        const struct place here = {&at, names[i]};
        if (spread != NULL)
            TRY(read_spread(reader, spread, &here, &reader->out->spread[drawn_inputs[i]]));
    }
    return STATUS_OK;
}

/* --- the head --- */

static enum status read_go_live(const struct reader *reader, const struct json *root) {
    const struct json *value = json_member(root, "go_live");
    struct roi_assumptions *out = reader->out;
    out->edge_count = 2;
    out->edge_ms[0] = TIMESTAMP_MS_MIN;
    out->edge_ms[1] = TIMESTAMP_MS_MAX;
    if (value == NULL) return STATUS_OK;
    const char *text = json_text(value, "");
    int64_t local_ms, utc_ms, date;
    if (timestamp_parse(text, strlen(text), &utc_ms))
        local_ms = timezone_local_ms(reader->zone, utc_ms);
    else if (timestamp_parse_day(text, strlen(text), &date))
        local_ms = date * DAY_MS;
    else
        return invalid(reader, NULL, "go_live", "is neither a date nor a time with its offset");
    out->has_go_live = true;
    /* The same day of the month and time of day, years later; after 29 February comes 1 March. */
    const int64_t local_day = local_ms / DAY_MS - (local_ms % DAY_MS < 0);
    int64_t year;
    int month, day;
    timestamp_civil_from_days(local_day, &year, &month, &day);
    for (uint32_t t = 0; t <= out->years; t++) {
        const int64_t then = timestamp_days_from_civil(year + t, month, 1) + day - 1;
        out->edge_ms[1 + t] =
            timezone_utc_ms(reader->zone, then * DAY_MS + (local_ms - local_day * DAY_MS));
    }
    if (year < GO_LIVE_YEAR_MIN || year > GO_LIVE_YEAR_MAX)
        return invalid(reader, NULL, "go_live", "must be in the years 1990 to 2199");
    out->edge_count = out->years + 3;
    out->edge_ms[out->years + 2] = TIMESTAMP_MS_MAX;
    return STATUS_OK;
}

static enum status read_year_count(const struct reader *reader, const struct json *root) {
    const struct json *value = json_member(root, "years");
    if (value == NULL) return invalid(reader, NULL, "years", "is missing");
    double years = 0;
    TRY(read_number(reader, value, NULL, "years", 1, ROI_YEARS_MAX, &years));
    if (years != floor(years)) return invalid(reader, NULL, "years", "must be a whole number");
    reader->out->years = (uint32_t)years;
    return STATUS_OK;
}

/* Nominal prices go with a nominal discount rate, real ones with a real one. */
static enum status read_price_basis(const struct reader *reader, const struct json *root) {
    const struct json *basis = json_member(root, "price_basis");
    const struct place at = {NULL, "price_basis"};
    if (basis == NULL) return invalid(reader, NULL, "price_basis", "is missing");
    TRY(CHECK_MEMBERS(reader, basis, &at, "prices", "year"));
    const char *prices = json_text(json_member(basis, "prices"), "");
    reader->out->real_prices = strcmp(prices, "real") == 0;
    if (!reader->out->real_prices && strcmp(prices, "nominal") != 0)
        return invalid(reader, &at, "prices", "must be nominal or real");
    double year = 0;
    if (json_member(basis, "year") == NULL) return invalid(reader, &at, "year", "is missing");
    TRY(read_number(reader, json_member(basis, "year"), &at, "year", 1990, 2199, &year));
    if (year != floor(year)) return invalid(reader, &at, "year", "must be a whole number");
    reader->out->price_year = (uint32_t)year;
    return STATUS_OK;
}

static enum status read_head(const struct reader *reader, const struct json *root) {
    struct roi_assumptions *out = reader->out;
    TRY(read_text(reader, root, NULL, "version", &out->version));
    TRY(read_text(reader, root, NULL, "currency", &out->currency));
    if (strlen(out->currency) != 3 || strspn(out->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
        return invalid(reader, NULL, "currency", "is no currency code of three letters, as EUR");
    TRY(read_price_basis(reader, root));
    TRY(read_year_count(reader, root));
    TRY(read_go_live(reader, root));
    return read_uncertainty(reader, root);
}

/* What a variant or scenario may say differently. */
#define FIGURES                                                                         \
    "discount_rate", "hourly_rate", "realised_share", "budget_share", "grant", "costs", \
        "services", "no_shows", "channels"

static enum status read_figures(const struct reader *reader, const struct json *root,
                                const struct place *at) {
    struct roi_assumptions *out = reader->out;
    TRY(read_rate(reader, root, at, "discount_rate", true, DISCOUNT_MIN, DISCOUNT_MAX,
                  &out->discount));
    TRY(read_rate(reader, root, at, "hourly_rate", true, 0, 10000, &out->hourly_rate));
    TRY(read_rate(reader, root, at, "realised_share", true, 0, 1, &out->realised_share));
    TRY(read_rate(reader, root, at, "budget_share", false, 0, 1, &out->budget_share));
    TRY(read_rate(reader, root, at, "grant", false, 0, AMOUNT_MAX, &out->grant));
    TRY(read_costs(reader, root, at));
    TRY(read_services(reader, root, at));
    TRY(read_no_shows(reader, root, at));
    return read_channels(reader, root, at);
}

static enum status read_factors(const struct reader *reader, const struct json *object,
                                const struct place *outer) {
    const struct json *factors = json_member(object, "factors");
    const struct place at = {outer, "factors"};
    if (factors == NULL) return STATUS_OK;
    TRY(check_members(reader, factors, &at, input_texts, ROI_INPUT_COUNT));
    for (enum roi_input input = 0; input < ROI_INPUT_COUNT; input++)
        TRY(read_number(reader, json_member(factors, input_texts[input]), &at, input_texts[input],
                        0, FACTOR_MAX, &reader->out->factor[input]));
    return STATUS_OK;
}

/* A rate of its own may be within its bounds, and yet not with its factor. */
static enum status check_rate(const struct reader *reader, const struct place *at) {
    const double rate = reader->out->discount.value * reader->out->factor[ROI_INPUT_DISCOUNT_RATE];
    if (rate >= DISCOUNT_MIN && rate <= DISCOUNT_MAX) return STATUS_OK;
    return invalid(reader, at, "factors", "make a discount rate below -0.5 or above 1");
}

/* --- cases --- */

/* A copy of `from` with what the object says differently. */
static enum status derive(const struct reader *file, const struct json *object,
                          const struct place *at, const struct roi_assumptions *from,
                          struct roi_origin *origin, struct roi_assumptions **out) {
    *out = arena_push_array(file->arena, struct roi_assumptions, 1);
    if (*out == NULL) return no_memory(file);
    **out = *from;
    struct reader reader = *file;
    reader.out = *out;
    if (object == NULL) return STATUS_OK;
    TRY(CHECK_MEMBERS(&reader, object, at, FIGURES, "factors", "source", "date"));
    TRY(read_origin(&reader, object, at, origin));
    reader.override = origin;
    TRY(read_figures(&reader, object, at));
    TRY(read_factors(&reader, object, at));
    return check_rate(&reader, at);
}

static enum status read_variant(const struct reader *file, const struct json *root,
                                const struct json *variant, const struct place *at,
                                struct roi_case *cases) {
    const struct json *scenarios = json_member(root, "scenarios");
    const struct place outer = {NULL, "scenarios"};
    struct roi_assumptions *base, *figures;
    struct roi_origin origin = {NULL, NULL};
    TRY(derive(file, variant, at, file->out, &origin, &base));
    if (scenarios != NULL)
        TRY(check_members(file, scenarios, &outer, scenario_texts, ROI_SCENARIO_COUNT));
    for (enum roi_scenario scenario = 0; scenario < ROI_SCENARIO_COUNT; scenario++) {
        const struct place here = {&outer, scenario_texts[scenario]};
        struct roi_case *one = &cases[scenario];
        one->origin = origin;
        TRY(derive(file, json_member(scenarios, scenario_texts[scenario]), &here, base,
                   &one->origin, &figures));
        one->scenario = scenario;
        one->figures = figures;
    }
    return STATUS_OK;
}

static enum status read_variant_name(const struct reader *reader, const struct json *variant,
                                     const char **out) {
    const struct place at = {NULL, "variants"};
    const char *name = json_name(variant);
    if (name[0] == '\0' || strlen(name) > SERVICE_KEY_BYTES_MAX)
        return invalid(reader, &at, name, "is no name of a variant");
    *out = arena_copy_text(reader->arena, name, strlen(name));
    return *out == NULL ? no_memory(reader) : STATUS_OK;
}

/* Scenarios that the file does not name are left out; expected is always there. */
static uint32_t keep_named(const struct json *root, struct roi_case *cases, uint32_t count) {
    const struct json *scenarios = json_member(root, "scenarios");
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (cases[i].scenario == ROI_EXPECTED ||
            json_member(scenarios, scenario_texts[cases[i].scenario]) != NULL)
            cases[kept++] = cases[i];
    return kept;
}

static enum status read_variants(const struct reader *reader, const struct json *root,
                                 struct roi_case *cases, uint32_t *count) {
    const struct json *variants = json_member(root, "variants");
    const struct place at = {NULL, "variants"};
    *count = 0;
    if (variants == NULL) {
        for (uint32_t i = 0; i < ROI_SCENARIO_COUNT; i++) cases[i].variant = "";
        *count = ROI_SCENARIO_COUNT;
        return read_variant(reader, root, NULL, NULL, cases);
    }
    if (json_kind(variants) != JSON_OBJECT || json_count(variants) == 0 ||
        json_count(variants) > ROI_VARIANTS_MAX)
        return invalid(reader, NULL, "variants", "must be an object of one to eight variants");
    for (const struct json *variant = json_first(variants); variant != NULL;
         variant = json_next(variant), *count += ROI_SCENARIO_COUNT) {
        struct roi_case *own = &cases[*count];
        const char *name = "";
        TRY(read_variant_name(reader, variant, &name));
        for (uint32_t i = 0; i < *count; i++)
            if (strcmp(cases[i].variant, name) == 0)
                return invalid(reader, &at, name, "is named twice");
        for (uint32_t i = 0; i < ROI_SCENARIO_COUNT; i++) own[i].variant = name;
        const struct place here = {&at, name};
        TRY(read_variant(reader, root, variant, &here, own));
    }
    return STATUS_OK;
}

/* The expected case of the chosen variant, else of the first. */
static enum status choose(const struct reader *reader, const struct json *root,
                          const struct roi_case *cases, uint32_t count,
                          const struct roi_assumptions **out) {
    const struct json *chosen = json_member(root, "chosen_variant");
    for (uint32_t i = 0; i < count; i++) {
        if (cases[i].scenario != ROI_EXPECTED) continue;
        if (chosen != NULL && strcmp(json_text(chosen, ""), cases[i].variant) != 0) continue;
        *out = cases[i].figures;
        return STATUS_OK;
    }
    return invalid(reader, NULL, "chosen_variant", "is none of the variants");
}

static enum status read_cases(const struct reader *reader, const struct json *root,
                              const struct roi_assumptions **out) {
    struct roi_case *cases =
        arena_push_array(reader->arena, struct roi_case, ROI_VARIANTS_MAX * ROI_SCENARIO_COUNT);
    uint32_t count;
    if (cases == NULL) return no_memory(reader);
    TRY(read_variants(reader, root, cases, &count));
    count = keep_named(root, cases, count);
    for (uint32_t i = 0; i < count; i++) {
        struct roi_assumptions *figures = (struct roi_assumptions *)cases[i].figures;
        figures->cases = cases;
        figures->case_count = count;
    }
    return choose(reader, root, cases, count, out);
}

static void begin(struct roi_assumptions *out) {
    static const struct roi_origin none = {"", ""};
    out->budget_share.origin = out->grant.origin = out->no_shows_origin = none;
    for (enum roi_input input = 0; input < ROI_INPUT_COUNT; input++) out->factor[input] = 1;
    for (enum roi_cost cost = 0; cost < ROI_COST_COUNT; cost++)
        out->cost[cost] = (struct roi_cost_line){
            .budget_effective = true, .position = cost_texts[cost], .origin = none};
}

static enum status read_root(const struct reader *reader, const struct json *root,
                             const struct roi_assumptions **out) {
    const struct place file = {NULL, "the file"};
    if (json_kind(root) != JSON_OBJECT)
        return error_set(reader->err, STATUS_INVALID, "assumptions: the file is no JSON object");
    TRY(CHECK_MEMBERS(reader, root, &file, "version", "currency", "price_basis", "years", "go_live",
                      FIGURES, "uncertainty", "scenarios", "variants", "chosen_variant"));
    begin(reader->out);
    TRY(read_head(reader, root));
    TRY(read_figures(reader, root, NULL));
    return read_cases(reader, root, out);
}

enum status roi_assumptions_parse(const char *json, size_t size, const struct time_zone *zone,
                                  struct arena *arena, const struct roi_assumptions **out,
                                  struct error *err) {
    struct json *root = NULL;
    *out = NULL;
    TRY(json_parse(json, size, &root, err));
    struct roi_assumptions *file = arena_push_array(arena, struct roi_assumptions, 1);
    const struct reader reader = {zone, arena, err, file, NULL};
    enum status status = file == NULL ? no_memory(&reader) : read_root(&reader, root, out);
    json_free(root);
    return status;
}
