import {
  IconArrowUp,
  IconLink,
  IconRefresh,
  IconServer,
  IconServerOff,
  IconUserCheck,
  IconUserX,
  IconWifi,
  IconWifiOff,
} from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import type { LinkTone, LinkView, SyncCentreView } from "../../backend";
import { Icon } from "../../components/Icon";
import { messages } from "./messages";
import styles from "./Links.module.css";

const icons: Record<string, { up: TablerIcon; down: TablerIcon }> = {
  network: { up: IconWifi, down: IconWifiOff },
  server: { up: IconServer, down: IconServerOff },
  account: { up: IconUserCheck, down: IconUserX },
  sync: { up: IconArrowUp, down: IconRefresh },
};

function glyph(key: string, tone: LinkTone): TablerIcon {
  const pair = icons[key];
  if (!pair) return IconLink;
  return tone === "good" || tone === "active" ? pair.up : pair.down;
}

function Link({ link }: { link: LinkView }) {
  return (
    <li data-testid={`link-${link.key}`}>
      <span className={styles.label}>{link.label}</span>
      <strong data-tone={link.tone}>
        <Icon of={glyph(link.key, link.tone)} />
        <bdi>{link.state}</bdi>
      </strong>
      <span className={styles.detail}><bdi>{link.detail}</bdi></span>
    </li>
  );
}

/** The four links between this device and the server, and how far the work is. */
export function Links({ centre }: { centre: SyncCentreView }) {
  const { progress } = centre;
  return (
    <section className={styles.box} aria-label={messages.links}>
      <ul className={styles.links}>
        {centre.links.map((link) => (
          <Link key={link.key} link={link} />
        ))}
      </ul>
      {progress && (
        <div className={styles.progress} data-testid="sync-progress">
          <span id="sync-progress"><bdi>{progress.text}</bdi></span>
          <progress
            aria-labelledby="sync-progress"
            {...(progress.total > 0 ? { value: progress.done, max: progress.total } : {})}
          />
          {centre.needsYou > 0 && <span className={styles.detail}>{messages.needsYouOf(centre.needsYou)}</span>}
        </div>
      )}
    </section>
  );
}
