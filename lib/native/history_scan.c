/* Find the lines of a transcript that may hold a reply, and count all of them.
 *
 * A line may hold one when `sign` stands in it; nothing is judged here, so that the answer is the same
 * with and without this.  The rest of a transcript, which is nearly all of it, is passed over once.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>

/* Write start and end of each line with the sign; return how many there were (more than `most` are counted,
 * not written), and the number of lines in *lines. */
int64_t find_lines(const char *data, int64_t size, const char *sign, int64_t sign_size, int64_t *at, int64_t most,
                   int64_t *lines) {
    const char *p = data, *end = data + size, *found;
    int64_t count = 0, all = 0;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *line_end = stop ? stop : end;
        all++;
        found = memmem(p, (size_t)(line_end - p), sign, (size_t)sign_size);
        if (found) {
            if (count < most) at[2 * count] = p - data, at[2 * count + 1] = line_end - data;
            count++;
        }
        p = line_end + 1;
    }
    *lines = all;
    return count;
}
