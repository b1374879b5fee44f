/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_NEIGHBOUR_H
#define SERVER_NEIGHBOUR_H

#include "base/status.h"
#include "base/text.h"
#include "dashboard/question.h"

/* neighbour: asks the server that has the data folder open what a command would else answer itself
 * (place_server says where it is). Blocks. */
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
