/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef DASHBOARD_SETTINGS_H
#define DASHBOARD_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "query/kpi.h"

/* settings: what an operator told about the municipality, for the answers and the pages: names,
 * time zones, targets, assumptions. Read once from the configuration; immutable; any thread.
 * All zero is a valid value: nothing was told. */
struct target {
    const char *kpi;     /* id */
    const char *service; /* NULL: every service */
    const char *stat;    /* column that it speaks of: "value", "p90" */
    double value;        /* in the column's unit */
};

struct tenant_settings {
    const char *key;  /* ARS */
    const char *name; /* NULL: not told */
    const char *zone; /* NULL: SETTINGS_ZONE */
    uint32_t target_count;
    const struct target *targets;
    const char *assumptions; /* JSON text for ROI and costs; NULL: none */
};

struct service_settings {
    const char *key;
    const char *name[LANGUAGE_COUNT]; /* NULL: not told */
};

/* A page of the online forms, by the key that events name it with; the same in every service. */
struct step_settings {
    const char *key;
    const char *name[LANGUAGE_COUNT]; /* NULL: not told */
};

struct publisher; /* report/open_data.h */

struct settings {
    uint32_t tenant_count;
    const struct tenant_settings *tenants;
    uint32_t service_count;
    const struct service_settings *services;
    uint32_t step_count;
    const struct step_settings *steps;
    const char *calendar; /* words of calendar_build (calendar/calendar.h): what differs from the
                             law; NULL: nothing */
    const struct publisher *publisher; /* of open data; NULL: nothing is published */
    const char *limit; /* words of a plan's limit: by when cases are to be done; NULL: not told */
    const char *known_from; /* words of a plan: from when on all cases are known; NULL: not told */
};

#define SETTINGS_ZONE "Europe/Berlin"

/* NULL when nothing was told about it. */
const struct tenant_settings *settings_tenant(const struct settings *settings, const char *key);
const struct service_settings *settings_service(const struct settings *settings, const char *key);

/* A name in the language, else in the first that one was told in, German before the others, else
 * the key. name NULL: none was told. */
const char *settings_name(const char *const name[LANGUAGE_COUNT], enum language language,
                          const char *key);

extern const char *const language_text[LANGUAGE_COUNT]; /* "de", "en", "tr", "ar" */

#endif
