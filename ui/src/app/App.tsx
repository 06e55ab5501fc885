import { DirectionProvider, MantineProvider, localStorageColorSchemeManager } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect } from "react";
import { ErrorPanel } from "../components/States";
import { UnlockScreen } from "../features/unlock/UnlockScreen";
import { havenVariables, theme } from "../theme/theme";
import { LiveRegions } from "./announce";
import { followEvents, queryClient, useSession } from "./query";
import { directionOf, useLanguage } from "../language/language";
import { Shell } from "./Shell";
import { useWindowKeys } from "./keys";
import { useSpeech } from "./useSpeech";

const schemeManager = localStorageColorSchemeManager({ key: "haven.colorScheme" });

function Window() {
  const session = useSession();
  const speaks = useSpeech(session.data?.user ?? null);
  const language = useLanguage();
  useEffect(followEvents, []);
  // The webview must never reload under a half-typed form; on the unlock screen F5 does nothing.
  useWindowKeys({ F5: () => undefined, "Ctrl+R": () => undefined });
  if (session.error) return <ErrorPanel error={session.error} retry={() => void session.refetch()} />;
  if (session.data === undefined || !speaks) return null;
  // Built anew in another language: no word of the former one is left on the screen.
  return (
    <DirectionProvider key={language} initialDirection={directionOf(language)} detectDirection={false}>
      {session.data ? <Shell session={session.data} /> : <UnlockScreen />}
    </DirectionProvider>
  );
}

/** The whole window. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={havenVariables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queryClient}>
        <Window />
        <LiveRegions />
      </QueryClientProvider>
    </MantineProvider>
  );
}
