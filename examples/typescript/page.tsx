// Shows the list in a browser: npm run page, then http://localhost:8010/?api=http://127.0.0.1:8000
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { createClient } from "./client.js";
import { Users } from "./infinite-list.js";

const asked = new URLSearchParams(location.search);
const client = createClient({ baseUrl: asked.get("api") ?? "http://127.0.0.1:8000" });
createRoot(document.body.appendChild(document.createElement("main"))).render(
  <QueryClientProvider client={new QueryClient()}>
    <Users client={client} limit={Number(asked.get("limit") ?? 20)} />
  </QueryClientProvider>,
);
