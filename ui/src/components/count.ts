/** "1,234": Latin digits with commas, whatever the platform's locale. */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
