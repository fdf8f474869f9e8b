// Monaco's web workers, bundled as files of our own: a worker from a blob would need a wider Content-Security-Policy.
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphQLWorker from "monaco-graphql/esm/graphql.worker.js?worker";

const WORKERS = { json: JsonWorker, graphql: GraphQLWorker };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new (WORKERS[label] ?? EditorWorker)();
  },
};
