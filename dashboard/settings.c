/* SPDX-License-Identifier: EUPL-1.2 */
#include "dashboard/settings.h"

#include <string.h>

const char *const language_text[LANGUAGE_COUNT] = {
    [LANGUAGE_DE] = "de", [LANGUAGE_EN] = "en", [LANGUAGE_TR] = "tr", [LANGUAGE_AR] = "ar"};

const struct tenant_settings *settings_tenant(const struct settings *settings, const char *key) {
    for (uint32_t at = 0; at < settings->tenant_count; at++)
        if (strcmp(settings->tenants[at].key, key) == 0) return &settings->tenants[at];
    return NULL;
}

const struct service_settings *settings_service(const struct settings *settings, const char *key) {
    for (uint32_t at = 0; at < settings->service_count; at++)
        if (strcmp(settings->services[at].key, key) == 0) return &settings->services[at];
    return NULL;
}

const char *settings_name(const char *const name[LANGUAGE_COUNT], enum language language,
                          const char *key) {
    if (name == NULL) return key;
    if (name[language] != NULL) return name[language];
    for (unsigned other = 0; other < LANGUAGE_COUNT; other++)
        if (name[other] != NULL) return name[other];
    return key;
}
