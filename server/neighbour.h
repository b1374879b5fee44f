/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_NEIGHBOUR_H
#define SERVER_NEIGHBOUR_H

#include "base/status.h"
#include "base/text.h"
#include "dashboard/question.h"
#include "server/place.h"

struct engine;

/* neighbour: the server that has a data folder open, and answers what a command would else answer
 * itself. Blocks. */

/* Opens the data for reading, or says which server has them open: then *engine is NULL, and `url`
 * its address. BUSY: another command has. On any failure *engine is NULL. */
MUST_USE enum status neighbour_open(const char *data, struct engine **engine,
                                    char url[PLACE_URL_BYTES_MAX], struct error *err);

struct neighbour_request {
    const char *url;  /* of the server */
    const char *path; /* "/v1/report" */
    const struct question *question;
    const char *json; /* sent with it by POST; NULL: GET */
    size_t answer_bytes_max;
};

/* Adds the body of the answer to `out`. INVALID: the sentence of the server's problem document. */
MUST_USE enum status neighbour_ask(const struct neighbour_request *request, struct text *out,
                                   struct error *err);

#endif
