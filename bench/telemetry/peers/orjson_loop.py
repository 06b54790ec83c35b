"""The same with orjson: no types, so only what is no JSON is refused; orjson_loop.py FILE."""

import json
import sys
from array import array
from collections import defaultdict

import numpy as np
import orjson

count, tokens = defaultdict(int), defaultdict(int)
latency = defaultdict(lambda: array("d"))
refused = []
with open(sys.argv[1], "rb") as file:
    for number, line in enumerate(file, 1):
        try:
            row = orjson.loads(line)
            latency[row["lane"], row["op"]].append(row["latency_ms"])
        except (ValueError, KeyError, TypeError):
            refused.append(number)
            continue
        key = row["lane"], row["op"], row.get("model"), row.get("status"), row.get("err_type")
        count[key] += 1
        tokens[key] += (row.get("prompt_tokens") or 0) + (row.get("completion_tokens") or 0)
p95 = {f"{lane} {op}": np.quantile(values, 0.95) for (lane, op), values in latency.items()}
print(json.dumps({"rows": sum(count.values()), "refused": len(refused), "p95": p95}))
