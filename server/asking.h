/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_ASKING_H
#define SERVER_ASKING_H

#include <stdbool.h>

#include "base/text.h"
#include "dashboard/question.h"
#include "server/options.h"

/* asking: one question from the command line. It opens the data itself or, when a server has it
 * open, asks that server; the answer is the same. */
struct asking_words {
    const char *data, *config, *assumptions, *format, *lang;
    bool sentence;            /* instead of a table */
    struct question question; /* its words; the rest is made of those above */
};

/* The answer as JSON, added to the text. */
MUST_USE enum status asking_json(const struct asking_words *words, struct text *json,
                                 struct error *err);

/* Prints the answer; an exit code of server/command.h. */
int asking_answer(const struct usage *usage, struct asking_words *words);

#endif
