import { useMutation, useQuery } from "@tanstack/react-query";
import { alarm, announce } from "../../app/announce";
import { keys, queryClient } from "../../app/query";
import { go } from "../../app/route";
import { BackendError, backend } from "../../backend";
import type { AcceptedView, ConflictView, PickView } from "../../backend";
import { messages as words } from "../../components/messages";
import { messages } from "./messages";

/** Sends a choice or takes it back; Rust answers with the whole view, which replaces the old one. */
export function useDecision(id: string) {
  const conflict = useQuery({ queryKey: keys.conflict(id), queryFn: () => backend.conflict(id) });
  const put = (view: ConflictView): void => {
    queryClient.setQueryData(keys.conflict(id), view);
  };

  const choose = useMutation({
    mutationFn: (choice: { path: string; pick: PickView; text?: string }) =>
      backend.choose({ conflictId: id, path: choice.path, pick: choice.pick, text: choice.text ?? null }),
    onSuccess: (view, { path }) => {
      put(view);
      const field = view.fields.find((each) => each.path === path);
      if (field) announce(messages.decided(field.label, field.result, view.leftText));
    },
  });

  const undo = useMutation({
    mutationFn: () => backend.undoChoice(id),
    onSuccess: (view) => {
      put(view);
      announce(messages.undone(view.leftText));
    },
  });

  const accept = useMutation({
    mutationFn: (word: { reason: string; confirmed: boolean }) => backend.acceptConflict({ conflictId: id, ...word }),
    onSuccess: ({ text, next }: AcceptedView) => {
      announce(next ? text : `${text}. ${messages.allResolved}`);
      queryClient.removeQueries({ queryKey: keys.conflict(id) });
      void queryClient.invalidateQueries({ queryKey: keys.inbox });
      void queryClient.invalidateQueries({ queryKey: keys.status });
      go(next ? { screen: "conflict", id: next } : { screen: "review" });
    },
    onError: (error) => {
      alarm(`${messages.notAccepted} ${error instanceof BackendError ? error.message : words.unexpected}`);
    },
  });

  return { conflict, choose, undo, accept };
}

export type Decision = ReturnType<typeof useDecision>;
