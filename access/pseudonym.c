/* SPDX-License-Identifier: EUPL-1.2 */
/* The key file is text, so that an operator can see what kind of keys there are:
 *
 *   pegel-keys 1
 *   <name> <epoch> <64 hexadecimal digits>    one line a root key
 *   check <32 hexadecimal digits>             BLAKE2b-128 of all bytes before this line
 *
 * names: "id", "link", "purpose.0" ... ; the epoch of a visit key is its day since 1970-01-01.
 * A root key and a tenant give a SipHash key (keyed BLAKE2b); those are kept in a cache that is
 * read without a lock, so that a subject costs one SipHash. */
#include "access/pseudonym.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "access/private_file.h"
#include "access/siphash.h"
#include "base/log.h"
#include "base/memory.h"

enum {
    ROOT_BYTES = 32,
    CHECK_BYTES = 16,
    ROOT_ID = PSEUDONYM_PURPOSES_MAX, /* the kinds of root keys: purposes, then these two */
    ROOT_LINK,
    ROOT_KINDS,
    /* Today, tomorrow (a source's clock may be ahead) and the days whose 48 h are not over. */
    VISIT_DAYS_MAX = 6,
    ROOTS_MAX = ROOT_KINDS + VISIT_DAYS_MAX,
    CACHE_SLOTS = 1 << 14, /* tenants of a state, times purposes */
    CACHED_TENANT_BYTES = 16,
    FILE_BYTES_MAX = 4096
};
#define DAY_MS      INT64_C(86400000)
#define RETRY_MS    INT64_C(60000)
#define SLOT_NEVER  0
#define FORMAT_LINE "pegel-keys 1\n"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hashes are copied, not byte-swapped");
static_assert(crypto_shorthash_KEYBYTES == 16, "two words");

struct root {
    unsigned kind;
    int64_t epoch;
    uint8_t key[ROOT_BYTES];
};

/* One cached key. Readers take no lock: they believe what they copied when `version` was even and
 * the same before and after. Writers hold pseudonyms.lock. */
struct slot {
    _Alignas(64) _Atomic uint64_t version;
    _Atomic uint64_t scope; /* kind, size of the tenant, epoch; SLOT_NEVER: empty */
    _Atomic uint64_t tenant[2];
    _Atomic uint64_t key[2];
};

struct pseudonyms {
    struct slot cache[CACHE_SLOTS];
    struct siphash_key id, link;   /* fixed after opening */
    uint8_t unwritten[ROOT_BYTES]; /* root of the visit days that are over; never on disk */
    _Atomic int64_t due_ms;        /* when the next visit key has to go */
    pthread_mutex_t lock;          /* guards all below, and writing to the cache */
    struct root roots[ROOTS_MAX];
    uint32_t root_count;
    bool unsaved; /* the file is behind the roots */
    const struct clock *clock;
    char *path;
};

/* --- root keys and their file ------------------------------------------------------------- */

static void root_name(unsigned kind, char name[16]) {
    if (kind == ROOT_ID || kind == ROOT_LINK) {
        (void)snprintf(name, 16, "%s", kind == ROOT_ID ? "id" : "link");
    } else {
        (void)snprintf(name, 16, "purpose.%u", kind);
    }
}

static bool root_kind(const char *name, unsigned *kind) {
    char known[16];
    for (*kind = 0; *kind < ROOT_KINDS; (*kind)++) {
        root_name(*kind, known);
        if (strcmp(known, name) == 0) return true;
    }
    return false;
}

static struct root *find_root(struct pseudonyms *pseudonyms, unsigned kind, int64_t epoch) {
    for (uint32_t i = 0; i < pseudonyms->root_count; i++) {
        struct root *root = &pseudonyms->roots[i];
        if (root->kind == kind && root->epoch == epoch) return root;
    }
    return NULL;
}

static struct root *add_root(struct pseudonyms *pseudonyms, unsigned kind, int64_t epoch) {
    if (pseudonyms->root_count == ROOTS_MAX) return NULL;
    struct root *root = &pseudonyms->roots[pseudonyms->root_count++];
    *root = (struct root){.kind = kind, .epoch = epoch};
    randombytes_buf(root->key, sizeof root->key);
    pseudonyms->unsaved = true;
    return root;
}

static void drop_root(struct pseudonyms *pseudonyms, uint32_t at) {
    struct root *last = &pseudonyms->roots[--pseudonyms->root_count];
    if (at < pseudonyms->root_count) pseudonyms->roots[at] = *last;
    sodium_memzero(last, sizeof *last);
    pseudonyms->unsaved = true;
}

static void check_sum(const char *bytes, size_t size, char hex[CHECK_BYTES * 2 + 1]) {
    uint8_t sum[CHECK_BYTES];
    crypto_generichash(sum, sizeof sum, (const uint8_t *)bytes, size, NULL, 0);
    sodium_bin2hex(hex, CHECK_BYTES * 2 + 1, sum, sizeof sum);
}

static enum status save(struct pseudonyms *pseudonyms, struct error *err) {
    if (!pseudonyms->unsaved) return STATUS_OK;
    char bytes[FILE_BYTES_MAX], name[16], hex[ROOT_BYTES * 2 + 1];
    size_t size = (size_t)snprintf(bytes, sizeof bytes, "%s", FORMAT_LINE);
    for (uint32_t i = 0; i < pseudonyms->root_count; i++) {
        const struct root *root = &pseudonyms->roots[i];
        root_name(root->kind, name);
        sodium_bin2hex(hex, sizeof hex, root->key, sizeof root->key);
        size += (size_t)snprintf(bytes + size, sizeof bytes - size, "%s %lld %s\n", name,
                                 (long long)root->epoch, hex);
        CHECK(size < sizeof bytes - 64);
    }
    check_sum(bytes, size, hex);
    size += (size_t)snprintf(bytes + size, sizeof bytes - size, "check %s\n", hex);
    enum status status = private_file_replace(pseudonyms->path, bytes, size, true, err);
    if (status == STATUS_OK) pseudonyms->unsaved = false;
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(hex, sizeof hex);
    return status;
}

static bool parse_root(struct pseudonyms *pseudonyms, const char *line) {
    char name[16], hex[ROOT_BYTES * 2 + 1];
    long long epoch;
    int used = 0;
    unsigned kind;
    size_t key_size;
    bool fits = sscanf(line, "%15[a-z.0-9] %lld %64[0-9a-f]\n%n", name, &epoch, hex, &used) == 3 &&
                used > 0 && root_kind(name, &kind) && find_root(pseudonyms, kind, epoch) == NULL;
    struct root *root = fits ? add_root(pseudonyms, kind, epoch) : NULL;
    fits = root != NULL &&
           sodium_hex2bin(root->key, ROOT_BYTES, hex, strlen(hex), NULL, &key_size, NULL) == 0 &&
           key_size == ROOT_BYTES;
    sodium_memzero(hex, sizeof hex);
    return fits;
}

static bool parse_file(struct pseudonyms *pseudonyms, const char *bytes, size_t size) {
    const size_t check_line_bytes = strlen("check \n") + CHECK_BYTES * 2;
    if (size < strlen(FORMAT_LINE) + check_line_bytes || strlen(bytes) != size) return false;
    char hex[CHECK_BYTES * 2 + 1];
    const char *check = bytes + size - check_line_bytes;
    check_sum(bytes, size - check_line_bytes, hex);
    if (strncmp(check, "check ", 6) != 0 || memcmp(check + 6, hex, CHECK_BYTES * 2) != 0 ||
        bytes[size - 1] != '\n')
        return false;
    if (strncmp(bytes, FORMAT_LINE, strlen(FORMAT_LINE)) != 0) return false;
    for (const char *line = bytes + strlen(FORMAT_LINE); line < check;) {
        if (!parse_root(pseudonyms, line)) return false;
        line = strchr(line, '\n') + 1; /* there is one: the file ends with it */
    }
    for (unsigned kind = 0; kind < ROOT_KINDS; kind++) {
        bool daily = kind == PSEUDONYM_PURPOSE_VISIT;
        if (!daily && find_root(pseudonyms, kind, 0) == NULL) return false;
    }
    pseudonyms->unsaved = false;
    return true;
}

static enum status load(struct pseudonyms *pseudonyms, struct error *err) {
    char *bytes;
    size_t size;
    enum status status = private_file_read(pseudonyms->path, 077, &bytes, &size, err);
    if (status == STATUS_NOT_FOUND) {
        for (unsigned kind = 0; kind < ROOT_KINDS; kind++) {
            if (kind != PSEUDONYM_PURPOSE_VISIT) (void)add_root(pseudonyms, kind, 0);
        }
        return save(pseudonyms, err);
    }
    TRY(status);
    if (!parse_file(pseudonyms, bytes, size))
        status = error_set(err, STATUS_CORRUPT, "key file %s is damaged", pseudonyms->path);
    sodium_memzero(bytes, size);
    memory_free(bytes);
    return status;
}

/* --- keys of a tenant and their cache ------------------------------------------------------ */

static struct siphash_key derive(const uint8_t root[ROOT_BYTES], const char *text, size_t size) {
    struct siphash_key key;
    crypto_generichash((uint8_t *)key.word, sizeof key.word, (const uint8_t *)text, size, root,
                       ROOT_BYTES);
    return key;
}

/* What a cached key is for, and where it may be. */
struct place {
    uint64_t scope, tenant[2];
    struct slot *slot;
};

static bool place_of(struct pseudonyms *pseudonyms, unsigned kind, int64_t epoch,
                     const char *tenant, size_t size, struct place *place) {
    if (size > CACHED_TENANT_BYTES) return false;
    *place = (struct place){.scope = (uint64_t)epoch << 16 | (uint64_t)size << 8 | (kind + 1)};
    memcpy(place->tenant, tenant, size);
    uint64_t hash = place->scope ^ place->tenant[0] * UINT64_C(0x9E3779B97F4A7C15) ^
                    place->tenant[1] * UINT64_C(0xC2B2AE3D27D4EB4F);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    place->slot = &pseudonyms->cache[(hash >> 32) % CACHE_SLOTS];
    return true;
}

static bool cache_read(const struct place *place, struct siphash_key *key) {
    struct slot *slot = place->slot;
    uint64_t before = atomic_load_explicit(&slot->version, memory_order_acquire);
    bool same = true;
    same &= atomic_load_explicit(&slot->scope, memory_order_acquire) == place->scope;
    for (int i = 0; i < 2; i++) {
        same &= atomic_load_explicit(&slot->tenant[i], memory_order_acquire) == place->tenant[i];
        key->word[i] = atomic_load_explicit(&slot->key[i], memory_order_acquire);
    }
    uint64_t after = atomic_load_explicit(&slot->version, memory_order_relaxed);
    return same && before == after && before % 2 == 0;
}

static void cache_write(struct slot *slot, uint64_t scope, const uint64_t tenant[2],
                        struct siphash_key key) {
    uint64_t version = atomic_load_explicit(&slot->version, memory_order_relaxed);
    atomic_store_explicit(&slot->version, version + 1, memory_order_relaxed);
    atomic_store_explicit(&slot->scope, scope, memory_order_release);
    for (int i = 0; i < 2; i++) {
        atomic_store_explicit(&slot->tenant[i], tenant[i], memory_order_release);
        atomic_store_explicit(&slot->key[i], key.word[i], memory_order_release);
    }
    atomic_store_explicit(&slot->version, version + 2, memory_order_release);
}

static void cache_forget_visits(struct pseudonyms *pseudonyms) {
    const uint64_t nothing[2] = {0};
    for (uint32_t i = 0; i < CACHE_SLOTS; i++) {
        struct slot *slot = &pseudonyms->cache[i];
        uint64_t scope = atomic_load_explicit(&slot->scope, memory_order_relaxed);
        if ((scope & 0xFF) == PSEUDONYM_PURPOSE_VISIT + 1)
            cache_write(slot, SLOT_NEVER, nothing, (struct siphash_key){{0}});
    }
}

static int64_t day_of(int64_t time_ms) {
    int64_t day = time_ms / DAY_MS;
    return time_ms % DAY_MS < 0 ? day - 1 : day;
}

static int64_t visit_end_ms(int64_t day) {
    return (day + 1) * DAY_MS + PSEUDONYM_VISIT_KEPT_MS;
}

/* The root of a visit day whose key may exist, made when it is new; NULL for all other days. */
static struct root *visit_root(struct pseudonyms *pseudonyms, int64_t day) {
    int64_t now_ms = clock_utc_ms(pseudonyms->clock);
    if (day > day_of(now_ms) + 1 || visit_end_ms(day) <= now_ms) return NULL;
    struct root *root = find_root(pseudonyms, PSEUDONYM_PURPOSE_VISIT, day);
    if (root != NULL) return root;
    root = add_root(pseudonyms, PSEUDONYM_PURPOSE_VISIT, day);
    if (root == NULL) return NULL;
    int64_t end_ms = visit_end_ms(day);
    if (end_ms < atomic_load(&pseudonyms->due_ms)) atomic_store(&pseudonyms->due_ms, end_ms);
    struct error err;
    if (save(pseudonyms, &err) != STATUS_OK) {
        /* The key serves from memory: a restart would only tear this day's visits apart. */
        log_write(LOG_ERROR, "pseudonym", "%s", err.text);
        atomic_store(&pseudonyms->due_ms, now_ms + RETRY_MS);
    }
    return root;
}

static struct siphash_key derive_unwritten(struct pseudonyms *pseudonyms, int64_t day,
                                           const char *tenant, size_t size) {
    char text[32];
    int length = snprintf(text, sizeof text, "%lld", (long long)day);
    struct siphash_key of_day = derive(pseudonyms->unwritten, text, (size_t)length);
    uint8_t root[ROOT_BYTES];
    crypto_generichash(root, sizeof root, (const uint8_t *)of_day.word, sizeof of_day.word,
                       pseudonyms->unwritten, ROOT_BYTES);
    return derive(root, tenant, size);
}

static struct siphash_key make_key(struct pseudonyms *pseudonyms, unsigned kind, int64_t epoch,
                                   const char *tenant, size_t size) {
    struct place place;
    bool cached = place_of(pseudonyms, kind, epoch, tenant, size, &place);
    pthread_mutex_lock(&pseudonyms->lock);
    struct root *root = kind == PSEUDONYM_PURPOSE_VISIT ? visit_root(pseudonyms, epoch)
                                                        : find_root(pseudonyms, kind, epoch);
    struct siphash_key key = root != NULL ? derive(root->key, tenant, size)
                                          : derive_unwritten(pseudonyms, epoch, tenant, size);
    if (cached) cache_write(place.slot, place.scope, place.tenant, key);
    pthread_mutex_unlock(&pseudonyms->lock);
    return key;
}

static inline uint64_t hash_64(const struct siphash_key *key, const char *text, size_t size) {
    uint64_t hash = siphash_64(key, text, size);
    return hash != 0 ? hash : 1;
}

/* --- the contract --------------------------------------------------------------------------- */

enum status pseudonyms_open(const char *path, const struct clock *clock, struct pseudonyms **out,
                            struct error *err) {
    *out = NULL;
    if (sodium_init() < 0) return error_set(err, STATUS_IO, "libsodium does not start");
    struct pseudonyms *pseudonyms = sodium_malloc(sizeof *pseudonyms);
    if (pseudonyms == NULL) return error_set(err, STATUS_NO_MEMORY, "keys: memory");
    memset(pseudonyms, 0, sizeof *pseudonyms);
    pthread_mutex_init(&pseudonyms->lock, NULL);
    pseudonyms->clock = clock;
    randombytes_buf(pseudonyms->unwritten, sizeof pseudonyms->unwritten);

    enum status status = STATUS_OK;
    pseudonyms->path = memory_copy_text(path, strlen(path));
    if (pseudonyms->path == NULL) {
        status = error_set(err, STATUS_NO_MEMORY, "keys: memory");
        goto done;
    }
    status = load(pseudonyms, err);
    if (status != STATUS_OK) goto done;
    pseudonyms->id = derive(find_root(pseudonyms, ROOT_ID, 0)->key, "", 0);
    pseudonyms->link = derive(find_root(pseudonyms, ROOT_LINK, 0)->key, "", 0);
    status = pseudonyms_expire(pseudonyms, err);
    if (status != STATUS_OK) goto done;
    *out = pseudonyms;
    pseudonyms = NULL;
done:
    pseudonyms_close(pseudonyms);
    return status;
}

void pseudonyms_close(struct pseudonyms *pseudonyms) {
    if (pseudonyms == NULL) return;
    pthread_mutex_destroy(&pseudonyms->lock);
    memory_free(pseudonyms->path);
    sodium_free(pseudonyms); /* wipes it */
}

static enum status expire_locked(struct pseudonyms *pseudonyms, int64_t now_ms, struct error *err) {
    bool dropped = false;
    int64_t due_ms = INT64_MAX;
    for (uint32_t i = pseudonyms->root_count; i-- > 0;) {
        const struct root *root = &pseudonyms->roots[i];
        if (root->kind != PSEUDONYM_PURPOSE_VISIT) continue;
        int64_t end_ms = visit_end_ms(root->epoch);
        if (end_ms <= now_ms) {
            drop_root(pseudonyms, i);
            dropped = true;
        } else if (end_ms < due_ms) {
            due_ms = end_ms;
        }
    }
    if (dropped) cache_forget_visits(pseudonyms);
    enum status status = save(pseudonyms, err);
    if (status != STATUS_OK && now_ms + RETRY_MS < due_ms) due_ms = now_ms + RETRY_MS;
    atomic_store(&pseudonyms->due_ms, due_ms);
    return status;
}

enum status pseudonyms_expire(struct pseudonyms *pseudonyms, struct error *err) {
    int64_t now_ms = clock_utc_ms(pseudonyms->clock);
    if (now_ms < atomic_load_explicit(&pseudonyms->due_ms, memory_order_relaxed)) return STATUS_OK;
    pthread_mutex_lock(&pseudonyms->lock);
    enum status status = expire_locked(pseudonyms, now_ms, err);
    pthread_mutex_unlock(&pseudonyms->lock);
    return status;
}

static struct siphash_key subject_key(struct pseudonyms *pseudonyms, unsigned purpose,
                                      const char *tenant, size_t tenant_size, int64_t time_ms) {
    CHECK(purpose < PSEUDONYM_PURPOSES_MAX);
    int64_t epoch = 0;
    if (purpose == PSEUDONYM_PURPOSE_VISIT) {
        struct error err;
        epoch = day_of(time_ms);
        if (pseudonyms_expire(pseudonyms, &err) != STATUS_OK)
            log_write(LOG_ERROR, "pseudonym", "%s", err.text);
    }
    struct place place;
    struct siphash_key key;
    bool cached = place_of(pseudonyms, purpose, epoch, tenant, tenant_size, &place) &&
                  cache_read(&place, &key);
    return cached ? key : make_key(pseudonyms, purpose, epoch, tenant, tenant_size);
}

uint64_t pseudonym_subject(struct pseudonyms *pseudonyms, unsigned purpose, const char *tenant,
                           size_t tenant_size, int64_t time_ms, const char *subject, size_t size) {
    const struct siphash_key key = subject_key(pseudonyms, purpose, tenant, tenant_size, time_ms);
    return hash_64(&key, subject, size);
}

uint64_t pseudonym_link(struct pseudonyms *pseudonyms, const char *link, size_t size) {
    return hash_64(&pseudonyms->link, link, size);
}

/* The source's length first: no two pairs of source and id give the same bytes. */
struct pseudonym_source pseudonym_source(const struct pseudonyms *pseudonyms, const char *source,
                                         size_t size) {
    CHECK(size <= PSEUDONYM_SOURCE_BYTES_MAX);
    char text[sizeof(uint32_t) + PSEUDONYM_SOURCE_BYTES_MAX];
    uint32_t length = (uint32_t)size;
    memcpy(text, &length, sizeof length);
    memcpy(text + sizeof length, source, size);
    return (struct pseudonym_source){siphash_prefix(&pseudonyms->id, text, sizeof length + size)};
}

struct pseudonym_id pseudonym_event_id(const struct pseudonym_source *source, const char *id,
                                       size_t size) {
    uint64_t hash[2];
    siphash_128(&source->prefix, id, size, hash);
    return (struct pseudonym_id){hash[0], hash[1]};
}

void pseudonym_gather_id(struct pseudonym_group *group, const struct pseudonym_source *source,
                         const char *id, size_t size) {
    CHECK(group->id_count < PSEUDONYM_GROUP_MAX && size <= PSEUDONYM_TEXT_BYTES_MAX);
    siphash_lanes_put(&group->ids, group->id_count++, &source->prefix, id, size);
}

void pseudonym_gather_subject(struct pseudonym_group *group, struct pseudonyms *pseudonyms,
                              unsigned purpose, const char *tenant, size_t tenant_size,
                              int64_t time_ms, const char *subject, size_t size) {
    CHECK(group->subject_count < PSEUDONYM_GROUP_MAX && size <= PSEUDONYM_TEXT_BYTES_MAX);
    const struct siphash_key key = subject_key(pseudonyms, purpose, tenant, tenant_size, time_ms);
    const struct siphash_prefix prefix = siphash_prefix_64(&key);
    siphash_lanes_put(&group->subjects, group->subject_count++, &prefix, subject, size);
}

void pseudonym_group_take(struct pseudonym_group *group, struct pseudonym_id *ids,
                          uint64_t *subjects) {
    uint64_t hash[2][SIPHASH_LANES];
    if (group->id_count > 0) siphash_lanes_hash(&group->ids, group->id_count, true, hash);
    for (uint32_t i = 0; i < group->id_count; i++)
        ids[i] = (struct pseudonym_id){hash[0][i], hash[1][i]};
    if (group->subject_count > 0)
        siphash_lanes_hash(&group->subjects, group->subject_count, false, hash);
    for (uint32_t i = 0; i < group->subject_count; i++)
        subjects[i] = hash[0][i] != 0 ? hash[0][i] : 1;
    group->id_count = group->subject_count = 0;
}
