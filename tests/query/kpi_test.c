/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: the catalogue is whole: every KPI of the list has every text in every language, and the
 * document says the same. Method: look at each definition, write the document's second part from it
 * and compare. */
#include "query/kpi.h"

#include <stdlib.h>

#include "base/text.h"
#include "query/plan.h"
#include "tests/test.h"

TEST(every_kpi_of_the_list_is_defined_in_full) {
    static const char *const ids[KPI_COUNT] = {
#define X(name, text) text,
        KPI_LIST(X)
#undef X
    };
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        const struct kpi_definition *definition = kpi_get(kpi);
        EXPECT_EQ(definition->kpi, kpi);
        EXPECT_TEXT(definition->id == NULL ? "" : definition->id, ids[kpi]);
        EXPECT(definition->version >= 1);
        EXPECT(definition->unit != NULL && definition->unit[0] != '\0');
        for (enum language language = 0; language < LANGUAGE_COUNT; language++) {
            const char *name = definition->name[language];
            const char *sentence = definition->explanation[language];
            EXPECT(name != NULL && strlen(name) > 2);
            EXPECT(sentence != NULL && strlen(sentence) > 20);
            EXPECT(definition->population[language] != NULL);
            EXPECT(definition->formula[language] != NULL);
            EXPECT(definition->exclusions[language] != NULL);
            if (sentence != NULL) EXPECT(sentence[strlen(sentence) - 1] == '.');
        }
        EXPECT((definition->clocks & 1u << CLOCK_GROSS) != 0);
        EXPECT(definition->clocks < 1u << CLOCK_COUNT && definition->views < 1u << VIEW_COUNT);
        EXPECT(definition->dimensions < 1u << DIMENSION_COUNT);
        EXPECT((definition->dimensions & 1u << DIMENSION_TENANT) != 0);
        EXPECT_EQ((definition->dimensions & 1u << DIMENSION_STEP) != 0,
                  kpi == KPI_FUNNEL || kpi == KPI_PAGE_VIEWS);
        EXPECT_EQ(definition->listed, kpi != KPI_INVENTORY);
    }
}

TEST(a_kpi_is_found_by_its_whole_id_only) {
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        const char *id = kpi_get(kpi)->id;
        EXPECT(kpi_find(id, strlen(id)) == kpi_get(kpi));
        EXPECT(kpi_find(id, strlen(id) - 1) == NULL);
    }
    EXPECT(kpi_find("roi,x", 3) == kpi_get(KPI_ROI));
    EXPECT(kpi_find("", 0) == NULL);
    EXPECT(kpi_find("ROI", 3) == NULL);
}

/* --- docs/KPIS.md --- */

static const char *const language_names[LANGUAGE_COUNT] = {"Deutsch", "English", "Türkçe",
                                                           "العربية"};

static void write_set(struct text *out, const char *label, unsigned bits, uint32_t count,
                      const char *(*name)(uint32_t)) {
    const char *before = label;
    for (uint32_t i = 0; i < count; i++) {
        if ((bits >> i & 1) == 0) continue;
        text_add_format(out, "%s %s", before, name(i));
        before = ",";
    }
    if (before != label) text_add_string(out, ".");
}

static const char *view_name(uint32_t view) {
    return view == VIEW_CLOSING ? "closing" : "intake";
}
static const char *clock_name(uint32_t clock) {
    static const char *const names[CLOCK_COUNT] = {"gross", "working_days", "office_hours",
                                                   "net",   "applicant",    "touch"};
    return names[clock];
}
static const char *dimension_name(uint32_t dimension) {
    return dimension_text((enum dimension)dimension);
}

static void write_definition(struct text *out, const struct kpi_definition *definition) {
    static const char *const directions[] = {"lower is better", "higher is better",
                                             "neither high nor low is better"};
    text_add_format(out, "### `%s`: %s\n\n", definition->id, definition->name[LANGUAGE_EN]);
    text_add_format(out, "Version %u, unit `%s`, %s.", definition->version, definition->unit,
                    directions[definition->direction]);
    write_set(out, " Views:", definition->views, VIEW_COUNT, view_name);
    write_set(out, " Clocks:", definition->clocks, CLOCK_COUNT, clock_name);
    write_set(out, " Filters and groups:", definition->dimensions, DIMENSION_COUNT, dimension_name);
    if (definition->buckets) text_add_string(out, " Over time.");
    if (definition->recurring) text_add_string(out, " By weekday and hour of the day.");
    text_add_format(out, "\n\n- Population: %s.\n- Formula: %s.\n- Left out: %s.\n",
                    definition->population[LANGUAGE_EN], definition->formula[LANGUAGE_EN],
                    definition->exclusions[LANGUAGE_EN]);
    if (definition->formula[LANGUAGE_DE] != definition->formula[LANGUAGE_EN])
        text_add_format(out, "- Gezählt wird: %s.\n- Gerechnet wird: %s.\n- Nicht enthalten: %s.\n",
                        definition->population[LANGUAGE_DE], definition->formula[LANGUAGE_DE],
                        definition->exclusions[LANGUAGE_DE]);
    for (enum language language = 0; language < LANGUAGE_COUNT; language++)
        text_add_format(out, "- %s: **%s.** %s\n", language_names[language],
                        definition->name[language], definition->explanation[language]);
    text_add_string(out, "\n");
}

#define DOCUMENT     PEGEL_SOURCE_DIR "/docs/KPIS.md"
#define CATALOGUE    "\n## Catalogue\n\n"
#define DOCUMENT_MAX ((size_t)1 << 18)

/* With PEGEL_WRITE_DOCS set, the part is written anew instead. */
TEST(the_second_part_of_the_document_is_the_catalogue) {
    struct text text, want;
    text_init(&text, DOCUMENT_MAX);
    text_init(&want, DOCUMENT_MAX);
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) write_definition(&want, kpi_get(kpi));
    FILE *file = fopen(DOCUMENT, "rb");
    EXPECT(file != NULL);
    char piece[4096];
    for (size_t size; file != NULL && (size = fread(piece, 1, sizeof piece, file)) > 0;)
        text_add(&text, piece, size);
    if (file != NULL) (void)fclose(file);
    text_add(&text, "", 0);
    char *catalogue = strstr(text.bytes, CATALOGUE);
    EXPECT(catalogue != NULL && !want.failed && !text.failed);
    if (catalogue != NULL && getenv("PEGEL_WRITE_DOCS") != NULL) {
        catalogue[strlen(CATALOGUE)] = '\0';
        file = fopen(DOCUMENT, "wb");
        EXPECT(file != NULL);
        if (file != NULL) {
            EXPECT(fprintf(file, "%s%.*s\n", text.bytes, (int)want.size - 2, want.bytes) > 0);
            EXPECT_EQ(fclose(file), 0);
        }
    } else if (catalogue != NULL) {
        const char *found = catalogue + strlen(CATALOGUE);
        EXPECT(strlen(found) + 1 == want.size);
        if (strncmp(found, want.bytes, want.size - 1) != 0)
            test_fail(__FILE__, __LINE__,
                      "docs/KPIS.md differs from the catalogue: run this test "
                      "with PEGEL_WRITE_DOCS=1");
    }
    text_free(&text);
    text_free(&want);
}
