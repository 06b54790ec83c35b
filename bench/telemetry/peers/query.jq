# The same with jq, lines that are no JSON passed over: jq -nRf query.jq FILE
reduce (inputs | fromjson? | select(type == "object" and .lane)) as $row ({};
  ($row.lane + " " + $row.op) as $key
  | .[$key].n += 1
  | .[$key].tokens += ($row.prompt_tokens // 0) + ($row.completion_tokens // 0)
  | .[$key].ms += [$row.latency_ms])
| {rows: ([.[].n] | add), refused: null, p95: map_values(.ms | sort | .[(length * 0.95 | floor)])}
