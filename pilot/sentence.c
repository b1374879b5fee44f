/* SPDX-License-Identifier: EUPL-1.2 */
#include "pilot/sentence.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- numbers --- */

/* How a word follows a number: CLDR's plural rules, as far as these languages have them. */
enum form { FORM_ONE, FORM_TWO, FORM_FEW, FORM_MANY, FORM_OTHER, FORM_COUNT };

static enum form form_of(double size, bool whole, enum language language) {
    const int64_t n = (int64_t)size, last = n % 100;
    if (!whole || language == LANGUAGE_TR) return FORM_OTHER;
    if (n == 1) return FORM_ONE;
    if (language != LANGUAGE_AR) return FORM_OTHER;
    if (n == 2) return FORM_TWO;
    if (last >= 3 && last <= 10) return FORM_FEW;
    return last >= 11 ? FORM_MANY : FORM_OTHER;
}

enum noun {
    NOUN_SECOND,
    NOUN_MINUTE,
    NOUN_HOUR,
    NOUN_DAY,
    NOUN_WORKING_DAY,
    NOUN_POINT,
    NOUN_PERCENT,
    NOUN_COUNT
};

/* % stands for the number. Arabic nouns are in the genitive, and all templates put them there. */
static const char *const nouns[NOUN_COUNT][LANGUAGE_COUNT][FORM_COUNT] = {
    [NOUN_SECOND] = {{"% Sekunde", 0, 0, 0, "% Sekunden"},
                     {"% second", 0, 0, 0, "% seconds"},
                     {0, 0, 0, 0, "% saniye"},
                     {"ثانية واحدة", "ثانيتين", "% ثوانٍ", "% ثانية", "% ثانية"}},
    [NOUN_MINUTE] = {{"% Minute", 0, 0, 0, "% Minuten"},
                     {"% minute", 0, 0, 0, "% minutes"},
                     {0, 0, 0, 0, "% dakika"},
                     {"دقيقة واحدة", "دقيقتين", "% دقائق", "% دقيقة", "% دقيقة"}},
    [NOUN_HOUR] = {{"% Stunde", 0, 0, 0, "% Stunden"},
                   {"% hour", 0, 0, 0, "% hours"},
                   {0, 0, 0, 0, "% saat"},
                   {"ساعة واحدة", "ساعتين", "% ساعات", "% ساعة", "% ساعة"}},
    [NOUN_DAY] = {{"% Tag", 0, 0, 0, "% Tage"},
                  {"% day", 0, 0, 0, "% days"},
                  {0, 0, 0, 0, "% gün"},
                  {"يوم واحد", "يومين", "% أيام", "% يومًا", "% يوم"}},
    [NOUN_WORKING_DAY] = {{"% Arbeitstag", 0, 0, 0, "% Arbeitstage"},
                          {"% working day", 0, 0, 0, "% working days"},
                          {0, 0, 0, 0, "% iş günü"},
                          {"يوم عمل واحد", "يومي عمل", "% أيام عمل", "% يوم عمل", "% يوم عمل"}},
    [NOUN_POINT] = {
        {"% Prozentpunkt", 0, 0, 0, "% Prozentpunkte"},
        {"% percentage point", 0, 0, 0, "% percentage points"},
        {0, 0, 0, 0, "% yüzde puanı"},
        {"نقطة مئوية واحدة", "نقطتين مئويتين", "% نقاط مئوية", "% نقطة مئوية", "% نقطة مئوية"}}};

struct amount {
    enum noun noun;
    double per;
};

/* The unit in which `size` reads best. */
static struct amount amount_of(double size, const char *unit, bool change) {
    if (strcmp(unit, "ratio") == 0)
        return (struct amount){change ? NOUN_POINT : NOUN_PERCENT, 0.01};
    if (strcmp(unit, "working_days") == 0) return (struct amount){NOUN_WORKING_DAY, 1};
    if (size >= 2 * 86400.0) return (struct amount){NOUN_DAY, 86400};
    if (size >= 2 * 3600.0) return (struct amount){NOUN_HOUR, 3600};
    if (size >= 2 * 60.0) return (struct amount){NOUN_MINUTE, 60};
    return (struct amount){NOUN_SECOND, 1};
}

static const char *minus_of(enum language language) {
    return language == LANGUAGE_AR ? "\u200e-" : "\u2212"; /* a mark keeps it left of its number */
}

/* "3,2" or "12": one decimal, unless it is whole and may be. */
static bool number_text(double value, bool whole_allowed, enum language language, char out[48]) {
    const double tenths = round(fabs(value) * 10);
    const bool whole = whole_allowed && fmod(tenths, 10) == 0;
    const bool comma = language == LANGUAGE_DE || language == LANGUAGE_TR;
    const char *minus = value < 0 && tenths > 0 ? minus_of(language) : "";
    if (whole)
        (void)snprintf(out, 48, "%s%.0f", minus, tenths / 10);
    else
        (void)snprintf(out, 48, "%s%.0f%c%.0f", minus, floor(tenths / 10), comma ? ',' : '.',
                       fmod(tenths, 10));
    return whole;
}

/* The word with the number in its place; percent signs go where the language wants them. */
static void add_noun(struct text *text, enum noun noun, enum form form, const char *number,
                     enum language language) {
    const char *word = nouns[noun][language][form];
    if (noun == NOUN_PERCENT) {
        if (language == LANGUAGE_TR)
            text_add_format(text, "%%%s", number);
        else
            text_add_format(text, language == LANGUAGE_AR ? "%s%%" : "%s\u00a0%%", number);
        return;
    }
    const char *place = strchr(word, '%');
    if (place == NULL) {
        text_add_string(text, word);
        return;
    }
    text_add_string(text, number);
    text_add_string(text, place + 1);
}

static enum form add_figure(struct text *text, double value, const char *unit, bool change,
                            enum language language) {
    char number[48];
    const struct amount amount = amount_of(fabs(value), unit, change);
    const double size = value / amount.per;
    const bool whole = number_text(size, true, language, number);
    const enum form form = form_of(round(fabs(size) * 10) / 10, whole, language);
    add_noun(text, amount.noun, form, number, language);
    return form;
}

void sentence_figure(struct text *text, double value, const char *unit, bool change,
                     enum language language) {
    (void)add_figure(text, value, unit, change, language);
}

/* Both ends in one unit and with a decimal, so that the word is the same for all numbers. */
static void add_interval(struct text *text, const struct estimate *estimate, const char *unit,
                         enum language language) {
    static const char *const between[LANGUAGE_COUNT] = {" bis ", " to ", " ile ", " إلى "};
    char number[48];
    const double size = fmax(fabs(estimate->lo), fabs(estimate->hi));
    const struct amount amount = amount_of(size, unit, true);
    (void)number_text(estimate->lo / amount.per, false, language, number);
    text_add_string(text, number);
    text_add_string(text, between[language]);
    (void)number_text(estimate->hi / amount.per, false, language, number);
    add_noun(text, amount.noun, FORM_OTHER, number, language);
}

/* --- words --- */

static const struct {
    const char *code;
    const char *sentence[LANGUAGE_COUNT];
} warning_words[SENTENCE_WARNING_COUNT] = {
    [DOUBT_NOT_OVER] =
        {"not_over",
         {"der Pilotversuch ist noch nicht zu Ende, oder seine letzten Fälle sind noch zu jung",
          "the pilot is not over yet, or its last cases are still too young",
          "pilot uygulama henüz bitmedi ya da son kayıtları henüz çok yeni",
          "التجربة لم تنتهِ بعد، أو أن حالاتها الأخيرة ما زالت حديثة"}},
    [DOUBT_FEW_CASES] = {"few_cases",
                         {"es gibt weniger Fälle, als der Plan verlangt",
                          "there are fewer cases than the plan asks for",
                          "planın istediğinden az kayıt var", "عدد الحالات أقل مما تشترطه الخطة"}},
    [DOUBT_FEW_WEEKS] = {"few_weeks",
                         {"davor oder im Pilotzeitraum sind weniger als acht Wochen bekannt",
                          "fewer than eight weeks are known before or during the pilot",
                          "pilottan önce ya da pilot sırasında sekizden az hafta biliniyor",
                          "المعروف قبل التجربة أو خلالها أقل من ثمانية أسابيع"}},
    [DOUBT_NO_SEASON] =
        {"no_season",
         {"ohne Vergleichsgruppe braucht es mehr als ein Jahr davor und zwei Jahre insgesamt, um "
          "die Jahreszeit vom Pilotversuch zu trennen",
          "without a control group it takes more than a year before the pilot and two years in all "
          "to tell the season from the pilot",
          "karşılaştırma grubu olmadan mevsimi pilottan ayırmak için öncesinde bir yıldan fazla, "
          "toplamda iki yıl gerekir",
          "من دون مجموعة مقارنة يلزم أكثر من سنة قبل التجربة وسنتان في المجموع للتمييز بين أثر "
          "الموسم وأثر التجربة"}},
    [DOUBT_COVERAGE] = {"low_coverage",
                        {"mehr als ein Fünftel der Fälle ließ sich nicht messen",
                         "more than a fifth of the cases could not be measured",
                         "kayıtların beşte birinden fazlası ölçülemedi",
                         "تعذّر قياس أكثر من خُمس الحالات"}},
    [DOUBT_SILENT] = {"silent_source",
                      {"eine Stelle hat in mehr als einem Zehntel der Wochen nichts gemeldet",
                       "a unit reported nothing in more than a tenth of the weeks",
                       "bir birim haftaların onda birinden fazlasında hiçbir şey bildirmedi",
                       "لم تُبلغ إحدى الجهات عن شيء في أكثر من عُشر الأسابيع"}},
    [DOUBT_PAST] = {"past_unknown",
                    {"aus den Wochen davor sind nicht alle Fälle bekannt",
                     "not all cases of the weeks before are known",
                     "önceki haftaların tüm kayıtları bilinmiyor",
                     "ليست كل حالات الأسابيع السابقة معروفة"}},
    [DOUBT_BEYOND] = {"beyond_follow_up",
                      {"innerhalb der Beobachtungsdauer haben zu wenige Fälle geendet",
                       "too few cases ended within the follow-up",
                       "izleme süresi içinde çok az kayıt sonuçlandı",
                       "انتهى عدد قليل جدًا من الحالات ضمن مدة المتابعة"}},
    [DOUBT_NO_INTERVAL] = {"no_interval",
                           {"die Unsicherheit lässt sich nicht beziffern",
                            "the uncertainty cannot be given a number",
                            "belirsizlik sayıyla ifade edilemiyor",
                            "لا يمكن تحديد مقدار عدم اليقين"}},
    [DOUBT_PRE_TREND] =
        {"pre_trend",
         {"Pilot- und Vergleichsgruppe entfernten sich schon vor dem Pilotversuch voneinander",
          "pilot and control group were drifting apart before the pilot already",
          "pilot ve karşılaştırma grubu pilottan önce de birbirinden uzaklaşıyordu",
          "كانت مجموعتا التجربة والمقارنة تتباعدان قبل التجربة أصلًا"}},
    [WARNING_FROZEN_LATE] = {"frozen_late",
                             {"der Plan wurde erst nach Beginn des Pilotversuchs festgeschrieben",
                              "the plan was frozen only after the pilot had begun",
                              "plan ancak pilot başladıktan sonra kesinleştirildi",
                              "ثُبّتت الخطة بعد بدء التجربة"}},
    [WARNING_REDEFINED] = {"definition_changed",
                           {"die Kennzahl ist seit dem Festschreiben des Plans anders definiert",
                            "the KPI has been defined anew since the plan was frozen",
                            "plan kesinleştirildikten sonra gösterge yeniden tanımlandı",
                            "تغيّر تعريف المؤشر منذ تثبيت الخطة"}},
    [WARNING_BEFORE_AFTER] =
        {"no_control",
         {"ohne Vergleichsgruppe lässt sich nicht sagen, was sonst noch gewirkt hat",
          "without a control group nobody can say what else had an influence",
          "karşılaştırma grubu olmadan başka nelerin etkili olduğu söylenemez",
          "من دون مجموعة مقارنة لا يمكن معرفة العوامل الأخرى المؤثرة"}},
    [WARNING_FEW_UNITS] = {
        "few_units",
        {"bei so wenigen Stellen zählt auch anderes, was dort geschah, als Wirkung",
         "with so few units, whatever else happened in them counts as an effect too",
         "bu kadar az birimde, oralarda olan başka şeyler de etki sayılır",
         "مع هذا العدد القليل من الجهات يُحسب أي حدث آخر فيها ضمن الأثر"}}};

const char *sentence_warning_text(enum sentence_warning warning) {
    return warning_words[warning].code;
}

const char *sentence_warning_sentence(enum sentence_warning warning, enum language language) {
    return warning_words[warning].sentence[language];
}

uint32_t sentence_warnings(const struct pilot_result *result, const struct pilot_finding *finding,
                           enum sentence_warning warnings[SENTENCE_WARNING_COUNT]) {
    uint32_t count = 0;
    const enum effect_method method = finding->effect.method;
    for (unsigned doubt = 0; doubt < DOUBT_COUNT; doubt++)
        if ((finding->effect.doubts >> doubt & 1) != 0)
            warnings[count++] = (enum sentence_warning)doubt;
    if (result->entry->late) warnings[count++] = WARNING_FROZEN_LATE;
    if (finding->redefined) warnings[count++] = WARNING_REDEFINED;
    if (method == EFFECT_SHARES || method == EFFECT_RESAMPLED || method == EFFECT_INTERRUPTED)
        warnings[count++] = WARNING_BEFORE_AFTER;
    if (method == EFFECT_PAIRED_WEEKS) warnings[count++] = WARNING_FEW_UNITS;
    return count;
}

/* --- sentences --- */

/* Placeholders: {after} {before} {effect} {interval} {target} {name} {stat}, {is} for the
 * German verb, {less} for the direction. */
static const char *const head[LANGUAGE_COUNT] = {
    "{name}{stat}: im Pilotzeitraum {after}, davor {before}.",
    "{name}{stat}: {after} during the pilot, {before} before.",
    "{name}{stat}: pilot döneminde {after}, öncesinde {before}.",
    "{name}{stat}: بواقع {after} خلال التجربة مقابل {before} قبلها."};

static const char *const claim[2][LANGUAGE_COUNT] = {
    {(" Das {is} {effect} {less} als ohne den Pilotversuch zu erwarten (95-%-Intervall: "
      "{interval}) "
      "und damit {better}; Zufall allein erklärt es nicht."),
     (" That is {effect} {less} than would be expected without the pilot (95 % interval: "
      "{interval}), "
      "and so {better}; chance alone does not explain it."),
     (" Bu, pilot uygulama olmasaydı beklenecek değerden {effect} {less} (%95 güven aralığı: "
      "{interval} arası), yani {better}; rastlantı tek başına bunu açıklamıyor."),
     (" وهذا {less} بمقدار {effect} مما كان متوقعًا من دون التجربة (فاصل الثقة 95%: من {interval})، "
      "أي أنه {better}؛ والصدفة وحدها لا تفسّره.")},
    {(" Das {is} {effect} {less} als in denselben Wochen davor (95-%-Intervall: {interval}) und "
      "damit "
      "{better}; Zufall allein erklärt es nicht, ob es am Pilotversuch liegt, bleibt offen."),
     (" That is {effect} {less} than in the same weeks before (95 % interval: {interval}), and so "
      "{better}; chance alone does not explain it, but whether the pilot does remains open."),
     (" Bu, daha önceki aynı haftalardakinden {effect} {less} (%95 güven aralığı: {interval} "
      "arası), "
      "yani {better}; rastlantı tek başına bunu açıklamıyor, ancak nedenin pilot olup olmadığı "
      "belli "
      "değil."),
     (" وهذا {less} بمقدار {effect} مما كان في الأسابيع نفسها سابقًا (فاصل الثقة 95%: من "
      "{interval})، "
      "أي أنه {better}؛ والصدفة وحدها لا تفسّره، لكن لا يُعرف إن كانت التجربة هي السبب.")}};

static const char *const no_difference[LANGUAGE_COUNT] = {
    (" Ein Unterschied lässt sich nicht vom Zufall trennen (95-%-Intervall der Wirkung: "
     "{interval})."),
    " No difference can be told from chance (95 % interval of the effect: {interval}).",
    " Rastlantıdan ayırt edilebilen bir fark yok (etkinin %95 güven aralığı: {interval} arası).",
    " ولا يمكن تمييز أي فرق عن الصدفة (فاصل الثقة 95% للأثر: من {interval})."};

/* Where the interval of this one KPI alone leaves 0 out. */
static const char *const adjusted[LANGUAGE_COUNT] = {
    (" Für sich allein spräche die Kennzahl für einen Unterschied (95-%-Intervall der Wirkung: "
     "{interval}); da mehrere Kennzahlen geprüft wurden, kann das Zufall sein."),
    (" Alone this KPI would speak for a difference (95 % interval of the effect: {interval}); as "
     "several were tested, that may be chance."),
    (" Tek başına bu gösterge bir farka işaret ederdi (etkinin %95 güven aralığı: {interval} "
     "arası); "
     "birden çok gösterge sınandığı için bu rastlantı olabilir."),
    (" وقد يدل هذا المؤشر وحده على فرق (فاصل الثقة 95% للأثر: من {interval})، لكن بما أن عدة "
     "مؤشرات "
     "اختُبرت فقد يكون ذلك صدفة.")};

static const char *const too_little[LANGUAGE_COUNT] = {
    " Für ein Urteil reichen die Daten nicht: ", " There is too little data for a judgement: ",
    " Bir yargıya varmak için veriler yetersiz: ", " البيانات غير كافية لإصدار حكم: "};

static const char *const targets[2][2][LANGUAGE_COUNT] = {
    /* [met][lower is better] */
    {{" Das Ziel (mindestens {target}) wurde verfehlt.",
      " The target (at least {target}) was missed.", " Hedefe (en az {target}) ulaşılamadı.",
      " ولم يتحقق الهدف (ابتداءً من {target})."},
     {" Das Ziel (höchstens {target}) wurde verfehlt.",
      " The target (at most {target}) was missed.", " Hedefe (en fazla {target}) ulaşılamadı.",
      " ولم يتحقق الهدف (حتى {target})."}},
    {{" Das Ziel (mindestens {target}) wurde erreicht.", " The target (at least {target}) was met.",
      " Hedefe (en az {target}) ulaşıldı.", " وتحقق الهدف (ابتداءً من {target})."},
     {" Das Ziel (höchstens {target}) wurde erreicht.", " The target (at most {target}) was met.",
      " Hedefe (en fazla {target}) ulaşıldı.", " وتحقق الهدف (حتى {target})."}}};

static const char *const late[LANGUAGE_COUNT] = {
    " Zu beachten: Der Plan wurde erst nach Beginn des Pilotversuchs festgeschrieben.",
    " Note: the plan was frozen only after the pilot had begun.",
    " Dikkat: Plan ancak pilot başladıktan sonra kesinleştirildi.",
    " ملاحظة: ثُبّتت الخطة بعد بدء التجربة."};

static const char *const nothing_known[LANGUAGE_COUNT] = {"unbekannt", "not known", "bilinmiyor",
                                                          "قيمة غير معروفة"};

static void add_known(struct text *text, double value, const char *unit, enum language language) {
    if (isnan(value))
        text_add_string(text, nothing_known[language]);
    else
        (void)add_figure(text, value, unit, false, language);
}

static void add_stat(struct text *text, const struct pilot_measure *measure,
                     enum language language) {
    static const char *const median[LANGUAGE_COUNT] = {" (Median)", " (median)", " (medyan)",
                                                       " (الوسيط)"};
    char word[64];
    if (measure->quantile <= 0) return;
    switch (language) {
        case LANGUAGE_DE:
            (void)snprintf(word, sizeof word, " (%g-%%-Quantil)", measure->quantile * 100);
            break;
        case LANGUAGE_TR:
            (void)snprintf(word, sizeof word, " (%%%g kantili)", measure->quantile * 100);
            break;
        case LANGUAGE_AR:
            (void)snprintf(word, sizeof word, " (الكميّ %g%%)", measure->quantile * 100);
            break;
        default: (void)snprintf(word, sizeof word, " (%g %% quantile)", measure->quantile * 100);
    }
    text_add_string(text, measure->quantile == 0.5 ? median[language] : word);
}

static void add_is(struct text *text, const struct pilot_finding *finding) {
    struct text aside; /* the verb follows the number after it */
    text_init(&aside, SENTENCE_BYTES_MAX);
    const enum form form = add_figure(&aside, fabs(finding->effect.estimate.value),
                                      finding->measure->unit, true, LANGUAGE_DE);
    text_add_string(text, form == FORM_ONE ? "ist" : "sind");
    text_free(&aside);
}

static void add_word(struct text *text, const char *word, size_t size,
                     const struct pilot_finding *finding, enum language language) {
    static const char *const less[2][LANGUAGE_COUNT] = {{"mehr", "more", "daha fazla", "أكثر"},
                                                        {"weniger", "less", "daha az", "أقل"}};
    static const char *const better[2][LANGUAGE_COUNT] = {
        {"schlechter", "worse", "daha kötü", "أسوأ"}, {"besser", "better", "daha iyi", "أفضل"}};
    const struct pilot_measure *measure = finding->measure;
    const struct effect *effect = &finding->effect;
    const double *figure = effect->figure[GROUP_TREATED];
#define IS(name) (size == sizeof(name) - 1 && memcmp(word, name, size) == 0)
    if (IS("name")) text_add_string(text, measure->kpi->name[language]);
    if (IS("stat")) add_stat(text, measure, language);
    if (IS("after")) add_known(text, figure[PHASE_AFTER], measure->unit, language);
    if (IS("before")) add_known(text, figure[PHASE_BEFORE], measure->unit, language);
    if (IS("target")) add_known(text, measure->target, measure->unit, language);
    if (IS("effect"))
        (void)add_figure(text, fabs(effect->estimate.value), measure->unit, true, language);
    if (IS("interval")) add_interval(text, &effect->estimate, measure->unit, language);
    if (IS("less")) text_add_string(text, less[effect->estimate.value < 0][language]);
    if (IS("better")) text_add_string(text, better[finding->verdict == PILOT_BETTER][language]);
    if (IS("is")) add_is(text, finding);
#undef IS
}

static void fill(struct text *text, const char *pattern, const struct pilot_finding *finding,
                 enum language language) {
    while (*pattern != '\0') {
        const size_t plain = strcspn(pattern, "{");
        text_add(text, pattern, plain);
        pattern += plain;
        if (*pattern == '\0') return;
        const size_t word = strcspn(pattern, "}");
        add_word(text, pattern + 1, word - 1, finding, language);
        pattern += word + 1;
    }
}

static void add_reasons(struct text *text, const struct pilot_finding *finding,
                        enum language language) {
    bool first = true;
    text_add_string(text, too_little[language]);
    for (unsigned doubt = 0; doubt < DOUBT_COUNT; doubt++) {
        if ((finding->effect.doubts >> doubt & 1) == 0) continue;
        if (!first) text_add_string(text, language == LANGUAGE_AR ? "؛ " : "; ");
        text_add_string(text, warning_words[doubt].sentence[language]);
        first = false;
    }
    text_add_string(text, ".");
}

void sentence_write(struct text *text, const struct pilot_result *result,
                    const struct pilot_finding *finding, enum language language) {
    const bool lower = finding->measure->kpi->direction == KPI_LOWER_IS_BETTER;
    const enum effect_method method = finding->effect.method;
    const bool lone = finding->effect.estimate.p < EFFECT_LEVEL;
    const bool before_after = method == EFFECT_SHARES || method == EFFECT_RESAMPLED;
    fill(text, head[language], finding, language);
    switch (finding->verdict) {
        case PILOT_TOO_LITTLE_DATA: add_reasons(text, finding, language); break;
        case PILOT_NOT_DISTINGUISHABLE:
            fill(text, (lone ? adjusted : no_difference)[language], finding, language);
            break;
        default: fill(text, claim[before_after][language], finding, language);
    }
    if (finding->target == PILOT_TARGET_MET || finding->target == PILOT_TARGET_MISSED)
        fill(text, targets[finding->target == PILOT_TARGET_MET][lower][language], finding,
             language);
    if (result->entry->late) text_add_string(text, late[language]);
}
