/* SPDX-License-Identifier: EUPL-1.2 */
#include "report/assumption.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct named {
    const char *key;
    const char *text[LANGUAGE_COUNT];
};
#define NAMED(key, de, en, tr, ar)                                                                 \
    {                                                                                              \
        key, {                                                                                     \
            [LANGUAGE_DE] = (de), [LANGUAGE_EN] = (en), [LANGUAGE_TR] = (tr), [LANGUAGE_AR] = (ar) \
        }                                                                                          \
    }

/* Of the file, and the groups of costs. */
static const struct named whole[] = {
    NAMED("years", "Dauer der Betrachtung", "Length of the calculation", "Hesap süresi",
          "مدة الحساب"),
    NAMED("price_basis.real", "Preise ohne Teuerung, Preisjahr", "Prices without inflation, of",
          "Enflasyonsuz fiyatlar, fiyat yılı", "أسعار دون تضخم، سنة الأسعار"),
    NAMED("price_basis.nominal", "Preise mit Teuerung, Preisjahr", "Prices with inflation, of",
          "Enflasyonlu fiyatlar, fiyat yılı", "أسعار مع التضخم، سنة الأسعار"),
    NAMED("discount_rate", "Zinssatz im Jahr", "Discount rate a year", "Yıllık iskonto oranı",
          "معدّل الخصم السنوي"),
    NAMED("hourly_rate", "Stundensatz", "Hourly rate", "Saat ücreti", "أجر الساعة"),
    NAMED("realised_share", "Genutzter Teil der gesparten Zeit", "Share of saved time put to use",
          "Tasarruf edilen zamanın kullanılan bölümü", "الجزء المستفاد من الوقت الموفَّر"),
    NAMED("budget_share", "Davon haushaltswirksam", "Of that, lowers spending",
          "Bunun bütçeyi azaltan bölümü", "منه ما يخفّض الإنفاق"),
    NAMED("grant", "Förderung (kein Nutzen)", "Grant (not a benefit)", "Hibe (fayda sayılmaz)",
          "المنحة (ليست منفعة)"),
    NAMED("no_shows.avoided_per_year", "Vermiedene Terminausfälle im Jahr",
          "Missed appointments avoided a year", "Yılda önlenen boş randevular",
          "المواعيد الفائتة التي جرى تجنّبها سنويًا"),
    NAMED("no_shows.slot_minutes", "Dauer eines Termins", "Length of an appointment",
          "Bir randevunun süresi", "مدة الموعد"),
    NAMED("costs.one_off", "Einmalig", "One-off", "Bir defalık", "لمرة واحدة"),
    NAMED("costs.running", "Laufend", "Running", "Sürekli", "جارية")};

/* The last word of a path. */
static const struct named parts[] = {
    NAMED("licence", "Lizenzen", "Licences", "Lisanslar", "التراخيص"),
    NAMED("implementation", "Einführung", "Implementation", "Kurulum", "التنفيذ"),
    NAMED("interfaces", "Schnittstellen", "Interfaces", "Arayüzler", "الواجهات البرمجية"),
    NAMED("migration", "Datenübernahme", "Migration", "Veri aktarımı", "نقل البيانات"),
    NAMED("consulting", "Beratung", "Consulting", "Danışmanlık", "الاستشارات"),
    NAMED("training", "Schulung", "Training", "Eğitim", "التدريب"),
    NAMED("hosting", "Betrieb", "Hosting", "Barındırma", "الاستضافة"),
    NAMED("maintenance", "Pflege und Wartung", "Maintenance", "Bakım", "الصيانة"),
    NAMED("support", "Unterstützung", "Support", "Destek", "الدعم"),
    NAMED("adjustments", "Anpassungen", "Adjustments", "Uyarlamalar", "التعديلات"),
    NAMED("transactions", "Fälle im Jahr", "Cases a year", "Yıllık işlem sayısı",
          "المعاملات سنويًا"),
    NAMED("minutes_before", "Arbeitszeit je Fall, vorher", "Staff time per case, before",
          "İşlem başına çalışma süresi, önce", "وقت العمل لكل معاملة، سابقًا"),
    NAMED("minutes_after", "Arbeitszeit je Fall, nachher", "Staff time per case, after",
          "İşlem başına çalışma süresi, sonra", "وقت العمل لكل معاملة، لاحقًا"),
    NAMED("material_saved", "Papier, Porto, Druck, gespart je Fall",
          "Paper, postage, printing saved per case", "İşlem başına kâğıt, posta, baskı tasarrufu",
          "الموفَّر من الورق والبريد والطباعة لكل معاملة"),
    NAMED("citizen_minutes_saved", "Zeit der Menschen, gespart je Fall",
          "Time people save per case", "İşlem başına vatandaşın kazandığı süre",
          "ما يوفّره الناس من وقت لكل معاملة"),
    NAMED("minutes", "Arbeitszeit je Fall", "Staff time per case", "İşlem başına çalışma süresi",
          "وقت العمل لكل معاملة"),
    NAMED("material", "Sachkosten je Fall", "Material per case", "İşlem başına malzeme gideri",
          "تكلفة المواد لكل معاملة"),
    NAMED("fixed_per_year", "Feste Kosten im Jahr", "Fixed costs a year", "Yıllık sabit giderler",
          "التكاليف الثابتة سنويًا")};

static const struct named channels[] = {
    NAMED("online", "Online", "Online", "Çevrim içi", "عبر الإنترنت"),
    NAMED("app", "App", "App", "Uygulama", "التطبيق"),
    NAMED("phone", "Telefon", "Phone", "Telefon", "الهاتف"),
    NAMED("counter", "Schalter", "Counter", "Gişe", "الشباك"),
    NAMED("mail", "Brief", "Mail", "Posta", "البريد"),
    NAMED("assisted", "Mit Hilfe", "Assisted", "Yardımla", "بمساعدة"),
    NAMED("other", "Anderer Weg", "Other", "Diğer", "طريق آخر")};

static const struct named units[] = {NAMED("min", "Minuten", "minutes", "dakika", "دقيقة"),
                                     NAMED("years", "Jahre", "years", "yıl", "سنوات"),
                                     NAMED("ratio", "%", "%", "%", "%"),
                                     NAMED("count", "", "", "", ""), NAMED("year", "", "", "", "")};

static const char *find(const struct named *names, size_t count, const char *key, size_t size,
                        enum language language) {
    for (size_t at = 0; at < count; at++)
        if (strlen(names[at].key) == size && memcmp(names[at].key, key, size) == 0)
            return names[at].text[language];
    return NULL;
}
#define FIND(names, key, size, language) \
    find(names, sizeof(names) / sizeof *(names), key, size, language)

static const char *keep(const char *path, size_t size, char out[ASSUMPTION_BYTES]) {
    snprintf(out, ASSUMPTION_BYTES, "%.*s", (int)size, path);
    return out;
}

void assumption_name(const struct report *report, const char *path, char out[ASSUMPTION_BYTES]) {
    static const char service[] = "services.", channel[] = "channels.";
    const enum language language = report->language;
    char key[ASSUMPTION_BYTES];
    const char *text = FIND(whole, path, strlen(path), language);
    const char *dot = strrchr(path, '.'); /* keys of services may have some, the last word none */
    snprintf(out, ASSUMPTION_BYTES, "%s", text != NULL ? text : path);
    if (text != NULL || dot == NULL) return;
    const char *part = FIND(parts, dot + 1, strlen(dot + 1), language);
    const char *group = FIND(whole, path, (size_t)(dot - path), language);
    const size_t before = sizeof service - 1; /* of "channels." too */
    if (strncmp(path, service, before) == 0 && dot >= path + before)
        group = report_name_of(report, keep(path + before, (size_t)(dot - path) - before, key));
    else if (strncmp(path, channel, before) == 0 && dot >= path + before)
        group = FIND(channels, path + before, (size_t)(dot - path) - before, language);
    if (part != NULL && group != NULL) snprintf(out, ASSUMPTION_BYTES, "%s: %s", group, part);
}

void assumption_value(enum language language, const char *unit, double value,
                      char number[FIGURE_BYTES], const char **unit_text) {
    const double shown = strcmp(unit, "ratio") == 0 ? 100 * value : value;
    unsigned digits = 0;
    while (digits < 2 && fabs(shown * pow(10, digits) - round(shown * pow(10, digits))) > 1e-6)
        digits++;
    const char *text = FIND(units, unit, strlen(unit), language);
    *unit_text = text != NULL ? text : unit; /* a currency */
    if (text == NULL && digits == 1) digits = 2;
    figure_number(language, shown, digits, number);
    if (strcmp(unit, "year") == 0) snprintf(number, FIGURE_BYTES, "%.0f", value);
}
