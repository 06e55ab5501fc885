import { IconArrowsSplit2, IconChartBar, IconDeviceLaptop, IconRefresh, IconUsers } from "@tabler/icons-react";
import type { Icon as TablerIcon } from "@tabler/icons-react";
import { Icon } from "../components/Icon";
import { Logo } from "../components/Logo";
import { messages } from "./messages";
import { useSession, useStatus } from "./query";
import type { Route } from "./route";
import { href } from "./route";
import styles from "./Rail.module.css";

interface Place {
  route: Route;
  name: string;
  label: string;
  icon: TablerIcon;
  count?: number;
  countLabel?: string;
  active: boolean;
}

function Item({ place }: { place: Place }) {
  return (
    <a
      href={href(place.route)}
      className={styles.item}
      data-testid={`nav-${place.name}`}
      aria-current={place.active ? "page" : undefined}
    >
      <span className={styles.icon}>
        <Icon of={place.icon} size={20} />
        {place.count ? (
          <span className={styles.count}>
            <span aria-hidden>{place.count}</span>
            <span className="visually-hidden">{place.countLabel}</span>
          </span>
        ) : null}
      </span>
      {place.label}
    </a>
  );
}

/** The places of the window, with what waits there. */
export function Rail({ route }: { route: Route }) {
  const status = useStatus().data;
  const mayMeasure = useSession().data?.mayMeasure ?? false;
  const waiting = status?.waiting ?? 0;
  const review = status?.needsReview ?? 0;
  const places: Place[] = [
    {
      route: { screen: "patients" },
      name: "patients",
      label: messages.patients,
      icon: IconUsers,
      active: route.screen === "patients" || route.screen === "chart",
    },
    {
      route: { screen: "sync" },
      name: "sync",
      label: messages.sync,
      icon: IconRefresh,
      count: waiting,
      countLabel: messages.waitingCount(waiting),
      active: route.screen === "sync",
    },
    {
      route: { screen: "review" },
      name: "review",
      label: messages.review,
      icon: IconArrowsSplit2,
      count: review,
      countLabel: messages.reviewCount(review),
      active: route.screen === "review" || route.screen === "conflict",
    },
    {
      route: { screen: "device" },
      name: "device",
      label: messages.device,
      icon: IconDeviceLaptop,
      active: route.screen === "device",
    },
    ...(mayMeasure
      ? [
          {
            route: { screen: "measures" } as const,
            name: "measures",
            label: messages.measures,
            icon: IconChartBar,
            active: route.screen === "measures",
          },
        ]
      : []),
  ];
  return (
    <nav className={styles.rail} aria-label={messages.mainNavigation}>
      <span className={styles.logo}>
        <Logo size={24} />
      </span>
      {places.map((place) => (
        <Item key={place.name} place={place} />
      ))}
    </nav>
  );
}
