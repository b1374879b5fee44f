/* SPDX-License-Identifier: EUPL-1.2 */
#include "sample/town.h"

#include <stdio.h>
#include <string.h>

#include "sample/almanac.h"

/* Columns of weight: form online, case at the counter or by mail, appointment, walk-in, visit. */
const struct town_service town_service[SERVICE_COUNT] = {
    [SERVICE_HOUSING_BENEFIT] = {.key = "99900001017000",
                                 .name_de = "Wohngeld",
                                 .name_en = "Housing benefit",
                                 .step = {"person", "household", "income", "rent", "documents",
                                          "review"},
                                 .step_count = 6,
                                 .hot_step = 2,
                                 .office = OFFICE_SOCIAL,
                                 .ending = ENDS_DECIDED,
                                 .weight = {180, 150, 30, 20, 150},
                                 .processing_minutes = 9600,
                                 .requested = 340,
                                 .step_seconds = 95,
                                 .serving_minutes = 24,
                                 .staff_minutes = 70,
                                 .cost_cents = 9800,
                                 .target_days = 30},
    [SERVICE_BUILDING_PERMIT] = {.key = "99900002012000",
                                 .name_de = "Baugenehmigung",
                                 .name_en = "Building permit",
                                 .step = {"plot", "project", "plans", "review"},
                                 .step_count = 4,
                                 .hot_step = 2,
                                 .office = OFFICE_BUILDING,
                                 .ending = ENDS_DECIDED,
                                 .weight = {35, 60, 15, 4, 60},
                                 .processing_minutes = 21600,
                                 .requested = 520,
                                 .step_seconds = 210,
                                 .serving_minutes = 35,
                                 .staff_minutes = 240,
                                 .cost_cents = 52000,
                                 .target_days = 90},
    [SERVICE_BUSINESS] = {.key = "99900003104000",
                          .name_de = "Gewerbeanmeldung",
                          .name_en = "Business registration",
                          .step = {"person", "business", "activity", "review"},
                          .step_count = 4,
                          .hot_step = 2,
                          .office = OFFICE_ORDER,
                          .ending = ENDS_DELIVERED,
                          .weight = {90, 70, 20, 25, 70},
                          .processing_minutes = 700,
                          .requested = 140,
                          .step_seconds = 70,
                          .serving_minutes = 16,
                          .staff_minutes = 22,
                          .cost_cents = 3100,
                          .target_days = 3},
    [SERVICE_PARKING] = {.key = "99900004013000",
                         .name_de = "Bewohnerparkausweis",
                         .name_en = "Parking permit",
                         .step = {"address", "vehicle", "payment"},
                         .step_count = 3,
                         .hot_step = 2,
                         .office = OFFICE_ORDER,
                         .ending = ENDS_DECIDED,
                         .weight = {170, 60, 25, 40, 120},
                         .processing_minutes = 480,
                         .requested = 60,
                         .step_seconds = 45,
                         .serving_minutes = 9,
                         .staff_minutes = 9,
                         .cost_cents = 1400,
                         .target_days = 5},
    [SERVICE_ID_CARD] = {.key = "99900005012001",
                         .name_de = "Personalausweis",
                         .name_en = "Identity card",
                         .step = {"person", "review"},
                         .step_count = 2,
                         .hot_step = 0,
                         .office = OFFICE_CITIZENS,
                         .ending = ENDS_DELIVERED,
                         .weight = {20, 30, 330, 190, 140},
                         .processing_minutes = 6700,
                         .requested = 20,
                         .step_seconds = 40,
                         .serving_minutes = 10,
                         .staff_minutes = 14,
                         .cost_cents = 2900,
                         .target_days = 21},
    [SERVICE_CERTIFICATE] = {.key = "meldebescheinigung",
                             .name_de = "Meldebescheinigung",
                             .name_en = "Registration certificate",
                             .step = {"person", "purpose", "payment"},
                             .step_count = 3,
                             .hot_step = 2,
                             .office = OFFICE_CITIZENS,
                             .ending = ENDS_CLOSED,
                             .weight = {160, 80, 40, 110, 60},
                             .processing_minutes = 150,
                             .requested = 10,
                             .step_seconds = 35,
                             .serving_minutes = 6,
                             .staff_minutes = 6,
                             .cost_cents = 900,
                             .target_days = 2},
    [SERVICE_DOG_TAX] = {.key = "hundesteuer",
                         .name_de = "Hundesteuer",
                         .name_en = "Dog tax",
                         .step = {"owner", "dog", "payment"},
                         .step_count = 3,
                         .hot_step = 1,
                         .office = OFFICE_TAX,
                         .ending = ENDS_CLOSED,
                         .weight = {70, 50, 3, 8, 40},
                         .processing_minutes = 1500,
                         .requested = 70,
                         .step_seconds = 50,
                         .serving_minutes = 8,
                         .staff_minutes = 11,
                         .cost_cents = 1700,
                         .target_days = 10},
    [SERVICE_DAY_CARE] = {.key = "99900006019000",
                          .name_de = "Kita-Platz",
                          .name_en = "Day-care place",
                          .step = {"child", "care", "wishes", "review"},
                          .step_count = 4,
                          .hot_step = 2,
                          .office = OFFICE_YOUTH,
                          .ending = ENDS_DECIDED,
                          .weight = {110, 60, 12, 6, 130},
                          .processing_minutes = 14400,
                          .requested = 180,
                          .step_seconds = 85,
                          .serving_minutes = 20,
                          .staff_minutes = 38,
                          .cost_cents = 5200,
                          .target_days = 60},
    [SERVICE_RESIDENCE] = {.key = "99900005104000",
                           .name_de = "Ummeldung",
                           .name_en = "Change of residence",
                           .step = {"person", "address", "landlord", "review"},
                           .step_count = 4,
                           .hot_step = 2,
                           .office = OFFICE_CITIZENS,
                           .ending = ENDS_CLOSED,
                           .weight = {140, 40, 280, 150, 110},
                           .processing_minutes = 240,
                           .requested = 50,
                           .step_seconds = 60,
                           .serving_minutes = 14,
                           .staff_minutes = 15,
                           .cost_cents = 2300,
                           .target_days = 7},
    [SERVICE_DRIVING_LICENCE] = {.key = "99900007012000",
                                 .name_de = "Führerschein",
                                 .name_en = "Driving licence",
                                 .step = {"person", "licence", "documents", "review"},
                                 .step_count = 4,
                                 .hot_step = 2,
                                 .office = OFFICE_ORDER,
                                 .ending = ENDS_DELIVERED,
                                 .weight = {60, 40, 90, 30, 60},
                                 .processing_minutes = 8200,
                                 .requested = 160,
                                 .step_seconds = 75,
                                 .serving_minutes = 15,
                                 .staff_minutes = 26,
                                 .cost_cents = 4300,
                                 .target_days = 28},
    [SERVICE_TREE_FELLING] = {.key = "baumfaellung",
                              .name_de = "Baumfällung",
                              .name_en = "Tree felling",
                              .step = {"plot", "tree", "reason", "review"},
                              .step_count = 4,
                              .hot_step = 1,
                              .office = OFFICE_BUILDING,
                              .ending = ENDS_DECIDED,
                              .weight = {25, 25, 2, 2, 20},
                              .processing_minutes = 5200,
                              .requested = 260,
                              .step_seconds = 80,
                              .serving_minutes = 18,
                              .staff_minutes = 45,
                              .cost_cents = 6400,
                              .target_days = 28},
};

/* Of forms, and the activities of cases. */
const struct town_step town_step[] = {
    {"activity", "Tätigkeit", "Activity"},
    {"address", "Anschrift", "Address"},
    {"business", "Betrieb", "Business"},
    {"care", "Betreuung", "Care"},
    {"child", "Kind", "Child"},
    {"consult-experts", "Fachstellen beteiligen", "Consult experts"},
    {"documents", "Nachweise", "Documents"},
    {"dog", "Hund", "Dog"},
    {"draft-decision", "Bescheid entwerfen", "Draft the decision"},
    {"examine", "Prüfen", "Examine"},
    {"hear-applicant", "Anhören", "Hear the applicant"},
    {"household", "Haushalt", "Household"},
    {"income", "Einkommen", "Income"},
    {"landlord", "Wohnungsgeber", "Landlord"},
    {"licence", "Führerschein", "Licence"},
    {"owner", "Halterin oder Halter", "Owner"},
    {"payment", "Bezahlung", "Payment"},
    {"person", "Angaben zur Person", "About you"},
    {"plans", "Bauzeichnungen", "Plans"},
    {"plot", "Grundstück", "Plot"},
    {"project", "Vorhaben", "Project"},
    {"purpose", "Verwendungszweck", "Purpose"},
    {"reason", "Begründung", "Reason"},
    {"rent", "Miete", "Rent"},
    {"review", "Prüfen und absenden", "Check and send"},
    {"tree", "Baum", "Tree"},
    {"vehicle", "Fahrzeug", "Vehicle"},
    {"wishes", "Wünsche", "Wishes"},
    {NULL, NULL, NULL}};

const char *const town_activity[TOWN_ACTIVITIES] = {"examine", "consult-experts", "hear-applicant",
                                                    "draft-decision"};
const char *const town_office[OFFICE_COUNT] = {
    "buergerbuero", "buergerbuero-nord", "bauamt",    "sozialamt",
    "ordnungsamt",  "jugendamt",         "steueramt",
};
const char *const town_field[TOWN_FIELDS] = {"surname", "birthday", "income",
                                             "iban",    "plate",    "upload"};

static const char *const name_first[] = {"Pegelau",  "Lindenfurt", "Neuwerda", "Altenquell",
                                         "Birkheim", "Seelbrück",  "Hohenau",  "Rottwiesen"};
static const char *const name_last[] = {"", " an der Au", " am See", " im Tal"};
static const char *const land[] = {"09", "05", "14"}; /* Bavaria, North Rhine-Westphalia, Saxony */

/* What is not named stays as it was. */
static const struct town_pilot pilots[] = {
    {.name = "Wohngeld online",
     .tenant = 0,
     .service = SERVICE_HOUSING_BENEFIT,
     .begins_at = 50,
     .online = 260,
     .processing = 62,
     .dropout = 50,
     .minutes = 78},
    {.name = "Terminerinnerung",
     .tenant = 1,
     .service = SERVICE_COUNT,
     .begins_at = 40,
     .no_show = 48},
    {.name = "Aufrufanlage", .tenant = 0, .service = SERVICE_COUNT, .begins_at = 65, .waiting = 60},
    {.name = "Digitaler Bauantrag",
     .tenant = 2,
     .service = SERVICE_BUILDING_PERMIT,
     .begins_at = 58,
     .online = 220,
     .processing = 78,
     .dropout = 80},
    {.name = "Elektronische Akte",
     .tenant = TOWN_EVERYWHERE,
     .service = SERVICE_COUNT,
     .begins_at = TOWN_GO_LIVE,
     .minutes = 84},
};
enum { PILOT_COUNT = sizeof pilots / sizeof pilots[0] };

static const uint16_t sizes[] = {100, 62, 38, 30, 24, 20, 16, 12};
static const uint16_t slownesses[] = {100, 118, 92, 108, 126, 85, 104, 97};
static const uint16_t no_shows[] = {88, 128, 104, 70, 96, 142, 110, 80};

void town_init(struct town *town, uint32_t tenant_count, int64_t start_ms, int64_t end_ms) {
    CHECK(tenant_count >= 1 && tenant_count <= TOWN_TENANTS_MAX);
    *town = (struct town){.tenant_count = tenant_count, .start_ms = start_ms, .end_ms = end_ms};
    for (uint32_t i = 0; i < tenant_count; i++) {
        struct town_tenant *tenant = &town->tenant[i];
        /* No district of these Laender has the number 099. */
        (void)snprintf(tenant->ars, sizeof tenant->ars, "%s0990%03u%03u", land[i % 3], i / 3 % 1000,
                       i % 1000);
        (void)snprintf(tenant->name, sizeof tenant->name, "%s%s", name_first[i % 8],
                       name_last[i / 8 % 4]);
        tenant->size = sizes[i % 8];
        tenant->slowness = slownesses[i % 8];
        tenant->no_show = no_shows[i % 8];
    }
}

int64_t town_moment(const struct town *town, uint32_t per_cent) {
    int64_t days = (town->end_ms - town->start_ms) / DAY_MS;
    return town->start_ms + days * per_cent / 100 * DAY_MS;
}

static void change(uint32_t *value, uint16_t per_cent) {
    if (per_cent != 0) *value = *value * per_cent / 100;
}

struct town_effect town_effect(const struct town *town, uint32_t tenant, uint32_t service,
                               int64_t time_ms) {
    struct town_effect effect = {.online = 100,
                                 .processing = town->tenant[tenant].slowness,
                                 .dropout = 100,
                                 .waiting = 100,
                                 .minutes = 100,
                                 .no_show = town->tenant[tenant].no_show};
    for (uint32_t i = 0; i < PILOT_COUNT; i++) {
        const struct town_pilot *pilot = &pilots[i];
        if (pilot->tenant != TOWN_EVERYWHERE && pilot->tenant != tenant) continue;
        if (pilot->service != SERVICE_COUNT && pilot->service != service) continue;
        if (time_ms < town_moment(town, pilot->begins_at)) continue;
        change(&effect.online, pilot->online);
        change(&effect.processing, pilot->processing);
        change(&effect.dropout, pilot->dropout);
        change(&effect.waiting, pilot->waiting);
        change(&effect.minutes, pilot->minutes);
        change(&effect.no_show, pilot->no_show);
    }
    return effect;
}

const struct town_pilot *town_pilot(const struct town *town, uint32_t number) {
    for (uint32_t i = 0; i < PILOT_COUNT; i++) {
        bool here = pilots[i].tenant == TOWN_EVERYWHERE || pilots[i].tenant < town->tenant_count;
        if (here && number-- == 0) return &pilots[i];
    }
    return NULL;
}

void town_choose(const struct town *town, enum town_entry entry, int64_t time_ms,
                 struct town_choice *choice) {
    uint32_t sum = 0;
    choice->count = town->tenant_count * SERVICE_COUNT;
    for (uint32_t i = 0; i < choice->count; i++) {
        uint32_t tenant = i / SERVICE_COUNT, service = i % SERVICE_COUNT;
        uint32_t weight = town->tenant[tenant].size * (uint32_t)town_service[service].weight[entry];
        uint32_t online = town_effect(town, tenant, service, time_ms).online;
        if (entry == ENTRY_ONLINE) weight = weight * online / 100;
        if (entry == ENTRY_OFFICE) weight = weight * 100 / online;
        sum += weight;
        choice->sum[i] = sum;
    }
}

void town_pick(const struct town_choice *choice, struct dice *dice, uint32_t *tenant,
               uint32_t *service) {
    uint32_t roll = dice_below(dice, choice->sum[choice->count - 1]);
    uint32_t low = 0, high = choice->count - 1; /* the first sum above the roll */
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (choice->sum[middle] > roll) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    *tenant = low / SERVICE_COUNT;
    *service = low % SERVICE_COUNT;
}
