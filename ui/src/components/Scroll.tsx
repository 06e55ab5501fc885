import type { ReactNode } from "react";

interface ScrollProps {
  label: string;
  className: string | undefined;
  id?: string | undefined;
  children: ReactNode;
}

/** A part that scrolls by itself; it can take the focus, so that arrows scroll it. */
export function Scroll({ label, className, id, children }: ScrollProps) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- WebKit scrolls a part by keyboard only while it has the focus
    <div id={id} role="group" aria-label={label} tabIndex={0} className={className}>
      {children}
    </div>
  );
}
