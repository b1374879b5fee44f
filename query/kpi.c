/* SPDX-License-Identifier: EUPL-1.2 */
#include "query/kpi.h"

#include <string.h>

const struct kpi_definition *kpi_get(enum kpi_id kpi) {
    return &kpi_catalogue[kpi];
}

const struct kpi_definition *kpi_find(const char *id, size_t size) {
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct kpi_definition *definition = kpi_get(kpi);
        if (strlen(definition->id) == size && memcmp(definition->id, id, size) == 0)
            return definition;
    }
    return NULL;
}
