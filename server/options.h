/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* options: the options of one command, described once: the description parses the words and writes
 * the help. Pure but for what it prints. One thread. */
struct option {
    const char *name;  /* "data" for --data DIR or --data=DIR */
    const char *value; /* what the help calls its value, "DIR"; NULL: a flag without one */
    const char *help;  /* one line; may go on after "\n" */
    const char **text; /* receives the value; untouched when the option is not given */
    bool *flag;        /* receives true, for a flag */
};

struct usage {
    const char *synopsis; /* "pegel check --data DIR" */
    const char *summary;  /* one or more sentences, wrapped by hand */
    const struct option *options;
    size_t option_count;
    const char *examples; /* NULL: none */
};

enum options_outcome {
    OPTIONS_RUN,   /* go on */
    OPTIONS_HELP,  /* --help was asked for and printed: end with COMMAND_OK */
    OPTIONS_MISUSE /* told on standard error what is wrong: end with COMMAND_MISUSED */
};

/* Parses argv[1..argc-1]. Words that are no options move, in order, to argv[1..*word_count]; "-"
 * is such a word, and all that follows "--" are. An option given twice is a misuse. */
enum options_outcome options_parse(const struct usage *usage, int argc, char **argv,
                                   int *word_count);
/* Prints "pegel: <message>" and the synopsis to standard error; answers COMMAND_MISUSED. */
int options_misuse(const struct usage *usage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void options_print_help(const struct usage *usage);

/* A whole decimal number from..to; false otherwise. */
bool options_number(const char *text, uint64_t from, uint64_t to, uint64_t *out);

#endif
