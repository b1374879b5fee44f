/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the bytes of a request mean the same to Pegel as to any server in front of it, and no bytes
 * at all break it.
 * Method: tables of good and bad heads; a body is cut at every byte; random damage. */
#include "net/http_parse.h"

#include "base/memory.h"
#include "tests/test.h"

static char parsed[HTTP_HEAD_BYTES_MAX + 1];

static int parse(const char *text, size_t size, struct http_head *head) {
    memcpy(parsed, text, size);
    return http_head_parse(parsed, size, head);
}

static int parse_text(const char *text, struct http_head *head) {
    EXPECT_EQ(http_head_end(text, strlen(text), 0), strlen(text));
    return parse(text, strlen(text), head);
}

TEST(http_head_gives_method_target_and_headers) {
    struct http_head head;
    EXPECT_EQ(parse_text("POST /v1/events?x=1 HTTP/1.1\r\nHost: pegel\r\n"
                         "Content-LENGTH: 12\r\nX-Empty:\r\nX-Spaces: \t a b \t\r\n\r\n",
                         &head),
              0);
    EXPECT_TEXT(head.method, "POST");
    EXPECT_TEXT(head.target, "/v1/events?x=1");
    EXPECT_EQ(head.header_count, 4);
    EXPECT_TEXT(http_head_header(&head, "host"), "pegel");
    EXPECT_TEXT(http_head_header(&head, "x-empty"), "");
    EXPECT_TEXT(http_head_header(&head, "x-spaces"), "a b");
    EXPECT(http_head_header(&head, "absent") == NULL);
    EXPECT(head.keep_alive && head.has_length && !head.chunked && !head.expects_continue);
    EXPECT_EQ(head.content_length, 12);
}

TEST(http_head_knows_when_a_connection_stays_open) {
    static const struct {
        const char *text;
        bool stays;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head head;
        EXPECT_EQ(parse_text(cases[i].text, &head), 0);
        EXPECT_EQ(head.keep_alive, cases[i].stays);
    }
}

TEST(http_head_takes_the_absolute_form_and_the_asterisk) {
    struct http_head head;
    EXPECT_EQ(parse_text("GET http://a:80/b?c HTTP/1.1\r\nHost: a\r\n\r\n", &head), 0);
    EXPECT_TEXT(head.target, "/b?c");
    EXPECT_EQ(parse_text("GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\n", &head), 0);
    EXPECT_TEXT(head.target, "/");
    EXPECT_EQ(parse_text("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", &head), 0);
    EXPECT_TEXT(head.target, "*");
}

TEST(http_head_refuses_what_two_servers_could_read_differently) {
    static const struct {
        const char *text;
        int refusal;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400}, /* no host */
        {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999999999999\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
         400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
         400},
        {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n\r\n", 417},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\nY: c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\rY: c\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400},
        {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / \r\nHost: a\r\n\r\n", 400},
        {"GET /\r\nHost: a\r\n\r\n", 400},
        {"GET\r\nHost: a\r\n\r\n", 400},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\n", 505},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head head;
        int refusal = parse_text(cases[i].text, &head);
        if (refusal != cases[i].refusal)
            test_fail(__FILE__, __LINE__, "%d instead of %d: %s", refusal, cases[i].refusal,
                      cases[i].text);
    }
}

TEST(http_head_limits_the_number_of_headers) {
    char text[HTTP_HEAD_BYTES_MAX];
    for (int count = HTTP_HEADERS_MAX - 1; count <= HTTP_HEADERS_MAX; count++) {
        size_t size = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 0; i < count; i++) size += (size_t)sprintf(text + size, "x%d: y\r\n", i);
        (void)sprintf(text + size, "\r\n");
        struct http_head head;
        EXPECT_EQ(parse_text(text, &head), count < HTTP_HEADERS_MAX ? 0 : 431);
    }
}

TEST(http_head_end_is_found_however_the_bytes_arrive) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next";
    size_t head = strlen(text) - strlen("GET /next");
    for (size_t seen = 0; seen < head; seen++) {
        EXPECT_EQ(http_head_end(text, seen, 0), 0);
        for (size_t size = head; size <= strlen(text); size++)
            EXPECT_EQ(http_head_end(text, size, seen), head);
    }
}

/* The body of `text`, fed in two pieces, into `body`; how it ended and how much was used. */
static enum http_chunk unchunk(const char *text, size_t size, size_t cut, char *body,
                               size_t *body_size, size_t *used_size) {
    struct http_chunked chunked = {0};
    enum http_chunk chunk = HTTP_CHUNK_MORE;
    *body_size = *used_size = 0;
    for (int piece = 0; piece < 2; piece++) {
        size_t end = piece == 0 ? cut : size;
        do {
            size_t used, data_size;
            const char *data;
            chunk = http_chunked_next(&chunked, text + *used_size, end - *used_size, &used, &data,
                                      &data_size);
            if (chunk == HTTP_CHUNK_DATA) {
                memcpy(body + *body_size, data, data_size);
                *body_size += data_size;
            }
            *used_size += used;
        } while (chunk == HTTP_CHUNK_DATA);
        if (chunk != HTTP_CHUNK_MORE) break;
    }
    return chunk;
}

TEST(http_chunks_give_the_body_however_they_are_cut) {
    static const char text[] =
        "4\r\nWiki\r\n006;a=\"b\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: "
        "x\r\n\r\nGET";
    char body[64];
    for (size_t cut = 0; cut < sizeof text; cut++) {
        size_t size, used;
        EXPECT_EQ(unchunk(text, strlen(text), cut, body, &size, &used), HTTP_CHUNK_END);
        EXPECT_EQ(size, 24);
        EXPECT(memcmp(body, "Wikipedia in \r\n\r\nchunks.", 24) == 0);
        EXPECT_EQ(used, strlen(text) - 3);
    }
}

TEST(http_chunks_that_are_broken_are_refused) {
    static const char *const texts[] = {
        "x\r\n",    "\r\n",      ";a\r\n",   "-1\r\n",   "1\n",  "1\r\nab",
        "1\r\na\n", "1\r\na\rb", "0\r\n\rx", "0\r\na\n", "1 \n", "fffffffffffff\r\n",
        "1\rx",     "0\r\n\r\r",
    };
    char body[64];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t size, used;
        EXPECT_EQ(unchunk(texts[i], strlen(texts[i]), 1, body, &size, &used), HTTP_CHUNK_BROKEN);
    }
}

TEST(http_chunks_limit_what_is_ignored) {
    static char text[HTTP_CHUNK_EXTRA_BYTES_MAX + 64];
    char body[8];
    for (int over = 0; over < 2; over++) {
        size_t at = (size_t)sprintf(text, "0;");
        memset(text + at, 'x', HTTP_CHUNK_EXTRA_BYTES_MAX + (size_t)over);
        at += HTTP_CHUNK_EXTRA_BYTES_MAX + (size_t)over;
        at += (size_t)sprintf(text + at, "\r\n\r\n");
        size_t size, used;
        EXPECT_EQ(unchunk(text, at, 5, body, &size, &used),
                  over ? HTTP_CHUNK_BROKEN : HTTP_CHUNK_END);
    }
}

TEST(http_decode_reads_percent_escapes) {
    char out[32];
    size_t size;
    EXPECT(http_decode("a%20b+%C3%bc", 12, false, out, &size));
    EXPECT_TEXT(out, "a b+\xC3\xBC");
    EXPECT(http_decode("a+b", 3, true, out, &size));
    EXPECT_TEXT(out, "a b");
    EXPECT(!http_decode("%", 1, true, out, &size));
    EXPECT(!http_decode("%2", 2, true, out, &size));
    EXPECT(!http_decode("%g0", 3, true, out, &size));
    EXPECT(!http_decode("%00", 3, true, out, &size));
}

TEST(http_parse_survives_damaged_bytes) {
    static const char good[] =
        "POST http://a/b?c=%20d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        "Expect: 100-continue\r\nConnection: a, close\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    uint64_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        size_t size = strlen(good), used, body_size;
        char *text = memory_copy_text(good, size), *body = memory_get(size);
        EXPECT(text != NULL && body != NULL);
        if (text == NULL || body == NULL) return;
        for (uint64_t hits = test_random(&seed) % 4; hits-- > 0;)
            text[test_random(&seed) % size] = (char)test_random(&seed);
        size_t end = http_head_end(text, size, 0);
        struct http_head head;
        if (end > 0 && http_head_parse(text, end, &head) == 0) {
            EXPECT(head.method != NULL && head.target != NULL);
            (void)unchunk(text + end, size - end, (size - end) / 2, body, &body_size, &used);
        }
        memory_free(text);
        memory_free(body);
    }
}
