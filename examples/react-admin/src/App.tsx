import { QueryClient } from "@tanstack/react-query";
import { Admin, Resource } from "react-admin";

import { authProvider, token } from "./authProvider";
import { dataProvider } from "./data/dataProvider";
import { TokenLogin } from "./login";
import { lightTheme } from "./theme";
import { UserCreate, UserEdit, UserList, UserShow } from "./users";

const api = dataProvider({
  url: import.meta.env.VITE_API_URL ?? "http://127.0.0.1:8000",
  token,
  unique: { users: ["email"] },
});

// The provider sends again what may be, as long as the API says; four times that would be too much.
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });

export function App() {
  return (
    <Admin
      title="Admin"
      dataProvider={api}
      authProvider={authProvider}
      loginPage={TokenLogin}
      lightTheme={lightTheme}
      queryClient={queryClient}
      disableTelemetry
    >
      <Resource
        name="users"
        list={UserList}
        show={UserShow}
        create={UserCreate}
        edit={UserEdit}
        recordRepresentation="name"
      />
    </Admin>
  );
}
