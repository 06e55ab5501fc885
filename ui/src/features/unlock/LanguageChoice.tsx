import { IconLanguage } from "@tabler/icons-react";
import { useLanguageChoice } from "../../app/useSpeech";
import { Icon } from "../../components/Icon";
import { Select } from "../../components/Select";
import { isLanguage, languageNames, useLanguage } from "../../language/language";
import { messages } from "./messages";
import styles from "./UnlockScreen.module.css";

/** The language of this device, until someone with another one has unlocked it. */
export function LanguageChoice() {
  const language = useLanguage();
  const choice = useLanguageChoice(null);
  return (
    <label className={styles.language}>
      <Icon of={IconLanguage} size={18} />
      {messages.language}
      <Select
        data-testid="unlock-language"
        value={language}
        onChange={(event) => {
          const code = event.currentTarget.value;
          if (isLanguage(code)) choice.mutate(code);
        }}
      >
        {languageNames.map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </Select>
    </label>
  );
}
