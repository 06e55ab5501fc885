import type { AttachmentView, AttachmentsView, SyncBadge } from "../bindings";

const attachment = (id: string, owner: string, kind: string, size: string, state: SyncBadge, more: Partial<AttachmentView> = {}): AttachmentView => ({
  id,
  owner,
  kind,
  size,
  state,
  detail: "",
  here: false,
  suggested: "/home/orn/Downloads/document-2026-11-23.pdf",
  ...more,
});

export const attachments: AttachmentsView = {
  rows: [
    attachment("whole", "DocumentReference/2", "PDF", "240 kB", { state: "synced", text: "On this device" }, { here: true }),
    attachment("part", "DocumentReference/2", "JPEG picture", "11 MB", { state: "syncing", text: "3 MB of 11 MB on this device" }, {
      detail: "It comes with one of the next syncs.",
    }),
    attachment("failed", "DocumentReference/2", "DICOM images", "48 MB", { state: "refused", text: "Not on this device" }, {
      detail: "The server does not let this user have it. Ask your administrator.",
    }),
  ],
  mayAdd: true,
  folder: "/home/orn/",
  folders: [
    { name: "Downloads", path: "/home/orn/Downloads/" },
    { name: "Documents", path: "/home/orn/Documents/" },
    { name: "Home folder", path: "/home/orn/" },
    { name: "STICK", path: "/media/orn/STICK/" },
  ],
  kinds: ["Letter", "Referral", "Picture"],
};
