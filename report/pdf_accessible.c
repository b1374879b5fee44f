/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/pdf_accessible.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    OBJECTS_MAX = 1 << 20,
    XREF_LINE_BYTES = 20,
    OBJECT_BYTES_MAX = 1 << 20, /* of a structure element */
    TAIL_BYTES = 64             /* "startxref", its number and "%%EOF" */
};

struct update {
    const struct pdf_accessible *what;
    struct text *pdf;  /* grows; offsets into it stay */
    struct text table; /* of the objects that were written anew */
    size_t table_at;   /* of the table that is there */
    unsigned size, root, info;
    uint32_t figure;
};

/* --- what is there --- */

static bool read_tail(struct update *update) {
    const struct text *pdf = update->pdf;
    if (pdf->failed || pdf->size < TAIL_BYTES) return false;
    const char *tail = strstr(pdf->bytes + pdf->size - TAIL_BYTES, "startxref\n");
    if (tail == NULL) return false;
    update->table_at = (size_t)strtoull(tail + strlen("startxref\n"), NULL, 10);
    if (update->table_at >= pdf->size) return false;
    unsigned first, count;
    const char *table = pdf->bytes + update->table_at;
    if (sscanf(table, "xref\n%u %u\n", &first, &count) != 2 || first != 0 || count > OBJECTS_MAX)
        return false;
    const char *trailer = strstr(table, "trailer\n");
    return trailer != NULL &&
           sscanf(trailer, "trailer\n<< /Size %u /Root %u 0 R /Info %u 0 R", &update->size,
                  &update->root, &update->info) == 3 &&
           update->size == count;
}

/* Where an object begins; 0: it is not in use. */
static size_t offset_of(const struct update *update, unsigned object) {
    const char *line = strchr(update->pdf->bytes + update->table_at + strlen("xref\n"), '\n') + 1 +
                       (size_t)object * XREF_LINE_BYTES;
    return line[17] == 'n' ? (size_t)strtoull(line, NULL, 10) : 0;
}

/* --- what is added --- */

/* "<FEFF…>": UTF-16BE, as texts of a PDF are (7.9.2.2). The text is UTF-8. */
static void add_text(struct text *out, const char *text) {
    text_add_string(out, "<FEFF");
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        const unsigned length = *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
        uint32_t point = length == 1 ? *at : *at & (0x7fu >> length);
        for (unsigned i = 1; i < length && at[i] != '\0'; i++) point = point << 6 | (at[i] & 0x3f);
        if (point >= 0x10000)
            text_add_format(out, "%04X%04X", (unsigned)(0xd800 + ((point - 0x10000) >> 10)),
                            (unsigned)(0xdc00 + ((point - 0x10000) & 0x3ff)));
        else
            text_add_format(out, "%04X", (unsigned)point);
        for (unsigned i = 0; i < length && *at != '\0'; i++) at++;
    }
    text_add_string(out, ">");
}

static void add_catalog(struct update *update, struct text *out) {
    text_add_format(out, "   /Lang (%s)\n   /ViewerPreferences << /DisplayDocTitle true%s >>\n",
                    update->what->language, update->what->right_to_left ? " /Direction /R2L" : "");
}

static void add_figure(struct update *update, struct text *out) {
    if (update->figure >= update->what->figure_count) return;
    text_add_string(out, "   /Alt ");
    add_text(out, update->what->figures[update->figure++]);
    text_add_string(out, "\n");
}

static void add_head_cell(struct update *update, struct text *out) {
    (void)update;
    text_add_string(out, "   /A << /O /Table /Scope /Column >>\n");
}

static const struct {
    const char *begin; /* of the object, after its number */
    void (*add)(struct update *update, struct text *out);
} additions[] = {{" 0 obj\n<< /Type /Catalog\n", add_catalog},
                 {" 0 obj\n<< /Type /StructElem\n   /S /Figure\n", add_figure},
                 {" 0 obj\n<< /Type /StructElem\n   /S /TH\n", add_head_cell}};

/* Writes the object anew behind all, when something is to be said of it. */
static void update_object(struct update *update, unsigned object) {
    const size_t offset = offset_of(update, object);
    if (offset == 0 || offset >= update->table_at) return;
    const char *begin = update->pdf->bytes + offset;
    const char *head = begin + strspn(begin, "0123456789");
    for (unsigned at = 0; at < sizeof additions / sizeof *additions; at++) {
        const size_t size = strlen(additions[at].begin);
        if (strncmp(head, additions[at].begin, size) != 0) continue;
        const char *rest = head + size, *end = strstr(rest, "endobj\n");
        if (end == NULL || end - rest > OBJECT_BYTES_MAX) return;
        struct text anew; /* apart: what it is copied from may move */
        text_init(&anew, OBJECT_BYTES_MAX);
        text_add(&anew, begin, (size_t)(rest - begin));
        additions[at].add(update, &anew);
        text_add(&anew, rest, (size_t)(end - rest) + strlen("endobj\n"));
        text_add_format(&update->table, "%u 1\n%010zu 00000 n \n", object, update->pdf->size);
        if (anew.failed) update->pdf->failed = true;
        text_add(update->pdf, anew.bytes, anew.size);
        text_free(&anew);
        return;
    }
}

bool pdf_accessible_add(const struct pdf_accessible *what, struct text *pdf) {
    struct update update = {.what = what, .pdf = pdf};
    if (!read_tail(&update)) return false;
    text_init(&update.table, pdf->limit);
    for (unsigned object = 1; object < update.size && !pdf->failed; object++)
        update_object(&update, object);
    const size_t table_at = pdf->size;
    if (update.table.failed) pdf->failed = true;
    text_add_string(pdf, "xref\n");
    text_add(pdf, update.table.bytes, update.table.size);
    text_add_format(pdf,
                    "trailer\n<< /Size %u\n   /Root %u 0 R\n   /Info %u 0 R\n   /Prev %zu\n>>\n"
                    "startxref\n%zu\n%%%%EOF\n",
                    update.size, update.root, update.info, update.table_at, table_at);
    text_free(&update.table);
    return true;
}
