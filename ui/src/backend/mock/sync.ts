import type { HeldView, OutboxRowView, SyncBadge, SyncCentreView } from "../bindings";
import { findPerson } from "./people";

const waits: SyncBadge = { state: "waiting", text: "Waiting to sync" };

function row(id: string, change: string, operation: string, edited: string, more: Partial<OutboxRowView> = {}): OutboxRowView {
  const who = findPerson(id);
  return {
    key: `${id}/${change}`,
    patientId: id,
    name: who?.name ?? "",
    born: who?.born ?? "",
    identifier: who?.identifier ?? "",
    change,
    operation,
    edited,
    sync: waits,
    action: "none",
    conflictId: null,
    mayDiscard: false,
    ...more,
  };
}

function held(): HeldView {
  const named = ["enrique", "anna", "koepp"];
  return {
    text: "The server deleted 34 records at once. They are still on this device.",
    total: 34,
    kinds: [
      { label: "Observation", count: "30" },
      { label: "Condition", count: "4" },
    ],
    rows: Array.from({ length: 34 }, (_, i) => {
      const who = findPerson(named[i % named.length] ?? "");
      return {
        key: `Observation/held-${String(i)}`,
        name: who?.name ?? "",
        born: who?.born ?? "",
        identifier: who?.identifier ?? "",
        title: i < 30 ? `Blood pressure 1${String(20 + i)}/80 mmHg` : "Hypertension",
      };
    }),
  };
}

export function syncCentre(online: boolean, vitals: SyncBadge, trouble: boolean): SyncCentreView {
  const rows = [
    row("portillo", "Wound check note", "Added", "today 08:52", {
      sync: { state: "refused", text: "Server refused: author is not known there. Fix" },
      action: "retryNow",
      mayDiscard: true,
    }),
    row("zahra", "Patient – phone, birth date", "Changed", "today 10:20", {
      sync: { state: "review", text: "Needs review – changed in two places" },
      action: "review",
      conflictId: "c-zahra",
    }),
    row("enrique", "Vitals – 7 values", "Added", "today 13:52", {
      sync: online ? { state: "syncing", text: "Syncing 4 of 12" } : vitals,
    }),
    row("enrique", "Phone call note", "Added", "today 10:42"),
    row("anna", "Phone, mobile", "Changed", "today 09:40"),
    row("weimann-r", "Chest X-ray report, 11 MB", "Added", "today 09:31", {
      sync: { state: "retrying", text: "Couldn’t reach server. Trying again in 2 min." },
      action: "retryNow",
    }),
    row("koepp", "Follow-up 30-Nov-2026", "Added", "today 09:22"),
  ];
  return {
    links: online
      ? [
          { key: "network", label: "Network", state: "Connected", detail: "Requests are answered", tone: "good" },
          { key: "server", label: "Server", state: "Answers", detail: "haven hub, 240 ms", tone: "good" },
          { key: "account", label: "Account", state: "Signed in", detail: "A. Orn, until 18:00", tone: "good" },
          { key: "sync", label: "Sync", state: "Sending", detail: "Since 14:04. Keep working.", tone: "active" },
        ]
      : [
          { key: "network", label: "Network", state: "Offline", detail: "No request got through since 09:12", tone: "quiet" },
          { key: "server", label: "Server", state: "Not reached", detail: "Last answered 09:12", tone: "quiet" },
          { key: "account", label: "Account", state: "Signed in", detail: "A. Orn, until 18:00", tone: "good" },
          { key: "sync", label: "Sync", state: "Waiting", detail: "Trying again in 2 min", tone: "quiet" },
        ],
    progress: online ? { text: "Syncing 4 of 12", done: 4, total: 12 } : null,
    rows,
    total: 9,
    needsYou: 2,
    lastSent: "today 09:12",
    lastReceived: "today 09:12",
    patients: 525,
    resources: 13570,
    space: "61 MB, 40 GB free",
    clock: trouble ? "This computer's clock is 9 min fast" : null,
    held: trouble ? held() : null,
    attachments: trouble ? "3 to receive, 11 MB · 1 with trouble" : null,
  };
}
