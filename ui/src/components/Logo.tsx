/** The house with a plus. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <path
        fill="var(--haven-accent)"
        d="M14 2.2 26 11v13.2c0 .7-.5 1.2-1.2 1.2H3.2c-.7 0-1.2-.5-1.2-1.2V11z"
      />
      <path stroke="var(--haven-on-accent)" strokeWidth="2.6" strokeLinecap="round" d="M14 10.6v9.2M9.4 15.2h9.2" />
    </svg>
  );
}
