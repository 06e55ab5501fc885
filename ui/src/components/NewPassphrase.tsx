import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { backend } from "../backend";
import { TextAction } from "./Actions";
import { Icon } from "./Icon";
import { messages } from "./messages";
import { SecretField } from "./SecretField";
import styles from "./NewPassphrase.module.css";

const judgeAfterMs = 250;

export interface Chosen {
  passphrase: string;
  repeated: string;
}

export const nothingChosen: Chosen = { passphrase: "", repeated: "" };

export const isChosen = (chosen: Chosen): boolean => chosen.passphrase !== "" && chosen.passphrase === chosen.repeated;

interface NewPassphraseProps {
  user: string;
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
}

/** A new passphrase, judged by Rust while it is typed, and typed again. */
export function NewPassphrase({ user, chosen, onChange }: NewPassphraseProps) {
  const [suggested, setSuggested] = useState("");
  const [settled] = useDebouncedValue(chosen.passphrase, judgeAfterMs);
  const judged = useQuery({
    // The words themselves never become a key that stays in the cache.
    queryKey: ["strength", user, settled],
    queryFn: () => backend.passphraseStrength(settled, user),
    enabled: settled !== "",
    gcTime: 0,
  }).data;
  const suggest = async (): Promise<void> => {
    const words = await backend.suggestPassphrase();
    setSuggested(words);
    onChange({ passphrase: words, repeated: words });
  };
  const isSuggested = suggested !== "" && chosen.passphrase === suggested;
  return (
    <div className={styles.fields}>
      <SecretField
        label={messages.newPassphrase}
        name="new-passphrase"
        testId="new-passphrase"
        autoComplete="new-password"
        value={chosen.passphrase}
        shown={isSuggested}
        onChange={(passphrase) => onChange({ ...chosen, passphrase })}
      />
      <div className={styles.judged}>
        <p role="status" data-testid="strength" data-ok={judged?.ok}>
          {settled !== "" && judged && (
            <>
              <Icon of={judged.ok ? IconCircleCheck : IconAlertTriangle} size={15} />
              <bdi>{judged.words}</bdi>
            </>
          )}
        </p>
        <TextAction onClick={() => void suggest()} testId="suggest-passphrase">
          {messages.suggest}
        </TextAction>
      </div>
      <SecretField
        label={messages.repeat}
        name="repeated-passphrase"
        testId="repeated-passphrase"
        autoComplete="new-password"
        value={chosen.repeated}
        shown={isSuggested}
        problem={chosen.repeated.length >= chosen.passphrase.length && chosen.repeated !== chosen.passphrase ? messages.notTheSame : null}
        onChange={(repeated) => onChange({ ...chosen, repeated })}
      />
    </div>
  );
}
