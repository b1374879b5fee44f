/* SPDX-License-Identifier: EUPL-1.2 */
/* The catalogue. The second part of docs/KPIS.md is written from it; a test compares the two. */
#include "query/kpi.h"

#include <string.h>

#include "query/plan.h"

#define BIT(x)       (1u << (x))
#define PLACES       (BIT(DIMENSION_TENANT) | BIT(DIMENSION_SERVICE) | BIT(DIMENSION_OFFICE))
#define PEOPLE       (BIT(DIMENSION_CHANNEL) | BIT(DIMENSION_LANG) | BIT(DIMENSION_DEVICE))
#define TYPES        BIT(DIMENSION_TYPE)
#define GROSS        BIT(CLOCK_GROSS)
#define EITHER_CLOCK (BIT(CLOCK_GROSS) | BIT(CLOCK_WORKING_DAYS))
#define ATTEMPTS \
    "form attempts (one subject with form.* events) whose first form event lies in the interval"
#define ATTEMPT_ENDS                                                                            \
    "outcome: submitted, ineligible or failed, whichever came first; else open while the last " \
    "activity is less than 30 min before the end of observation, or less than 14 days after "   \
    "form.saved; else abandoned"
#define APPOINTMENTS "appointments whose planned start lies in the interval"

static const struct kpi_definition definitions[KPI_COUNT] = {
    [KPI_PROCESSING_TIME] =
        {
            .kpi = KPI_PROCESSING_TIME,
            .id = "processing_time",
            .version = 1,
            .unit = "s",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Bearbeitungszeit", "Processing time", "İşlem süresi", "مدة المعالجة"},
            .explanation = {"So lange dauert es vom Eingang eines Antrags bis zur Entscheidung.",
                            "How long it takes from the receipt of an application to the decision.",
                            "Bir başvurunun alınmasından karara bağlanmasına kadar geçen süre.",
                            "المدة من استلام الطلب حتى صدور القرار بشأنه."},
            .population = "closing view: cases whose E lies in the interval, only closed cases; "
                          "intake view: cases whose A lies in it; A = first case.received, E = "
                          "first case.decided, else first case.delivered, else first case.closed",
            .formula = "E - A; working_days: number of days d with date(A) < d <= date(E) that are "
                       "working days at the tenant's place; closing view: value = median, with "
                       "mean and quantiles, linear between order statistics (type 7); intake view: "
                       "value and quantiles = least t by which that share of all received cases "
                       "had E, after Aalen and Johansen: open cases are censored at the end of "
                       "observation, other ends compete; absent: longer than `longest`",
            .exclusions = "no_start: E without A; end_before_start: E before A; other_end: "
                          "withdrawn, forwarded or rejected before E or without E; "
                          "outside_calendar: working days of a year that the calendar lacks; "
                          "closing view: cases without an end are counted as open, not measured; "
                          "intake view: open and other_end are part of the estimate",
            .views = BIT(VIEW_CLOSING) | BIT(VIEW_INTAKE),
            .clocks = EITHER_CLOCK,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_THROUGHPUT] =
        {
            .kpi = KPI_THROUGHPUT,
            .id = "throughput",
            .version = 1,
            .unit = "count",
            .direction = KPI_HIGHER_IS_BETTER,
            .name = {"Erledigte Anträge", "Throughput", "Tamamlanan işlemler", "المعاملات المُنجَزة"},
            .explanation =
                {"So viele Anträge kommen in einem Zeitraum herein und so viele werden erledigt.",
                 "How many applications come in during a period, and how many are completed.",
                 "Bir dönemde kaç başvurunun geldiği ve kaçının sonuçlandırıldığı.",
                 "عدد الطلبات الواردة خلال فترة ما وعدد ما أُنجز منها."},
            .population =
                "cases received in the interval, and cases ended in it: decided, delivered, "
                "closed, withdrawn, forwarded or rejected, or ended again after case.reopened",
            .formula = "value = out = ends in the interval; in = first case.received in it; "
                       "clearance = out / in",
            .exclusions =
                "no_start: an end without case.received; end_before_start: ended before received",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .calendar = true,
            .listed = true,
        },
    [KPI_BACKLOG] =
        {
            .kpi = KPI_BACKLOG,
            .id = "backlog",
            .version = 1,
            .unit = "count",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Offene Fälle", "Backlog", "Bekleyen başvurular", "الطلبات قيد الانتظار"},
            .explanation = {"So viele Anträge sind eingegangen und noch nicht erledigt.",
                            "How many applications have been received and are not yet completed.",
                            "Alınmış ancak henüz sonuçlandırılmamış başvuruların sayısı.",
                            "عدد الطلبات التي استُلمت ولم تُنجَز بعد."},
            .population = "cases in stock at the end of the interval or bucket, or of observation "
                          "when that is earlier",
            .formula = "#{A <= T < first end, or reopened <= T < last end} with A = first "
                       "case.received and any of the six ends; so B(end) = B(begin) + in + "
                       "reopened - out; by age in working days since A: 0-5, 6-10, 11-20, 21-60, "
                       "over 60; reach = backlog / mean out per working day over the last 20",
            .exclusions =
                "no_start: an end without case.received; end_before_start: ended before received",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .calendar = true,
            .listed = true,
        },
    [KPI_ABANDONMENT] =
        {
            .kpi = KPI_ABANDONMENT,
            .id = "abandonment",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Abbruchrate", "Abandonment rate", "Yarıda bırakma oranı", "معدّل ترك النموذج"},
            .explanation =
                {"Anteil der begonnenen Online-Anträge, die nicht zu Ende ausgefüllt werden.",
                 "Share of online applications that are started but never finished.",
                 "Başlanıp yarıda bırakılan çevrim içi başvuruların oranı.",
                 "نسبة الطلبات الإلكترونية التي بُدئ بها ولم تُستكمل."},
            .population = ATTEMPTS,
            .formula = "abandoned / (submitted + ineligible + failed + abandoned); " ATTEMPT_ENDS,
            .exclusions = "open attempts are in neither numerator nor denominator, and are counted",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_FUNNEL] =
        {
            .kpi = KPI_FUNNEL,
            .id = "funnel",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Weg durch das Formular", "Form funnel", "Formdaki ilerleme",
                     "مسار تعبئة النموذج"},
            .explanation =
                {"Zeigt Schritt für Schritt, wie viele Menschen im Formular weiterkommen und wo "
                 "sie aufgeben.",
                 "Shows, step by step, how many people get further in the form and where they give "
                 "up.",
                 "Formda kaç kişinin ilerlediğini ve nerede vazgeçtiğini adım adım gösterir.",
                 "يبيّن خطوة بخطوة عدد من يواصلون تعبئة النموذج والموضع الذي يتوقفون عنده."},
            .population = ATTEMPTS ", without the open ones, per step that they entered",
            .formula = "reach = attempts that entered the step; value = drop = abandoned attempts "
                       "whose last step it is / reach; error_pressure = attempts with a form.error "
                       "in it / reach; lift = drop with an error / drop without; " ATTEMPT_ENDS,
            .exclusions = "open attempts are in neither numerator nor denominator, and are counted",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE | BIT(DIMENSION_STEP),
            .buckets = true,
            .listed = true,
        },
    [KPI_COMPLETION] =
        {
            .kpi = KPI_COMPLETION,
            .id = "completion",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_HIGHER_IS_BETTER,
            .name = {"Abschlussrate", "Completion rate", "Tamamlama oranı", "معدّل الإتمام"},
            .explanation = {"Anteil der begonnenen Online-Anträge, die zu Ende ausgefüllt werden.",
                            "Share of online applications that are finished once they are started.",
                            "Başlanan çevrim içi başvurulardan tamamlananların oranı.",
                            "نسبة الطلبات الإلكترونية التي استُكملت بعد البدء بها."},
            .population = ATTEMPTS,
            .formula = "(submitted + ineligible) / (submitted + ineligible + failed + "
                       "abandoned); " ATTEMPT_ENDS,
            .exclusions = "open attempts are in neither numerator nor denominator, and are counted",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_TIME_TO_COMPLETE] =
        {
            .kpi = KPI_TIME_TO_COMPLETE,
            .id = "time_to_complete",
            .version = 1,
            .unit = "s",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Zeit zum Ausfüllen", "Time to complete", "Doldurma süresi",
                     "مدة تعبئة النموذج"},
            .explanation = {"So lange sind Menschen mit dem Ausfüllen eines Online-Antrags "
                            "beschäftigt.",
                            "How long people spend filling in an online application.",
                            "İnsanların çevrim içi bir başvuruyu doldurmak için harcadığı süre.",
                            "الوقت الذي يقضيه الناس في تعبئة طلب إلكتروني."},
            .population = ATTEMPTS " and that were submitted",
            .formula = "sum of the gaps between successive events up to the first form.submitted, "
                       "each at most 5 min; value = median; elapsed = submission - first event, "
                       "beside it",
            .exclusions = "attempts that were not submitted",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_NO_SHOW] =
        {
            .kpi = KPI_NO_SHOW,
            .id = "no_show",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Nicht wahrgenommene Termine", "No-show rate", "Gelinmeyen randevular",
                     "المواعيد الفائتة"},
            .explanation =
                {"Anteil der Termine, zu denen niemand erscheint, ohne dass abgesagt wurde.",
                 "Share of appointments that nobody comes to and nobody cancelled.",
                 "İptal edilmediği halde kimsenin gelmediği randevuların oranı.",
                 "نسبة المواعيد التي لم يحضرها أحد ولم تُلغَ مسبقًا."},
            .population = APPOINTMENTS,
            .formula = "missed / (finished + missed); missed and served all the same counts as "
                       "finished, and in late_show",
            .exclusions = "cancelled, unless missed before; open: neither finished, missed nor "
                          "cancelled; walk-ins have no planned start",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_CANCELLATION] =
        {
            .kpi = KPI_CANCELLATION,
            .id = "cancellation",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_NEUTRAL,
            .name = {"Abgesagte Termine", "Cancellation rate", "İptal edilen randevular",
                     "المواعيد المُلغاة"},
            .explanation = {"Anteil der gebuchten Termine, die vor ihrem Beginn abgesagt werden.",
                            "Share of booked appointments that are cancelled before they start.",
                            "Alınan randevulardan başlamadan önce iptal edilenlerin oranı.",
                            "نسبة المواعيد المحجوزة التي أُلغيت قبل بدايتها."},
            .population = APPOINTMENTS " and that were confirmed",
            .formula = "cancelled before the planned start / confirmed; by citizen, office or "
                       "other; late: less than 24 h before the planned start",
            .exclusions = "not_confirmed: without appointment.confirmed; open: the planned start "
                          "is still to come",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_BOOKING_LEAD_TIME] =
        {
            .kpi = KPI_BOOKING_LEAD_TIME,
            .id = "booking_lead_time",
            .version = 1,
            .unit = "s",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Vorlauf bis zum Termin", "Booking lead time", "Randevuya kadar geçen süre",
                     "المدة حتى الموعد"},
            .explanation = {"So lange liegt der Termin nach der Buchung in der Zukunft.",
                            "How far ahead an appointment lies when it is booked.",
                            "Randevunun alındığı an ile randevu saati arasındaki süre.",
                            "المدة الفاصلة بين حجز الموعد وتاريخ الموعد نفسه."},
            .population = APPOINTMENTS,
            .formula = "planned start - first appointment.confirmed; value = median",
            .exclusions = "not_confirmed: without appointment.confirmed; negative: confirmed after "
                          "the planned start",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_WAITING_TIME] =
        {
            .kpi = KPI_WAITING_TIME,
            .id = "waiting_time",
            .version = 1,
            .unit = "s",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Wartezeit vor Ort", "Waiting time on site", "Yerinde bekleme süresi",
                     "مدة الانتظار في المكتب"},
            .explanation =
                {"So lange warten Menschen im Amt über ihre Terminzeit hinaus, bis sie aufgerufen "
                 "werden.",
                 "How long people wait at the office, past their appointed time, until they are "
                 "called.",
                 "İnsanların dairede, randevu saatinden sonra çağrılana kadar beklediği süre.",
                 "مدة انتظار الناس في المكتب بعد حلول موعدهم إلى أن يُنادى عليهم."},
            .population = "appointments and walk-ins (arrived without confirmation) first called "
                          "in the interval",
            .formula = "first called - max(arrived, planned start); walk-in: first called - "
                       "arrived; called before the planned start is a wait of zero, and is kept; "
                       "value = median; left_share = arrived and left before the call / these and "
                       "the called",
            .exclusions = "no_arrival: without appointment.arrived; negative: called before "
                          "arrived; not_called: served without a call; open: arrived less than a "
                          "day ago, not yet called",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_SERVICE_DURATION] =
        {
            .kpi = KPI_SERVICE_DURATION,
            .id = "service_duration",
            .version = 1,
            .unit = "s",
            .direction = KPI_NEUTRAL,
            .name = {"Dauer am Schalter", "Service duration", "Gişedeki işlem süresi",
                     "مدة الخدمة عند الشباك"},
            .explanation = {"So lange dauert die Bedienung am Schalter selbst.",
                            "How long the service at the desk itself takes.",
                            "Gişedeki işlemin kendisinin sürdüğü zaman.",
                            "الوقت الذي تستغرقه الخدمة نفسها عند الشباك."},
            .population = "appointments and walk-ins first finished in the interval",
            .formula = "sum of [showedup or resumed, parked or finished); value = median",
            .exclusions =
                "no_start: finished without appointment.showedup; open: showed up, not finished",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_DIGITAL_TAKE_UP] =
        {
            .kpi = KPI_DIGITAL_TAKE_UP,
            .id = "digital_take_up",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_HIGHER_IS_BETTER,
            .name = {"Online-Quote", "Digital take-up", "Çevrim içi başvuru oranı",
                     "نسبة الطلبات الإلكترونية"},
            .explanation = {"Anteil der Anträge, die online statt auf anderem Weg gestellt werden.",
                            "Share of applications that are made online rather than another way.",
                            "Başka yollar yerine çevrim içi yapılan başvuruların oranı.",
                            "نسبة الطلبات المقدَّمة إلكترونيًا مقارنةً بسائر الطرق."},
            .population = "transactions: cases whose first case.received lies in the interval",
            .formula = "transactions with channel online, app or assisted / transactions with a "
                       "channel",
            .exclusions = "no_channel: the channel is not known; state incomplete when a channel "
                          "that reported before the interval reports nothing in it",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_SATISFACTION] =
        {
            .kpi = KPI_SATISFACTION,
            .id = "satisfaction",
            .version = 1,
            .unit = "score",
            .direction = KPI_HIGHER_IS_BETTER,
            .name = {"Zufriedenheit", "Satisfaction", "Memnuniyet", "رضا المستفيدين"},
            .explanation = {"So bewerten Menschen die Leistung auf einer Skala von 1 bis 5.",
                            "How people rate the service on a scale from 1 to 5.",
                            "İnsanların hizmete 1'den 5'e kadar verdiği puan.",
                            "تقييم الناس للخدمة على مقياس من 1 إلى 5."},
            .population = "feedback.rated events in the interval with a value from 1 to 5",
            .formula = "mean; score = (mean - 1) / 4; top2 = share of 4 and more; response_rate = "
                       "ratings / events after which somebody can rate: form.submitted, "
                       "case.decided, appointment.finished",
            .exclusions = "out_of_scale: values outside 1 to 5; under 10 ratings nothing is shown "
                          "(suppressed)",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_COST_PER_TRANSACTION] =
        {
            .kpi = KPI_COST_PER_TRANSACTION,
            .id = "cost_per_transaction",
            .version = 1,
            .unit = "EUR",
            .direction = KPI_LOWER_IS_BETTER,
            .name = {"Kosten je Vorgang", "Cost per transaction", "İşlem başına maliyet",
                     "تكلفة المعاملة الواحدة"},
            .explanation =
                {"So viel kostet die Verwaltung im Durchschnitt die Bearbeitung eines Antrags.",
                 "What one application costs the administration on average.",
                 "Bir başvurunun idareye ortalama maliyeti.",
                 "متوسط ما تتحمّله الإدارة من تكلفة لكل طلب."},
            .population = "transactions: cases whose first case.received lies in the interval",
            .formula = "without assumptions: sum of cost.booked / transactions; with an "
                       "assumptions file: per channel minutes * hourly rate / 60 + material + "
                       "fixed cost / transactions, weighted by transactions; measured minutes go "
                       "before assumed ones, and the row says which were used",
            .exclusions = "with an assumptions file: no_channel: the channel is not known; "
                          "no_cost: nothing is known of the cost of its channel",
            .clocks = GROSS,
            .dimensions = PLACES | BIT(DIMENSION_CHANNEL),
            .buckets = true,
            .listed = true,
        },
    [KPI_ROI] =
        {
            .kpi = KPI_ROI,
            .id = "roi",
            .version = 1,
            .unit = "ratio",
            .direction = KPI_HIGHER_IS_BETTER,
            .name = {"Wirtschaftlichkeit (ROI)", "Return on investment", "Yatırım getirisi",
                     "العائد على الاستثمار"},
            .explanation =
                {"Vergleicht, was ein digitales Angebot kostet, mit dem, was es einspart.",
                 "Compares what a digital service costs with what it saves.",
                 "Dijital bir hizmetin maliyetini sağladığı tasarrufla karşılaştırır.",
                 "يقارن تكلفة الخدمة الرقمية بما توفّره."},
            .population =
                "services of the assumptions file or of the data; transactions of the interval, "
                "taken to a year; mean minutes of cases received before and from the go-live",
            .formula = "(sum of benefits - sum of costs) / sum of costs over years 0..N; time "
                       "benefit = cases * minutes saved * hourly rate / 60 * realised share; net "
                       "present value = sum of (B_t - C_t) / (1 + i)^t",
            .exclusions =
                "a service without volume or minutes is listed, and what needs them counts as "
                "nothing; citizens' time is shown apart, never added; a grant is not a benefit",
            .clocks = GROSS,
            .dimensions = BIT(DIMENSION_TENANT) | BIT(DIMENSION_SERVICE),
            .buckets = false,
            .listed = true,
        },
    [KPI_ACTIVE_JOURNEYS] =
        {
            .kpi = KPI_ACTIVE_JOURNEYS,
            .id = "active_journeys",
            .version = 1,
            .unit = "count",
            .direction = KPI_NEUTRAL,
            .name = {"Aktive Vorgänge", "Active journeys", "Aktif işlemler", "المعاملات النشطة"},
            .explanation =
                {"So viele Anträge, begonnene Formulare und Termine waren in einem Zeitraum in "
                 "Bewegung; wer in zwei Monaten vorkommt, zählt in beiden.",
                 "How many applications, forms and appointments something happened to during a "
                 "period; one that is active in two months counts in both.",
                 "Bir dönemde hareket gören başvuru, form ve randevu sayısı; iki ayda hareket "
                 "gören her ikisinde de sayılır.",
                 "عدد الطلبات والنماذج والمواعيد التي حدث فيها شيء خلال فترة ما؛ وما كان نشطًا في "
                 "شهرين يُحسب في كليهما."},
            .population = "form attempts, cases and appointments (one subject each) with an event "
                          "in the interval",
            .formula = "number of distinct subjects; not additive: a subject counts once in every "
                       "bucket in which it has an event, and once in a longer interval",
            .exclusions = "none; visits (page views, ratings, contacts) are no journeys, their "
                          "subjects change every day",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE,
            .buckets = true,
            .listed = true,
        },
    [KPI_EVENT_COUNT] =
        {
            .kpi = KPI_EVENT_COUNT,
            .id = "event_count",
            .version = 1,
            .unit = "count",
            .direction = KPI_NEUTRAL,
            .name = {"Ereignisse", "Events", "Olaylar", "الأحداث"},
            .explanation =
                {"So viele Ereignisse haben die Fachverfahren gemeldet: Schritte in Formularen, "
                 "Anträge, Termine und Seitenaufrufe.",
                 "How many events the systems of the administration reported: steps in forms, "
                 "applications, appointments and page views.",
                 "İdarenin sistemlerinin bildirdiği olay sayısı: form adımları, başvurular, "
                 "randevular ve sayfa görüntülemeleri.",
                 "عدد الأحداث التي أبلغت عنها أنظمة الإدارة: خطوات النماذج والطلبات والمواعيد "
                 "ومشاهدات الصفحات."},
            .population = "events of every type whose time lies in the interval, by the dimensions "
                          "that each event itself carries",
            .formula = "number of events; an event that came again under the same id counts once",
            .exclusions = "none",
            .clocks = GROSS,
            .dimensions = PLACES | PEOPLE | TYPES,
            .buckets = true,
            .listed = true,
        },
    [KPI_INVENTORY] =
        {
            .kpi = KPI_INVENTORY,
            .id = "inventory",
            .version = 1,
            .unit = "count",
            .direction = KPI_NEUTRAL,
            .name = {"Bestand der Daten", "Inventory", "Veri envanteri", "جرد البيانات"},
            .explanation =
                {"Zeigt, aus welchen Kommunen, Leistungen und Stellen seit wann Daten vorliegen.",
                 "Shows which municipalities, services and offices there are data from, and since "
                 "when.",
                 "Hangi belediye, hizmet ve birimlerden ne zamandan beri veri bulunduğunu "
                 "gösterir.",
                 "يبيّن البلديات والخدمات والمكاتب التي تتوفر بياناتها ومنذ متى."},
            .population = "journeys that began in the interval, and events that belong to none, by "
                          "the dimensions of their first event",
            .formula = "number of journeys and events, first and last event",
            .exclusions = "none",
            .clocks = GROSS,
            .dimensions = PLACES,
            .buckets = false,
            .listed = false,
        },
};

const struct kpi_definition *kpi_get(enum kpi_id kpi) {
    return &definitions[kpi];
}

const struct kpi_definition *kpi_find(const char *id, size_t size) {
    for (enum kpi_id kpi = 0; kpi < KPI_COUNT; kpi++) {
        if (strlen(definitions[kpi].id) == size && memcmp(definitions[kpi].id, id, size) == 0)
            return &definitions[kpi];
    }
    return NULL;
}
