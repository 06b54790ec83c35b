/* Read the plain lines of a usage log and add them up; leave every other line to Python.
 *
 * A line is taken only when it is beyond doubt: one flat JSON object in ASCII without escapes, known
 * fields of the right types (or unknown ones with plain values), none twice, none missing, numbers of
 * few digits.  tracker.telemetry.native describes the fields, from rows.py, and judges the rest.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STRING, INTEGER, NUMBER, BOOLEAN, TIME, NUMBERS, WORD, UNKNOWN };
enum { FIELDS = 64, WORDS = 8, CELLS = 4096, KEYS = 16, SUMS = 8, KEY_BYTES = 512, GROUPS = 16 };

typedef struct {
    const char *name;   /* with its quotes */
    int32_t size;       /* of the name */
    int32_t type, nullable;
    int32_t key;        /* place among what tells cells apart, or -1 */
    int32_t sum;        /* place among what is summed, or -1 */
    int32_t role;       /* 1: time, 2: latency, 3: first byte, 4: lane, 5: op; 0: none of them */
    int64_t most;       /* largest integer */
    const char *words[WORDS];   /* with their quotes; for WORD */
} Field;

typedef struct {
    uint64_t hash;
    int32_t group, key_size;
    int64_t line;       /* where in the text the first line of this cell stands */
    int64_t count, known, sums[SUMS];
    char key[KEY_BYTES];
} Cell;

typedef struct {
    int32_t fields, keys, counted, ops;     /* counted: which sum says that tokens are known */
    uint64_t required;                      /* one bit a field */
    Field field[FIELDS];
    int32_t cells;
    int32_t slot[CELLS * 2];
    Cell cell[CELLS];
    int64_t first, last;                    /* microseconds since 1970 */
    int64_t values[GROUPS][2];              /* how many latencies and first bytes were written */
    double *out[GROUPS][2];
    int32_t after[FIELDS + 1];              /* which field followed this one in the line before */
} State;

/* Return the end of a string that begins after its quote, or 0 unless it is plain ASCII. */
static const char *plain_string(const char *p) {
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    for (;; p += 8) {
        uint64_t eight;
        memcpy(&eight, p, 8);
        uint64_t quote = eight ^ (ones * '"'), slash = eight ^ (ones * '\\');
        uint64_t found = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
                         ((eight - ones * 0x20) & ~eight) | eight;
        if (found & tops) break;
    }
    for (;; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"') return p;
        if (c < 0x20 || c >= 0x80 || c == '\\') return 0;
    }
}

static inline int digit(char c) { return (unsigned)(c - '0') < 10; }

/* Read digits without a leading zero, at most `most` (<= 15) of them. */
static const char *digits(const char *p, int most, int64_t *value) {
    const char *start = p;
    uint64_t sum = 0;
    if (!digit(*p) || (*p == '0' && digit(p[1]))) return 0;
    while (digit(*p)) sum = sum * 10 + (uint64_t)(*p++ - '0');
    *value = (int64_t)sum;
    return p - start > most ? 0 : p;
}

static const double POWERS[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* Read a number without sign and exponent. */
static const char *number(const char *p, double *value) {
    const char *start = p, *point;
    int64_t whole;
    uint64_t all;
    if (!(p = digits(p, 15, &whole))) return 0;
    if (*p != '.') {
        *value = (double)whole;
        return p;
    }
    all = (uint64_t)whole;
    for (point = p++; digit(*p); p++) all = all * 10 + (uint64_t)(*p - '0');
    if (p - point == 1 || p - start > 32) return 0;
    if (p - start <= 16)    /* 15 digits are exact in a double, so one division rounds correctly */
        *value = (double)all / POWERS[p - point - 1];
    else
        *value = strtod(start, 0);
    return p;
}

static int two(const char *p) { return digit(p[0]) && digit(p[1]) ? (p[0] - '0') * 10 + p[1] - '0' : -1; }

/* Read "YYYY-MM-DDTHH:MM:SS[.f{1,6}]Z" with its quotes; microseconds since 1970. */
static const char *instant(const char *p, int64_t *value) {
    static const int LENGTH[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century = two(p + 1), year = two(p + 3), month = two(p + 6), day = two(p + 9);
    int hour = two(p + 12), minute = two(p + 15), second = two(p + 18), places = 0;
    int64_t micro = 0, days, era, y;
    if (*p != '"' || century < 1 || year < 0 || p[5] != '-' || p[8] != '-' || p[11] != 'T' || p[14] != ':' ||
        p[17] != ':' || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59)
        return 0;
    y = century * 100 + year;
    if (day > LENGTH[month - 1] + (month == 2 && (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)))) return 0;
    p += 20;
    if (*p == '.') {
        for (p++; digit(*p) && places < 7; places++) micro = micro * 10 + (*p++ - '0');
        if (places < 1 || places > 6) return 0;
        for (; places < 6; places++) micro *= 10;
    }
    if (p[0] != 'Z' || p[1] != '"') return 0;
    y -= month <= 2;    /* days from the civil date, years beginning in March */
    era = y / 400;
    days = era * 146097 + (y - era * 400) * 365 + (y - era * 400) / 4 - (y - era * 400) / 100 +
           (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1 - 719468;
    *value = ((days * 24 + hour) * 60 + minute) * 60000000 + (int64_t)second * 1000000 + micro;
    return p + 2;
}

static const char *word(const char *p, const char *text) {
    size_t size = strlen(text);
    return memcmp(p, text, size) == 0 ? p + size : 0;
}

/* Read {"name":number,…}; the names are plain and only one level deep. */
static const char *numbers(const char *p) {
    double value;
    if (*p++ != '{') return 0;
    if (*p == '}') return p + 1;
    for (;; p++) {
        if (*p == ' ') p++;
        if (*p != '"' || !(p = plain_string(p + 1)) || *++p != ':') return 0;
        if (*++p == ' ') p++;
        if (!(p = number(p, &value))) return 0;
        if (*p == '}') return p + 1;
        if (*p != ',') return 0;
    }
}

static const char *unknown(const char *p) {
    double value;
    if (*p == '"') return (p = plain_string(p + 1)) ? p + 1 : 0;
    if (digit(*p)) return number(p, &value);
    return *p == 't' ? word(p, "true") : *p == 'f' ? word(p, "false") : word(p, "null");
}

typedef struct {
    int64_t sums[SUMS], time;
    double latency, first_byte;
    int32_t lane, op, has_first_byte, known;
    const char *key[KEYS];
    int32_t key_size[KEYS];
} Line;

/* Say whether a text begins so; most names and words are short, and a call costs more than a loop. */
static inline int begins(const char *p, const char *text, int size) {
    uint64_t a, b;
    for (; size >= 8; p += 8, text += 8, size -= 8) {
        memcpy(&a, p, 8), memcpy(&b, text, 8);
        if (a != b) return 0;
    }
    for (; size > 0; size--)
        if (*p++ != *text++) return 0;
    return 1;
}

static int find(State *s, int before, const char *p) {
    int guess = s->after[before], i;
    if (guess < s->fields && begins(p, s->field[guess].name, s->field[guess].size)) return guess;
    for (i = 0; i < s->fields; i++)
        if (begins(p, s->field[i].name, s->field[i].size)) return s->after[before] = i;
    return s->fields;
}

/* Read one line; 0 unless it is beyond doubt. */
static int take(State *s, const char *p, const char *end, Line *line) {
    uint64_t seen = 0;
    int before = s->fields, i;
    memset(line, 0, sizeof *line);
    for (i = 0; i < s->keys; i++) line->key[i] = "null", line->key_size[i] = 4;
    if (*p++ != '{') return 0;
    for (;; p++) {
        if (*p == ' ') p++;
        if (*p != '"') return 0;
        int which = find(s, before, p);
        Field *f = &s->field[which];
        const char *value;
        if (which == s->fields) {
            if (!(p = plain_string(p + 1)) || *++p != ':') return 0;
            if (*++p == ' ') p++;
            if (!(p = unknown(p))) return 0;
        } else {
            if (seen >> which & 1) return 0;
            seen |= (uint64_t)1 << which;
            p += f->size;
            if (*p++ != ':') return 0;
            if (*p == ' ') p++;
            value = p;
            if (*p == 'n') {
                if (!f->nullable || !(p = word(p, "null"))) return 0;
            } else {
                int64_t whole = 0;
                double real = 0;
                switch (f->type) {
                case STRING:
                    if (*p != '"' || !(p = plain_string(p + 1))) return 0;
                    p++;
                    break;
                case INTEGER:
                    if (!(p = digits(p, 10, &whole)) || whole > f->most) return 0;
                    if (f->sum >= 0) {
                        line->sums[f->sum] = whole;
                        line->known |= f->sum == s->counted;
                    }
                    break;
                case NUMBER:
                    if (!(p = number(p, &real))) return 0;
                    if (f->role == 2) line->latency = real;
                    if (f->role == 3) line->first_byte = real, line->has_first_byte = 1;
                    break;
                case BOOLEAN:
                    if (!(p = *p == 't' ? word(p, "true") : word(p, "false"))) return 0;
                    break;
                case TIME:
                    if (!(p = instant(p, &whole))) return 0;
                    if (f->role == 1) line->time = whole;
                    break;
                case NUMBERS:
                    if (!(p = numbers(p))) return 0;
                    break;
                default:
                    for (i = 0; i < WORDS && f->words[i]; i++)
                        if ((p = word(value, f->words[i]))) break;
                    if (i == WORDS || !f->words[i]) return 0;
                    if (f->role == 4) line->lane = i;
                    if (f->role == 5) line->op = i;
                }
            }
            if (f->key >= 0) line->key[f->key] = value, line->key_size[f->key] = (int32_t)(p - value);
            before = which;
        }
        if (*p == '}') break;
        if (*p != ',') return 0;
    }
    if (p + 1 != end) return 0;
    return (seen & s->required) == s->required;
}

/* Return the cell that a line belongs to, a new one if need be; 0 when there is no room. */
static Cell *cell_of(State *s, const Line *line, int64_t where) {
    char key[KEY_BYTES];
    int32_t size = 0, i;
    uint64_t hash = 1469598103934665603u;
    for (i = 0; i < s->keys; i++) {
        if (size + line->key_size[i] + 9 > KEY_BYTES) return 0;
        memcpy(key + size, line->key[i], line->key_size[i]);
        size += line->key_size[i];
        key[size++] = ',';      /* no plain value ends in a comma outside its quotes */
    }
    memset(key + size, 0, 8);
    for (i = 0; i < size; i += 8) {
        uint64_t eight;
        memcpy(&eight, key + i, 8);
        hash = (hash ^ eight) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    for (i = (int32_t)(hash % (CELLS * 2));; i = (i + 1) % (CELLS * 2)) {
        Cell *c;
        if (!s->slot[i]) {
            if (s->cells == CELLS) return 0;
            c = &s->cell[s->cells++];
            s->slot[i] = s->cells;
            memset(c, 0, sizeof *c);
            memcpy(c->key, key, size);
            c->hash = hash, c->key_size = size, c->line = where;
            c->group = line->lane * s->ops + line->op;
            return c;
        }
        c = &s->cell[s->slot[i] - 1];
        if (c->hash == hash && c->key_size == size && memcmp(c->key, key, size) == 0) return c;
    }
}

/* Add up the lines of a text that ends with a newline and has 64 spare bytes after it.
 * Writes where each line begins that was left to Python (offset, line from 0); returns how many lines. */
int64_t scan(State *s, const char *text, int64_t size, int64_t *left, int64_t *left_count) {
    const char *p = text, *end;
    int64_t lines = 0, i;
    Line line;
    *left_count = 0;
    for (; p < text + size; p = end + 1, lines++) {
        Cell *c;
        end = memchr(p, '\n', text + size - p);
        if (!take(s, p, end, &line) || !(c = cell_of(s, &line, p - text))) {
            left[2 * *left_count] = p - text;
            left[2 * (*left_count)++ + 1] = lines;
            continue;
        }
        c->count++;
        c->known += line.known;
        for (i = 0; i < SUMS; i++) c->sums[i] += line.sums[i];
        s->out[c->group][0][s->values[c->group][0]++] = line.latency;
        if (line.has_first_byte) s->out[c->group][1][s->values[c->group][1]++] = line.first_byte;
        if (line.time < s->first) s->first = line.time;
        if (line.time > s->last) s->last = line.time;
    }
    return lines;
}

int64_t state_size(void) { return (int64_t)sizeof(State); }
