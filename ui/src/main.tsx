import "@mantine/core/styles/baseline.css";
import "@mantine/core/styles/default-css-variables.css";
import "@mantine/core/styles/global.css";
import "@mantine/core/styles/UnstyledButton.css";
import "@mantine/core/styles/Button.css";
import "@mantine/core/styles/Loader.css";
import "@mantine/core/styles/Popover.css";
import "@mantine/core/styles/Paper.css";
import "@mantine/core/styles/ScrollArea.css";
import "@mantine/core/styles/FloatingIndicator.css";
import "@mantine/core/styles/Menu.css";
import "./theme/fonts.css";
import "./theme/mantine.css";
import "./theme/base.css";
import { createRoot } from "react-dom/client";

const root = document.getElementById("root");
if (root) {
  // Made-up data for tests and for work on the screens; not part of the product's bundle.
  if (import.meta.env.MODE === "mock") (await import("./backend/mock/start")).startMock();
  const { App } = await import("./app/App");
  createRoot(root).render(<App />);
}
