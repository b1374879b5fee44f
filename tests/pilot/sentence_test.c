/* SPDX-License-Identifier: EUPL-1.2 */
/* Goal: sentences are right in number and grammar in all four languages, and say what the figures
 * say. Method: figures beside the words that a speaker expects; whole sentences read by people; no
 * placeholder is left in any combination. */
#include "pilot/sentence.h"

#include "tests/test.h"

static void expect_figure(double value, const char *unit, bool change, enum language language,
                          const char *words) {
    struct text text;
    text_init(&text, 1000);
    sentence_figure(&text, value, unit, change, language);
    EXPECT_TEXT(text.bytes, words);
    text_free(&text);
}

TEST(words_follow_their_numbers) {
    const double day = 86400;
    expect_figure(12 * day, "s", false, LANGUAGE_DE, "12 Tage");
    expect_figure(3.25 * day, "s", false, LANGUAGE_DE, "3,3 Tage");
    expect_figure(3.25 * day, "s", false, LANGUAGE_EN, "3.3 days");
    expect_figure(1, "working_days", false, LANGUAGE_DE, "1 Arbeitstag");
    expect_figure(1, "working_days", false, LANGUAGE_EN, "1 working day");
    expect_figure(1, "working_days", false, LANGUAGE_TR, "1 iş günü");
    expect_figure(2, "working_days", false, LANGUAGE_AR, "يومي عمل");
    expect_figure(5, "working_days", false, LANGUAGE_AR, "5 أيام عمل");
    expect_figure(2 * day, "s", false, LANGUAGE_AR, "يومين");
    expect_figure(10 * day, "s", false, LANGUAGE_AR, "10 أيام");
    expect_figure(11 * day, "s", false, LANGUAGE_AR, "11 يومًا");
    expect_figure(99 * day, "s", false, LANGUAGE_AR, "99 يومًا");
    expect_figure(100 * day, "s", false, LANGUAGE_AR, "100 يوم");
    expect_figure(103 * day, "s", false, LANGUAGE_AR, "103 أيام");
    expect_figure(3.5 * day, "s", false, LANGUAGE_AR, "3.5 يوم");
    expect_figure(1, "s", false, LANGUAGE_EN, "1 second");
    expect_figure(119.96, "s", false, LANGUAGE_EN, "120 seconds");
    expect_figure(7200, "s", false, LANGUAGE_TR, "2 saat");
    expect_figure(-7200, "s", true, LANGUAGE_EN, "\u22122 hours");
    expect_figure(0.061, "ratio", false, LANGUAGE_DE, "6,1\u00a0%");
    expect_figure(0.06, "ratio", false, LANGUAGE_TR, "%6");
    expect_figure(0.061, "ratio", false, LANGUAGE_AR, "6.1%");
    expect_figure(0.01, "ratio", true, LANGUAGE_DE, "1 Prozentpunkt");
    expect_figure(0.042, "ratio", true, LANGUAGE_EN, "4.2 percentage points");
    expect_figure(0, "ratio", true, LANGUAGE_EN, "0 percentage points");
}

static struct register_entry entry;
static struct pilot_result result;
static struct pilot_measure measure;

static struct pilot_finding *make_finding(enum kpi_id kpi) {
    measure = (struct pilot_measure){.kpi = kpi_get(kpi), .target = 0.08, .unit = "ratio"};
    entry = (struct register_entry){.plan = {.title = "T"}};
    result = (struct pilot_result){.entry = &entry, .finding_count = 1};
    struct pilot_finding *finding = &result.findings[0];
    *finding = (struct pilot_finding){
        .measure = &measure, .target = PILOT_TARGET_MET, .verdict = PILOT_BETTER};
    finding->effect.estimate = (struct estimate){-0.045, -0.076, -0.013, 0.01};
    finding->effect.figure[GROUP_TREATED][PHASE_BEFORE] = 0.126;
    finding->effect.figure[GROUP_TREATED][PHASE_AFTER] = 0.072;
    return finding;
}

static void expect_sentence(const struct pilot_finding *finding, enum language language,
                            const char *words) {
    struct text text;
    text_init(&text, SENTENCE_BYTES_MAX);
    sentence_write(&text, &result, finding, language);
    EXPECT_TEXT(text.bytes, words);
    text_free(&text);
}

TEST(a_claim_says_how_much_how_sure_and_whether_the_target_is_met) {
    struct pilot_finding *finding = make_finding(KPI_NO_SHOW);
    expect_sentence(finding, LANGUAGE_EN,
                    "No-show rate: 7.2\u00a0% during the pilot, 12.6\u00a0% before. That is 4.5 "
                    "percentage points less than would be expected without the pilot (95 % "
                    "interval: \u22127.6 to \u22121.3 percentage points), and so better; chance "
                    "alone does not explain it. The target (at most 8\u00a0%) was met.");
    finding->effect.estimate.value = -0.01;
    expect_sentence(
        finding, LANGUAGE_DE,
        "Nicht wahrgenommene Termine: im Pilotzeitraum 7,2\u00a0%, davor 12,6\u00a0%. "
        "Das ist 1 Prozentpunkt weniger als ohne den Pilotversuch zu erwarten "
        "(95-%-Intervall: \u22127,6 bis \u22121,3 Prozentpunkte) und damit besser; "
        "Zufall allein erklärt es nicht. Das Ziel (höchstens 8\u00a0%) wurde erreicht.");
}

TEST(too_little_data_says_why_and_claims_nothing) {
    struct pilot_finding *finding = make_finding(KPI_NO_SHOW);
    finding->verdict = PILOT_TOO_LITTLE_DATA;
    finding->target = PILOT_TARGET_OPEN;
    finding->effect.doubts = 1u << DOUBT_FEW_CASES | 1u << DOUBT_SILENT;
    finding->effect.figure[GROUP_TREATED][PHASE_AFTER] = NAN;
    entry.late = true;
    expect_sentence(finding, LANGUAGE_EN,
                    "No-show rate: not known during the pilot, 12.6\u00a0% before. There is too "
                    "little data for a judgement: there are fewer cases than the plan asks for; a "
                    "unit reported nothing in more than a tenth of the weeks. Note: the plan was "
                    "frozen only after the pilot had begun.");
}

/* In every combination there is a sentence, and all its placeholders are filled. */
TEST(no_placeholder_is_left) {
    struct pilot_finding *finding = make_finding(KPI_COMPLETION);
    for (int verdict = 0; verdict < PILOT_VERDICT_COUNT; verdict++)
        for (int target = PILOT_NO_TARGET; target <= PILOT_TARGET_OPEN; target++)
            for (int method = 0; method < EFFECT_METHOD_COUNT; method++)
                for (int language = 0; language < LANGUAGE_COUNT; language++) {
                    struct text text;
                    finding->verdict = (enum pilot_verdict)verdict;
                    finding->target = (enum pilot_target)target;
                    finding->effect.method = (enum effect_method)method;
                    finding->effect.doubts = verdict == PILOT_TOO_LITTLE_DATA ? 1u : 0;
                    text_init(&text, SENTENCE_BYTES_MAX);
                    sentence_write(&text, &result, finding, (enum language)language);
                    EXPECT(!text.failed && strpbrk(text.bytes, "{}") == NULL);
                    EXPECT(text.bytes[text.size - 1] == '.');
                    EXPECT(strstr(text.bytes, "..") == NULL && strstr(text.bytes, "  ") == NULL);
                    text_free(&text);
                }
    for (int warning = 0; warning < SENTENCE_WARNING_COUNT; warning++) {
        EXPECT(sentence_warning_text((enum sentence_warning)warning)[0] != '\0');
        for (int language = 0; language < LANGUAGE_COUNT; language++)
            EXPECT(sentence_warning_sentence((enum sentence_warning)warning,
                                             (enum language)language)[0] != '\0');
    }
}
