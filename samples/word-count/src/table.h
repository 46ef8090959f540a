#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

struct entry {
  char *word;
  size_t count;
};

struct table {
  struct entry *slots;
  size_t capacity;
  size_t used;
};

int table_add(struct table *table, const char *word);
void table_sort(struct table *table);

#endif
