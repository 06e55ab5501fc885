import { QueryCache, QueryClient, useQuery } from "@tanstack/react-query";
import { BackendError, backend, onAppEvent } from "../backend";
import { forgetAllDrafts } from "../features/vitals/drafts";
import { silence } from "./announce";
import { searchText } from "./search";
import type { AppEvent, ChartView, SessionView, StatusView } from "../backend";

/** The local store is the truth, so nothing is fetched over a network, retried or kept on disk. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      // The store may have been locked from outside: the session then says so, and the window follows.
      if (error instanceof BackendError && error.code === "locked" && query.queryKey[0] !== "session") {
        void queryClient.invalidateQueries({ queryKey: keys.session });
      }
    },
  }),
  defaultOptions: {
    queries: { networkMode: "always", retry: false, staleTime: Infinity, refetchOnWindowFocus: false },
    mutations: { networkMode: "always", retry: false },
  },
});

export const keys = {
  session: ["session"],
  lobby: ["lobby"],
  language: (user: string) => ["language", user],
  pinOffered: (user: string) => ["pinOffered", user],
  drafts: ["drafts"],
  workstation: ["workstation"],
  discarded: ["discarded"],
  glass: (id: string) => ["glass", id],
  status: ["status"],
  patients: ["patients"],
  today: ["today"],
  chart: (id: string) => ["chart", id],
  attachments: (id: string) => ["attachments", id],
  vitalsForm: (id: string) => ["vitalsForm", id],
  syncCentre: ["syncCentre"],
  merges: ["merges"],
  measures: (days: number) => ["measures", days],
  inbox: ["inbox"],
  conflict: (id: string) => ["conflict", id],
  doubles: (id: string) => ["doubles", id],
  decided: ["decided"],
  bulkChoices: ["bulkChoices"],
  history: (key: string) => ["history", key],
} as const;

export const useSession = () =>
  useQuery<SessionView | null>({ queryKey: keys.session, queryFn: () => backend.session() });

export const useStatus = () => useQuery<StatusView>({ queryKey: keys.status, queryFn: () => backend.status() });

export const useChart = (id: string) =>
  useQuery<ChartView>({
    queryKey: keys.chart(id),
    queryFn: () => backend.chart(id),
    // Another patient's chart must never stand in while this one loads.
    placeholderData: (previous) => (previous?.banner.id === id ? previous : undefined),
  });

/** Forgets everything of the person who leaves; the next one starts from the unlock screen. */
export function forgetSession(): void {
  queryClient.setQueryData(keys.session, null);
  queryClient.removeQueries({
    predicate: ({ queryKey }) => queryKey[0] !== "session" && queryKey[0] !== "language",
  });
  queryClient.getMutationCache().clear();
  forgetAllDrafts();
  searchText.set("");
  silence();
  window.location.hash = "";
}

const settleMs = 120;

/** What no commit changes on the screen. */
const lasting = ["session", "language", "drafts", "strength"];

/** Asks again for what is on screen whenever Rust says that something changed. */
export function followEvents(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = (): void => {
    timer = undefined;
    void queryClient.invalidateQueries({ predicate: ({ queryKey }) => !lasting.includes(String(queryKey[0])) });
  };
  const heard = (event: AppEvent): void => {
    if (event.kind === "locked") {
      forgetSession();
      return;
    }
    if (event.kind !== "changed") return;
    queryClient.setQueryData(keys.status, event.status);
    timer ??= setTimeout(refresh, settleMs);
  };
  const stop = onAppEvent(heard);
  return () => {
    stop();
    clearTimeout(timer);
  };
}
