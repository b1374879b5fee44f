/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_ANSWER_TABLE_H
#define SERVER_ANSWER_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/text.h"

struct json;

/* answer_table: an answer of the KPI API as people read it in a terminal: aligned columns, units in
 * words, durations as "2 h 5 min". Takes the JSON, so that it looks the same whether this process
 * or a server answered. Pure. */

struct answer_table_style {
    bool bold;    /* with escape sequences */
    size_t width; /* characters that fit in a line; 0: any number */
};

/* Where the columns of many rows do not fit, the least important are left out, and it is said so.
 * The text is UTF-8. INVALID: not such an answer. */
MUST_USE enum status answer_table_write(struct text *text, const struct json *answer,
                                        const struct answer_table_style *style, struct error *err);

enum { ANSWER_TABLE_CELL_BYTES = 256 };
/* A figure with its unit: (7503.2, "s") is "2 h 5 min". */
void answer_table_figure(double value, const char *unit, char cell[ANSWER_TABLE_CELL_BYTES]);

#endif
