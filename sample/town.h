/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_TOWN_H
#define SAMPLE_TOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "sample/dice.h"

/* town: the invented municipalities of the sample: who they are, what they offer, how long it takes
 * there and which pilots made it better. Names and keys have the right form and belong to nobody.
 */
enum {
    TOWN_TENANTS_MAX = 32,
    TOWN_STEPS_MAX = 6,
    TOWN_ACTIVITIES = 4, /* of cases */
    TOWN_FIELDS = 6      /* of all forms */
};

enum town_service_id {
    SERVICE_HOUSING_BENEFIT,
    SERVICE_BUILDING_PERMIT,
    SERVICE_BUSINESS,
    SERVICE_PARKING,
    SERVICE_ID_CARD,
    SERVICE_CERTIFICATE,
    SERVICE_DOG_TAX,
    SERVICE_DAY_CARE,
    SERVICE_RESIDENCE,
    SERVICE_DRIVING_LICENCE,
    SERVICE_TREE_FELLING,
    SERVICE_COUNT
};

enum town_office_id {
    OFFICE_CITIZENS,
    OFFICE_CITIZENS_NORTH, /* the second house of OFFICE_CITIZENS, for appointments */
    OFFICE_BUILDING,
    OFFICE_SOCIAL,
    OFFICE_ORDER,
    OFFICE_YOUTH,
    OFFICE_TAX,
    OFFICE_COUNT
};

/* How a case usually ends. */
enum town_ending { ENDS_DECIDED, ENDS_DELIVERED, ENDS_CLOSED };

/* The ways in which citizens begin something; each has a rhythm and a share of its own. */
enum town_entry {
    ENTRY_ONLINE,
    ENTRY_OFFICE,
    ENTRY_BOOKING,
    ENTRY_WALK_IN,
    ENTRY_VISIT,
    ENTRY_COUNT
};

struct town_service {
    const char *key, *name_de, *name_en;
    const char *step[TOWN_STEPS_MAX]; /* of the form, in order */
    uint32_t processing_minutes;      /* of office hours, median */
    uint32_t target_days;             /* promised processing time */
    uint16_t weight[ENTRY_COUNT];     /* how often people begin with it in this way */
    uint16_t requested;               /* per mille of cases that lack something */
    uint16_t step_seconds;            /* median of a form page */
    uint16_t serving_minutes;         /* median of an appointment */
    uint16_t staff_minutes;           /* median of a case */
    uint16_t cost_cents;              /* of a case */
    uint8_t step_count;
    uint8_t hot_step; /* where people give up */
    uint8_t office;   /* enum town_office_id */
    uint8_t ending;   /* enum town_ending */
};

struct town_tenant {
    char ars[13];
    char name[40];
    uint16_t size;     /* share of what happens */
    uint16_t slowness; /* per cent of the median processing time */
    uint16_t no_show;  /* per mille of appointments */
};

enum { TOWN_EVERYWHERE = 255, TOWN_GO_LIVE = 50 /* per cent of the days */ };

/* What a pilot changes, in per cent of what it was before; 0: nothing. */
struct town_pilot {
    const char *name;
    uint8_t tenant;    /* TOWN_EVERYWHERE: all */
    uint8_t service;   /* SERVICE_COUNT: all */
    uint8_t begins_at; /* per cent of the sample's days */
    uint16_t online, processing, dropout, waiting, minutes, no_show;
};

struct town {
    uint32_t tenant_count;
    struct town_tenant tenant[TOWN_TENANTS_MAX];
    int64_t start_ms, end_ms;
};

/* What holds for one tenant and service at one time. Per cent, but for no_show: per mille. */
struct town_effect {
    uint32_t online, processing, dropout, waiting, minutes, no_show;
};

extern const struct town_service town_service[SERVICE_COUNT];
/* What the steps of all forms, and activities, are called; ends with a key that is NULL. */
extern const struct town_step { const char *key, *name_de, *name_en; } town_step[];
extern const char *const town_activity[TOWN_ACTIVITIES];
extern const char *const town_office[OFFICE_COUNT];
extern const char *const town_field[TOWN_FIELDS];

void town_init(struct town *town, uint32_t tenant_count, int64_t start_ms, int64_t end_ms);
struct town_effect town_effect(const struct town *town, uint32_t tenant, uint32_t service,
                               int64_t time_ms);

/* Who begins what: a table for one day, from which town_pick draws. */
struct town_choice {
    uint32_t count;
    uint32_t sum[TOWN_TENANTS_MAX * SERVICE_COUNT]; /* cumulative */
};
void town_choose(const struct town *town, enum town_entry entry, int64_t time_ms,
                 struct town_choice *choice);
void town_pick(const struct town_choice *choice, struct dice *dice, uint32_t *tenant,
               uint32_t *service);

/* The midnight at which so many per cent of the days are over. */
int64_t town_moment(const struct town *town, uint32_t per_cent);
/* The pilots that happen in these municipalities, from 0; NULL: no more. */
const struct town_pilot *town_pilot(const struct town *town, uint32_t number);

#endif
