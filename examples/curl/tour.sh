#!/bin/sh
# What a program does with the API, step by step, by curl and jq: sh examples/curl/tour.sh
# URL=http://127.0.0.1:8000 and TOKEN= say where, and as whom. It deletes what it makes.
set -eu

url=${URL:-http://127.0.0.1:8000}
run=$(date +%s)-$$ # so that it may run twice at once
head=$(mktemp)     # the headers of the last answer
body=$(mktemp)     # a file: to stdout, curl would write what each try brought
trap 'rm -f "$head" "$body"' EXIT

# Sends again what did not come through, and waits as long as Retry-After says. POST, too: each one
# here has an Idempotency-Key, or makes nothing. An answer of 400 and more is an answer.
call() {
  curl -s --retry 3 --retry-all-errors --retry-max-time 60 -D "$head" -o "$body" \
    -H 'Content-Type: application/json' ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@" ||
    { echo "curl had no answer: its code is $?" >&2 && return 1; }
  cat "$body"
}

status() {
  sed -n 's/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$head" | tail -n 1
}

# Ends the tour, with the problem, where the last answer is no success.
done_with() {
  case $(status) in 2*) ;; *) printf '%s\n' "$1" >&2 && exit 1 ;; esac
}

id() {
  printf '%s-%s' "$(printf %s "$1" | tr '[:upper:]' '[:lower:]')" "$run"
}

create() { # name, key
  call "$url/users" -H "Idempotency-Key: $2" \
    -d "{\"id\": \"$(id "$1")\", \"name\": \"$1\", \"email\": \"$(id "$1")@example.org\"}"
}

rename() { # user, name: only the version that was read
  call -X PATCH "$url/users/$(printf %s "$1" | jq -r .id)" \
    -H "If-Match: \"$(printf %s "$1" | jq -r .etag)\"" -d "{\"name\": \"$2\"}"
}

told() { # problem
  printf '%s: ' "$(status)"
  printf %s "$1" | jq -r '[.errors[] | "\(.pointer) \(.code)"] | sort | join(", ")'
}

made=''
for name in Ada Grace Mary Joan Lise; do
  user=$(create "$name" "$(id "$name")-first")
  done_with "$user"
  made="$made${made:+, }$name"
  [ "$name" != Ada ] || ada=$user
done
echo "created: $made"

echo "refused: $(told "$(call "$url/users" -d '{"name": "", "email": "nobody"}')")"
echo "taken: $(told "$(call "$url/users" -d "{\"name\": \"Another Ada\", \"email\": \"$(id Ada)@EXAMPLE.org\"}")")"

seen=0
next="/users?sort=-created_at&limit=2"
while [ -n "$next" ] && [ "$seen" -lt 5 ]; do
  page=$(call "$url$next")
  done_with "$page"
  printf %s "$page" | jq -r --arg run "$run" \
    '"page: \([.items[] | select(.id | endswith($run)) | .name] | join(", "))"'
  seen=$((seen + $(printf %s "$page" | jq --arg run "$run" '[.items[] | select(.id | endswith($run))] | length')))
  next=$(sed -n 's/^[Ll]ink: <\(.*\)>; rel="next".*/\1/p' "$head") # none on the last page
done

renamed=$(rename "$ada" 'Ada King')
done_with "$renamed"
echo "renamed: $(printf %s "$renamed" | jq -r .name)"

# $ada is what was read before: somebody else's change, as far as the API can tell.
late=$(rename "$ada" 'Ada Byron')
if [ "$(status)" = 412 ]; then
  current=$(printf %s "$late" | jq -c .current)
  # Where nothing differs, an earlier try was done, and only its answer was lost.
  printf '{"name": "Ada Byron"}' | jq -r --argjson current "$current" \
    'to_entries[] | select(.value != $current[.key]) | "conflict: \(.key) is \(.value) here, \($current[.key]) there"'
  merged=$(rename "$current" 'Ada Byron King')
  done_with "$merged"
  echo "merged: $(printf %s "$merged" | jq -r .name)"
fi

for _ in 1 2; do
  hedy=$(create Hedy "hedy-$run")
  done_with "$hedy"
  replayed=made
  ! grep -qi '^Idempotent-Replayed: true' "$head" || replayed='the first answer again'
  echo "with a key: $(printf %s "$hedy" | jq -r .name) $replayed"
done

asked=''
for name in Ada Grace Mary Joan Lise Hedy; do
  answer=$(call -X DELETE "$url/users/$(id "$name")")
  done_with "$answer"
  asked="$asked&id=$(id "$name")"
done
left=$(call "$url/users?${asked#&}")
done_with "$left"
echo "deleted: $(printf %s "$left" | jq '.items | length') left"
