export const messages = {
  plot: (label: string, readings: number, latest: string) =>
    `${label}: ${String(readings)} readings, latest ${latest || "none"}. The table shows every value.`,
  criticalFrom: (limit: number) => `Critical high from ${String(limit)}`,
};
