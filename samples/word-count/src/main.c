#include "table.h"

#include <ctype.h>
#include <stdio.h>

int main(int argc, char **argv) {
  FILE *in = argc > 1 ? fopen(argv[1], "r") : stdin;
  if (!in) {
    perror(argv[1]);
    return 1;
  }
  struct table table = {0};
  char word[256];
  size_t length = 0;
  for (int c; (c = fgetc(in)) != EOF || length;) {
    if (c != EOF && isalnum(c) && length < sizeof word - 1) {
      word[length++] = (char)tolower(c);
      continue;
    }
    if (length) {
      word[length] = 0;
      length = 0;
      if (table_add(&table, word) != 0) return 1;
    }
    if (c == EOF) break;
  }
  table_sort(&table);
  for (size_t i = 0; i < table.used; i++) printf("%zu %s\n", table.slots[i].count, table.slots[i].word);
  return 0;
}
