import type { Icon as TablerIcon } from "@tabler/icons-react";

/** An icon beside words: never read aloud, never the only sign. */
export function Icon({ of: Glyph, size = 16, className }: { of: TablerIcon; size?: number; className?: string }) {
  return <Glyph size={size} stroke={1.6} aria-hidden focusable={false} className={`icon ${className ?? ""}`} />;
}
