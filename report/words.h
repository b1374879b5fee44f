/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "query/kpi.h"

/* words: the labels of reports and workbooks, in each language. What a KPI is called and means is
 * in its definition (query/kpi.h). Static; any thread. */
#define WORD_LIST(X)                                                                                                                                                         \
    X(REPORT, "Kennzahlenbericht", "Report on services", "Hizmet göstergeleri raporu",                                                                                       \
      "تقرير مؤشرات الخدمات")                                                                                                                                                \
    X(PERIOD, "Zeitraum", "Period", "Dönem", "الفترة")                                                                                                                       \
    X(AS_OF, "Stand der Daten", "Data as of", "Veri durumu", "حالة البيانات في")                                                                                             \
    X(FIGURES, "Wie steht es um die Dienste?", "How are the services doing?",                                                                                                \
      "Hizmetler ne durumda?", "كيف حال الخدمات؟")                                                                                                                           \
    X(FIGURE, "Kennzahl", "Figure", "Gösterge", "المؤشر")                                                                                                                    \
    X(VALUE, "Wert", "Value", "Değer", "القيمة")                                                                                                                             \
    X(INTERVAL, "95-%-Intervall", "95 % interval", "%95 güven aralığı", "مجال الثقة 95%")                                                                                    \
    X(N, "Anzahl (n)", "Number (n)", "Sayı (n)", "العدد (n)")                                                                                                                \
    X(OPEN, "Noch offen", "Still open", "Hâlâ açık", "ما زالت مفتوحة")                                                                                                       \
    X(STATE, "Einordnung", "State", "Durum", "الحالة")                                                                                                                       \
    X(COVERAGE, "Messbar", "Measurable", "Ölçülebilen", "القابل للقياس")                                                                                                     \
    X(LATE, "Verspätet gemeldet", "Reported late", "Geç bildirilen", "وردت متأخرة")                                                                                          \
    X(EXCLUDED, "Nicht gezählt", "Not counted", "Sayılmayan", "غير محتسبة")                                                                                                  \
    X(COURSE, "Wie lange dauert ein Antrag?", "How long does an application take?",                                                                                          \
      "Bir başvuru ne kadar sürüyor?", "كم يستغرق الطلب؟")                                                                                                                   \
    X(FUNNEL, "Wo geben Menschen im Formular auf?", "Where do people give up in the form?",                                                                                  \
      "İnsanlar formda nerede vazgeçiyor?", "أين يتوقف الناس في النموذج؟")                                                                                                   \
    X(FUNNEL_MOST, "Gezeigt sind die Dienste, bei denen die meisten Versuche abgebrochen wurden.",                                                                           \
      "Shown are the services in which most attempts were given up.",                                                                                                        \
      "En çok denemenin yarıda bırakıldığı hizmetler gösterilmiştir.",                                                                                                       \
      "تُعرض الخدمات التي تُرك فيها أكبر عدد من المحاولات.")                                                                                                                   \
    X(LAST_MONTH,                                                                                                                                                            \
      "Die Sätze sprechen von dem Monat, den sie nennen, die Tabellen vom ganzen Zeitraum.",                                                                                 \
      "The sentences speak of the month they name, the tables of the whole period.",                                                                                         \
      "Cümleler andıkları ayı, tablolar ise dönemin tamamını anlatır.",                                                                                                      \
      "تتحدث الجمل عن الشهر الذي تذكره، أما الجداول فعن الفترة كلها.")                                                                                                       \
    X(VOLUME, "Wie viele Anträge werden erledigt?", "How many applications are completed?",                                                                                  \
      "Kaç başvuru sonuçlandırılıyor?", "كم طلبًا يُنجَز؟")                                                                                                                     \
    X(MONTH, "Monat", "Month", "Ay", "الشهر")                                                                                                                                \
    X(STEP, "Seite des Formulars", "Page of the form", "Form sayfası", "صفحة النموذج")                                                                                       \
    X(REACHED, "Erreicht", "Reached", "Ulaşan", "وصلوا")                                                                                                                     \
    X(GAVE_UP, "Davon aufgegeben", "Gave up there", "Orada vazgeçen", "توقفوا هناك")                                                                                         \
    X(HALF, "Die Hälfte (25 %–75 %)", "Half of them (25 %–75 %)", "Yarısı (%25–%75)",                                                                                        \
      "نصفها (25%–75%)")                                                                                                                                                     \
    X(NINETY, "Neun von zehn", "Nine in ten", "On başvurunun dokuzu", "تسعة من كل عشرة")                                                                                     \
    X(MEDIAN, "Median", "Median", "Ortanca", "الوسيط")                                                                                                                       \
    X(MONEY, "Was kostet es, was bringt es?", "What does it cost, what does it bring?",                                                                                      \
      "Maliyeti ve getirisi nedir?", "ما كلفته وما عائده؟")                                                                                                                  \
    X(ASSUMPTIONS, "Worauf die Rechnung beruht", "What the calculation rests on",                                                                                            \
      "Hesabın dayanakları", "ما يستند إليه الحساب")                                                                                                                         \
    X(SOURCE, "Quelle", "Source", "Kaynak", "المصدر")                                                                                                                        \
    X(DATE, "Datum", "Date", "Tarih", "التاريخ")                                                                                                                             \
    X(UNIT, "Einheit", "Unit", "Birim", "الوحدة")                                                                                                                            \
    X(YEAR, "Jahr", "Year", "Yıl", "السنة")                                                                                                                                  \
    X(CURRENCY, "Währung", "Currency", "Para birimi", "العملة")                                                                                                              \
    X(COST, "Kosten", "Costs", "Maliyet", "التكاليف")                                                                                                                        \
    X(BENEFIT, "Nutzen", "Benefits", "Fayda", "المنافع")                                                                                                                     \
    X(NET, "Saldo", "Net", "Net", "الصافي")                                                                                                                                  \
    X(PRESENT, "Barwert", "Present value", "Bugünkü değer", "القيمة الحالية")                                                                                                \
    X(NPV, "Kapitalwert", "Net present value", "Net bugünkü değer", "صافي القيمة الحالية")                                                                                   \
    X(NPV_BUDGET, "Kapitalwert, nur Haushalt", "Net present value, budget only",                                                                                             \
      "Net bugünkü değer, yalnızca bütçe", "صافي القيمة الحالية، الموازنة فقط")                                                                                              \
    X(ROI, "Rendite (ROI)", "Return on investment (ROI)", "Yatırım getirisi (ROI)",                                                                                          \
      "العائد على الاستثمار")                                                                                                                                                \
    X(TCO, "Gesamtkosten (TCO)", "Total cost (TCO)", "Toplam maliyet (TCO)", "التكلفة الإجمالية")                                                                            \
    X(TCO_PRESENT, "Gesamtkosten als Barwert", "Total cost, present value",                                                                                                  \
      "Toplam maliyet, bugünkü değer", "التكلفة الإجمالية بالقيمة الحالية")                                                                                                  \
    X(GRANT, "Förderung (kein Nutzen)", "Grant (not a benefit)", "Hibe (fayda sayılmaz)",                                                                                    \
      "المنحة (ليست منفعة)")                                                                                                                                                 \
    X(TCO_WITHOUT_GRANT, "Gesamtkosten abzüglich Förderung", "Total cost less the grant",                                                                                    \
      "Hibe düşülmüş toplam maliyet", "التكلفة الإجمالية بعد خصم المنحة")                                                                                                    \
    X(PAYBACK_STATIC, "Amortisation, statisch (Jahre)", "Payback, static (years)",                                                                                           \
      "Geri ödeme, statik (yıl)", "فترة الاسترداد البسيطة (سنوات)")                                                                                                          \
    X(PAYBACK_DYNAMIC, "Amortisation, dynamisch (Jahre)", "Payback, discounted (years)",                                                                                     \
      "Geri ödeme, iskontolu (yıl)", "فترة الاسترداد المخصومة (سنوات)")                                                                                                      \
    X(NOT_REACHED, "nicht erreicht", "not reached", "ulaşılmadı", "لم تُبلَغ")                                                                                                 \
    X(BREAK_EVEN, "Nötige Fälle im Jahr", "Cases needed a year", "Yılda gereken işlem",                                                                                      \
      "الحالات اللازمة سنويًا")                                                                                                                                               \
    X(DEFINITIONS, "Wie wird gezählt?", "How is it counted?", "Nasıl sayılıyor?",                                                                                            \
      "كيف يُحتسب ذلك؟")                                                                                                                                                      \
    X(DEFINITION, "Definition", "Definition", "Tanım", "التعريف")                                                                                                            \
    X(POPULATION, "Grundgesamtheit", "Population", "Kapsam", "المجتمع الإحصائي")                                                                                             \
    X(FORMULA, "Formel", "Formula", "Formül", "الصيغة")                                                                                                                      \
    X(EXCLUSIONS, "Ausgenommen", "Exclusions", "Hariç tutulanlar", "الاستثناءات")                                                                                            \
    X(QUALITY, "Wie gut sind die Daten?", "How good are the data?", "Veriler ne kadar iyi?",                                                                                 \
      "ما جودة البيانات؟")                                                                                                                                                   \
    X(SOURCES, "Woher Daten kommen", "Where data come from", "Verilerin kaynağı",                                                                                            \
      "من أين تأتي البيانات")                                                                                                                                                \
    X(SERVICE, "Dienst", "Service", "Hizmet", "الخدمة")                                                                                                                      \
    X(EVENTS, "Ereignisse", "Events", "Olaylar", "الأحداث")                                                                                                                  \
    X(FIRST, "Zuerst", "First", "İlk", "الأول")                                                                                                                              \
    X(LAST, "Zuletzt", "Last", "Son", "الأخير")                                                                                                                              \
    X(METHOD, "Methode", "Method", "Yöntem", "المنهج")                                                                                                                       \
    X(METHOD_TEXT,                                                                                                                                                           \
      "Die Zahlen sind aus Ereignissen der Fachverfahren berechnet, nicht aus Umfragen. Jede "                                                                               \
      "Zahl "                                                                                                                                                                \
      "nennt, worauf sie beruht: n ist die Anzahl der gemessenen Fälle; was nicht messbar war, "                                                                            \
      "ist "                                                                                                                                                                 \
      "gezählt und nicht geschätzt. Das Intervall überdeckt den wahren Wert in 95 von 100 "                                                                               \
      "Fällen. "                                                                                                                                                            \
      "Derselbe Zeitraum zum selben Stand der Daten ergibt immer dieselben Zahlen.",                                                                                         \
      "The figures are computed from events of the systems themselves, not from surveys. Each "                                                                              \
      "figure says what it rests on: n is the number of cases measured; what could not be "                                                                                  \
      "measured "                                                                                                                                                            \
      "is counted, not guessed. The interval covers the true value 95 times in 100. The same "                                                                               \
      "period as of the same moment always gives the same figures.",                                                                                                         \
      "Göstergeler anketlerden değil, sistemlerin kendi olaylarından hesaplanır. Her gösterge "                                                                         \
      "neye "                                                                                                                                                                \
      "dayandığını söyler: n ölçülen işlem sayısıdır; ölçülemeyenler tahmin edilmez, sayılır. "                                                             \
      "Aralık, 100 durumun 95'inde gerçek değeri kapsar. Aynı dönem ve aynı veri durumu her "                                                                          \
      "zaman "                                                                                                                                                               \
      "aynı sayıları verir.",                                                                                                                                                \
      "تُحسب الأرقام من أحداث الأنظمة نفسها لا من الاستبيانات. ويذكر كل رقم ما يستند إليه: n هو "       \
      "عدد الحالات المقيسة، وما تعذّر قياسه يُعدّ ولا يُقدَّر. ويغطي المجال القيمة الحقيقية في 95 " \
      "حالة من كل 100. والفترة نفسها بحالة البيانات نفسها تعطي الأرقام نفسها دائمًا.")                                                                                        \
    X(PAGE, "Seite %u von %u", "Page %u of %u", "Sayfa %u / %u", "صفحة %u من %u")                                                                                            \
    X(CHECKSUM, "Prüfsumme der Zahlen", "Checksum of the figures", "Sayıların sağlaması",                                                                                    \
      "المجموع الاختباري للأرقام")                                                                                                                                           \
    X(LEFT_OUT, "Weitere Zeilen, die nur in figures.json stehen",                                                                                                            \
      "Further rows, in figures.json only", "Yalnızca figures.json içinde bulunan diğer satırlar",                                                                           \
      "صفوف أخرى موجودة في figures.json فقط")                                                                                                                                \
    X(NO_VALUE, "keine Angabe", "not known", "bilinmiyor", "غير معروف")                                                                                                      \
    X(STATE_OK, "belastbar", "sound", "güvenilir", "موثوق")                                                                                                                  \
    X(STATE_FEW, "wenige Fälle", "few cases", "az sayıda", "حالات قليلة")                                                                                                    \
    X(STATE_SUPPRESSED, "geschützt", "suppressed", "gizlendi", "محجوب")                                                                                                      \
    X(STATE_NO_DATA, "keine Daten", "no data", "veri yok", "لا بيانات")                                                                                                      \
    X(STATE_PROVISIONAL, "vorläufig", "provisional", "geçici", "مؤقت")                                                                                                       \
    X(STATE_INCOMPLETE, "unvollständig", "incomplete", "eksik", "غير مكتمل")                                                                                                 \
    X(MEASURED, "gemessen", "measured", "ölçülen", "مقيس")                                                                                                                   \
    X(ASSUMED, "angenommen", "assumed", "varsayılan", "مفترض")                                                                                                               \
    X(PACE, "Tempo bisher", "pace so far", "şimdiye kadarki hız", "الوتيرة حتى الآن")                                                                                        \
    X(USED, "verwendet", "used", "kullanılan", "المستخدم")                                                                                                                   \
    X(LIVE,                                                                                                                                                                  \
      "Hellblaue Zellen sind Annahmen: wer sie ändert, sieht die Folgen in „Years“ und "                                                                                \
      "„Figures“. "                                                                                                                                                      \
      "Die übrigen Tabellen sind so, wie sie berechnet wurden.",                                                                                                             \
      "Cells in light blue are assumptions: change them and see what follows in \"Years\" and "                                                                              \
      "\"Figures\". The other tables are as they were computed.",                                                                                                            \
      "Açık mavi hücreler varsayımdır: değiştirildiğinde sonuçlar “Years” ve “Figures” "                                                                    \
      "sayfalarında "                                                                                                                                                       \
      "görülür. Diğer tablolar hesaplandıkları gibidir.",                                                                                                                    \
      "الخلايا ذات اللون الأزرق الفاتح افتراضات: غيّرها لترى أثرها في ورقتي Years وFigures. أما "               \
      "الجداول الأخرى فكما حُسبت.")                                                                                                                                           \
    X(STARTED, "Begonnen", "Started", "Başlandı", "بدأوا")                                                                                                                   \
    X(SUBMITTED, "Abgesendet", "Submitted", "Gönderildi", "أرسلوا")                                                                                                          \
    X(CUMULATIVE, "Barwert, aufgelaufen", "Present value, summed up", "Birikimli bugünkü değer",                                                                             \
      "القيمة الحالية التراكمية")                                                                                                                                            \
    X(NOTES, "Hinweise", "Notes", "Notlar", "ملاحظات")

enum word {
#define X(name, de, en, tr, ar) WORD_##name,
    WORD_LIST(X)
#undef X
        WORD_COUNT
};
const char *word_text(enum word word, enum language language);

#endif
