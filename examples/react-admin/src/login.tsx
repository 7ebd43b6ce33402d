import { CardContent } from "@mui/material";
import { Form, Login, PasswordInput, SaveButton, required, useLogin, useNotify } from "react-admin";

/** Asks for a bearer token. For an OpenID Connect login, put yours here: docs/security.md. */
export function TokenLogin() {
  const login = useLogin();
  const notify = useNotify();
  const enter = (values: object) =>
    login(values).catch((error: Error) => notify(error.message, { type: "error" }));
  return (
    <Login>
      <Form onSubmit={enter}>
        <CardContent>
          <PasswordInput source="token" label="Token" validate={required()} autoFocus />
          <SaveButton label="Log in" icon={<></>} alwaysEnable fullWidth />
        </CardContent>
      </Form>
    </Login>
  );
}
