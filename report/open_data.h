/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_OPEN_DATA_H
#define REPORT_OPEN_DATA_H

#include "report/set.h"

/* open_data: figures for everybody, by municipality, service and month, and the catalogue that
 * describes them (DCAT-AP.de 2.0). Whoever configures no publisher publishes nothing.
 *
 * Small cells are not published: neither figures that rest on fewer than OPEN_CELL_MIN units
 * (quantiles: twice that), nor shares of which fewer have, or have not, what is counted. All
 * figures are rounded, so that the difference of two of them tells of nobody: counts to
 * OPEN_CELL_MIN. */
enum { OPEN_CELL_MIN = 5 };

/* A licence of GovData's list: Datenlizenz Deutschland, attribution, version 2.0. */
#define PUBLISHER_LICENCE "http://dcat-ap.de/def/licenses/dl-by-de/2.0"

struct publisher {
    const char *name;        /* "Beispielstadt" */
    const char *url;         /* where this server is reached, without a slash at the end */
    const char *contributor; /* http://dcat-ap.de/def/contributors/...; NULL: not told */
    const char *licence;
    const char *contact; /* mail address; NULL: not told */
};

/* One KPI, of the months that had ended. NOT_FOUND: it is not published. */
MUST_USE enum status open_data_set(const struct set_scope *scope, const char *kpi, struct set *out,
                                   struct error *err);

/* JSON-LD: a dcat:Catalog with a dataset for each KPI that is published. */
MUST_USE enum status open_data_catalogue(const struct set_scope *scope,
                                         const struct publisher *publisher, struct text *text,
                                         struct error *err);

#endif
