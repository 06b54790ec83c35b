"""The same with DuckDB, its columns named and typed; duckdb_query.py FILE THREADS."""

import json
import sys

import duckdb

COLUMNS = {
    **dict.fromkeys(
        ["kind", "ts", "model", "lane", "op", "decision", "err_type", "request_class"], "VARCHAR"
    ),
    **dict.fromkeys(["status", "prompt_tokens", "completion_tokens", "cache_read_tokens"], "BIGINT"),
    **dict.fromkeys(["latency_ms", "ttfb_ms"], "DOUBLE"),
}
db = duckdb.connect()
db.execute(f"SET threads = {int(sys.argv[2])}")
db.execute(
    f"CREATE TABLE log AS SELECT * FROM read_json('{sys.argv[1]}', format='newline_delimited',"
    f" columns={COLUMNS}, ignore_errors=true, maximum_object_size=33554432)"
)
[rows] = db.execute("SELECT count(*) FROM log WHERE lane IS NOT NULL AND latency_ms IS NOT NULL").fetchone()
db.execute(
    "SELECT lane, op, model, status, err_type, count(*), sum(prompt_tokens) FROM log GROUP BY ALL"
).fetchall()
p95 = db.execute("SELECT lane || ' ' || op, quantile_cont(latency_ms, 0.95) FROM log GROUP BY ALL").fetchall()
print(json.dumps({"rows": rows, "refused": None, "p95": dict(p95)}))
