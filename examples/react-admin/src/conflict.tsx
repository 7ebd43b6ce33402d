import {
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogContentText,
  DialogTitle,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
} from "@mui/material";
import { useState } from "react";
import {
  useEditContext,
  useNotify,
  useRedirect,
  useTranslateLabel,
  useUpdate,
  type RaRecord,
  type UpdateParams,
} from "react-admin";

import { changed } from "./data/changes";
import { ApiError, conflict } from "./data/problem";

type Members = Record<string, unknown>;

export interface Met {
  mine: Members;
  theirs: RaRecord;
}

/**
 * What to do where a record was changed since it was read: show both, and let the person choose.
 *
 *     const conflicts = useConflicts();
 *     <Edit mutationMode="pessimistic" mutationOptions={{ onError: conflicts.onError }}>
 *       ...
 *       <Conflict {...conflicts} />
 */
export function useConflicts() {
  const [met, setMet] = useState<Met>();
  const notify = useNotify();

  function onError(error: Error, sent: Partial<UpdateParams>) {
    const theirs = conflict(error);
    const atInputs = error instanceof ApiError && error.body.errors;
    if (theirs) setMet({ mine: changed(sent.data ?? {}, sent.previousData), theirs });
    else if (!atInputs) notify(error.message, { type: "error" });
  }

  return { met, onError, close: () => setMet(undefined) };
}

export function Conflict({ met, onError, close }: ReturnType<typeof useConflicts>) {
  const { resource, refetch } = useEditContext();
  const [update, { isPending }] = useUpdate();
  const notify = useNotify();
  const redirect = useRedirect();
  if (!met) return null;
  const { mine, theirs } = met;

  async function takeTheirs() {
    close();
    await refetch(); // the form has the record as it now is
  }

  // Only what was changed here, on top of what they have made of the rest.
  function keepMine() {
    const sent = { id: theirs.id, data: mine, previousData: theirs };
    const onSuccess = () => {
      notify("Saved, with your changes.", { type: "info" });
      redirect("list", resource);
    };
    const failed = (error: Error) => {
      close();
      onError(error, sent);
    };
    update(resource, sent, { mutationMode: "pessimistic", onSuccess, onError: failed });
  }

  return (
    <Dialog open onClose={close} aria-labelledby="conflict" fullWidth>
      <DialogTitle id="conflict">Changed meanwhile</DialogTitle>
      <DialogContent>
        <DialogContentText>Somebody has saved this since you opened it.</DialogContentText>
        <Compared mine={mine} theirs={theirs} />
      </DialogContent>
      <DialogActions>
        <Button onClick={close}>Back</Button>
        <Button onClick={() => void takeTheirs()}>Take theirs</Button>
        <Button onClick={keepMine} loading={isPending} variant="contained">
          Keep mine
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Compared({ mine, theirs }: Met) {
  const label = useTranslateLabel();
  return (
    <Table size="small" sx={{ marginTop: 2, "& td": { overflowWrap: "anywhere" } }}>
      <TableHead>
        <TableRow>
          <TableCell>Field</TableCell>
          <TableCell>Yours</TableCell>
          <TableCell>Theirs</TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {Object.entries(mine).map(([source, value]) => (
          <TableRow key={source}>
            <TableCell component="th">{label({ source })}</TableCell>
            <TableCell>{shown(value)}</TableCell>
            <TableCell>{shown(theirs[source])}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
