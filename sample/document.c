/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/document.h"

#include <stdio.h>
#include <string.h>

#include "sample/almanac.h"

static void add_quoted(struct text *text, const char *string) {
    text_add_json_string(text, string, strlen(string));
}

static void add_targets(struct text *text) {
    text_add_string(text, "\"targets\":{\"processing_time\":{\"p50\":1209600,\"services\":{");
    for (uint32_t i = 0; i < SERVICE_COUNT; i++)
        text_add_format(text, "%s\"%s\":{\"p50\":%u}", i == 0 ? "" : ",", town_service[i].key,
                        town_service[i].target_days * 86400u);
    text_add_string(text,
                    "}},\n   \"abandonment\":0.25,\"no_show\":0.08,\"waiting_time\":{\"p50\":600},"
                    "\"digital_take_up\":0.6,\"satisfaction\":4}");
}

void document_assumptions_file(const struct town *town, uint32_t tenant,
                               char name[DOCUMENT_NAME_BYTES]) {
    (void)snprintf(name, DOCUMENT_NAME_BYTES, "assumptions-%s.json", town->tenant[tenant].ars);
}

void document_config(const struct town *town, struct text *text) {
    char name[DOCUMENT_NAME_BYTES];
    text_add_string(text, "{\"tenants\":{");
    for (uint32_t i = 0; i < town->tenant_count; i++) {
        document_assumptions_file(town, i, name);
        text_add_format(text, "%s\n  \"%s\":{\"name\":", i == 0 ? "" : ",", town->tenant[i].ars);
        add_quoted(text, town->tenant[i].name);
        text_add_string(text, ",\"zone\":\"Europe/Berlin\",\"assumptions\":");
        add_quoted(text, name);
        text_add_string(text, ",\n   ");
        add_targets(text);
        text_add_string(text, "}");
    }
    text_add_string(text, "},\n\"services\":{");
    for (uint32_t i = 0; i < SERVICE_COUNT; i++) {
        text_add_format(text, "%s\n  \"%s\":{\"name\":{\"de\":", i == 0 ? "" : ",",
                        town_service[i].key);
        add_quoted(text, town_service[i].name_de);
        text_add_string(text, ",\"en\":");
        add_quoted(text, town_service[i].name_en);
        text_add_string(text, "}}");
    }
    text_add_string(text, "},\n\"steps\":{");
    for (uint32_t i = 0; town_step[i].key != NULL; i++) {
        text_add_format(text, "%s\n  \"%s\":{\"de\":", i == 0 ? "" : ",", town_step[i].key);
        add_quoted(text, town_step[i].name_de);
        text_add_string(text, ",\"en\":");
        add_quoted(text, town_step[i].name_en);
        text_add_string(text, "}");
    }
    text_add_string(text, "}}\n");
}

/* A figure that is invented like everything here, and says so. */
#define ORIGIN "\"source\":\"invented for the sample\",\"date\":\"2026-01-01\""
static void add_rate(struct text *text, const char *name, const char *value) {
    text_add_format(text, "\"%s\":{\"value\":%s," ORIGIN "},\n", name, value);
}

/* Prices that follow the size of a place: hundredths of a euro a case and year, in whole hundreds.
 */
static void add_cost(struct text *text, const char *name, uint64_t cases, uint64_t cents,
                     const char *after) {
    uint64_t amount = (cases * cents / 10000 + 5) * 100;
    text_add_format(text, "\"%s\":%llu%s", name, (unsigned long long)amount, after);
}

/* What was planned: somewhat more cases, and a third of the minutes saved. */
static void add_services(struct text *text, uint64_t cases) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < SERVICE_COUNT; i++)
        all += town_service[i].weight[ENTRY_ONLINE] + town_service[i].weight[ENTRY_OFFICE];
    CHECK(all > 0);
    for (uint32_t i = 0; i < SERVICE_COUNT; i++) {
        const struct town_service *service = &town_service[i];
        const uint64_t weight = service->weight[ENTRY_ONLINE] + service->weight[ENTRY_OFFICE];
        const uint64_t transactions = (cases * weight / all + 9) / 10 * 10;
        text_add_format(text,
                        "%s\n \"%s\":{" ORIGIN
                        ",\"transactions\":%llu,\"minutes_before\":%u,"
                        "\"minutes_after\":%u,\"material_saved\":{\"paper\":0.08,\"postage\":0.31,"
                        "\"printing\":0.06},\"citizen_minutes_saved\":%u}",
                        i == 0 ? "" : ",", service->key, (unsigned long long)transactions,
                        (unsigned)service->staff_minutes, service->staff_minutes * 2u / 3,
                        10u + service->serving_minutes);
    }
}

/* The same as a hosted service, and what if it goes worse or better. */
static void add_cases(struct text *text, uint64_t cases) {
    text_add_string(text, "},\n\"variants\":{\"licence\":{" ORIGIN "},\n \"saas\":{" ORIGIN
                          ",\"costs\":{\"one_off\":{\"licence\":0,");
    add_cost(text, "implementation", cases, 260, "},\"running\":{\"maintenance\":0,");
    add_cost(text, "hosting", cases, 330, "}}}},\n\"scenarios\":{");
    text_add_string(text, "\"pessimistic\":{" ORIGIN
                          ",\"factors\":{\"transactions\":0.85,\"minutes_saved\":0.75,"
                          "\"one_off_costs\":1.2,\"running_costs\":1.1}},\n \"optimistic\":{" ORIGIN
                          ",\"realised_share\":{\"value\":0.7},\"factors\":{\"transactions\":1.1,"
                          "\"minutes_saved\":1.1}}}}\n");
}

void document_assumptions(const struct town *town, uint32_t tenant, uint64_t cases_a_year,
                          struct text *text) {
    uint64_t cases = cases_a_year;
    if (tenant != TOWN_EVERYWHERE) {
        uint64_t all = 0;
        for (uint32_t i = 0; i < town->tenant_count; i++) all += town->tenant[i].size;
        CHECK(all > 0);
        cases = cases * town->tenant[tenant].size / all;
    }
    text_add_string(text,
                    "{\"version\":\"sample-1\",\"currency\":\"EUR\",\"price_basis\":"
                    "{\"prices\":\"nominal\",\"year\":2026},\"years\":5,\"go_live\":\"");
    text_add_utc(text, town_moment(town, TOWN_GO_LIVE));
    text_add_string(text, "\",\n");
    add_rate(text, "discount_rate", "0.017");
    add_rate(text, "hourly_rate", "64.5");
    add_rate(text, "realised_share", "0.6");
    add_rate(text, "budget_share", "0.25");
    text_add_string(text, "\"costs\":{" ORIGIN ",\"one_off\":{");
    add_cost(text, "licence", cases, 180, ",");
    add_cost(text, "implementation", cases, 420, ",");
    add_cost(text, "interfaces", cases, 150, ",");
    add_cost(text, "migration", cases, 80, ",");
    add_cost(text, "training", cases, 90, "},\n \"running\":{");
    add_cost(text, "hosting", cases, 90, ",");
    add_cost(text, "maintenance", cases, 140, ",");
    add_cost(text, "support", cases, 75, ",");
    add_cost(text, "training", cases, 30, "}},\n\"services\":{");
    add_services(text, cases);
    text_add_format(text,
                    "},\n\"no_shows\":{" ORIGIN
                    ",\"avoided_per_year\":%llu,\"slot_minutes\":15},\n\"channels\":{",
                    (unsigned long long)(cases / 60));
    static const struct {
        const char *name;
        uint32_t minutes, material_cents;
    } channels[] = {{"online", 14, 10},  {"app", 14, 10},   {"phone", 24, 60},
                    {"counter", 26, 70}, {"mail", 29, 240}, {"assisted", 27, 60}};
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++)
        text_add_format(text, "%s\"%s\":{" ORIGIN ",\"minutes\":%u,\"material\":%u.%02u}",
                        i == 0 ? "" : ",", channels[i].name, channels[i].minutes,
                        channels[i].material_cents / 100, channels[i].material_cents % 100);
    add_cases(text, cases);
}

void document_pilots(const struct town *town, struct text *text) {
    const struct town_pilot *pilot;
    text_add_string(text, "[");
    for (uint32_t i = 0; (pilot = town_pilot(town, i)) != NULL; i++) {
        text_add_string(text, i == 0 ? "\n  {\"name\":" : ",\n  {\"name\":");
        add_quoted(text, pilot->name);
        text_add_string(text, ",\"begin\":\"");
        text_add_utc(text, town_moment(town, pilot->begins_at));
        text_add_string(text, "\"");
        if (pilot->tenant != TOWN_EVERYWHERE)
            text_add_format(text, ",\"tenant\":\"%s\"", town->tenant[pilot->tenant].ars);
        if (pilot->service != SERVICE_COUNT)
            text_add_format(text, ",\"service\":\"%s\"", town_service[pilot->service].key);
        text_add_string(text, "}");
    }
    text_add_string(text, "]");
}
