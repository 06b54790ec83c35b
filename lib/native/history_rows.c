/* Claude Code's transcripts into usage rows, in one pass over each file.
 *
 * It takes a line only when it is beyond doubt: JSON to the last byte, its members of the types that
 * tracker/history/claude_transcripts.py declares, its words plain.  Every other line that may hold a reply is
 * left, by its place, to that module, which gives back what it makes of it (`put`).  One table then has each
 * reply once, whoever read it: where it was first seen, and what its latest line says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
static void *memrchr(const void *from, int c, size_t size) {
    const char *p = from;
    while (size-- > 0) if (p[size] == (char)c) return (void *)(p + size);
    return NULL;
}
#endif

#define SIGN "\"input_tokens\":"
#define BLOCK (1 << 20)
#define DEPTH 48 /* deeper nesting is left to the other reader */
#define NONE (-1)
#define NOT_TAKEN (-1000000) /* no memory: the other reader does all of it */

typedef struct { const char *at; int64_t size; } Text;

/* What a line says, or what the other reader made of it.  Texts are as they stand in JSON, without their quotes;
 * a text without an address is null. */
typedef struct {
    Text key, ts, row_ts, trace, model, session, agent, agent_type, folder, client;
    int64_t order;  /* source << 40 | line */
    int64_t micros; /* since 1970 */
    int64_t tokens[5];
    int32_t known; /* bits of tokens */
    int32_t status; /* NONE: null */
    int32_t what; /* REPLY … */
    int32_t err; /* place in ERRORS, or NONE */
    int64_t times; /* how many lines of it */
} Said;

enum { REPLY, FAILED, SYNTHETIC, NO_TIME };
static const char *const ERRORS[] = {"401", "429", "4xx", "5xx", "net"};
static const char *const TOKENS[] = {"prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_creation_tokens",
                                     "cache_creation_1h_tokens"};

typedef struct {
    uint64_t hash;
    Text key, trace, row_ts;
    int64_t first, last, micros, times;
    int64_t tokens[5];
    int32_t model, session, agent, agent_type, folder, client, known, status;
    int8_t what, err, ts_size;
    char ts[32]; /* as the client wrote it: which of two lines is the later one */
} Entry;

typedef struct Chunk { struct Chunk *before; int64_t used, size; char bytes[]; } Chunk;
typedef struct { Text text, label; uint64_t hash; } Word;
typedef struct { int64_t offset, size, line; } Left;
typedef struct { int64_t micros, first, at; } Place;

typedef struct {
    Entry *entry;
    int64_t entries, room;
    int64_t *slot;
    int64_t slots;
    Word *word;
    int64_t words, word_room, *word_slot, word_slots;
    int32_t recent[6];
    Chunk *chunk;
    Left *left;
    int64_t lefts, left_room;
    char *buffer;
    int64_t buffer_size;
    Place *sorted, *in_order;
    int64_t cursor, kept;
} Table;

/* ---- memory ---- */

static char *keep(Table *t, const char *from, int64_t size) {
    if (!t->chunk || t->chunk->size - t->chunk->used < size) {
        int64_t room = size > (1 << 18) ? size : (1 << 18);
        Chunk *made = malloc(sizeof(Chunk) + (size_t)room);
        if (!made) return NULL;
        made->before = t->chunk, made->used = 0, made->size = room;
        t->chunk = made;
    }
    char *to = t->chunk->bytes + t->chunk->used;
    memcpy(to, from, (size_t)size);
    t->chunk->used += size;
    return to;
}

static uint64_t hash_of(const char *p, int64_t size) {
    uint64_t h = 0x9E3779B97F4A7C15u ^ (uint64_t)size, v;
    for (; size >= 8; p += 8, size -= 8) {
        memcpy(&v, p, 8);
        h = (h ^ v) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    v = 0;
    memcpy(&v, p, (size_t)size);
    h = (h ^ v) * 0xC4CEB9FE1A85EC53u;
    return h ^ (h >> 29);
}

static int same(Text a, Text b) { return a.size == b.size && !memcmp(a.at, b.at, (size_t)a.size); }

/* Return the place of a word, put there if it is new; NONE for null, -2 without memory. */
static int32_t word_of(Table *t, Text text, int field) {
    if (!text.at) return NONE;
    int32_t recent = field < 6 ? t->recent[field] : NONE;
    if (recent >= 0 && same(t->word[recent].text, text)) return recent;
    if (t->words * 2 >= t->word_slots) {
        int64_t many = t->word_slots ? t->word_slots * 2 : 1024;
        int64_t *slot = malloc(sizeof(int64_t) * (size_t)many);
        Word *word = realloc(t->word, sizeof(Word) * (size_t)many);
        if (word) t->word = word;
        if (!slot || !word) return free(slot), -2;
        memset(slot, 0xff, sizeof(int64_t) * (size_t)many);
        for (int64_t i = 0; i < t->words; i++) {
            int64_t at = (int64_t)(t->word[i].hash & (uint64_t)(many - 1));
            while (slot[at] >= 0) at = (at + 1) & (many - 1);
            slot[at] = i;
        }
        free(t->word_slot);
        t->word_slot = slot, t->word_slots = many;
    }
    uint64_t hash = hash_of(text.at, text.size);
    int64_t at = (int64_t)(hash & (uint64_t)(t->word_slots - 1));
    while (t->word_slot[at] >= 0) {
        Word *word = &t->word[t->word_slot[at]];
        if (word->hash == hash && same(word->text, text)) break;
        at = (at + 1) & (t->word_slots - 1);
    }
    if (t->word_slot[at] < 0) {
        const char *kept = keep(t, text.at, text.size);
        if (!kept) return -2;
        t->word[t->words] = (Word){{kept, text.size}, {NULL, 0}, hash};
        t->word_slot[at] = t->words++;
    }
    if (field < 6) t->recent[field] = (int32_t)t->word_slot[at];
    return (int32_t)t->word_slot[at];
}

/* ---- the table ---- */

static int grow(Table *t) {
    if (t->entries == t->room) {
        int64_t room = t->room ? t->room * 2 : 1024;
        Entry *entry = realloc(t->entry, sizeof(Entry) * (size_t)room);
        if (!entry) return 0;
        t->entry = entry, t->room = room;
    }
    if (t->entries * 2 >= t->slots) {
        int64_t many = t->slots ? t->slots * 2 : 2048;
        int64_t *slot = malloc(sizeof(int64_t) * (size_t)many);
        if (!slot) return 0;
        memset(slot, 0xff, sizeof(int64_t) * (size_t)many);
        for (int64_t i = 0; i < t->entries; i++) {
            int64_t at = (int64_t)(t->entry[i].hash & (uint64_t)(many - 1));
            while (slot[at] >= 0) at = (at + 1) & (many - 1);
            slot[at] = i;
        }
        free(t->slot);
        t->slot = slot, t->slots = many;
    }
    return 1;
}

/* Whether a line is later than what an entry says: by its own time, of equal times by where it stands. */
static int is_later(const Entry *known, Text ts, int64_t order) {
    int64_t least = known->ts_size < ts.size ? known->ts_size : ts.size;
    int differ = memcmp(ts.at, known->ts, (size_t)least);
    if (!differ) differ = ts.size < known->ts_size ? -1 : ts.size > known->ts_size;
    return differ ? differ > 0 : order >= known->last;
}

static int add(Table *t, const Said *said, int64_t first, int64_t last, int64_t times, Text session, Text folder) {
    if (said->ts.size > (int64_t)sizeof t->entry->ts || !grow(t)) return 0;
    uint64_t hash = hash_of(said->key.at, said->key.size);
    int64_t at = (int64_t)(hash & (uint64_t)(t->slots - 1));
    while (t->slot[at] >= 0) {
        Entry *known = &t->entry[t->slot[at]];
        if (known->hash == hash && same(known->key, said->key)) break;
        at = (at + 1) & (t->slots - 1);
    }
    int is_new = t->slot[at] < 0;
    Entry *entry = &t->entry[is_new ? t->entries : t->slot[at]];
    if (is_new) {
        memset(entry, 0, sizeof *entry);
        entry->hash = hash;
        entry->key = (Text){keep(t, said->key.at, said->key.size), said->key.size};
        if (!entry->key.at) return 0;
    }
    if (is_new || first < entry->first) {
        entry->first = first;
        entry->session = word_of(t, session, 1), entry->folder = word_of(t, folder, 4);
        if (entry->session == -2 || entry->folder == -2) return 0;
    }
    if (is_new || is_later(entry, said->ts, last)) {
        entry->last = last, entry->micros = said->micros;
        entry->model = word_of(t, said->model, 0), entry->agent = word_of(t, said->agent, 2);
        entry->agent_type = word_of(t, said->agent_type, 3), entry->client = word_of(t, said->client, 5);
        if (entry->model == -2 || entry->agent == -2 || entry->agent_type == -2 || entry->client == -2) return 0;
        memcpy(entry->ts, said->ts.at, (size_t)said->ts.size);
        entry->ts_size = (int8_t)said->ts.size;
        memcpy(entry->tokens, said->tokens, sizeof entry->tokens);
        entry->known = said->known, entry->status = said->status;
        entry->what = (int8_t)said->what, entry->err = (int8_t)said->err;
        entry->row_ts = (Text){NULL, 0};
        if (said->row_ts.at) entry->row_ts = (Text){keep(t, said->row_ts.at, said->row_ts.size), said->row_ts.size};
        if (said->row_ts.at && !entry->row_ts.at) return 0;
        if (is_new) { /* the key names it, so it never changes */
            int64_t inside = said->trace.at - said->key.at;
            if (inside >= 0 && inside + said->trace.size <= said->key.size)
                entry->trace = (Text){entry->key.at + inside, said->trace.size};
            else
                entry->trace = (Text){keep(t, said->trace.at, said->trace.size), said->trace.size};
            if (!entry->trace.at) return 0;
        }
    }
    entry->times += times;
    if (is_new) t->slot[at] = t->entries++;
    return 1;
}

int64_t put(Table *t, const Said *said) {
    return add(t, said, said->order, said->order, said->times, said->session, said->folder) ? 0 : NOT_TAKEN;
}

static Text said_by(const Table *t, int32_t word) { return word < 0 ? (Text){NULL, 0} : t->word[word].text; }

int64_t merge(Table *into, const Table *from) {
    for (int64_t i = 0; i < from->entries; i++) {
        const Entry *e = &from->entry[i];
        Said said = {.key = e->key, .ts = {e->ts, e->ts_size}, .row_ts = e->row_ts, .trace = e->trace,
                     .model = said_by(from, e->model), .agent = said_by(from, e->agent),
                     .agent_type = said_by(from, e->agent_type), .client = said_by(from, e->client),
                     .micros = e->micros, .known = e->known, .status = e->status, .what = e->what, .err = e->err};
        memcpy(said.tokens, e->tokens, sizeof said.tokens);
        if (!add(into, &said, e->first, e->last, e->times, said_by(from, e->session), said_by(from, e->folder)))
            return NOT_TAKEN;
    }
    return 0;
}

/* ---- JSON; every function returns where it stopped, NULL at whatever is in doubt ---- */

static const char *blank(const char *p) {
    while (*p == ' ' || *p == '\t' || *p == '\r') p++;
    return p;
}

#define EACH(c) (0x0101010101010101u * (uint64_t)(c))
#define ZERO(x) (((x) - EACH(1)) & ~(x) & EACH(0x80))

/* Pass over a text; p is behind its first quote.  What is behind the line is a newline, which ends any text. */
static const char *text_end(const char *p, int *plain) {
    *plain = 1;
    for (;;) {
        uint64_t v;
        memcpy(&v, p, 8);
        uint64_t stop = ZERO(v ^ EACH('"')) | ZERO(v ^ EACH('\\')) | ((v - EACH(0x20)) & ~v & EACH(0x80));
        if (!stop) {
            p += 8;
            continue;
        }
        while (*p != '"' && *p != '\\' && (unsigned char)*p >= 0x20) p++;
        if (*p == '"') return p;
        if (*p != '\\') return NULL;
        *plain = 0;
        switch (p[1]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': p += 2; break;
        case 'u':
            for (int i = 2; i < 6; i++) {
                char c = p[i];
                if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return NULL;
            }
            if ((p[2] | 0x20) == 'd' && p[3] >= '8') return NULL; /* surrogates */
            p += 6;
            break;
        default: return NULL;
        }
    }
}

static const char *number_end(const char *p) {
    if (*p == '-') p++;
    if (*p == '0') p++;
    else if (*p >= '1' && *p <= '9') while (*p >= '0' && *p <= '9') p++;
    else return NULL;
    if (*p == '.') {
        if (*++p < '0' || *p > '9') return NULL;
        while (*p >= '0' && *p <= '9') p++;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-') p++;
        if (*p < '0' || *p > '9') return NULL;
        while (*p >= '0' && *p <= '9') p++;
    }
    return p;
}

static const char *word_end(const char *p, const char *word) {
    size_t size = strlen(word);
    return strncmp(p, word, size) ? NULL : p + size;
}

static const char *value_end(const char *p, int depth) {
    int plain;
    switch (*p) {
    case '"': p = text_end(p + 1, &plain); return p ? p + 1 : NULL;
    case 't': return word_end(p, "true");
    case 'f': return word_end(p, "false");
    case 'n': return word_end(p, "null");
    case '[':
    case '{': break;
    default: return number_end(p);
    }
    if (depth >= DEPTH) return NULL;
    char is_list = *p == '[', close = is_list ? ']' : '}';
    p = blank(p + 1);
    if (*p == close) return p + 1;
    for (;;) {
        if (!is_list) {
            if (*p != '"' || !(p = text_end(p + 1, &plain)) || *(p = blank(p + 1)) != ':') return NULL;
            p = blank(p + 1);
        }
        if (!(p = value_end(p, depth + 1))) return NULL;
        p = blank(p);
        if (*p == close) return p + 1;
        if (*p != ',') return NULL;
        p = blank(p + 1);
    }
}

/* Whether bytes are UTF-8, as its standard has it. */
static int is_utf8(Text text) {
    const unsigned char *p = (const unsigned char *)text.at, *end = p + text.size;
    while (p < end) {
        unsigned c = *p++;
        if (c < 0x80) continue;
        int more = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : 0;
        if (!more || end - p < more) return 0;
        if ((c == 0xe0 && *p < 0xa0) || (c == 0xed && *p > 0x9f) || (c == 0xf0 && *p < 0x90) || (c == 0xf4 && *p > 0x8f))
            return 0;
        while (more--) if ((*p++ & 0xc0) != 0x80) return 0;
    }
    return 1;
}

static const char *word_at(const char *p, Text *into, int nullable) {
    int plain;
    if (into->at) return NULL; /* said twice */
    if (nullable && *p == 'n') return word_end(p, "null");
    if (*p != '"') return NULL;
    const char *end = text_end(p + 1, &plain);
    if (!end || !plain) return NULL;
    *into = (Text){p + 1, end - p - 1};
    return is_utf8(*into) ? end + 1 : NULL;
}

static const char *count_at(const char *p, Said *said, int which) {
    int64_t value = 0;
    int digits = 0;
    if (said->known & (1 << which)) return NULL;
    if (*p == 'n') return word_end(p, "null");
    if (*p == '0' && p[1] >= '0' && p[1] <= '9') return NULL;
    for (; *p >= '0' && *p <= '9' && digits < 16; digits++) value = 10 * value + (*p++ - '0');
    if (!digits || digits > 15 || *p == '.' || *p == 'e' || *p == 'E') return NULL;
    said->tokens[which] = value, said->known |= 1 << which;
    return p;
}

typedef struct {
    Said said;
    Text type, request, uuid, id, version;
    int has_message, has_usage, is_error, has_cache, has_flag;
} Line;

typedef const char *Member(Line *line, Text name, const char *p);
#define IS(word) (name.size == sizeof word - 1 && !memcmp(name.at, word, sizeof word - 1))

static const char *object_at(const char *p, Line *line, Member *member) {
    int plain;
    if (*p != '{') return NULL;
    p = blank(p + 1);
    if (*p == '}') return p + 1;
    for (;;) {
        if (*p != '"') return NULL;
        const char *name = p + 1;
        if (!(p = text_end(name, &plain)) || !plain) return NULL;
        Text named = {name, p - name};
        if (*(p = blank(p + 1)) != ':') return NULL;
        if (!(p = member(line, named, blank(p + 1)))) return NULL;
        p = blank(p);
        if (*p == '}') return p + 1;
        if (*p != ',') return NULL;
        p = blank(p + 1);
    }
}

static const char *of_cache(Line *line, Text name, const char *p) {
    return IS("ephemeral_1h_input_tokens") ? count_at(p, &line->said, 4) : value_end(p, 3);
}

static const char *of_usage(Line *line, Text name, const char *p) {
    if (IS("input_tokens")) return count_at(p, &line->said, 0);
    if (IS("output_tokens")) return count_at(p, &line->said, 1);
    if (IS("cache_read_input_tokens")) return count_at(p, &line->said, 2);
    if (IS("cache_creation_input_tokens")) return count_at(p, &line->said, 3);
    if (IS("cache_creation")) {
        if (line->has_cache++) return NULL;
        return *p == 'n' ? word_end(p, "null") : object_at(p, line, of_cache);
    }
    return value_end(p, 2);
}

static const char *of_message(Line *line, Text name, const char *p) {
    if (IS("id")) return word_at(p, &line->id, 1);
    if (IS("model")) return word_at(p, &line->said.model, 1);
    if (IS("usage")) {
        if (line->has_usage) return NULL;
        if (*p == 'n') return word_end(p, "null");
        line->has_usage = 1;
        return object_at(p, line, of_usage);
    }
    return value_end(p, 1);
}

static const char *of_line(Line *line, Text name, const char *p) {
    Said *said = &line->said;
    switch (name.size) {
    case 3: if (IS("cwd")) return word_at(p, &said->folder, 1); break;
    case 4:
        if (IS("type")) return word_at(p, &line->type, 0);
        if (IS("uuid")) return word_at(p, &line->uuid, 1);
        break;
    case 7:
        if (IS("version")) return word_at(p, &line->version, 1);
        if (IS("agentId")) return word_at(p, &said->agent, 1);
        if (IS("message")) {
            if (line->has_message) return NULL;
            if (*p == 'n') return word_end(p, "null");
            line->has_message = 1;
            return object_at(p, line, of_message);
        }
        break;
    case 9:
        if (IS("timestamp")) return word_at(p, &said->ts, 0);
        if (IS("sessionId")) return word_at(p, &said->session, 1);
        if (IS("requestId")) return word_at(p, &line->request, 1);
        break;
    case 16: if (IS("attributionAgent")) return word_at(p, &said->agent_type, 1); break;
    case 17:
        if (IS("isApiErrorMessage")) {
            if (line->has_flag++) return NULL;
            line->is_error = *p == 't';
            return word_end(p, line->is_error ? "true" : "false");
        }
        break;
    }
    return value_end(p, 0);
}

static int digits(const char *p, int many) {
    int value = 0;
    for (int i = 0; i < many; i++) {
        if (p[i] < '0' || p[i] > '9') return -1;
        value = 10 * value + (p[i] - '0');
    }
    return value;
}

/* 2026-11-28T09:00:00Z, with three or six digits behind the second or none; no other form. */
static int is_time(Text ts, int64_t *micros) {
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *p = ts.at;
    int64_t rest = ts.size - 20;
    if ((rest != 0 && rest != 4 && rest != 7) || p[ts.size - 1] != 'Z') return 0;
    if (p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' || (rest && p[19] != '.')) return 0;
    int y = digits(p, 4), m = digits(p + 5, 2), d = digits(p + 8, 2);
    int hour = digits(p + 11, 2), minute = digits(p + 14, 2), second = digits(p + 17, 2);
    int part = rest ? digits(p + 20, (int)rest - 1) : 0;
    if (y < 1970 || m < 1 || m > 12 || d < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 59 || part < 0)
        return 0;
    int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > DAYS[m - 1] + (m == 2 && leap)) return 0;
    /* days since 1970: Howard Hinnant, chrono-compatible low-level date algorithms */
    int64_t year = y - (m <= 2), era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
    *micros = ((days * 24 + hour) * 60 + minute) * 60 + second;
    *micros = *micros * 1000000 + (rest == 4 ? part * 1000 : part);
    return 1;
}

static int is_label(Text text) {
    for (int64_t i = 0; i < text.size; i++) if (text.at[i] <= ' ' || text.at[i] > '~') return 0;
    return text.size > 0;
}

/* Read a line that ends with a newline or with the text's end; return 1 with a reply, 0 without, NOT_TAKEN. */
static int read_line(const char *p, const char *end, Line *line, char *key, char *client) {
    memset(line, 0, sizeof *line);
    p = object_at(blank(p), line, of_line);
    if (!p || blank(p) != end) return NOT_TAKEN;
    Said *said = &line->said;
    if (!line->type.at || line->type.size != 9 || memcmp(line->type.at, "assistant", 9) || !line->has_message ||
        !line->has_usage || !said->ts.size)
        return 0;
    if (line->is_error || !is_time(said->ts, &said->micros) || !is_label(line->id)) return NOT_TAKEN;
    if (said->model.at && said->model.size == 11 && !memcmp(said->model.at, "<synthetic>", 11)) return NOT_TAKEN;
    if ((line->request.size && !is_label(line->request)) || line->id.size + line->request.size > 500) return NOT_TAKEN;
    if (line->version.size > 100) return NOT_TAKEN;
    memcpy(key, line->id.at, (size_t)line->id.size);
    key[line->id.size] = ' ';
    memcpy(key + line->id.size + 1, line->request.at ? line->request.at : "", (size_t)line->request.size);
    said->key = (Text){key, line->id.size + 1 + line->request.size};
    said->trace = line->request.size ? (Text){key + line->id.size + 1, line->request.size} : (Text){key, line->id.size};
    memcpy(client, "claude-code ", 12);
    memcpy(client + 12, line->version.at ? line->version.at : "", (size_t)line->version.size);
    said->client = (Text){client, line->version.size ? 12 + line->version.size : 11};
    if (!said->model.size) said->model = (Text){"unknown", 7};
    said->status = 200, said->what = REPLY, said->err = NONE, said->times = 1;
    return 1;
}

/* ---- files ---- */

static int64_t newlines(const char *p, const char *end) {
    int64_t count = 0;
    for (; end - p >= 240; p += 240) {
        uint8_t some = 0;
        for (int i = 0; i < 240; i++) some += p[i] == '\n';
        count += some;
    }
    while (p < end) count += *p++ == '\n';
    return count;
}

/* Take in the lines from p to end, the first of which is number `first` of the source; return how many replies. */
static int64_t take(Table *t, const char *p, const char *end, int64_t offset, int64_t source, int64_t first) {
    char key[512], client[128];
    const char *begin = p, *counted = p;
    int64_t looked_at = 0, number = first;
    Line line;
    while (p < end) {
        const char *found = memmem(p, (size_t)(end - p), SIGN, sizeof SIGN - 1);
        if (!found) break;
        const char *start = memrchr(p, '\n', (size_t)(found - p)), *stop = memchr(found, '\n', (size_t)(end - found));
        start = start ? start + 1 : p;
        if (!stop) stop = end;
        number += newlines(counted, start);
        counted = start;
        int made = read_line(start, stop, &line, key, client);
        if (made == 1) {
            line.said.order = source << 40 | number;
            if (put(t, &line.said)) return NOT_TAKEN;
            looked_at++;
        } else if (made == NOT_TAKEN) {
            if (t->lefts == t->left_room) {
                int64_t room = t->left_room ? t->left_room * 2 : 64;
                Left *left = realloc(t->left, sizeof(Left) * (size_t)room);
                if (!left) return NOT_TAKEN;
                t->left = left, t->left_room = room;
            }
            t->left[t->lefts++] = (Left){offset + (start - begin), stop - start, number};
        }
        p = stop + 1;
    }
    return looked_at;
}

/* Take in a file; *lines, *replies: how many there are.  Returns how many lines were left, -errno, or NOT_TAKEN. */
int64_t read_file(Table *t, const char *path, int64_t source, int64_t *lines, int64_t *replies) {
    int64_t filled = 0, offset = 0, got;
    *lines = *replies = t->lefts = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    do {
        if (t->buffer_size - filled < BLOCK + 64) {
            int64_t size = t->buffer_size ? 2 * t->buffer_size : 2 * BLOCK;
            char *buffer = realloc(t->buffer, (size_t)size);
            if (!buffer) return close(file), NOT_TAKEN;
            t->buffer = buffer, t->buffer_size = size;
        }
        do got = read(file, t->buffer + filled, BLOCK);
        while (got < 0 && errno == EINTR);
        if (got < 0) {
            int64_t why = -errno;
            return close(file), why;
        }
        const char *last = got ? memrchr(t->buffer + filled, '\n', (size_t)got) : NULL;
        filled += got;
        int64_t whole = last ? last + 1 - t->buffer : got ? 0 : filled;
        if (!whole) continue;
        /* What follows a line is a newline, and 16 bytes that may be looked at. */
        char after[16];
        memcpy(after, t->buffer + whole, 16);
        if (!got) memset(t->buffer + whole, 0, 16), t->buffer[whole] = '\n';
        int64_t made = take(t, t->buffer, t->buffer + whole, offset, source, *lines);
        if (made < 0) return close(file), NOT_TAKEN;
        memcpy(t->buffer + whole, after, 16);
        *replies += made;
        *lines += newlines(t->buffer, t->buffer + whole) + (t->buffer[whole - 1] != '\n');
        memmove(t->buffer, t->buffer + whole, (size_t)(filled - whole));
        filled -= whole, offset += whole;
    } while (got);
    close(file);
    return t->lefts;
}

const Left *left(const Table *t) { return t->left; }

/* ---- the answer ---- */

/* counts: replies, repeated, failed, synthetic, without a time. */
void counts(const Table *t, int64_t *count) {
    static const int PLACE[] = {0, 2, 3, 4};
    for (int64_t i = 0; i < t->entries; i++) {
        count[PLACE[(int)t->entry[i].what]]++;
        count[1] += t->entry[i].times - 1;
    }
}

/* Return the place of the next folder from `from` on, its text in *text; NONE after the last. */
int64_t folder(const Table *t, int64_t from, Text *text) {
    static const char USED = 1;
    if (from == 0)
        for (int64_t i = 0; i < t->entries; i++)
            if (t->entry[i].folder >= 0) t->word[t->entry[i].folder].label = (Text){&USED, -1};
    for (; from < t->words; from++)
        if (t->word[from].label.size == -1) return *text = t->word[from].text, from;
    return NONE;
}

int64_t set_label(Table *t, int64_t word, const char *label, int64_t size) {
    t->word[word].label = (Text){label ? keep(t, label, size) : NULL, size};
    return label && !t->word[word].label.at ? NOT_TAKEN : 0;
}

static int is_before(const Place *one, const Place *other) {
    return one->micros != other->micros ? one->micros < other->micros : one->first < other->first;
}

/* Put the rows into their order, oldest first, those from `since` on; return how many.  What is nearly in order, as
 * files are, takes few steps: runs are merged. */
int64_t order(Table *t, int64_t since) {
    t->kept = t->cursor = 0;
    if (!t->entries) return 0;
    Place *at = malloc(2 * sizeof(Place) * (size_t)t->entries), *other = at + t->entries;
    free(t->sorted);
    if (!(t->sorted = at)) return NOT_TAKEN;
    for (int64_t i = 0; i < t->entries; i++)
        if (t->entry[i].what <= FAILED && t->entry[i].micros >= since)
            at[t->kept++] = (Place){t->entry[i].micros, t->entry[i].first, i};
    for (int64_t width = 1; width < t->kept; width *= 2) {
        for (int64_t low = 0; low < t->kept; low += 2 * width) {
            int64_t middle = low + width < t->kept ? low + width : t->kept;
            int64_t high = low + 2 * width < t->kept ? low + 2 * width : t->kept;
            for (int64_t a = low, b = middle, to = low; to < high; to++)
                other[to] = b >= high || (a < middle && !is_before(&at[b], &at[a])) ? at[a++] : at[b++];
        }
        Place *held = at;
        at = other, other = held;
    }
    t->in_order = at;
    return t->kept;
}

static char *said_as(char *to, const char *name, Text text) {
    if (!text.at) return to;
    *to++ = ',', *to++ = '"';
    to = stpcpy(to, name);
    *to++ = '"', *to++ = ':', *to++ = '"';
    memcpy(to, text.at, (size_t)text.size);
    to += text.size;
    *to++ = '"';
    return to;
}

static char *number(char *to, int64_t value) {
    char made[24], *p = made + sizeof made;
    int64_t rest = value < 0 ? -value : value;
    do *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0) *--p = '-';
    memcpy(to, p, (size_t)(made + sizeof made - p));
    return to + (made + sizeof made - p);
}

static char *padded(char *to, int value, int size) {
    for (int i = size; i-- > 0; value /= 10) to[i] = (char)('0' + value % 10);
    return to + size;
}

static int64_t size_of(const Table *t, const Entry *e) {
    int32_t words[] = {e->model, e->session, e->agent, e->agent_type, e->client};
    int64_t size = 900 + e->trace.size + e->row_ts.size;
    for (int i = 0; i < 5; i++) size += said_by(t, words[i]).size;
    return size + (e->folder >= 0 ? t->word[e->folder].label.size : 0);
}

/* Write the next rows; `account` has a text for each source.  Returns the bytes written, 0 after the last row; when the
 * next row alone is larger than the buffer, its size as a negative number. */
int64_t emit(Table *t, char *buffer, int64_t size, const Text *account) {
    char *to = buffer;
    for (; t->cursor < t->kept; t->cursor++) {
        const Entry *e = &t->entry[t->in_order[t->cursor].at];
        Text label = e->folder >= 0 ? t->word[e->folder].label : (Text){NULL, 0}, whose = account[e->first >> 40];
        int64_t room = size_of(t, e) + whose.size;
        if (buffer + size - to < room) return to == buffer ? -room : to - buffer;
        to = stpcpy(to, "{\"kind\":\"usage\"");
        to = said_as(to, "model", said_by(t, e->model));
        to = stpcpy(to, ",\"lane\":\"stock\",\"status\":");
        to = e->status == NONE ? stpcpy(to, "null") : number(to, e->status);
        to = stpcpy(to, ",\"latency_ms\":null,\"decision\":\"history\",\"op\":\"stream\"");
        to = said_as(to, "session_id", said_by(t, e->session));
        to = said_as(to, "subagent_id", said_by(t, e->agent));
        to = said_as(to, "agent_type", said_by(t, e->agent_type));
        to = said_as(to, "trace_id", e->trace);
        to = stpcpy(to, ",\"request_class\":\"");
        to = stpcpy(to, said_by(t, e->agent).size ? "subagent\"" : "main\"");
        if (e->err != NONE) to = said_as(to, "err_type", (Text){ERRORS[(int)e->err], 3});
        for (int i = 0; i < 5; i++) {
            if (!(e->known & (1 << i))) continue;
            *to++ = ',', *to++ = '"';
            to = stpcpy(to, TOKENS[i]);
            *to++ = '"', *to++ = ':';
            to = number(to, e->tokens[i]);
        }
        to = said_as(to, "project", label);
        to = said_as(to, "client", said_by(t, e->client));
        to = said_as(to, "account", whose);
        if (e->row_ts.at) {
            to = said_as(to, "ts", e->row_ts);
        } else {
            to = stpcpy(to, ",\"ts\":\"");
            memcpy(to, e->ts, 19);
            to += 19;
            if (e->micros % 1000000) *to++ = '.', to = padded(to, (int)(e->micros % 1000000), 6);
            *to++ = 'Z', *to++ = '"';
        }
        *to++ = '}', *to++ = '\n';
    }
    return to - buffer;
}

Table *new_table(void) {
    Table *t = calloc(1, sizeof(Table));
    if (t) memset(t->recent, 0xff, sizeof t->recent);
    return t;
}

void free_table(Table *t) {
    while (t->chunk) {
        Chunk *before = t->chunk->before;
        free(t->chunk);
        t->chunk = before;
    }
    free(t->entry), free(t->slot), free(t->word), free(t->word_slot), free(t->left), free(t->buffer), free(t->sorted);
    free(t);
}

/* So that whoever calls this is sure to mean the same by its parts. */
int64_t said_size(void) { return sizeof(Said); }
