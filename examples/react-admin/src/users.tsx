import { TablePagination, useMediaQuery, type Theme } from "@mui/material";
import {
  Create,
  DataTable,
  DateField,
  DeleteButton,
  Edit,
  EmailField,
  InfiniteList,
  List,
  SaveButton,
  SearchInput,
  Show,
  SimpleForm,
  SimpleList,
  SimpleShowLayout,
  TextField,
  TextInput,
  Toolbar,
  email,
  required,
  useListContext,
  useNotify,
  useRefresh,
  type RaRecord,
} from "react-admin";

import { Conflict, useConflicts } from "./conflict";
import { conflict } from "./data/problem";

export interface User extends RaRecord<string> {
  name: string;
  email: string;
  created_at: string | null;
  updated_at: string | null;
  etag: string;
}

// The API finds an e-mail as a whole: half of one is not sent.
const filters = [
  <SearchInput source="email" alwaysOn placeholder="Whole e-mail" validate={email()} />,
];

const sort = { field: "created_at", order: "DESC" as const };
const list = { filters, sort, exporter: false as const };

/** Pages for a mouse; on a phone, one list without end. */
export function UserList() {
  const small = useMediaQuery<Theme>((theme) => theme.breakpoints.down("sm"));
  return small ? <EndlessUsers /> : <PagesOfUsers />;
}

function EndlessUsers() {
  // It begins at its own first page, whichever page of the other list was open.
  return (
    <InfiniteList {...list} storeKey="users.endless" disableSyncWithLocation perPage={20}>
      <SimpleList<User> primaryText={({ name }) => name} secondaryText={({ email }) => email} />
    </InfiniteList>
  );
}

function PagesOfUsers() {
  return (
    <List {...list} pagination={<Pages />}>
      <DataTable<User>>
        <DataTable.Col source="name" disableSort />
        <DataTable.Col source="email" field={EmailField} disableSort />
        <DataTable.Col source="created_at" label="Created">
          <DateField source="created_at" showTime />
        </DataTable.Col>
      </DataTable>
    </List>
  );
}

/** How many there are is known on the last page alone: -1 is what Material UI calls unknown. */
function Pages() {
  const { data = [], page, perPage, hasNextPage, setPage, setPerPage } = useListContext<User>();
  const seen = (page - 1) * perPage + data.length;
  return (
    <TablePagination
      component="div"
      count={hasNextPage ? -1 : seen}
      page={page - 1}
      rowsPerPage={perPage}
      rowsPerPageOptions={[10, 25, 100]}
      onPageChange={(_, to) => setPage(to + 1)}
      onRowsPerPageChange={({ target }) => setPerPage(Number(target.value))}
    />
  );
}

export function UserShow() {
  return (
    <Show>
      <SimpleShowLayout>
        <TextField source="name" />
        <EmailField source="email" />
        <DateField source="created_at" label="Created" showTime />
        <DateField source="updated_at" label="Changed" showTime />
        <TextField source="id" label="Id" />
      </SimpleShowLayout>
    </Show>
  );
}

export function UserCreate() {
  return (
    <Create redirect="list">
      <SimpleForm>
        <Inputs />
      </SimpleForm>
    </Create>
  );
}

// Pessimistic: what the API says of a change comes while its form is still there.
export function UserEdit() {
  const conflicts = useConflicts();
  return (
    <Edit mutationMode="pessimistic" mutationOptions={{ onError: conflicts.onError }}>
      <SimpleForm toolbar={<EditToolbar />}>
        <Inputs />
      </SimpleForm>
      <Conflict {...conflicts} />
    </Edit>
  );
}

// What is right of an e-mail says the API: its answer stands at the input.
function Inputs() {
  return (
    <>
      <TextInput source="name" validate={required()} autoComplete="off" />
      <TextInput source="email" type="email" validate={required()} autoComplete="off" />
    </>
  );
}

function EditToolbar() {
  const notify = useNotify();
  const refresh = useRefresh();
  function onError(error: unknown) {
    if (!conflict(error)) return notify((error as Error).message, { type: "error" });
    notify("It was changed since you opened it. Here it is as it now is.", { type: "warning" });
    refresh();
  }
  return (
    <Toolbar sx={{ justifyContent: "space-between" }}>
      <SaveButton />
      <DeleteButton mutationMode="pessimistic" mutationOptions={{ onError }} />
    </Toolbar>
  );
}
