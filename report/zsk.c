/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/zsk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"

enum { ROWS_MAX = 200000, LEIKA_DIGITS = 14, ARS_DIGITS = 12 };

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "zsk: memory budget used up");
}

/* --- rows --- */

static int compare_rows(const void *left, const void *right) {
    const struct zsk_row *a = left, *b = right;
    const int order = strcmp(a->ars, b->ars);
    return order != 0 ? order : strcmp(a->service, b->service);
}

static const char *copy_text(struct arena *arena, const struct json *value) {
    const char *text = json_text(value, "");
    return arena_copy_text(arena, text, strlen(text));
}

/* Rows of an array of objects; those without transactions are left out. */
static enum status read_rows(const struct json *array, const char *ars, const char *transactions,
                             struct arena *arena, struct zsk_rows *out, struct error *err) {
    const uint32_t count = json_count(array);
    *out = (struct zsk_rows){.rows = arena_push_array(arena, struct zsk_row, count + 1)};
    if (out->rows == NULL || count > ROWS_MAX) return no_memory(err);
    for (const struct json *row = json_first(array); row != NULL; row = json_next(row)) {
        const double number = json_number(json_member(row, transactions), 0);
        if (!(number >= 1)) continue;
        struct zsk_row *added = &out->rows[out->count++];
        added->ars = copy_text(arena, json_member(row, ars));
        added->service = copy_text(arena, json_member(row, "service"));
        added->transactions = (int64_t)number;
        if (added->ars == NULL || added->service == NULL) return no_memory(err);
    }
    if (out->count > 1) qsort(out->rows, out->count, sizeof *out->rows, compare_rows);
    return STATUS_OK;
}

enum status zsk_read_answer(const char *json, size_t size, struct arena *arena,
                            struct zsk_rows *out, struct error *err) {
    struct json *document;
    TRY(json_parse(json, size, &document, err));
    const enum status status =
        read_rows(json_member(document, "rows"), "tenant", "in", arena, out, err);
    json_free(document);
    return status;
}

/* --- the form of the file --- */

static const char *const value_names[ZSK_VALUES] = {
#define X(name, text) text,
    ZSK_VALUE_LIST(X)
#undef X
};

void zsk_format_default(struct zsk_format *out) {
    static const struct zsk_column columns[] = {
        {"Monat", ZSK_MONTH, NULL},      {"ARS", ZSK_ARS, NULL},
        {"Leistung", ZSK_SERVICE, NULL}, {"Transaktionen", ZSK_TRANSACTIONS, NULL},
        {"Stand", ZSK_AS_OF, NULL},      {"Lieferung", ZSK_RUN, NULL}};
    *out = (struct zsk_format){.separator = ';',
                               .heading = true,
                               .crlf = true,
                               .column_count = sizeof columns / sizeof *columns};
    memcpy(out->columns, columns, sizeof columns);
}

static enum status wrong(struct error *err, const char *key, const char *what) {
    return error_set(err, STATUS_INVALID, "%s: %s", key, what);
}

static enum status read_column(const struct json *value, struct arena *arena,
                               struct zsk_column *column, struct error *err) {
    const char *said = json_text(json_member(value, "value"), NULL);
    const char *constant = json_text(json_member(value, "constant"), NULL);
    column->name = copy_text(arena, json_member(value, "name"));
    if (column->name == NULL) return no_memory(err);
    if ((said == NULL) == (constant == NULL))
        return wrong(err, "columns", "each has a name, and either a value or a constant");
    if (constant != NULL) {
        column->value = ZSK_CONSTANT;
        column->constant = arena_copy_text(arena, constant, strlen(constant));
        return column->constant != NULL ? STATUS_OK : no_memory(err);
    }
    for (int at = 0; at < ZSK_CONSTANT; at++) {
        column->value = (enum zsk_value)at;
        if (strcmp(said, value_names[at]) == 0) return STATUS_OK;
    }
    return error_set(err, STATUS_INVALID,
                     "columns: \"%.40s\" is none of month, first_day, last_day, ars, ags, service, "
                     "leika, transactions, as_of, run, correction",
                     said);
}

static enum status read_columns(const struct json *value, struct arena *arena,
                                struct zsk_format *out, struct error *err) {
    if (json_kind(value) != JSON_ARRAY || json_count(value) == 0 ||
        json_count(value) > ZSK_COLUMNS_MAX)
        return wrong(err, "columns", "must be a list of 1 to 32 columns");
    out->column_count = 0;
    for (const struct json *at = json_first(value); at != NULL; at = json_next(at))
        TRY(read_column(at, arena, &out->columns[out->column_count++], err));
    return STATUS_OK;
}

static enum status read_flag(const struct json *value, bool *out, struct error *err) {
    if (json_kind(value) != JSON_BOOLEAN)
        return wrong(err, json_name(value), "must be true or false");
    *out = json_boolean(value, false);
    return STATUS_OK;
}

static enum status read_member(const struct json *member, struct arena *arena,
                               struct zsk_format *out, struct error *err) {
    const char *name = json_name(member), *text = json_text(member, "");
    if (strcmp(name, "note") == 0) return STATUS_OK;
    if (strcmp(name, "columns") == 0) return read_columns(member, arena, out, err);
    if (strcmp(name, "heading") == 0) return read_flag(member, &out->heading, err);
    if (strcmp(name, "byte_order_mark") == 0) return read_flag(member, &out->bom, err);
    if (strcmp(name, "leika_only") == 0) return read_flag(member, &out->leika_only, err);
    if (strcmp(name, "separator") == 0) {
        out->separator = text[0];
        return strlen(text) == 1 && text[0] != '"' && (text[0] >= ' ' || text[0] == '\t')
                   ? STATUS_OK
                   : wrong(err, name, "must be one character, as \";\"");
    }
    if (strcmp(name, "encoding") == 0) {
        out->latin1 = strcmp(text, "iso-8859-1") == 0;
        return out->latin1 || strcmp(text, "utf-8") == 0
                   ? STATUS_OK
                   : wrong(err, name, "must be utf-8 or iso-8859-1");
    }
    if (strcmp(name, "line_end") == 0) {
        out->crlf = strcmp(text, "crlf") == 0;
        return out->crlf || strcmp(text, "lf") == 0 ? STATUS_OK
                                                    : wrong(err, name, "must be crlf or lf");
    }
    return wrong(err, name,
                 "there is no such key; there are separator, encoding, byte_order_mark, line_end, "
                 "heading, leika_only, columns, note");
}

enum status zsk_format_parse(const char *json, size_t size, struct arena *arena,
                             struct zsk_format *out, struct error *err) {
    struct json *document;
    zsk_format_default(out);
    TRY(json_parse(json, size, &document, err));
    enum status status = STATUS_OK;
    if (json_kind(document) != JSON_OBJECT)
        status = error_set(err, STATUS_INVALID, "the file must be an object");
    for (const struct json *at = json_first(document); at != NULL && status == STATUS_OK;
         at = json_next(at))
        status = read_member(at, arena, out, err);
    if (status == STATUS_OK && out->latin1 && out->bom)
        status = wrong(err, "byte_order_mark", "only utf-8 has one");
    json_free(document);
    return status;
}

/* --- CSV --- */

/* UTF-8 as ISO 8859-1; false: it has no such character. */
static bool add_latin1(struct text *text, const char *utf8) {
    for (const unsigned char *at = (const unsigned char *)utf8; *at != '\0'; at++) {
        unsigned char byte = *at;
        if (byte >= 0x80) {
            if ((byte != 0xC2 && byte != 0xC3) || at[1] == '\0') return false;
            byte = (unsigned char)((byte & 3) << 6 | (at[1] & 0x3F));
            at++;
        }
        text_add(text, &byte, 1);
    }
    return true;
}

static enum status add_value(struct text *text, const struct zsk_format *format, const char *value,
                             struct error *err) {
    const char special[] = {format->separator, '"', '\r', '\n', '\0'};
    struct text quoted;
    text_init(&quoted, 1 << 16);
    const bool quote = strpbrk(value, special) != NULL;
    if (quote) text_add(&quoted, "\"", 1);
    for (const char *at = value; *at != '\0'; at++)
        text_add(&quoted, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    if (quote) text_add(&quoted, "\"", 1);
    enum status status = quoted.failed ? no_memory(err) : STATUS_OK;
    if (status == STATUS_OK && quoted.size > 0 && !format->latin1)
        text_add(text, quoted.bytes, quoted.size);
    if (status == STATUS_OK && quoted.size > 0 && format->latin1 && !add_latin1(text, quoted.bytes))
        status = error_set(err, STATUS_INVALID, "encoding: iso-8859-1 cannot say \"%.60s\"", value);
    text_free(&quoted);
    return status;
}

static void end_line(struct text *text, const struct zsk_format *format) {
    text_add_string(text, format->crlf ? "\r\n" : "\n");
}

static bool is_leika(const char *service) {
    return strlen(service) == LEIKA_DIGITS && strspn(service, "0123456789") == LEIKA_DIGITS;
}

enum { CELL_BYTES = 64 };

static const char *last_day_of(const char *month, char cell[CELL_BYTES]) {
    const int year = (int)strtol(month, NULL, 10), number = (int)strtol(month + 5, NULL, 10);
    snprintf(cell, CELL_BYTES, "%s-%02d", month, timestamp_days_in_month(year, number));
    return cell;
}

/* The AGS has the digits of Land, Regierungsbezirk, Kreis and Gemeinde, without the Verband. */
static const char *ags_of(const char *ars, char cell[CELL_BYTES]) {
    if (strlen(ars) != ARS_DIGITS) return "";
    snprintf(cell, CELL_BYTES, "%.5s%s", ars, ars + 9);
    return cell;
}

static const char *value_of(const struct zsk_column *column, const struct zsk_run *run,
                            const struct zsk_row *row, char cell[CELL_BYTES]) {
    switch (column->value) {
        case ZSK_MONTH: return run->month;
        case ZSK_FIRST_DAY: snprintf(cell, CELL_BYTES, "%s-01", run->month); return cell;
        case ZSK_LAST_DAY: return last_day_of(run->month, cell);
        case ZSK_ARS: return row->ars;
        case ZSK_AGS: return ags_of(row->ars, cell);
        case ZSK_SERVICE: return row->service;
        case ZSK_LEIKA: return is_leika(row->service) ? row->service : "";
        case ZSK_TRANSACTIONS:
            snprintf(cell, CELL_BYTES, "%lld", (long long)row->transactions);
            return cell;
        case ZSK_AS_OF: return run->as_of;
        case ZSK_RUN: snprintf(cell, CELL_BYTES, "%u", run->number); return cell;
        case ZSK_CORRECTION: return run->number > 1 ? "yes" : "no";
        case ZSK_CONSTANT: return column->constant;
        case ZSK_VALUES: break;
    }
    return "";
}

enum status zsk_write_csv(struct text *text, const struct zsk_format *format,
                          const struct zsk_run *run, struct zsk_written *written,
                          struct error *err) {
    char cell[CELL_BYTES];
    *written = (struct zsk_written){0};
    if (format->bom) text_add_string(text, "\xEF\xBB\xBF");
    for (uint32_t at = 0; at < format->column_count && format->heading; at++) {
        if (at > 0) text_add(text, &format->separator, 1);
        TRY(add_value(text, format, format->columns[at].name, err));
    }
    if (format->heading) end_line(text, format);
    for (uint32_t row = 0; row < run->rows.count; row++) {
        if (format->leika_only && !is_leika(run->rows.rows[row].service)) {
            written->left_out++;
            continue;
        }
        written->rows++;
        written->transactions += run->rows.rows[row].transactions;
        for (uint32_t at = 0; at < format->column_count; at++) {
            if (at > 0) text_add(text, &format->separator, 1);
            TRY(add_value(text, format,
                          value_of(&format->columns[at], run, &run->rows.rows[row], cell), err));
        }
        end_line(text, format);
    }
    return text->failed ? no_memory(err) : STATUS_OK;
}

/* --- runs --- */

static int64_t transactions_of(const struct zsk_rows *rows, const struct zsk_row *key) {
    const struct zsk_row *found =
        rows->count == 0 ? NULL : bsearch(key, rows->rows, rows->count, sizeof *key, compare_rows);
    return found != NULL ? found->transactions : 0;
}

enum status zsk_compare(const struct zsk_rows *sent, const struct zsk_rows *then,
                        const struct zsk_rows *now, struct arena *arena, struct zsk_changes *out,
                        struct error *err) {
    const size_t room = (size_t)sent->count + now->count + 1;
    struct zsk_row *keys = arena_push_array(arena, struct zsk_row, room);
    *out = (struct zsk_changes){.changes = arena_push_array(arena, struct zsk_change, room)};
    if (keys == NULL || out->changes == NULL) return no_memory(err);
    size_t count = 0;
    for (uint32_t at = 0; at < sent->count; at++) keys[count++] = sent->rows[at];
    for (uint32_t at = 0; at < now->count; at++) keys[count++] = now->rows[at];
    if (count > 1) qsort(keys, count, sizeof *keys, compare_rows);
    for (size_t at = 0; at < count; at++) {
        if (at > 0 && compare_rows(&keys[at - 1], &keys[at]) == 0) continue;
        const int64_t was = transactions_of(sent, &keys[at]);
        const int64_t again = transactions_of(then, &keys[at]);
        const int64_t is = transactions_of(now, &keys[at]);
        if (was == is) continue;
        out->changes[out->count++] = (struct zsk_change){.ars = keys[at].ars,
                                                         .service = keys[at].service,
                                                         .sent = was,
                                                         .now = is,
                                                         .late = is - again,
                                                         .restated = again - was};
    }
    return STATUS_OK;
}

static void add_member(struct text *text, const char *name, const char *value) {
    text_add_format(text, "\"%s\":", name);
    text_add_json_string(text, value, strlen(value));
    text_add(text, ",", 1);
}

void zsk_write_run(struct text *text, const struct zsk_run *run, const struct zsk_changes *changes,
                   const char *changed_since) {
    text_add(text, "{", 1);
    add_member(text, "month", run->month);
    add_member(text, "tenant", run->tenant);
    text_add_format(text, "\"run\":%u,", run->number);
    add_member(text, "as_of", run->as_of);
    add_member(text, "definition", "throughput: in");
    add_member(text, "sha256", run->sha256);
    text_add_string(text, "\"rows\":[");
    for (uint32_t at = 0; at < run->rows.count; at++) {
        text_add_string(text, at > 0 ? ",\n{" : "\n{");
        add_member(text, "ars", run->rows.rows[at].ars);
        add_member(text, "service", run->rows.rows[at].service);
        text_add_format(text, "\"transactions\":%lld}", (long long)run->rows.rows[at].transactions);
    }
    text_add_string(text, "]");
    if (changes != NULL) {
        text_add_string(text, ",\n");
        add_member(text, "changed_since", changed_since);
        text_add_string(text, "\"changes\":[");
    }
    for (uint32_t at = 0; changes != NULL && at < changes->count; at++) {
        const struct zsk_change *change = &changes->changes[at];
        text_add_string(text, at > 0 ? ",\n{" : "\n{");
        add_member(text, "ars", change->ars);
        add_member(text, "service", change->service);
        text_add_format(text, "\"sent\":%lld,\"now\":%lld,\"late\":%lld,\"restated\":%lld}",
                        (long long)change->sent, (long long)change->now, (long long)change->late,
                        (long long)change->restated);
    }
    text_add_string(text, changes != NULL ? "]}\n" : "}\n");
}

enum status zsk_read_run(const char *json, size_t size, struct arena *arena, struct zsk_run *out,
                         struct error *err) {
    struct json *document;
    TRY(json_parse(json, size, &document, err));
    const char *hash = json_text(json_member(document, "sha256"), "");
    *out = (struct zsk_run){.number = (uint32_t)json_number(json_member(document, "run"), 0)};
    out->month = copy_text(arena, json_member(document, "month"));
    out->tenant = copy_text(arena, json_member(document, "tenant"));
    out->as_of = copy_text(arena, json_member(document, "as_of"));
    snprintf(out->sha256, sizeof out->sha256, "%s", hash);
    enum status status = out->month == NULL || out->tenant == NULL || out->as_of == NULL
                             ? no_memory(err)
                             : STATUS_OK;
    if (status == STATUS_OK && (out->number == 0 || strlen(hash) + 1 != SHA256_TEXT_BYTES))
        status = error_set(err, STATUS_CORRUPT, "this is not what a run keeps");
    if (status == STATUS_OK)
        status =
            read_rows(json_member(document, "rows"), "ars", "transactions", arena, &out->rows, err);
    json_free(document);
    return status;
}
