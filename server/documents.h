/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_DOCUMENTS_H
#define SERVER_DOCUMENTS_H

#include "dashboard/dossier.h"
#include "server/config.h"
#include "server/options.h"

/* documents: what the commands that write a document of a report have in common: their words, the
 * questions, the file. While a server has the data open, the server is asked. */
struct documents_words {
    const char *target; /* the route of the server that gives the same */
    const char *data, *config, *assumptions, *lang, *out;
    const char *attached; /* path of a file that the server's route does not take */
    enum status (*say)(const struct text *document, struct error *err); /* NULL: nothing */
    struct dossier_words ask;
};

#define DOCUMENTS_OPTIONS(words, what)                                                   \
    {"data", "DIR", "the data folder", &(words).data, NULL},                             \
        {"tenant", "ARS", "the municipality", &(words).ask.tenant, NULL},                \
        {"from", "DAY", "start of the period: 2026-01-01", &(words).ask.from, NULL},     \
        {"to", "DAY", "end of the period, itself outside", &(words).ask.to, NULL},       \
        {"as-of", "TIME", "end of observation; default: now", &(words).ask.as_of, NULL}, \
        {"zone", "ZONE", "time zone; default: the tenant's, else Europe/Berlin",         \
         &(words).ask.zone, NULL},                                                       \
        {"assumptions", "FILE", "what cannot be measured; default: the tenant's",        \
         &(words).assumptions, NULL},                                                    \
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",   \
         &(words).config, NULL},                                                         \
        {"lang", "LANG", "language: de (default), en, tr, ar", &(words).lang, NULL}, {   \
        "out", "FILE", what, &(words).out, NULL                                          \
    }

struct documents {
    const struct documents_words *words;
    struct config config;
    struct arena arena;
    struct engine *engine; /* texts of answers are its own */
    struct dossier_words ask;
    struct report report;
};

/* Writes the document of the answers to `out`. */
typedef enum status (*documents_write)(const struct documents *documents, struct text *out,
                                       struct error *err);

/* Parses the words, asks, writes the file; an exit code of server/command.h. */
int documents_run(const struct usage *usage, int argc, char **argv, struct documents_words *words,
                  documents_write write);

#endif
