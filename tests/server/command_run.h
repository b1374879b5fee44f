/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_SERVER_COMMAND_RUN_H
#define TESTS_SERVER_COMMAND_RUN_H

#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/place.h"
#include "tests/test.h"

/* command_run: a command of the program in a process of its own, as a user starts it. */
enum { COMMAND_RUN_WORDS_MAX = 16 };

/* The exit code. `line` are the words after `name`, up to a NULL; what the command printed, both
 * ways, is in `output`. */
static inline int command_run(int (*command)(int, char **), const char *name,
                              const char *const *line, char *output, size_t output_bytes) {
    char path[PLACE_PATH_BYTES_MAX];
    char *words[COMMAND_RUN_WORDS_MAX] = {(char *)(uintptr_t)name};
    int count = 1, code = -1;
    for (; *line != NULL; line++) {
        CHECK(count < COMMAND_RUN_WORDS_MAX);
        words[count++] = (char *)(uintptr_t)*line;
    }
    snprintf(path, sizeof path, "%s/output", test_folder());
    const pid_t child = fork();
    if (child == 0) {
        if (freopen(path, "w", stdout) == NULL || dup2(STDOUT_FILENO, STDERR_FILENO) < 0) _exit(99);
        code = command(count, words);
        fflush(stdout);
        _exit(code);
    }
    EXPECT(waitpid(child, &code, 0) == child && WIFEXITED(code));
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    output[fread(output, 1, output_bytes - 1, file)] = '\0';
    fclose(file);
    return WEXITSTATUS(code);
}

#endif
