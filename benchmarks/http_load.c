/* SPDX-License-Identifier: EUPL-1.2 */
/* http_load: sends the events of an NDJSON file to POST /v1/events and measures what a sender sees:
 * events a second that were answered with 200, that is, are durable, and the time of each answer.
 * Blocking threads, one connection each; a batch is taken from the file, sent, and awaited.
 *
 * usage: http_load HOST PORT TOKEN FILE ndjson|batch|single EVENTS_A_REQUEST CONNECTIONS
 *                  [LIMIT [RATE [FROM]]]
 *   ndjson  application/x-ndjson            the lines as they are
 *   batch   application/cloudevents-batch+json
 *   single  application/cloudevents+json    one event a request
 * FILE: - is standard input. LIMIT: events to send at most, 0 for all. RATE: events a second that
 * all connections together keep to, 0 for as fast as they can; behind_ms tells how far the schedule
 * was missed at worst, which is what a sender waits for besides the answer itself. FROM: byte of
 * the file at which to begin. The file is the sample's: flat lines without escapes in their texts.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 64, ANSWER_BYTES_MAX = 1 << 20, LINE_BYTES_MAX = 2048, RETRIES_MAX = 600 };
enum mode { MODE_NDJSON, MODE_BATCH, MODE_SINGLE };

static const char *const content_type[] = {
    "application/x-ndjson", "application/cloudevents-batch+json", "application/cloudevents+json"};

struct load {
    const char *host, *port, *token;
    const char *bytes, *end; /* of the file */
    FILE *stream;            /* instead: standard input */
    char *line;              /* of the stream */
    size_t line_capacity;
    enum mode mode;
    uint32_t events_a_request;
    uint64_t limit, rate, begin_ns;
    pthread_mutex_t lock; /* guards next and taken */
    const char *next;
    uint64_t taken;
};

struct sender {
    struct load *load;
    int socket;
    char *lines, *body, *answer; /* lines: of the stream */
    size_t lines_capacity, body_capacity;
    uint64_t accepted, duplicate, rejected, requests, retries, behind_ns;
    uint32_t *micros; /* of each request */
    size_t micros_capacity;
    pthread_t thread;
};

static _Noreturn void fail(const char *what) {
    (void)fprintf(stderr, "http_load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* At least `need` bytes. */
static char *room(char *bytes, size_t *capacity, size_t need) {
    if (need <= *capacity) return bytes;
    *capacity = need * 2;
    bytes = realloc(bytes, *capacity);
    if (bytes == NULL) fail("memory");
    return bytes;
}

/* The next lines of the stream, in the sender's own memory. */
static uint32_t take_from_stream(struct sender *sender, uint64_t most, size_t *size) {
    struct load *load = sender->load;
    uint32_t count = 0;
    ssize_t got;
    for (*size = 0; count < most; count++, *size += (size_t)got) {
        got = getline(&load->line, &load->line_capacity, load->stream);
        if (got <= 0) break;
        sender->lines = room(sender->lines, &sender->lines_capacity, *size + (size_t)got);
        memcpy(sender->lines + *size, load->line, (size_t)got);
    }
    return count;
}

static uint32_t take_from_file(struct load *load, uint64_t most, const char **to) {
    uint32_t count = 0;
    const char *at = load->next;
    for (; count < most; count++) {
        const char *newline = at < load->end ? memchr(at, '\n', (size_t)(load->end - at)) : NULL;
        if (newline == NULL) break;
        at = newline + 1;
    }
    load->next = *to = at;
    return count;
}

/* The next lines, and the events before them; false at the end. */
static bool take(struct sender *sender, const char **from, const char **to, uint32_t *count,
                 uint64_t *before) {
    struct load *load = sender->load;
    (void)pthread_mutex_lock(&load->lock);
    uint64_t left = load->limit - load->taken;
    uint64_t most = left < load->events_a_request ? left : load->events_a_request;
    *before = load->taken;
    if (load->stream != NULL) {
        size_t size;
        *count = take_from_stream(sender, most, &size);
        *from = sender->lines;
        *to = sender->lines + size;
    } else {
        *from = load->next;
        *count = take_from_file(load, most, to);
    }
    load->taken += *count;
    (void)pthread_mutex_unlock(&load->lock);
    return *count > 0;
}

/* Waits until the batch with so many events before it is due. */
static void keep_rate(struct sender *sender, uint64_t before) {
    const struct load *load = sender->load;
    if (load->rate == 0) return;
    uint64_t due = load->begin_ns + (uint64_t)((double)before / (double)load->rate * 1e9);
    uint64_t now = now_ns();
    if (now >= due && now - due > sender->behind_ns) sender->behind_ns = now - due;
    if (now >= due) return;
    struct timespec rest = {.tv_sec = (time_t)((due - now) / 1000000000u),
                            .tv_nsec = (long)((due - now) % 1000000000u)};
    (void)nanosleep(&rest, NULL);
}

static int connect_to(const struct load *load) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo(load->host, load->port, &hints, &list) != 0) fail("finding the host");
    int handle = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (handle < 0 || connect(handle, list->ai_addr, list->ai_addrlen) != 0) fail("connecting");
    (void)setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    freeaddrinfo(list);
    return handle;
}

/* Head and body in one call, so that neither waits for the other. */
static void send_all(int handle, struct iovec parts[2]) {
    while (parts[0].iov_len + parts[1].iov_len > 0) {
        const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = sendmsg(handle, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) fail("sending");
        for (int i = 0; i < 2; i++) {
            const size_t done = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
            parts[i].iov_base = (char *)parts[i].iov_base + done;
            parts[i].iov_len -= done;
            sent -= (ssize_t)done;
        }
    }
}

/* ---- flat lines to CloudEvents ---- */

/* The next `"name":value` of a flat object; texts keep their quotes. */
static const char *next_member(const char *at, const char **name, size_t *name_size,
                               const char **value, size_t *value_size) {
    if (*at != '{' && *at != ',') return NULL;
    *name = at + 2;
    const char *quote = strchr(*name, '"');
    *name_size = (size_t)(quote - *name);
    *value = quote + 2;
    const char *after = **value == '"' ? strchr(*value + 1, '"') + 1 : strpbrk(*value, ",}");
    *value_size = (size_t)(after - *value);
    return after;
}

/* Where a field goes: a member of the event by this name, or NULL for its data. */
static const char *attribute(const char *name, size_t size) {
    static const char *const same[] = {"id",     "time",    "type",   "subject",
                                       "tenant", "service", "office", "channel"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        if (strlen(same[i]) == size && memcmp(same[i], name, size) == 0) return same[i];
    return size == 8 && memcmp(name, "recorded", 8) == 0 ? "recordedtime" : NULL;
}

static char *put(char *at, const char *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

static char *put_member(char *at, const char *name, size_t name_size, const char *value,
                        size_t value_size) {
    *at++ = '"';
    at = put(at, name, name_size);
    at = put(at, "\":", 2);
    at = put(at, value, value_size);
    *at++ = ',';
    return at;
}

static char *put_cloud_event(char *at, const char *line) {
    static const char head[] = "{\"specversion\":\"1.0\",\"source\":\"http_load\",";
    char data[LINE_BYTES_MAX], *data_at = data;
    const char *name, *value;
    size_t name_size, value_size;
    at = put(at, head, sizeof head - 1);
    while ((line = next_member(line, &name, &name_size, &value, &value_size)) != NULL) {
        const char *as = attribute(name, name_size);
        if (as != NULL)
            at = put_member(at, as, strlen(as), value, value_size);
        else
            data_at = put_member(data_at, name, name_size, value, value_size);
    }
    if (data_at == data) {
        at[-1] = '}';
        return at;
    }
    data_at[-1] = '}';
    at = put(at, "\"data\":{", 8);
    at = put(at, data, (size_t)(data_at - data));
    *at++ = '}';
    return at;
}

/* The body of one request; points into the file where nothing has to change. */
static const char *body_of(struct sender *sender, const char *from, const char *to, uint32_t count,
                           size_t *size) {
    if (sender->load->mode == MODE_NDJSON) {
        *size = (size_t)(to - from);
        return from;
    }
    size_t need = (size_t)(to - from) + (size_t)count * 128 + 16;
    sender->body = room(sender->body, &sender->body_capacity, need);
    char *at = sender->body;
    bool many = sender->load->mode == MODE_BATCH;
    if (many) *at++ = '[';
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) *at++ = ',';
        at = put_cloud_event(at, from);
        from = (const char *)memchr(from, '\n', (size_t)(to - from)) + 1;
    }
    if (many) *at++ = ']';
    *size = (size_t)(at - sender->body);
    return sender->body;
}

/* ---- one request ---- */

/* Reads one answer into sender->answer, NUL-terminated; its status. */
static int read_answer(struct sender *sender) {
    size_t size = 0, whole = SIZE_MAX;
    while (size < whole) {
        if (size + 1 >= ANSWER_BYTES_MAX) fail("an answer too long");
        ssize_t got = recv(sender->socket, sender->answer + size, ANSWER_BYTES_MAX - 1 - size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) fail("receiving");
        size += (size_t)got;
        sender->answer[size] = '\0';
        const char *body = strstr(sender->answer, "\r\n\r\n");
        if (body == NULL || whole != SIZE_MAX) continue;
        const char *length = strcasestr(sender->answer, "\r\ncontent-length:");
        if (length == NULL || length > body) fail("an answer without its length");
        whole = (size_t)(body + 4 - sender->answer) + strtoul(length + 17, NULL, 10);
    }
    return atoi(sender->answer + 9); /* HTTP/1.1 200 */
}

static uint64_t figure(const char *answer, const char *name) {
    const char *at = strstr(answer, name);
    return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static uint64_t count_text(const char *answer, const char *text) {
    uint64_t count = 0;
    for (; (answer = strstr(answer, text)) != NULL; answer++) count++;
    return count;
}

static void note_time(struct sender *sender, uint64_t ns) {
    if (sender->requests == sender->micros_capacity) {
        sender->micros_capacity = sender->micros_capacity * 2 + 1024;
        sender->micros = realloc(sender->micros, sender->micros_capacity * sizeof(uint32_t));
        if (sender->micros == NULL) fail("memory");
    }
    sender->micros[sender->requests++] = (uint32_t)(ns / 1000);
}

/* Sends until it is taken: 429 and 503 mean "later". */
static void request(struct sender *sender, const char *body, size_t size) {
    char head[512];
    int head_size =
        snprintf(head, sizeof head,
                 "POST /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                 "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                 sender->load->host, sender->load->token, content_type[sender->load->mode], size);
    for (int retry = 0; retry < RETRIES_MAX; retry++) {
        uint64_t begin = now_ns();
        struct iovec parts[2] = {{head, (size_t)head_size}, {NULL, size}};
        memcpy(&parts[1].iov_base, &body, sizeof body); /* it is only read */
        send_all(sender->socket, parts);
        int status = read_answer(sender);
        if (status == 200) {
            note_time(sender, now_ns() - begin);
            sender->accepted += figure(sender->answer, "\"accepted\":");
            sender->duplicate += figure(sender->answer, "\"duplicate\":");
            sender->rejected += count_text(sender->answer, "\"index\":");
            return;
        }
        if (status != 429 && status != 503) break;
        sender->retries++;
        (void)usleep(50000);
    }
    (void)fprintf(stderr, "http_load: refused: %.600s\n", sender->answer);
    exit(1);
}

static void *send_batches(void *context) {
    struct sender *sender = context;
    const char *from, *to;
    uint32_t count;
    uint64_t before;
    size_t size;
    while (take(sender, &from, &to, &count, &before)) {
        keep_rate(sender, before);
        const char *body = body_of(sender, from, to, count, &size);
        request(sender, body, size);
    }
    return NULL;
}

/* ---- the whole ---- */

static int by_size(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

/* What the client took of the processors that it shares with the server. */
static double cpu_seconds(void) {
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static void report(const struct load *load, struct sender *senders, int count, uint64_t ns) {
    struct sender sum = {0};
    for (int i = 0; i < count; i++) {
        sum.accepted += senders[i].accepted;
        sum.duplicate += senders[i].duplicate;
        sum.rejected += senders[i].rejected;
        sum.retries += senders[i].retries;
        sum.requests += senders[i].requests;
        if (senders[i].behind_ns > sum.behind_ns) sum.behind_ns = senders[i].behind_ns;
    }
    uint32_t *micros = malloc((sum.requests + 1) * sizeof *micros);
    if (micros == NULL) fail("memory");
    size_t at = 0;
    for (int i = 0; i < count; i++)
        for (uint64_t k = 0; k < senders[i].requests; k++) micros[at++] = senders[i].micros[k];
    qsort(micros, at, sizeof *micros, by_size);
    if (at == 0) micros[at++] = 0;
    double seconds = (double)ns / 1e9;
    size_t median = (at - 1) / 2, high = (at - 1) * 9 / 10, slow = (at - 1) * 99 / 100;
    printf("{\"mode\":\"%s\",\"events_a_request\":%u,\"connections\":%d,\"events\":%" PRIu64
           ",\"accepted\":%" PRIu64 ",\"duplicate\":%" PRIu64 ",\"rejected\":%" PRIu64
           ",\"retries\":%" PRIu64
           ",\"seconds\":%.3f,\"events_per_second\":%.0f,"
           "\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,"
           "\"behind_ms\":%.3f,\"client_cpu_seconds\":%.3f}\n",
           content_type[load->mode], load->events_a_request, count, load->taken, sum.accepted,
           sum.duplicate, sum.rejected, sum.retries, seconds, (double)load->taken / seconds,
           micros[median] / 1e3, micros[high] / 1e3, micros[slow] / 1e3, micros[at - 1] / 1e3,
           (double)sum.behind_ns / 1e6, cpu_seconds());
    free(micros);
}

static void open_file(struct load *load, const char *path) {
    struct stat info;
    if (strcmp(path, "-") == 0) {
        load->stream = stdin;
        return;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &info) != 0) fail(path);
    load->bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (load->bytes == MAP_FAILED) fail(path);
    load->next = load->bytes;
    load->end = load->bytes + info.st_size;
    (void)close(file);
}

int main(int argc, char **argv) {
    static struct sender senders[CONNECTIONS_MAX];
    if (argc < 8) {
        (void)fputs(
            "usage: http_load HOST PORT TOKEN FILE ndjson|batch|single EVENTS_A_REQUEST "
            "CONNECTIONS [LIMIT [RATE [FROM]]]\n",
            stderr);
        return 2;
    }
    struct load load = {
        .host = argv[1], .port = argv[2], .token = argv[3], .lock = PTHREAD_MUTEX_INITIALIZER};
    load.mode = strcmp(argv[5], "batch") == 0    ? MODE_BATCH
                : strcmp(argv[5], "single") == 0 ? MODE_SINGLE
                                                 : MODE_NDJSON;
    load.events_a_request = load.mode == MODE_SINGLE ? 1 : (uint32_t)strtoul(argv[6], NULL, 10);
    load.limit = argc > 8 ? strtoull(argv[8], NULL, 10) : 0;
    if (load.limit == 0) load.limit = UINT64_MAX;
    load.rate = argc > 9 ? strtoull(argv[9], NULL, 10) : 0;
    int connections = atoi(argv[7]);
    if (connections < 1 || connections > CONNECTIONS_MAX || load.events_a_request == 0) return 2;
    open_file(&load, argv[4]);
    if (argc > 10) load.next += strtoull(argv[10], NULL, 10);
    for (int i = 0; i < connections; i++) {
        senders[i].load = &load;
        senders[i].socket = connect_to(&load);
        senders[i].answer = malloc(ANSWER_BYTES_MAX);
        if (senders[i].answer == NULL) fail("memory");
    }
    load.begin_ns = now_ns();
    for (int i = 0; i < connections; i++)
        if (pthread_create(&senders[i].thread, NULL, send_batches, &senders[i]) != 0)
            fail("starting a thread");
    for (int i = 0; i < connections; i++) (void)pthread_join(senders[i].thread, NULL);
    report(&load, senders, connections, now_ns() - load.begin_ns);
    return 0;
}
