// A driver of Hyperscan for comparison: it finds literals in a text and tells
// which rules are true of those it found.
#ifndef RASID_HYPERSCAN_DRIVER_H
#define RASID_HYPERSCAN_DRIVER_H

#include <stdint.h>

typedef struct driver driver;

// A list says which rules have a literal: those of literal i are
// rules[starts[i]] up to rules[starts[i+1]].
typedef struct {
	const uint32_t *starts;
	const uint32_t *rules;
} list;

// driver_new compiles n literals. A rule is true when `want` of its literals in
// `has` are there and none of those in `hasnt`. On error it returns NULL and
// sets *error, which is to be freed.
driver *driver_new(const char **literals, const unsigned long *lengths, unsigned n, unsigned rules,
                   list has, list hasnt, const uint8_t *want, char **error);

// driver_scan finds the literals in a text, and returns how many.
int driver_scan(driver *d, const char *text, unsigned length);

// driver_resolve tells how many rules are true of what was found last.
int driver_resolve(driver *d);

// driver_size tells the bytes of the compiled literals.
unsigned long driver_size(driver *d);

void driver_free(driver *d);

#endif
