/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_STATS_R_H
#define TESTS_STATS_R_H

#include <stdbool.h>
#include <stdlib.h>

#include "tests/test.h"

/* r: another engine for statistics. A script of R prints numbers, separated by spaces; a test that
 * needs it is skipped where R is not installed (Debian: r-base-core). */
static inline bool r_is_there(void) {
    return system("command -v Rscript >/dev/null 2>&1") == 0;
}

/* False, and a failure of the test, when the script does not print `count` numbers. */
static inline bool r_run(const char *script, double *out, size_t count) {
    char path[300], command[400];
    size_t got = 0;
    snprintf(path, sizeof path, "%s/script.R", test_folder());
    FILE *file = fopen(path, "w");
    if (file == NULL) return false;
    fputs(script, file);
    fclose(file);
    snprintf(command, sizeof command, "Rscript --vanilla %s", path);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) return false;
    double number; /* read to the end: R must not write to a closed pipe */
    while (fscanf(pipe, "%lf", &number) == 1) {
        if (got < count) out[got] = number;
        got++;
    }
    if (pclose(pipe) == 0 && got == count) return true;
    test_fail(__FILE__, __LINE__, "R printed %zu numbers instead of %zu", got, count);
    return false;
}

#endif
