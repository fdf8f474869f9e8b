// Mounts GraphiQL once the gateway has said which endpoint, headers and examples to open with.
import "./workers.js";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { createRoot } from "react-dom/client";

import { Page } from "./page.jsx";
import { linkedTab } from "./tabs.js";

const root = createRoot(document.getElementById("graphiql"));

try {
  const config = await fetchConfig();
  const link = linkedTab(window.location.hash, config);
  if (link !== null) {
    // A token in it should not stay in the address bar, and a reload should keep what has been typed since.
    window.history.replaceState(null, "", window.location.pathname);
  }
  root.render(<Page config={config} link={link} />);
} catch (error) {
  root.render(<p className="notice">GraphiQL could not start: {error.message}. Is the gateway still running?</p>);
}

async function fetchConfig() {
  const response = await fetch("/graphiql/config.json", { cache: "no-store" });
  if (!response.ok) {
    throw new Error(`/graphiql/config.json answered ${response.status}`);
  }
  return response.json();
}
