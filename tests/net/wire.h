/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef TESTS_NET_WIRE_H
#define TESTS_NET_WIRE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/test.h"

/* wire: a client of bare sockets, for tests that need to see or break every byte. */
struct wire_answer {
    int status; /* 0: the connection ended before an answer */
    char head[4096];
    char body[1 << 16];
    size_t body_size;
};

static inline int wire_connect(uint16_t port) {
    int wire = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval patience = {20, 0};
    (void)setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT(connect(wire, (struct sockaddr *)&to, sizeof to) == 0);
    return wire;
}

static inline bool wire_send(int wire, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(wire, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static inline bool wire_send_text(int wire, const char *text) {
    return wire_send(wire, text, strlen(text));
}

/* Value of a header of the answer; "" when absent. Valid until the next call. */
static inline const char *wire_header(const struct wire_answer *answer, const char *name) {
    static _Thread_local char value[512];
    value[0] = '\0';
    for (const char *line = strstr(answer->head, "\r\n"); line != NULL && line[2] != '\r';
         line = strstr(line + 2, "\r\n")) {
        size_t size = strlen(name);
        if (strncasecmp(line + 2, name, size) == 0 && line[2 + size] == ':') {
            (void)sscanf(line + 2 + size + 1, " %511[^\r]", value);
            break;
        }
    }
    return value;
}

/* Reads one answer; `bodyless`: to a HEAD request. */
static inline void wire_read(int wire, bool bodyless, struct wire_answer *answer) {
    *answer = (struct wire_answer){0};
    size_t size = 0;
    while (size < sizeof answer->head - 1 && strstr(answer->head, "\r\n\r\n") == NULL) {
        if (recv(wire, answer->head + size, 1, 0) != 1) return;
        size++;
    }
    (void)sscanf(answer->head, "HTTP/1.1 %d", &answer->status);
    size_t length = (size_t)strtoull(wire_header(answer, "content-length"), NULL, 10);
    EXPECT(length < sizeof answer->body);
    while (!bodyless && answer->body_size < length) {
        ssize_t got = recv(wire, answer->body + answer->body_size, length - answer->body_size, 0);
        if (got <= 0) break;
        answer->body_size += (size_t)got;
    }
}

/* True when the server has closed its side and nothing more comes. */
static inline bool wire_ended(int wire) {
    char byte;
    return recv(wire, &byte, 1, 0) <= 0;
}

/* One request on a connection of its own. */
static inline void wire_ask(uint16_t port, const char *text, struct wire_answer *answer) {
    int wire = wire_connect(port);
    (void)wire_send_text(wire, text);
    wire_read(wire, strncmp(text, "HEAD ", 5) == 0, answer);
    (void)close(wire);
}

#endif
