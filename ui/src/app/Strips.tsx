import { IconAlertOctagon, IconAlertTriangle, IconClockPause, IconPencil } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { backend } from "../backend";
import type { DraftView, NoticeView } from "../backend";
import { Action, TextAction } from "../components/Actions";
import { messages as words } from "../components/messages";
import { Parts } from "../components/Parts";
import { Strip } from "../components/Strip";
import { dropDraft, openDraft, takeIn } from "../features/vitals/drafts";
import { lockWarning, stay } from "./activity";
import { messages } from "./messages";
import { keys, useSession } from "./query";
import { useStore } from "./store";

/** What whoever unlocked must be told, until it is dismissed. */
function Notices({ notices }: { notices: NoticeView[] }) {
  const [dismissed, setDismissed] = useState<string[]>([]);
  return notices
    .filter((notice) => !dismissed.includes(notice.detail))
    .map((notice) => (
      <Strip
        key={notice.detail}
        loud
        tone={notice.critical ? "critical" : "warning"}
        icon={notice.critical ? IconAlertOctagon : IconAlertTriangle}
        title={notice.title}
        detail={<bdi>{notice.detail}</bdi>}
        testId="notice"
        action={
          <TextAction onClick={() => setDismissed([...dismissed, notice.detail])} testId="notice-dismiss">
            {words.dismiss}
          </TextAction>
        }
      />
    ));
}

/** What was typed before the lock, offered again. */
function Drafts({ user }: { user: string }) {
  // Asked once: what is typed from now on is in its form, not here.
  const kept = useQuery({
    queryKey: keys.drafts,
    queryFn: async () => takeIn(user, await backend.drafts()),
    gcTime: 0,
    refetchOnMount: false,
  });
  const [done, setDone] = useState<string[]>([]);
  const rest = (kept.data ?? []).filter((draft) => !done.includes(draft.input.patientId));
  const first: DraftView | undefined = rest[0];
  if (!first) return null;
  const id = first.input.patientId;
  return (
    <Strip
      tone="plain"
      icon={IconPencil}
      title={rest.length === 1 ? messages.draftKept : messages.draftsKept(rest.length)}
      detail={
        <>
          <Parts text={first.patient} /> · <bdi>{first.kept}</bdi>
        </>
      }
      testId="draft-strip"
      action={
        <>
          <TextAction
            testId="draft-discard"
            onClick={() => {
              dropDraft(user, id);
              setDone([...done, id]);
            }}
          >
            {messages.discardDraft}
          </TextAction>
          <Action
            small
            testId="draft-open"
            onClick={() => {
              setDone([...done, id]);
              openDraft(id);
            }}
          >
            {messages.openDraft}
          </Action>
        </>
      }
    />
  );
}

function LockWarning() {
  const text = useStore(lockWarning);
  if (!text) return null;
  return (
    <Strip
      loud
      tone="warning"
      icon={IconClockPause}
      title={text}
      detail={messages.anyKey}
      testId="lock-warning"
      action={
        <Action small onClick={stay} testId="stay">
          {messages.stay}
        </Action>
      }
    />
  );
}

/** What concerns the whole window, above every screen. */
export function Strips() {
  const session = useSession().data;
  if (!session) return null;
  return (
    <>
      <LockWarning />
      <Notices notices={session.notices} />
      <Drafts user={session.user} />
    </>
  );
}
