import { useId, useRef } from "react";
import type { ReactNode } from "react";
import styles from "./Tabs.module.css";

interface TabsProps<T extends string> {
  label: string;
  tabs: { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
  /** What stands at the end of the bar. */
  end?: ReactNode;
  children: ReactNode;
}

/** A bar of tabs and the panel of the chosen one; arrows move, as in the ARIA pattern. */
export function Tabs<T extends string>({ label, tabs, value, onChange, end, children }: TabsProps<T>) {
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  const at = tabs.findIndex((tab) => tab.value === value);

  const move = (to: number): void => {
    const tab = tabs[(to + tabs.length) % tabs.length];
    if (!tab) return;
    onChange(tab.value);
    bar.current?.querySelector<HTMLElement>(`[data-testid="tab-${tab.value}"]`)?.focus();
  };

  return (
    <>
      <div className={styles.bar}>
        <div
          ref={bar}
          role="tablist"
          tabIndex={-1}
          aria-label={label}
          className={styles.tabs}
          onKeyDown={(event) => {
            const forward = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
            const to = { ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: tabs.length - 1 }[event.key];
            if (to === undefined) return;
            event.preventDefault();
            move(to);
          }}
        >
          {tabs.map((tab) => (
            <button
              key={tab.value}
              type="button"
              role="tab"
              id={`${id}-${tab.value}`}
              className={styles.tab}
              aria-selected={tab.value === value}
              aria-controls={`${id}-panel`}
              tabIndex={tab.value === value ? 0 : -1}
              data-testid={`tab-${tab.value}`}
              onClick={() => onChange(tab.value)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        <div className={styles.end}>{end}</div>
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${value}`} className={styles.panel}>
        {children}
      </div>
    </>
  );
}
