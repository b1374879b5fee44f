/* SPDX-License-Identifier: EUPL-1.2 */
#include <math.h>
#include <string.h>

#include "event/column.h"
#include "event/type.h"
#include "report/set.h"

/* DIN SPEC 66336 (Servicestandard), section 5.12: figures that an online service must and should be
 * measured by; and which of them cannot be told, why, and what to send.
 *
 * A figure is delivered when events of all kinds that it needs have come in before the interval
 * ended: from then on zero is a value. Without them nobody knows, whatever the figure would say. */

enum { NEEDS_MAX = 2 };

struct item {
    const char *id;
    bool must;
    bool channels;   /* it needs them in the events */
    const char *kpi; /* NULL: Pegel cannot know it */
    const char *column, *unit;
    const char *type;          /* of event_count */
    uint64_t needs[NEEDS_MAX]; /* of each set of types, one must have come */
    const char *name[LANGUAGE_COUNT];
};

#define ENDS \
    (TYPE_BIT(TYPE_CASE_DECIDED) | TYPE_BIT(TYPE_CASE_DELIVERED) | TYPE_BIT(TYPE_CASE_CLOSED))

static const struct item items[] = {
    {"visits",
     true,
     false,
     "page_views",
     "value",
     "count",
     NULL,
     {TYPE_BIT(TYPE_PAGE_VIEWED)},
     {"Zugriffe", "Visits", "Ziyaretler", "الزيارات"}},
    {"completions",
     true,
     false,
     "completion",
     "value",
     "ratio",
     NULL,
     {TYPE_BIT(TYPE_FORM_STARTED) | TYPE_BIT(TYPE_FORM_STEP), TYPE_BIT(TYPE_FORM_SUBMITTED)},
     {"Abschlüsse", "Completions", "Tamamlamalar", "الطلبات المستكملة"}},
    {"satisfaction",
     true,
     false,
     "satisfaction",
     "value",
     "score",
     NULL,
     {TYPE_BIT(TYPE_FEEDBACK_RATED)},
     {"Zufriedenheit", "User satisfaction", "Kullanıcı memnuniyeti", "رضا المستخدمين"}},
    {"correct_applications",
     false,
     false,
     "rework",
     "first_time_right",
     "ratio",
     NULL,
     {ENDS, TYPE_BIT(TYPE_CASE_REQUESTED)},
     {"Korrekt gestellte Anträge", "Correctly submitted applications", "Doğru yapılan başvurular",
      "الطلبات المقدَّمة بشكل صحيح"}},
    {"faulty_applications",
     false,
     false,
     "rework",
     "value",
     "ratio",
     NULL,
     {ENDS, TYPE_BIT(TYPE_CASE_REQUESTED)},
     {"Fehlerhafte Anträge", "Faulty applications", "Hatalı başvurular", "الطلبات المعيبة"}},
    {"transmission_errors",
     false,
     false,
     "transmission_errors",
     "value",
     "ratio",
     NULL,
     {TYPE_BIT(TYPE_FORM_SUBMITTED), TYPE_BIT(TYPE_FORM_FAILED)},
     {"Übertragungsfehler nach dem Absenden", "Transmission errors after sending",
      "Gönderim sonrası iletim hataları", "أخطاء النقل بعد الإرسال"}},
    {"processing_time",
     false,
     false,
     "processing_time",
     "mean",
     "s",
     NULL,
     {TYPE_BIT(TYPE_CASE_RECEIVED), ENDS},
     {"Mittlere Bearbeitungszeit", "Mean processing time", "Ortalama işlem süresi",
      "متوسط مدة المعالجة"}},
    {"media_breaks",
     false,
     true,
     "media_breaks",
     "breaks",
     "count",
     NULL,
     {ENDS},
     {"Medienbrüche", "Media breaks", "Ortam değişiklikleri", "الانقطاع بين الوسائط"}},
    {"support_requests",
     false,
     false,
     "support_requests",
     "value",
     "count",
     NULL,
     {TYPE_BIT(TYPE_CONTACT_SUPPORT)},
     {"Technische Supportanfragen", "Technical support requests", "Teknik destek talepleri",
      "طلبات الدعم التقني"}},
    {"base_service_problems",
     false,
     false,
     "event_count",
     "value",
     "count",
     "outage.begin",
     {TYPE_BIT(TYPE_OUTAGE_BEGIN)},
     {"Technische Probleme mit Basisdiensten", "Technical problems with base services",
      "Temel hizmetlerdeki teknik sorunlar", "المشكلات التقنية في الخدمات الأساسية"}},
    {"qualitative_feedback",
     false,
     false,
     NULL,
     NULL,
     "count",
     NULL,
     {0},
     {"Qualitative Rückmeldungen", "Qualitative feedback", "Nitel geri bildirimler",
      "الملاحظات النوعية"}}};
enum { ITEM_COUNT = sizeof items / sizeof *items };

static const char *const title[LANGUAGE_COUNT] = {
    "Kennzahlen nach DIN SPEC 66336, Abschnitt 5.12", "Figures of DIN SPEC 66336, section 5.12",
    "DIN SPEC 66336, bölüm 5.12 göstergeleri", "مؤشرات DIN SPEC 66336، القسم 5.12"};

enum reason {
    REASON_NONE,
    REASON_NOTHING_SENT,
    REASON_NOTHING_MEASURED,
    REASON_NO_CHANNEL,
    REASON_NOT_KEPT
};
static const char *const reasons[][LANGUAGE_COUNT] = {
    [REASON_NOTHING_SENT] = {"Bis zum Ende des Zeitraums ist kein Ereignis dieser Art eingegangen.",
                             "No event of this kind has come in by the end of the interval.",
                             "Dönemin sonuna kadar bu türden bir olay gelmedi.",
                             "لم يصل أي حدث من هذا النوع حتى نهاية الفترة."},
    [REASON_NOTHING_MEASURED] =
        {"Im Zeitraum lässt sich die Kennzahl an nichts messen, oder an zu wenigem.",
         "In the interval there is nothing to measure the figure by, or too little.",
         "Bu dönemde göstergenin ölçülebileceği veri yok ya da çok az.",
         "لا يوجد في الفترة ما يُقاس به المؤشر، أو القليل جدًا."},
    [REASON_NO_CHANNEL] =
        {"Kein Vorgang nennt an mindestens zwei Ereignissen seinen Kanal; so ist kein Bruch zu "
         "sehen.",
         "No case names its channel in at least two events, so that no break can be seen.",
         "Hiçbir işlem en az iki olayda kanalını belirtmiyor; bu yüzden geçiş görülemiyor.",
         "لا تذكر أي معاملة قناتها في حدثين على الأقل، فلا يمكن رؤية أي انقطاع."},
    [REASON_NOT_KEPT] = {"Pegel speichert keine Freitexte; sie werden im Fachverfahren gezählt.",
                         "Pegel keeps no free texts; count them in the system that takes them.",
                         "Pegel serbest metin saklamaz; bunlar alındıkları sistemde sayılmalıdır.",
                         "لا يحفظ Pegel نصوصًا حرة؛ تُحصى في النظام الذي يستقبلها."}};

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "set: memory budget used up");
}

/* --- what has come in --- */

/* Types of which an event came before the interval ended. */
static enum status find_types(const struct set_scope *scope, uint64_t *types, struct error *err) {
    struct set ignored = {0}; /* of another interval */
    struct set_scope until = *scope;
    struct result result;
    until.words.from = NULL;
    *types = 0;
    TRY(set_ask(&until, "event_count", "type", NULL, &ignored, &result, err));
    for (uint32_t row = 0; row < result.row_count; row++) {
        const char *type = result_text(&result, row, "type");
        if (*type != '\0' && result_number(&result, row, "n") > 0)
            *types |= TYPE_BIT(type_from_text(type, strlen(type)));
    }
    return STATUS_OK;
}

static bool has_come(const struct item *item, uint64_t types) {
    for (int at = 0; at < NEEDS_MAX; at++)
        if (item->needs[at] != 0 && (item->needs[at] & types) == 0) return false;
    return true;
}

/* The types to send, of each set of which none has come: "case.decided|case.closed, …". */
static const char *types_to_send(const struct item *item, uint64_t types, struct arena *arena) {
    struct text text;
    text_init(&text, 1024);
    for (int at = 0; at < NEEDS_MAX; at++) {
        if (item->needs[at] == 0 || (item->needs[at] & types) != 0) continue;
        if (text.size > 0) text_add_string(&text, ", ");
        bool first = true;
        for (unsigned type = 1; type < TYPE_COUNT; type++) {
            if ((item->needs[at] >> type & 1) == 0) continue;
            text_add_format(&text, "%s%s", first ? "" : "|", type_text((enum event_type)type));
            first = false;
        }
    }
    const char *copy =
        text.size == 0 || text.failed ? NULL : arena_copy_text(arena, text.bytes, text.size);
    text_free(&text);
    return copy;
}

/* --- tables --- */

static const char *const item_columns[] = {
    "item", "level", "name", "definition", "unit", "delivered", "value", "lo", "hi", "n", "state"};
static const char *const figure_columns[] = {"item", "service", "month", "value", "unit",
                                             "lo",   "hi",      "n",     "state", "definition"};
static const char *const gap_columns[] = {"item", "level", "name", "reason", "send"};
enum { COLUMNS_ITEM = 11, COLUMNS_FIGURE = 10, COLUMNS_GAP = 5 };

struct din {
    const struct set_scope *scope;
    struct set *set;
    struct set_table *items, *figures, *gaps;
    uint64_t types;
    unsigned delivered[2], count[2]; /* should, must */
};

/* value, lo, hi, n, state of a row; an interval only of what is its KPI's headline. */
static void put_figure(const struct item *item, const struct result *result, uint32_t row,
                       struct cell *value, struct cell *lo, struct cell *hi, struct cell *n,
                       struct cell *state) {
    const bool headline = strcmp(item->column, "value") == 0;
    *value = *result_cell(result, row, item->column);
    if (headline) *lo = *result_cell(result, row, "lo");
    if (headline) *hi = *result_cell(result, row, "hi");
    *n = *result_cell(result, row, "n");
    *state = *result_cell(result, row, "state");
}

static enum status add_figures(struct din *din, const struct item *item, const char *definition,
                               struct error *err) {
    struct arena *arena = din->scope->arena;
    struct result result;
    TRY(set_ask(din->scope, item->kpi, "service,month", item->type, din->set, &result, err));
    for (uint32_t row = 0; row < result.row_count; row++) {
        if (result_number(&result, row, "n") == 0)
            continue; /* months in which a service had nothing */
        struct cell *cells = set_add_row(din->figures, arena);
        if (cells == NULL) return no_memory(err);
        cells[0] = set_text(item->id);
        cells[1] = *result_cell(&result, row, "service");
        cells[2] = *result_cell(&result, row, "month");
        cells[4] = set_text(item->unit);
        put_figure(item, &result, row, &cells[3], &cells[5], &cells[6], &cells[7], &cells[8]);
        cells[9] = set_text(definition);
    }
    return STATUS_OK;
}

static enum status add_gap(struct din *din, const struct item *item, enum reason reason,
                           struct error *err) {
    const enum language language = din->scope->language;
    struct cell *cells = set_add_row(din->gaps, din->scope->arena);
    if (cells == NULL) return no_memory(err);
    cells[0] = set_text(item->id);
    cells[1] = set_text(item->must ? "must" : "should");
    cells[2] = set_text(item->name[language]);
    cells[3] = set_text(reasons[reason][language]);
    cells[4] =
        set_text(reason == REASON_NO_CHANNEL ? "case.*: channel"
                                             : types_to_send(item, din->types, din->scope->arena));
    return STATUS_OK;
}

/* Of what is counted, months without a single one are nothing to be told: it would have been. */
static bool is_count_of_events(const struct item *item) {
    return (item->needs[0] & (TYPE_BIT(TYPE_PAGE_VIEWED) | TYPE_BIT(TYPE_CONTACT_SUPPORT) |
                              TYPE_BIT(TYPE_OUTAGE_BEGIN))) != 0;
}

/* The figure of the whole interval, into a row of items; and those by service and month. */
static enum status measure(struct din *din, const struct item *item, const char *definition,
                           struct cell *cells, enum reason *reason, struct error *err) {
    struct result result;
    TRY(set_ask(din->scope, item->kpi, NULL, item->type, din->set, &result, err));
    CHECK(result.row_count == 1);
    put_figure(item, &result, 0, &cells[6], &cells[7], &cells[8], &cells[9], &cells[10]);
    if (cells[6].kind == CELL_ABSENT && is_count_of_events(item)) {
        cells[6] = set_integer(0);
        cells[10] = set_text("ok");
    } else if (cells[6].kind == CELL_ABSENT || cell_number(&cells[9]) == 0) {
        cells[6] = cells[7] = cells[8] = set_text(NULL);
        *reason = item->channels ? REASON_NO_CHANNEL : REASON_NOTHING_MEASURED;
    }
    return add_figures(din, item, definition, err);
}

static enum status add_item(struct din *din, const struct item *item, enum reason *reason,
                            struct error *err) {
    struct arena *arena = din->scope->arena;
    struct cell *cells = set_add_row(din->items, arena);
    if (cells == NULL) return no_memory(err);
    cells[0] = set_text(item->id);
    cells[1] = set_text(item->must ? "must" : "should");
    cells[2] = set_text(item->name[din->scope->language]);
    cells[4] = set_text(item->unit);

    if (item->kpi != NULL) {
        const struct kpi_definition *kpi = kpi_find(item->kpi, strlen(item->kpi));
        const char *definition = arena_format(arena, "%s;version=%u", kpi->id, kpi->version);
        if (definition == NULL) return no_memory(err);
        cells[3] = set_text(definition);
        *reason = has_come(item, din->types) ? REASON_NONE : REASON_NOTHING_SENT;
        if (*reason == REASON_NONE) TRY(measure(din, item, definition, cells, reason, err));
    }
    cells[5] = set_text(*reason == REASON_NONE ? "yes" : "no");
    return STATUS_OK;
}

static const char *write_summary(const struct din *din) {
    const unsigned must = din->delivered[true], musts = din->count[true];
    const unsigned should = din->delivered[false], shoulds = din->count[false];
    struct arena *arena = din->scope->arena;
    switch (din->scope->language) {
        case LANGUAGE_DE:
            return arena_format(arena, "%u von %u Muss-Angaben, %u von %u Soll-Angaben geliefert",
                                must, musts, should, shoulds);
        case LANGUAGE_TR:
            return arena_format(arena, "Sağlanan: zorunlu %u/%u, önerilen %u/%u", must, musts,
                                should, shoulds);
        case LANGUAGE_AR:
            return arena_format(arena, "المُقدَّم: %u من %u إلزامية، %u من %u موصى بها", must, musts,
                                should, shoulds);
        default:
            return arena_format(arena, "%u of %u must, %u of %u should delivered", must, musts,
                                should, shoulds);
    }
}

enum status set_din_66336(const struct set_scope *scope, struct set *out, struct error *err) {
    struct din din = {.scope = scope, .set = out};
    struct result all;
    *out = (struct set){.id = "din-spec-66336", .title = title[scope->language]};
    din.items = set_add_table(out, "items", item_columns, COLUMNS_ITEM);
    din.figures = set_add_table(out, "figures", figure_columns, COLUMNS_FIGURE);
    din.gaps = set_add_table(out, "gaps", gap_columns, COLUMNS_GAP);
    TRY(set_ask(scope, "event_count", NULL, NULL, out, &all, err)); /* for the interval */
    TRY(find_types(scope, &din.types, err));
    for (int at = 0; at < ITEM_COUNT; at++) {
        enum reason reason = REASON_NOT_KEPT;
        TRY(add_item(&din, &items[at], &reason, err));
        if (reason != REASON_NONE) TRY(add_gap(&din, &items[at], reason, err));
        din.count[items[at].must]++;
        din.delivered[items[at].must] += reason == REASON_NONE;
    }
    out->summary = write_summary(&din);
    return out->summary != NULL ? STATUS_OK : no_memory(err);
}
