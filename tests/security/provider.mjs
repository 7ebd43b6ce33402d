// A certified OpenID Connect provider on loopback: https://github.com/panva/node-oidc-provider
//
//     node tests/security/provider.mjs PORT AUDIENCE [PAGE]
//
// Its access tokens are JWTs for AUDIENCE; PAGE is where its public client, "pages", is sent back to. A line on standard input makes it begin again with other
// keys: "RS256 ES256" lists the algorithms to have, the first of which signs.

import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { createInterface } from "node:readline";
import { Provider } from "oidc-provider";

const [port, audience, page] = process.argv.slice(2);
const scopes = "users:read users:write wares:read wares:write";
const made = {
  RS256: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: () => generateKeyPairSync("ed25519"),
};
let generation = 0;

function provider(algorithms) {
  generation += 1;
  const keys = algorithms.map((alg) => ({
    ...made[alg]().privateKey.export({ format: "jwk" }), kid: `${alg}-${generation}`, alg, use: "sig",
  }));
  return new Provider(`http://127.0.0.1:${port}`, {
    jwks: { keys },
    clients: [{
      client_id: "machine",
      client_secret: "of the tests",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: algorithms[0],
    }, ...(page ? [{
      client_id: "pages",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code"],
      redirect_uris: [page],
      response_types: ["code"],
      id_token_signed_response_alg: algorithms[0],
    }] : [])],
    clientBasedCORS: () => true,
    scopes: ["openid", ...scopes.split(" ")],
    features: {
      devInteractions: { enabled: Boolean(page) },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: scopes,
          audience,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: algorithms[0] } },
        }),
        defaultResource: () => audience,
      },
    },
  });
}

let answer = provider(["RS256", "ES256"]).callback();
const server = createServer((request, response) => answer(request, response));
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
createInterface({ input: process.stdin }).on("line", (line) => {
  answer = provider(line.split(" ")).callback();
  console.log("ready");
}).on("close", () => process.exit(0));
