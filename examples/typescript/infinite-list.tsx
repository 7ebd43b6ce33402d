// An endless list: TanStack Query keeps the pages, the API's cursors lead from one to the next.
import { useInfiniteQuery } from "@tanstack/react-query";
import { after, type At, type createClient, dataOf } from "./client.js";

export function Users({ client, limit }: { client: ReturnType<typeof createClient>; limit: number }) {
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ["users", limit],
    queryFn: async ({ pageParam, signal }) =>
      dataOf(await client.GET("/users", { params: { query: { sort: "-created_at", limit, ...pageParam } }, signal })),
    initialPageParam: {} as At,
    getNextPageParam: after, // undefined where next_cursor is null: nothing is loaded in vain
    retry: false, // the client does
  });
  return (
    <>
      <ul aria-busy={isFetching}>
        {data?.pages.flatMap((page) => page.items).map((user) => <li key={user.id}>{user.name}</li>)}
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
