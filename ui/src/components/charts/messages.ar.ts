import { apart, inArabic } from "../../language/plural";
import type { Messages } from "./messages";

export const ar: Messages = {
  plot: (label, readings, latest) =>
    `${label}: ${inArabic(readings, {
      zero: "لا قراءات",
      one: "قراءة واحدة",
      two: "قراءتان",
      few: "# قراءات",
      many: "# قراءة",
      other: "# قراءة",
    })}، آخرها ${latest ? apart(latest) : "لا شيء"}. يعرض الجدول كل القيم.`,
  criticalFrom: (limit) => `مرتفع حرج ابتداءً من ${String(limit)}`,
};
