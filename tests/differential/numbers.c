/* tests/differential/numbers.c - reads lines "REGION TEXT" and answers each with what our numbering
 * says: "+447700900321 mobile GB", or "- unknown -" where the text is no number in that region. */
#include "numbering/e164.h"
#include <stdio.h>
#include <string.h>

int main(void)
{
    static const char *const kinds[] = {
        [NUMBER_UNKNOWN] = "unknown", [NUMBER_MOBILE] = "mobile",   [NUMBER_FIXED] = "fixed",
        [NUMBER_EITHER] = "either",   [NUMBER_PREMIUM] = "premium", [NUMBER_SHARED_COST] = "shared",
    };
    char line[128];
    while (fgets(line, sizeof(line), stdin)) {
        char number[E164_MAX + 1];
        char *text = strchr(line, ' ');
        if (!text)
            return 2;
        *text++ = '\0';
        text[strcspn(text, "\n")] = '\0';
        if (e164_parse(text, strlen(text), line, number) != E164_OK) {
            puts("- unknown -");
            continue;
        }
        const char *region = number_region(number);
        printf("%s %s %s\n", number, kinds[number_kind(number)], region ? region : "-");
    }
    return ferror(stdin) != 0;
}
