import { currentLanguage } from "./language";
import type { Language } from "./language";

/** The Gregorian calendar's words. Own tables, not the platform's: in some locales WebKit would show
    another calendar or other digits. */
interface Calendar {
  months: readonly string[];
  /** From Sunday. */
  days: readonly string[];
}

const calendars: Record<Language, Calendar> = {
  en: {
    months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    days: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
  },
  ar: {
    months: ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"],
    days: ["الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"],
  },
};

function calendar(): Calendar {
  const language = currentLanguage();
  return calendars[language === "pseudo" ? "en" : language];
}

/** The month's short name, counted from 0. */
export const monthName = (month: number): string => calendar().months[month] ?? "";

/** The day's name, counted from Sunday as 0. */
export const dayName = (day: number): string => calendar().days[day] ?? "";
