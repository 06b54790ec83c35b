"""Recompute a card's verdict from `decision-card --explain` alone: none of this project's code, some forty lines."""

# fmt: off
# ruff: noqa
import math, re, sys
from itertools import product
from scipy.stats import t

text = sys.stdin.read()
plan = {name: float(value) for name, value in re.findall(r"(\w+) = ([\d.]+)", text)}
N, first = int(plan["n_blocks"]), max(5, int(plan["first_look"]))
gates = {}
for part in text.split("\n## ")[2:]:
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    if lines:
        gates[part.split("\n")[0]] = {k: [float(x) if x[:1].isdigit() else 0 for x in c] for k, *_, c in
                                      ((h, [row[i] for row in lines[2:]]) for i, h in enumerate(lines[0]))}
def flips(fa, ca, fb, cb, alpha):
    crossed = set()
    for n in range(first, len(fa) + 1):
        r = (sum(fa[:n]) + sum(fb[:n])) / (sum(ca[:n]) + sum(cb[:n]))
        s = [b - a - r * (y - x) for a, x, b, y in zip(fa[:n], ca, fb, cb)]
        sums = {p: sum(q * abs(v) for q, v in zip(p, s)) for p in product((1, -1), repeat=n)}
        out = {p for p in sums if any(p[:k] in crossed for k in range(first, n))}
        left = sorted((v for p, v in sums.items() if p not in out), reverse=True)
        room = math.floor(alpha * (n / N) ** 2 * 2**n + 1e-9) - len(out)
        fits = [v for v in left[:max(room, 0)] if sum(w >= v - 1e-9 for w in left) <= room]
        if fits and sum(s) >= fits[-1] - 1e-9: return True
        if fits: crossed |= {p for p, v in sums.items() if v >= fits[-1] - 1e-9 and p not in out}
    return False
def spread(u, k, tail): return t.ppf(1 - tail, k - 1) * math.sqrt(k / (k - 1) * sum(v * v for v in u))
e = gates["efficiency"]; f = [e[k] for k in ("features_a", "points_a", "features_b", "points_b")]; seen = min(N, len(f[0]))
def bounds(tail):
    q, share = gates["quality"], plan["quality_margin"]
    d, m = [b - share * a for a, b in zip(q["quality_a"], q["quality_b"])] + [-share], q["features"] + [1]
    yield "quality", sum(d) / sum(m) - spread([x - sum(d) / sum(m) * y for x, y in zip(d, m)], len(d), tail) / sum(m) > 0
    r = gates["reliability_errors"]; xa, na, xb, nb = (r[k] for k in ("errors_a", "requests_a", "errors_b", "requests_b"))
    pa, k = sum(xa) / sum(na), len(xa); ma, mb = sum(na) / k, sum(nb) / k
    xa, na, xb, nb = xa + [pa * ma], na + [ma], xb + [(pa + plan["error_margin_pp"] / 50) * mb], nb + [mb]; pb = sum(xb) / sum(nb)
    u = [(b - pb * y) / sum(nb) - (a - pa * x) / sum(na) for a, x, b, y in zip(xa, na, xb, nb)]
    yield "errors", pb - pa + spread(u, k + 1, tail) <= plan["error_margin_pp"] / 100
    logs = [math.log(b / a) for a, b in zip(gates["reliability_p95"]["p95_a"], gates["reliability_p95"]["p95_b"])]; mean = sum(logs) / len(logs)
    yield "p95", mean + spread([x - mean for x in logs], len(logs), tail) / len(logs) <= math.log(plan["p95_margin"])
    a, b = gates["cost"]["cost_a"], gates["cost"]["cost_b"]; k = len(a)
    yield "cost", math.log(sum(a) / sum(b)) - spread([x / sum(a) - y / sum(b) for x, y in zip(a, b)], k, tail) >= math.log(plan["cost_margin"])
strict, soft = (dict(bounds(x * (seen / N) ** 2)) for x in (0.025, 0.15))
strict["efficiency"], soft["efficiency"] = flips(*f, plan["alpha"]), flips(*f, 0.2)
print("GO" if all(strict.values()) else "SOFT GO" if all(strict[k] or soft[k] for k in strict) else "other")
