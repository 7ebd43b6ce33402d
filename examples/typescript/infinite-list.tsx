// An endless list: TanStack Query keeps the pages, the API's cursors lead from one to the next.
import { useInfiniteQuery } from "@tanstack/react-query";
import { after, type ApiClient, type At, dataOf } from "./client.js";

type Props = { client: ApiClient; limit: number };

export function Users({ client, limit }: Props) {
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ["users", limit],
    queryFn: async ({ pageParam, signal }) => {
      const answer = await client.GET("/users", {
        params: { query: { sort: "-created_at", limit, ...pageParam } },
        signal,
      });
      return dataOf(answer);
    },
    initialPageParam: {} as At,
    getNextPageParam: after, // undefined where next_cursor is null: nothing is loaded in vain
    retry: false, // the client does
  });
  const users = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <ul aria-busy={isFetching}>
        {users.map((user) => (
          <li key={user.id}>{user.name}</li>
        ))}
      </ul>
      {error && <p role="alert">{error.message}</p>}
      {hasNextPage && (
        <button disabled={isFetching} onClick={() => void fetchNextPage()}>
          More
        </button>
      )}
    </>
  );
}
