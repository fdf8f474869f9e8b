// The history of operations. What is opened from it keeps the tab's headers: those that it ran with are not stored, and
// a token among them may have expired since.
import { History, HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { useGraphiQL } from "@graphiql/react";
import { useRef } from "react";

export const historyPlugin = { ...HISTORY_PLUGIN, content: HistoryKeepingHeaders };

// The plugin overwrites the header editor while it handles a click, between these two handlers.
function HistoryKeepingHeaders() {
  const headerEditor = useGraphiQL((state) => state.headerEditor);
  const headers = useRef("");
  const remember = () => {
    headers.current = headerEditor?.getValue() ?? "";
  };
  const restore = () => {
    if (headerEditor && headerEditor.getValue() !== headers.current) {
      headerEditor.setValue(headers.current);
    }
  };
  return (
    <div onClickCapture={remember} onClick={restore}>
      <History />
    </div>
  );
}
