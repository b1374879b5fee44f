/* SPDX-License-Identifier: EUPL-1.2 */
#include "server/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "server/out_file.h"
#include "server/whole_file.h"

enum { SERVER_FILE_BYTES_MAX = 4096 };

enum status place_path(const char *given, const char *data, const char *name,
                       char path[PLACE_PATH_BYTES_MAX], struct error *err) {
    const bool own = given == NULL && data != NULL && name != NULL;
    CHECK(own || given != NULL);
    const int size = own ? snprintf(path, PLACE_PATH_BYTES_MAX, "%s/%s", data, name)
                         : snprintf(path, PLACE_PATH_BYTES_MAX, "%s", given);
    if (size < PLACE_PATH_BYTES_MAX) return STATUS_OK;
    return error_set(err, STATUS_TOO_LARGE, "path: more than %d bytes", PLACE_PATH_BYTES_MAX - 1);
}

enum status place_make_folder(const char *path, struct error *err) {
    char part[PLACE_PATH_BYTES_MAX];
    TRY(place_path(path, NULL, NULL, part, err));
    for (char *slash = part + 1; *part != '\0' && slash != NULL;) {
        slash = strchr(slash, '/');
        if (slash != NULL) *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return error_set(err, STATUS_IO, "%s: cannot make the folder: %s", part,
                             strerror(errno));
        if (slash != NULL) *slash++ = '/';
    }
    return STATUS_OK;
}

enum status place_make_parent(const char *path, struct error *err) {
    char folder[PLACE_PATH_BYTES_MAX];
    TRY(place_path(path, NULL, NULL, folder, err));
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder) return STATUS_OK;
    *slash = '\0';
    return place_make_folder(folder, err);
}

enum status place_announce(const char *data, const char *url, struct error *err) {
    char path[PLACE_PATH_BYTES_MAX];
    struct text text;
    TRY(place_path(NULL, data, PLACE_SERVER, path, err));
    text_init(&text, SERVER_FILE_BYTES_MAX);
    text_add_format(&text, "{\"pid\":%ld,\"url\":", (long)getpid());
    text_add_json_string(&text, url, strlen(url));
    text_add_string(&text, "}\n");
    const enum status status = text.failed ? error_set(err, STATUS_NO_MEMORY, "%s: no memory", path)
                                           : out_file_put(path, text.bytes, text.size, err);
    text_free(&text);
    return status;
}

void place_withdraw(const char *data) {
    char path[PLACE_PATH_BYTES_MAX];
    if (place_path(NULL, data, PLACE_SERVER, path, NULL) == STATUS_OK) unlink(path);
}

static bool read_url(const struct json *document, char url[PLACE_URL_BYTES_MAX]) {
    const double pid = json_number(json_member(document, "pid"), 0);
    const char *text = json_text(json_member(document, "url"), "");
    if (*text == '\0' || strlen(text) >= PLACE_URL_BYTES_MAX || !(pid >= 1 && pid < 1e9))
        return false;
    /* EPERM: it lives, and belongs to somebody else. */
    if (kill((pid_t)pid, 0) != 0 && errno != EPERM) return false;
    memcpy(url, text, strlen(text) + 1);
    return true;
}

bool place_server(const char *data, char url[PLACE_URL_BYTES_MAX]) {
    char path[PLACE_PATH_BYTES_MAX];
    struct arena scratch;
    struct json *document = NULL;
    char *bytes;
    size_t size;
    bool found = false;
    arena_init(&scratch, 1 << 20);
    if (place_path(NULL, data, PLACE_SERVER, path, NULL) == STATUS_OK &&
        whole_file_read(path, SERVER_FILE_BYTES_MAX, &scratch, &bytes, &size, NULL) == STATUS_OK &&
        json_parse(bytes, size, &document, NULL) == STATUS_OK)
        found = read_url(document, url);
    json_free(document);
    arena_free(&scratch);
    return found;
}
