import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { backend } from "../backend";
import { currentLanguage, speak } from "../language/language";
import type { Language } from "../language/language";
import { alarm } from "./announce";
import { messages } from "./messages";
import { keys, queryClient } from "./query";

/** Has the window speak the language of whoever is at work, or the device's; `false` until it is known. */
export function useSpeech(user: string | null): boolean {
  const kept = useQuery({
    queryKey: keys.language(user ?? ""),
    queryFn: () => backend.language(),
    placeholderData: (previous) => previous,
  });
  const language = kept.data;
  useEffect(() => {
    if (language && language !== currentLanguage()) speak(language);
  }, [language]);
  return language !== undefined || kept.error !== null;
}

/** Changes the language, for the one at work or, before anyone is, for the device. */
export function useLanguageChoice(user: string | null) {
  return useMutation({
    mutationFn: (language: Language) => backend.setLanguage(language),
    onSuccess: (_, language) => {
      queryClient.setQueryData(keys.language(user ?? ""), language);
      speak(language);
      // The words that came from Rust are in the former language: each is asked for again.
      void queryClient.resetQueries({
        predicate: ({ queryKey }) => queryKey[0] !== "language" && queryKey[0] !== "session",
      });
      void queryClient.invalidateQueries({ queryKey: keys.session });
    },
    onError: () => alarm(messages.languageNotKept),
  });
}
