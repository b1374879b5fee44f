/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SAMPLE_OCCURRENCE_H
#define SAMPLE_OCCURRENCE_H

#include <stddef.h>
#include <stdint.h>

#include "event/type.h"
#include "sample/town.h"

/* occurrence: one event of the sample, small enough to wait in great numbers for the moment it is
 * sent, and its line of NDJSON. Plain data, any thread. */
struct occurrence {
    int64_t send_ms, time_ms;
    int64_t start_ms, recorded_ms; /* TIME_ABSENT: not given */
    uint64_t number;               /* becomes the id */
    uint64_t subject, link;        /* 0: none */
    int64_t value;                 /* OCCURRENCE_NO_VALUE: none */
    uint16_t minutes_tenths;       /* 0: none */
    uint8_t type, tenant;
    uint8_t service, office; /* SERVICE_COUNT, OFFICE_COUNT: none */
    uint8_t channel, device; /* 0: none */
    uint8_t step, field;     /* OCCURRENCE_NONE: none */
    uint8_t code;            /* enum occurrence_code; 0: none */
    uint8_t country, lang;   /* OCCURRENCE_NONE: none; country: index, lang: 0 de, 1 en, ... */
    uint8_t repeat;          /* 1: the same event is sent once more */
};
#define OCCURRENCE_NO_VALUE INT64_MIN
enum { OCCURRENCE_NONE = 255, OCCURRENCE_COUNTRIES = 8, OCCURRENCE_LANGS = 4 };

#define OCCURRENCE_CODE_LIST(X) \
    X(MISSING, "missing")       \
    X(FORMAT, "format")         \
    X(TOO_BIG, "too_big")       \
    X(RANGE, "out_of_range")    \
    X(CITIZEN, "citizen")       \
    X(OFFICE, "office")         \
    X(GRANTED, "granted")       \
    X(REFUSED, "refused")       \
    X(INCOMPLETE, "incomplete") \
    X(STAFF, "staff")           \
    X(POSTAGE, "postage")       \
    X(MINUTES, "minutes")       \
    X(HELP, "help") X(LOGIN, "login") X(TECHNICAL, "technical")

enum occurrence_code {
    OCCURRENCE_CODE_NONE,
#define X(name, text) OCCURRENCE_CODE_##name,
    OCCURRENCE_CODE_LIST(X)
#undef X
        OCCURRENCE_CODE_COUNT
};

enum { OCCURRENCE_LINE_BYTES_MAX = 1024 };

/* Texts of the municipalities, made once, so that writing a line is copying. */
struct occurrence_writer {
    const struct town *town;
    uint64_t seed;
    int64_t day; /* whose date is in `date` */
    char date[10];
};
void occurrence_writer_init(struct occurrence_writer *writer, const struct town *town,
                            uint64_t seed);
/* Writes one line with its newline into `line`, which holds OCCURRENCE_LINE_BYTES_MAX; returns its
 * size. */
size_t occurrence_write(struct occurrence_writer *writer, const struct occurrence *occurrence,
                        char *line);

#endif
