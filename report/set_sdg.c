/* SPDX-License-Identifier: EUPL-1.2 */
#include <string.h>

#include "report/set.h"

/* What Regulation (EU) 2018/1724 (single digital gateway), articles 24 and 25, and Implementing
 * Regulation (EU) 2020/1121 want to be told month by month: page views by page, country and device
 * (article 3), requests and the time until they were answered (article 4), ratings (article 6). */

static const char *const title[LANGUAGE_COUNT] = {
    "Statistik nach der Verordnung (EU) 2018/1724 und der Durchführungsverordnung (EU) 2020/1121",
    "Statistics of Regulation (EU) 2018/1724 and Implementing Regulation (EU) 2020/1121",
    "(AB) 2018/1724 Tüzüğü ve (AB) 2020/1121 Uygulama Tüzüğü istatistikleri",
    "إحصاءات اللائحة (الاتحاد الأوروبي) 2018/1724 واللائحة التنفيذية 2020/1121"};

enum { COLUMNS_MAX = 8 };

static const struct part {
    const char *name, *kpi, *by;
    uint32_t column_count;
    const char *columns[COLUMNS_MAX], *of[COLUMNS_MAX];
    const char *counted; /* rows in which this is 0 are left out */
} parts[] = {{"page_views",
              "page_views",
              "service,step,country,device,month",
              6,
              {"month", "service", "url_key", "country", "device", "views"},
              {"month", "service", "step", "country", "device", "n"},
              "n"},
             {"requests",
              "throughput",
              "service,month",
              4,
              {"month", "service", "received", "ended"},
              {"month", "service", "in", "out"},
              NULL},
             {"answer_times",
              "processing_time",
              "service,month",
              7,
              {"month", "service", "answered", "median_s", "mean_s", "p90_s", "state"},
              {"month", "service", "n", "p50", "mean", "p90", "state"},
              "n"},
             {"feedback",
              "satisfaction",
              "service,month",
              6,
              {"month", "service", "ratings", "mean", "top2", "state"},
              {"month", "service", "n", "value", "top2", "state"},
              "n"}};
enum { PART_COUNT = sizeof parts / sizeof *parts };

static const char *const gap_columns[] = {"table", "reason", "send"};
enum gap { GAP_VIEWS, GAP_PAGES, GAP_COUNTRIES, GAP_RATINGS, GAP_WHO, GAP_COUNT };
static const struct {
    const char *table, *send;
    const char *reason[LANGUAGE_COUNT];
} gaps[GAP_COUNT] = {
    [GAP_VIEWS] = {"page_views",
                   "page.viewed",
                   {"Im Zeitraum ist kein Seitenaufruf eingegangen.",
                    "No page view has come in from the interval.",
                    "Bu dönemden hiçbir sayfa görüntülemesi gelmedi.",
                    "لم تصل أي مشاهدة صفحة من هذه الفترة."}},
    [GAP_PAGES] = {"page_views",
                   "page.viewed: step",
                   {"Kein Seitenaufruf sagt, welche Seite es war (step: Schlüssel der URL).",
                    "No page view says which page it was (step: key of the URL).",
                    "Hiçbir görüntüleme hangi sayfa olduğunu belirtmiyor (step: URL anahtarı).",
                    "لا تذكر أي مشاهدة أي صفحة كانت (step: مفتاح العنوان)."}},
    [GAP_COUNTRIES] = {"page_views",
                       "page.viewed: country",
                       {"Kein Seitenaufruf sagt, aus welchem Land er kam (country).",
                        "No page view says which country it came from (country).",
                        "Hiçbir görüntüleme hangi ülkeden geldiğini belirtmiyor (country).",
                        "لا تذكر أي مشاهدة من أي بلد جاءت (country)."}},
    [GAP_RATINGS] = {"feedback",
                     "feedback.rated",
                     {"Im Zeitraum ist keine Bewertung eingegangen.",
                      "No rating has come in from the interval.",
                      "Bu dönemden hiçbir değerlendirme gelmedi.",
                      "لم يصل أي تقييم من هذه الفترة."}},
    [GAP_WHO] = {
        "requests",
        NULL,
        {"Ob ein Antrag von Bürgern oder Unternehmen und aus dem In- oder Ausland kam, wird "
         "nicht erhoben.",
         "Whether a request came from a citizen or a business, and from within the country "
         "or across a border, is not collected.",
         "Bir başvurunun vatandaştan mı işletmeden mi, yurt içinden mi sınır ötesinden mi "
         "geldiği toplanmamaktadır.",
         "لا يُجمع ما إذا كان الطلب من مواطن أو شركة، ومن داخل البلد أو عبر الحدود."}}};

static enum status no_memory(struct error *err) {
    return error_set(err, STATUS_NO_MEMORY, "set: memory budget used up");
}

static enum status add_part(const struct set_scope *scope, const struct part *part, struct set *set,
                            struct error *err) {
    struct result result;
    struct set_table *table = set_add_table(set, part->name, part->columns, part->column_count);
    TRY(set_ask(scope, part->kpi, part->by, NULL, set, &result, err));
    for (uint32_t row = 0; row < result.row_count; row++) {
        if (part->counted != NULL && result_number(&result, row, part->counted) == 0) continue;
        struct cell *cells = set_add_row(table, scope->arena);
        if (cells == NULL) return no_memory(err);
        for (uint32_t at = 0; at < part->column_count; at++)
            cells[at] = *result_cell(&result, row, part->of[at]);
    }
    return STATUS_OK;
}

static enum status add_gap(const struct set_scope *scope, struct set_table *table, enum gap gap,
                           struct error *err) {
    struct cell *cells = set_add_row(table, scope->arena);
    if (cells == NULL) return no_memory(err);
    cells[0] = set_text(gaps[gap].table);
    cells[1] = set_text(gaps[gap].reason[scope->language]);
    cells[2] = set_text(gaps[gap].send);
    return STATUS_OK;
}

/* No row of the table has a value there. */
static bool lacks(const struct set_table *table, uint32_t column) {
    for (uint32_t row = 0; row < table->row_count; row++)
        if (table->cells[(size_t)row * table->column_count + column].kind != CELL_ABSENT)
            return false;
    return true;
}

enum status set_sdg(const struct set_scope *scope, struct set *out, struct error *err) {
    enum { VIEWS, FEEDBACK = 3, URL_KEY = 2, COUNTRY = 3 };
    *out = (struct set){.id = "sdg", .title = title[scope->language]};
    for (int at = 0; at < PART_COUNT; at++) TRY(add_part(scope, &parts[at], out, err));
    struct set_table *table = set_add_table(out, "gaps", gap_columns, 3);
    const struct set_table *views = &out->tables[VIEWS];
    if (views->row_count == 0) TRY(add_gap(scope, table, GAP_VIEWS, err));
    if (views->row_count > 0 && lacks(views, URL_KEY)) TRY(add_gap(scope, table, GAP_PAGES, err));
    if (views->row_count > 0 && lacks(views, COUNTRY))
        TRY(add_gap(scope, table, GAP_COUNTRIES, err));
    if (out->tables[FEEDBACK].row_count == 0) TRY(add_gap(scope, table, GAP_RATINGS, err));
    return add_gap(scope, table, GAP_WHO, err);
}
