// The page: GraphiQL with history and the query explorer, opened on the gateway's examples.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HistoryStore } from "@graphiql/plugin-history";
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useEffect, useRef, useState } from "react";

import { historyPlugin } from "./history.jsx";
import { exampleTabs, headersText, tabStorage } from "./tabs.js";

const PLUGINS = [historyPlugin, explorerPlugin({ showAttribution: false })];

export function Page({ config, link }) {
  // Made once: GraphiQL introspects again whenever it is handed another fetcher.
  const [fetcher] = useState(() => createGraphiQLFetcher({ url: config.endpoint }));
  const [storage] = useState(() => tabStorage(window.localStorage, config, link));
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      defaultTabs={exampleTabs(config, link)}
      defaultHeaders={headersText(config.headers)}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>Shop gateway</GraphiQL.Logo>
      {/* GraphiQL renders it by itself only for the very HISTORY_PLUGIN. */}
      <HistoryStore />
      <RestoreActiveTab />
    </GraphiQL>
  );
}

// GraphiQL 5 fills its editors at start from single stored values and not from the active tab, so that the
// first tab's variables and headers would be missing. Opening that tab again, once, puts all of it in place.
function RestoreActiveTab() {
  const { changeTab } = useGraphiQLActions();
  const activeTabIndex = useGraphiQL((state) => state.activeTabIndex);
  const ready = useGraphiQL((state) => Boolean(state.queryEditor && state.variableEditor && state.headerEditor));
  const restored = useRef(false);
  useEffect(() => {
    if (ready && !restored.current) {
      restored.current = true;
      changeTab(activeTabIndex);
    }
  }, [ready, activeTabIndex, changeTab]);
  return null;
}
