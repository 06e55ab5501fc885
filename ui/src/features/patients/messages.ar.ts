import { apart, inArabic, numberIn } from "../../language/plural";
import type { Messages } from "./messages";

const patients = (count: number): string =>
  inArabic(count, {
    zero: "لا مرضى",
    one: "مريض واحد",
    two: "مريضان",
    few: "# مرضى",
    many: "# مريضًا",
    other: "# مريض",
  });

export const ar: Messages = {
  title: "المرضى",
  onDevice: (count) => `${apart(count)} على هذا الجهاز`,
  filter: "تصفية المرضى",
  all: "الكل",
  today: "اليوم",
  notSynced: "غير مُزامَن",
  needsReview: "يحتاج إلى مراجعة",
  sortedByName: "مرتّب حسب اسم العائلة",
  sortedByRank: "الأقرب تطابقًا أولًا",
  name: "الاسم",
  born: "الميلاد (العمر)",
  gender: "الجنس",
  identifier: "رقم الملف",
  lastSeen: "آخر زيارة",
  sync: "المزامنة",
  similar: "اسم مشابه",
  deceased: "متوفّى",
  shown: (shown, total) => `المعروض ${apart(shown)} من ${apart(total)}`,
  showAll: (total) => `عرض الكل (${apart(total)})`,
  dataAsOf: (time) => `البيانات حتى ${apart(time)}`,
  noData: "لم تصل بيانات من الخادم بعد",
  list: "المرضى",
  loadingRow: "جارٍ التحميل",
  emptyTitle: "لا مرضى على هذا الجهاز",
  emptyDetail: "لم يُستلَم شيء ولم يُستورَد بعد. المزامنة تجلب مرضى العيادة إلى هنا.",
  noneTitle: "لا أحد يطابق البحث",
  noneDetail: "شمل البحث الاسم وتاريخ الميلاد ورقم الملف لدى المرضى على هذا الجهاز.",
  noneFilterDetail: "لا يوجد في هذه القائمة مريض على هذا الجهاز.",
  found: (count) => `نتيجة البحث: ${patients(numberIn(String(count)))}`,
  todayPanel: "اليوم",
  noAppointments: "لا مواعيد اليوم",
  noAppointmentsDetail: "لا حجوزات في البيانات الموجودة على هذا الجهاز.",
};
