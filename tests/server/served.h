/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_SERVER_SERVED_H
#define TESTS_SERVER_SERVED_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access/token.h"
#include "base/text.h"
#include "server/command.h"
#include "server/place.h"
#include "tests/test.h"

/* served: `pegel serve` in a process of its own, and requests to it over a bare socket, so that
 * nothing of ours stands between the test and the bytes of the answer. */

enum { ANSWER_BYTES_MAX = 16 << 20, START_TRIES = 1000, REQUEST_BYTES_MAX = 4 << 20 };

struct served {
    const char *data;
    pid_t pid;
    uint16_t port;
    char token[TOKEN_TEXT_BYTES];
};

static inline void served_write_file(const char *folder, const char *name, const char *content) {
    char path[PLACE_PATH_BYTES_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL);
    fputs(content, file);
    fclose(file);
}

static inline void served_make_token(struct served *served) {
    const char *tenants[] = {"091620000000"};
    char path[PLACE_PATH_BYTES_MAX];
    struct token_file *file;
    snprintf(path, sizeof path, "%s/" PLACE_TOKENS, served->data);
    EXPECT_OK(token_file_open(path, &file, NULL));
    EXPECT_OK(token_file_create(file, "forms", tenants, 1, false, 0, served->token, NULL));
    token_file_close(file);
}

/* A server of the folder that served->data names, in a process of its own, on any free port. */
static inline bool served_start(struct served *served) {
    served->pid = fork();
    if (served->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is aborted leaves no server behind */
        char *words[] = {"serve",    "--data",      (char *)(uintptr_t)served->data,
                         "--listen", "127.0.0.1:0", NULL};
        if (freopen("/dev/null", "w", stdout) == NULL) _exit(99);
        _exit(command_serve(5, words));
    }
    char url[PLACE_URL_BYTES_MAX];
    for (int try = 0; try < START_TRIES && waitpid(served->pid, NULL, WNOHANG) == 0; try++) {
        if (place_server(served->data, url)) {
            served->port = (uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10);
            return true;
        }
        usleep(10000);
    }
    return false;
}

static inline void served_stop(struct served *served) {
    char url[PLACE_URL_BYTES_MAX];
    int code = -1;
    kill(served->pid, SIGTERM);
    EXPECT_EQ(waitpid(served->pid, &code, 0), served->pid);
    EXPECT(WIFEXITED(code) && WEXITSTATUS(code) == COMMAND_OK);
    EXPECT(!place_server(served->data, url));
}

/* --- one request --- */

struct reply {
    int status;
    char type[128]; /* media type without parameters; "" when there is no body */
    char *head;     /* with the status line */
    const char *body;
    size_t size;
    struct text bytes;
};

static inline const char *reply_header(const struct reply *reply, const char *name, char *value,
                                       size_t size) {
    const size_t name_size = strlen(name);
    for (const char *line = reply->head; line != NULL; line = strstr(line, "\r\n")) {
        line += line == reply->head ? 0 : 2;
        if (strncasecmp(line, name, name_size) != 0 || line[name_size] != ':') continue;
        line += name_size + 1 + strspn(line + name_size + 1, " ");
        snprintf(value, size, "%.*s", (int)strcspn(line, "\r"), line);
        return value;
    }
    return NULL;
}

static inline bool reply_parse(struct reply *reply) {
    char *end = reply->bytes.bytes != NULL ? strstr(reply->bytes.bytes, "\r\n\r\n") : NULL;
    if (end == NULL || sscanf(reply->bytes.bytes, "HTTP/1.1 %d", &reply->status) != 1) return false;
    end[2] = '\0';
    reply->head = reply->bytes.bytes;
    reply->body = end + 4;
    reply->size = reply->bytes.size - (size_t)(reply->body - reply->head);
    reply->type[0] = '\0';
    if (reply_header(reply, "content-type", reply->type, sizeof reply->type) != NULL)
        reply->type[strcspn(reply->type, "; ")] = '\0';
    return true;
}

static inline bool send_all(int socket_fd, const char *bytes, size_t size) {
    while (size > 0) {
        const ssize_t sent = send(socket_fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* `headers`: lines that end in CRLF. Release reply->bytes with text_free. */
static inline bool served_request(const struct served *served, const char *method,
                                  const char *target, const char *headers, const char *body,
                                  struct reply *reply) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(served->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct text head;
    char chunk[65536];
    ssize_t got;
    *reply = (struct reply){0};
    text_init(&head, REQUEST_BYTES_MAX);
    text_init(&reply->bytes, ANSWER_BYTES_MAX);
    text_add_format(&head, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s", method, target,
                    headers);
    if (*body != '\0') text_add_format(&head, "Content-Length: %zu\r\n", strlen(body));
    text_add_string(&head, "\r\n");
    const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(socket_fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        send_all(socket_fd, head.bytes, head.size)) {
        /* A refusal may come before the whole body is sent. */
        (void)send_all(socket_fd, body, strlen(body));
        while ((got = recv(socket_fd, chunk, sizeof chunk, 0)) > 0)
            text_add(&reply->bytes, chunk, (size_t)got);
    }
    close(socket_fd);
    text_free(&head);
    return reply_parse(reply);
}

#endif
