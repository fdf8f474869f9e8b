// Tabs: where they come from (the gateway's examples), and how they outlive a reload (without their headers).

const PREFIX = "shop-gateway:";
const TABS = "graphiql:tabState";
// What the active tab holds as well. Two sources for one editor disagree, so only the tabs are kept.
const HELD_BY_TABS = new Set(["graphiql:query", "graphiql:variables", "graphiql:headers"]);
// The history plugin's lists of operations, which it would store with the headers that each was sent with.
const HISTORY = new Set(["graphiql:queries", "graphiql:favorites"]);

// The examples, one tab each; the one that a link names comes first, with the link's variables.
export function exampleTabs(config, link) {
  const tabs = config.examples.map((example) => exampleTab(example, config));
  return link === null ? tabs : [link, ...tabs.filter((tab) => tab.query !== link.query)];
}

// The tab that a link such as /graphiql#example=VerifyEmail&variables={...} opens: an example with variables of its own,
// ready to be run. What follows the # stays in the browser, and so in no server's log.
export function linkedTab(fragment, config) {
  const given = new URLSearchParams(fragment.slice(1));
  const example = config.examples.find((it) => it.name === given.get("example"));
  const variables = given.get("variables");
  if (example === undefined || variables === null) {
    return null;
  }
  return { ...exampleTab(example, config), title: example.name, operationName: example.name, variables };
}

function exampleTab(example, config) {
  return {
    query: example.query,
    variables: example.variables && JSON.stringify(example.variables, null, 2),
    headers: headersText(example.headers ?? config.headers),
  };
}

export function headersText(headers) {
  return Object.keys(headers).length === 0 ? "" : JSON.stringify(headers, null, 2);
}

// A `Storage` for GraphiQL over localStorage. Its keys are prefixed, because other programs' GraphiQL may have been
// served from the same host and port. Headers are never written, and tabs that come back get the headers that the
// gateway offers now: a token of yesterday has expired.
export function tabStorage(store, config, link) {
  forgetStoredHeaders(store);
  const ownKeys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  return {
    getItem(key) {
      if (HELD_BY_TABS.has(key)) {
        return null;
      }
      const value = store.getItem(PREFIX + key);
      return key === TABS && value !== null ? withLink(withFreshHeaders(value, config), link) : value;
    },
    setItem(key, value) {
      if (!HELD_BY_TABS.has(key)) {
        store.setItem(PREFIX + key, HISTORY.has(key) ? withoutHeaders(value) : value);
      }
    },
    removeItem: (key) => store.removeItem(PREFIX + key),
    clear: () => ownKeys().forEach((key) => store.removeItem(key)),
    get length() {
      return ownKeys().length;
    },
  };
}

// An earlier version of this page stored the history with its headers.
function forgetStoredHeaders(store) {
  for (const key of HISTORY) {
    const value = store.getItem(PREFIX + key);
    if (value !== null) {
      store.setItem(PREFIX + key, withoutHeaders(value));
    }
  }
}

function withoutHeaders(history) {
  return JSON.stringify(JSON.parse(history), (name, value) => (name === "headers" ? undefined : value));
}

function withFreshHeaders(tabState, config) {
  const examples = new Map(config.examples.map((example) => [example.name, example]));
  const { tabs, ...rest } = JSON.parse(tabState);
  const fresh = (tab) => headersText(examples.get(tab.operationName)?.headers ?? config.headers);
  return JSON.stringify({ ...rest, tabs: tabs.map((tab) => ({ ...tab, headers: fresh(tab) })) });
}

// Opens the link's tab among those that come back: in place of the same operation's, or after the last.
function withLink(tabState, link) {
  if (link === null) {
    return tabState;
  }
  const { tabs, ...rest } = JSON.parse(tabState);
  const found = tabs.findIndex((tab) => tab.operationName === link.operationName);
  const index = found === -1 ? tabs.length : found;
  const opened = { id: crypto.randomUUID(), hash: "", response: null, ...tabs[found], ...link };
  return JSON.stringify({ ...rest, tabs: tabs.toSpliced(index, 1, opened), activeTabIndex: index });
}
