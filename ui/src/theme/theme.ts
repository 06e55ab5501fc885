import { createTheme, rem } from "@mantine/core";
import type { CSSVariablesResolver, MantineColorsTuple } from "@mantine/core";
import { havenColors, palette } from "./palette";
import type { ColorName } from "./palette";

const haven: MantineColorsTuple = havenColors;

/** Mantine with the product's sizes; its colours come from `havenVariables`. */
export const theme = createTheme({
  colors: { haven },
  primaryColor: "haven",
  primaryShade: { light: 7, dark: 3 },
  fontFamily: "var(--haven-font)",
  headings: { fontFamily: "var(--haven-font)", fontWeight: "600" },
  fontSizes: { xs: rem(12), sm: rem(13), md: rem(14), lg: rem(15), xl: rem(20) },
  lineHeights: { xs: "1.3334", sm: "1.3847", md: "1.4286", lg: "1.4667", xl: "1.4" },
  spacing: { xs: rem(4), sm: rem(8), md: rem(12), lg: rem(16), xl: rem(20) },
  radius: { xs: rem(4), sm: rem(6), md: rem(8), lg: rem(8), xl: rem(999) },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  autoContrast: false,
});

const kebab = (name: string): string => name.replace(/[A-Z0-9]/g, (c) => `-${c.toLowerCase()}`);

function variables(scheme: "light" | "dark"): Record<string, string> {
  const colors = palette[scheme];
  const own = Object.fromEntries(
    (Object.keys(colors) as ColorName[]).map((name) => [`--haven-${kebab(name)}`, colors[name]]),
  );
  return {
    ...own,
    "--haven-shadow-popover":
      scheme === "light"
        ? "0 1px 2px rgba(22, 32, 30, .08), 0 8px 24px rgba(22, 32, 30, .14)"
        : "0 0 0 1px #2b3431, 0 12px 32px rgba(0, 0, 0, .5)",
    "--mantine-color-body": colors.canvas,
    "--mantine-color-text": colors.ink,
    "--mantine-color-dimmed": colors.ink3,
    "--mantine-color-placeholder": colors.ink3,
    "--mantine-color-default": colors.surface,
    "--mantine-color-default-color": colors.ink,
    "--mantine-color-default-hover": colors.sunken,
    "--mantine-color-default-border": colors.lineStrong,
    "--mantine-color-anchor": colors.accent,
    "--mantine-color-error": colors.critical,
    "--mantine-color-disabled": colors.offlineSoft,
    "--mantine-color-disabled-color": colors.ink3,
    "--mantine-primary-color-contrast": colors.onAccent,
    "--mantine-primary-color-filled": colors.accent,
    "--mantine-primary-color-filled-hover": colors.accentHover,
    "--mantine-color-haven-filled": colors.accent,
    "--mantine-color-haven-filled-hover": colors.accentHover,
  };
}

/** Every colour as `--haven-<name>`, and Mantine's own variables on top of the same values. */
export const havenVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: variables("light"),
  dark: variables("dark"),
});
