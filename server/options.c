/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/command.h"

enum { HELP_COLUMN = 26 };

int options_misuse(const struct usage *usage, const char *format, ...) {
    va_list arguments;
    fputs("pegel: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nusage: %s\n", usage->synopsis);
    return COMMAND_MISUSED;
}

/* The help of an option, each further line under the first. */
static void print_option(const struct option *option) {
    char head[64];
    const int width =
        snprintf(head, sizeof head, "  --%s%s%s", option->name, option->value != NULL ? " " : "",
                 option->value != NULL ? option->value : "");
    fputs(head, stdout);
    int column = width;
    if (width >= HELP_COLUMN) {
        putchar('\n');
        column = 0;
    }
    for (const char *line = option->help; line != NULL;) {
        const char *end = strchr(line, '\n');
        const int size = end != NULL ? (int)(end - line) : (int)strlen(line);
        printf("%*s%.*s\n", HELP_COLUMN - column, "", size, line);
        column = 0;
        line = end != NULL ? end + 1 : NULL;
    }
}

void options_print_help(const struct usage *usage) {
    printf("%s\n\nusage: %s\n", usage->summary, usage->synopsis);
    if (usage->option_count > 0) puts("\noptions:");
    for (size_t at = 0; at < usage->option_count; at++) print_option(&usage->options[at]);
    if (usage->examples != NULL) printf("\nexamples:\n%s\n", usage->examples);
}

static size_t find_option(const struct usage *usage, const char *name, size_t size) {
    size_t at = 0;
    while (at < usage->option_count && (strlen(usage->options[at].name) != size ||
                                        memcmp(usage->options[at].name, name, size) != 0))
        at++;
    return at;
}

/* One word that begins with "--". *at moves on when the value is the next word. */
static bool take_option(const struct usage *usage, int argc, char **argv, int *at,
                        uint64_t *given) {
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    const size_t size = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const size_t found = find_option(usage, name, size);
    if (found == usage->option_count) {
        options_misuse(usage, "there is no option --%.*s; see --help", (int)size, name);
        return false;
    }
    const struct option *option = &usage->options[found];
    if ((*given >> found & 1) != 0) {
        options_misuse(usage, "--%s is given twice", option->name);
        return false;
    }
    *given |= UINT64_C(1) << found;
    if (option->value == NULL) {
        if (equals != NULL) options_misuse(usage, "--%s takes no value", option->name);
        *option->flag = true;
        return equals == NULL;
    }
    if (equals == NULL && *at + 1 == argc) {
        options_misuse(usage, "--%s needs a value: --%s %s", option->name, option->name,
                       option->value);
        return false;
    }
    *option->text = equals != NULL ? equals + 1 : argv[++*at];
    return true;
}

static bool is_help(const char *word) {
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

enum options_outcome options_parse(const struct usage *usage, int argc, char **argv,
                                   int *word_count) {
    uint64_t given = 0; /* bit per option */
    bool only_words = false;
    *word_count = 0;
    for (int at = 1; at < argc; at++) {
        if (only_words || argv[at][0] != '-' || argv[at][1] == '\0') {
            argv[++*word_count] = argv[at];
        } else if (strcmp(argv[at], "--") == 0) {
            only_words = true;
        } else if (is_help(argv[at])) {
            options_print_help(usage);
            return OPTIONS_HELP;
        } else if (argv[at][1] != '-') {
            options_misuse(usage, "there is no option %s; see --help", argv[at]);
            return OPTIONS_MISUSE;
        } else if (!take_option(usage, argc, argv, &at, &given)) {
            return OPTIONS_MISUSE;
        }
    }
    return OPTIONS_RUN;
}

bool options_number(const char *text, uint64_t from, uint64_t to, uint64_t *out) {
    uint64_t number = 0;
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        const uint64_t digit = (uint64_t)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10) return false;
        number = number * 10 + digit;
    }
    if (number < from || number > to) return false;
    *out = number;
    return true;
}
