/* SPDX-License-Identifier: EUPL-1.2 */
#include <stdio.h>
#include <string.h>

#include "access/token.h"
#include "base/clock.h"
#include "base/timestamp.h"
#include "server/command.h"
#include "server/config.h"
#include "server/options.h"
#include "server/place.h"

/* pegel token create | list | revoke: who may send events. Works while a server runs: the server
 * sees the change within a second. */

struct words {
    const char *data, *config, *tokens, *source, *tenant;
    bool drop_unknown;
};

static int failed(const struct error *err) {
    fprintf(stderr, "pegel: %s\n", err->text);
    return COMMAND_FAILED;
}

/* Splits "a,b" in place; false: an empty one, or too many. */
static bool split_tenants(char *text, const char **tenants, uint32_t *count) {
    for (*count = 0; text != NULL && *count < TOKEN_TENANTS_MAX; ++*count) {
        char *comma = strchr(text, ',');
        if (comma != NULL) *comma++ = '\0';
        if (*text == '\0') return false;
        tenants[*count] = text;
        text = comma;
    }
    return text == NULL && *count > 0;
}

static int create(const struct usage *usage, const struct words *words, struct token_file *file) {
    static char tenant_text[TOKEN_TENANTS_MAX * 16];
    const char *tenants[TOKEN_TENANTS_MAX];
    uint32_t count;
    char token[TOKEN_TEXT_BYTES];
    struct error err = {{0}};
    if (words->source == NULL || words->tenant == NULL)
        return options_misuse(usage, "a token needs --source NAME and --tenant ARS");
    const int size = snprintf(tenant_text, sizeof tenant_text, "%s", words->tenant);
    if (size >= (int)sizeof tenant_text || !split_tenants(tenant_text, tenants, &count))
        return options_misuse(usage, "--tenant takes 1 to %d ARS, separated by commas, or '*'",
                              TOKEN_TENANTS_MAX);
    if (token_file_create(file, words->source, tenants, count, words->drop_unknown,
                          clock_utc_ms(clock_system()), token, &err) != STATUS_OK)
        return failed(&err);
    /* The secret alone on standard output, for scripts. */
    fprintf(stderr, "Token of the source \"%s\". It is shown this once; only its hash is kept.\n",
            words->source);
    puts(token);
    return COMMAND_OK;
}

static int list(struct token_file *file) {
    const uint32_t count = token_file_count(file);
    if (count == 0) {
        puts(
            "There is no token yet. Make one with: pegel token create --data DIR --source NAME "
            "--tenant ARS");
        return COMMAND_OK;
    }
    printf("%-12s  %-24s  %-10s  %-7s  %s\n", "id", "source", "created", "unknown", "tenants");
    for (uint32_t at = 0; at < count; at++) {
        const struct token_grant *grant = token_file_at(file, at);
        char created[TIMESTAMP_TEXT_BYTES];
        timestamp_format_utc(grant->created_ms, created);
        printf("%-12s  %-24s  %.10s  %-7s  ", grant->id, grant->source, created,
               grant->drop_unknown ? "dropped" : "refused");
        for (uint32_t tenant = 0; tenant < grant->tenant_count; tenant++)
            printf("%s%s", tenant > 0 ? "," : "", grant->tenants[tenant]);
        putchar('\n');
    }
    return COMMAND_OK;
}

static int revoke(struct token_file *file, const char *id) {
    struct error err = {{0}};
    if (token_file_revoke(file, id, &err) != STATUS_OK) return failed(&err);
    printf("Revoked %s. A running server refuses it from now on.\n", id);
    return COMMAND_OK;
}

static int run(const struct usage *usage, const struct words *words, int word_count, char **argv) {
    const bool creates = word_count == 1 && strcmp(argv[1], "create") == 0;
    const bool lists = word_count == 1 && strcmp(argv[1], "list") == 0;
    const bool revokes = word_count == 2 && strcmp(argv[1], "revoke") == 0;
    if (!creates && !lists && !revokes)
        return options_misuse(usage, "say create, list, or revoke ID");
    if (words->data == NULL && words->tokens == NULL)
        return options_misuse(usage, "--data DIR says whose tokens");

    struct config config;
    struct error err = {{0}};
    char path[PLACE_PATH_BYTES_MAX];
    struct token_file *file = NULL;
    const char *data = words->data != NULL ? words->data : ".";
    int code = COMMAND_FAILED;
    enum status status = config_find(words->config, data, &config, &err);
    if (status == STATUS_OK)
        status = place_path(words->tokens != NULL ? words->tokens : config.tokens, data,
                            PLACE_TOKENS, path, &err);
    if (status == STATUS_OK && creates) status = place_make_parent(path, &err);
    if (status == STATUS_OK) status = token_file_open(path, &file, &err);
    if (status != STATUS_OK)
        failed(&err);
    else if (creates)
        code = create(usage, words, file);
    else
        code = lists ? list(file) : revoke(file, argv[2]);
    token_file_close(file);
    config_close(&config);
    return code;
}

int command_token(int argc, char **argv) {
    struct words words = {0};
    const struct option options[] = {
        {"data", "DIR", "the data folder", &words.data, NULL},
        {"config", "FILE", "configuration; default: DIR/pegel.json when there is one",
         &words.config, NULL},
        {"tokens", "FILE", "the token file; default: DIR/tokens.json", &words.tokens, NULL},
        {"source", "NAME", "create: name of the sending system, [a-z0-9._-]{1,64}", &words.source,
         NULL},
        {"tenant", "ARS", "create: municipalities it may speak for, separated by commas; '*': any",
         &words.tenant, NULL},
        {"drop-unknown", NULL,
         "create: leave out fields that Pegel does not know, instead of\nrefusing the event", NULL,
         &words.drop_unknown}};
    const struct usage usage = {
        "pegel token create|list|revoke ID --data DIR [options]",
        "Tokens say which system sends events, and for which municipalities.", options,
        sizeof options / sizeof *options,
        "  pegel token create --data ./data --source forms --tenant 091620000000\n"
        "  pegel token list --data ./data\n"
        "  pegel token revoke 3f9c2a --data ./data"};
    int word_count;
    switch (options_parse(&usage, argc, argv, &word_count)) {
        case OPTIONS_HELP: return COMMAND_OK;
        case OPTIONS_MISUSE: return COMMAND_MISUSED;
        case OPTIONS_RUN: break;
    }
    return run(&usage, &words, word_count, argv);
}
