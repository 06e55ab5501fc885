import type { Messages } from "./messages";

export const ar: Messages = {
  title: "أرقام التعارض والمزامنة",
  over: "خلال كم يومًا",
  byType: "حسب نوع السجل ونوع التعارض",
  record: "السجل",
  kind: "النوع",
  nothing: "لم يتغيّر شيء في مكانين خلال هذه المدة",
  noPatients: "محسوبة على هذا الجهاز وحده. لا شيء هنا يخص مريضًا بعينه.",
};
