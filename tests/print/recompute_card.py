"""Recompute a card's verdict from `decision-card --explain` alone: none of this project's code, some 80 lines."""

# fmt: off
# ruff: noqa
import math, re, sys
from bisect import bisect; from itertools import product
from scipy.stats import f as ftest, t

text = sys.stdin.read()
plan = {name: float(value) for name, value in re.findall(r"(\w+) = ([\d.]+)", text)}
by_task = "n_tasks" in plan
N, first = int(plan["n_tasks" if by_task else "n_blocks"]), max(5, int(plan["first_look"]))
gates = {}
for part in text.split("\n## ")[2:]:
    lines = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("|")]
    if lines and "not recorded, which could be the worst" not in part:
        gates[part.split("\n")[0]] = {k: [float(x) if re.fullmatch(r"[-\d.e]+", x) else x for x in c] for k, *_, c in
                                      ((h, [row[i] for row in lines[2:]]) for i, h in enumerate(lines[0]))}
def flips(alpha, fa, ca, fb, cb, unit=None):
    """Yield each look, and whether the test with every block, task, or cell's sum as one score rejects there."""
    crossed = set()
    for n in range(first, len(fa) + 1):
        if by_task and n < len(fa) and e["block"][n] == e["block"][n - 1]: continue
        r = (sum(fa[:n]) + sum(fb[:n])) / (sum(ca[:n]) + sum(cb[:n]))
        s = [b - a - r * (y - x) for a, x, b, y in zip(fa[:n], ca, fb, cb)]
        if by_task: s = [(b * x - a * y) / (b * x + a * y) if b * x + a * y else -float(b < a) for a, x, b, y in zip(fa[:n], ca, fb, cb)]
        d = s
        if unit == "sum":
            s = [b - a - r * (y - x) for a, x, b, y in zip(fa[:n], ca, fb, cb)]; best = sorted(range(n), key=lambda i: -s[i])[:2]
            s = [0.0 if i in best else v for i, v in enumerate(s)]
        elif unit: s = [sum(v for v, c in zip(d, e[unit]) if c == name) for name in dict.fromkeys(e[unit][:n])]
        sums = {p: sum(q * abs(v) for q, v in zip(p, s)) for p in product((1, -1), repeat=len(s))}
        out = {p for p in sums if any(p[:k] in crossed for k in range(1, len(s)))}
        left = sorted(-v for p, v in sums.items() if p not in out)
        room = math.floor(alpha * (n / N) ** 2 * len(sums) + 1e-9) - len(out)
        fits = [-v for v in left[:max(room, 0)] if bisect(left, v + 1e-9) <= room]
        differ = by_task and min(apart(d, e["cell"][:n]), apart(d, e["block"][:n])) < 0.25
        yield bool(fits) and sum(s) >= fits[-1] - 1e-9, differ, by_task and unlike(ca[:n], cb[:n]) < 0.1
        if fits: crossed |= {p for p, v in sums.items() if v >= fits[-1] - 1e-9 and p not in out}
def apart(d, groups):
    m, some = sum(d) / len(d), [[v for v, g in zip(d, groups) if g == name] for name in dict.fromkeys(groups)]
    k, w = len(some) - 1, len(d) - len(some)
    rest = sum((v - sum(g) / len(g)) ** 2 for g in some for v in g)
    return ftest.sf(sum(len(g) * (sum(g) / len(g) - m) ** 2 for g in some) / k / (rest / w), k, w) if k and w else 1
def unlike(ca, cb):
    x, y = ([math.log(max(v, 0.5)) for v in c] for c in (ca, cb)); n = len(x)
    u, v = ([w - sum(z) / n for w in z] for z in ([q - p for p, q in zip(x, y)], [q + p for p, q in zip(x, y)]))
    r = sum(p * q for p, q in zip(u, v)) / (math.sqrt(sum(p * p for p in u) * sum(q * q for q in v)) or 1)
    return t.sf(r * math.sqrt((n - 2) / max(1 - r * r, 1e-12)), n - 2)
def phi(f, c):
    n, r = len(f), sum(f) / sum(c); d = [(x - r * y) ** 2 for x, y in zip(f, c)]
    return max(sum(v / r / y for v, y in zip(d, c) if y) / (n - 1), n / (n - 1) * sum(d) / sum(f), r * n / 6 / sum(c))
def varies(c): m = sum(c) / len(c); return max(sum((x - m) ** 2 for x in c) / (len(c) - 1), 1 / 6) / m ** 2
def rejects(alpha):
    if by_task:
        base = list(flips(alpha, *f)); more = [list(flips(alpha, *f, u)) if any(b[0] and b[i] for b in base) else base for i, u in ((1, "cell"), (2, "sum"))]
        return any(b[0] and (c[0] or not b[1]) and (d[0] or not b[2]) for b, c, d in zip(base, *more))
    g = [x[:seen] for x in f]; yes = any(yes for yes, *_ in flips(alpha, *g))
    tail = lambda ratio: ftest.sf(ratio, seen - 1, seen - 1)
    points, feats = tail(varies(g[3]) / varies(g[1])), tail(phi(g[2], g[3]) / phi(g[0], g[1])) if sum(fa) * sum(fb) else 1
    if not yes or points >= 0.2 and feats >= 0.1: return yes
    best = max(range(seen), key=lambda i: e["score"][i])
    return any(yes for yes, *_ in flips(alpha / 2 if points < 0.05 else alpha, *(x[:best] + x[best + 1:] for x in g)))
def spread(u, k, tail): return t.ppf(1 - tail, k - 1) * math.sqrt(k / (k - 1) * sum(v * v for v in u))
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
    l = [math.log((sum(a) - x) / (sum(b) - y)) for x, y in zip(a, b)]; half = spread([v - sum(l) / k for v in l], k, tail) * (k - 1) / k
    yield "cost", math.log(sum(a) / sum(b)) - half >= math.log(plan["cost_margin"])
plain, strict, soft = {k: v for k, v in gates.items() if "," not in k}, [], []
for gates in (plain, plain | {k.split(", ")[1]: v for k, v in gates.items() if "," in k}):
    e = gates["efficiency"]; f = [e[k] for k in ("features_a", "points_a", "features_b", "points_b")]; fa, ca, fb, cb = f; seen = min(N, len(fa))
    for found, tail, alpha in ((strict, 0.025, plan["alpha"]), (soft, 0.15, 0.2)):
        late, even = (dict(bounds(tail * (seen / N) ** power)) if len(gates) > 4 else {"cost": False} for power in (2.5 if by_task else 10, 2.5))
        found += [rejects(alpha), *(late | {"cost": even["cost"]}).values()]
holds = "Data gate: holds" in text
print("GO" if holds and all(strict) else "SOFT GO" if holds and all(map(any, zip(strict, soft))) else "other")
