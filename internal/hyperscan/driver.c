//go:build hyperscan

#include "driver.h"

#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>

struct driver {
	hs_database_t *db;
	hs_scratch_t *scratch;
	list has, hasnt;
	const uint8_t *want;
	uint32_t *found; // literals of this text
	unsigned nfound;
	uint32_t *run;     // by rule: the text that its count is of
	uint32_t *refused; // by rule: the last text with a literal that it does not want
	uint8_t *count;    // by rule: literals found
	uint32_t now;
};

static char *copied(const char *s) {
	char *c = malloc(strlen(s) + 1);
	if (c) strcpy(c, s);
	return c;
}

driver *driver_new(const char **literals, const unsigned long *lengths, unsigned n, unsigned rules,
                   list has, list hasnt, const uint8_t *want, char **error) {
	driver *d = calloc(1, sizeof *d);
	unsigned *flags = malloc(n * sizeof *flags), *ids = malloc(n * sizeof *ids);
	hs_compile_error_t *why = NULL;
	for (unsigned i = 0; i < n; i++) {
		flags[i] = HS_FLAG_SINGLEMATCH;
		ids[i] = i;
	}
	hs_error_t e = hs_compile_lit_multi(literals, flags, ids, lengths, n, HS_MODE_BLOCK, NULL, &d->db, &why);
	free(flags);
	free(ids);
	if (e != HS_SUCCESS) {
		*error = copied(why ? why->message : "Hyperscan does not compile the literals");
		hs_free_compile_error(why);
		free(d);
		return NULL;
	}
	if (hs_alloc_scratch(d->db, &d->scratch) != HS_SUCCESS) {
		*error = copied("Hyperscan has no scratch memory");
		driver_free(d);
		return NULL;
	}
	d->has = has, d->hasnt = hasnt, d->want = want;
	d->found = malloc((n + 1) * sizeof *d->found);
	d->run = calloc(rules, sizeof *d->run);
	d->refused = calloc(rules, sizeof *d->refused);
	d->count = calloc(rules, sizeof *d->count);
	return d;
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *of) {
	driver *d = of;
	(void)from, (void)to, (void)flags;
	d->found[d->nfound++] = id;
	return 0;
}

int driver_scan(driver *d, const char *text, unsigned length) {
	d->nfound = 0;
	if (hs_scan(d->db, text, length, 0, d->scratch, on_match, d) != HS_SUCCESS) return -1;
	return (int)d->nfound;
}

int driver_resolve(driver *d) {
	int hits = 0;
	d->now++;
	for (unsigned i = 0; i < d->nfound; i++) {
		uint32_t literal = d->found[i];
		for (uint32_t k = d->hasnt.starts[literal]; k < d->hasnt.starts[literal + 1]; k++)
			d->refused[d->hasnt.rules[k]] = d->now;
	}
	for (unsigned i = 0; i < d->nfound; i++) {
		uint32_t literal = d->found[i];
		for (uint32_t k = d->has.starts[literal]; k < d->has.starts[literal + 1]; k++) {
			uint32_t rule = d->has.rules[k];
			if (d->run[rule] != d->now) d->run[rule] = d->now, d->count[rule] = 0;
			if (++d->count[rule] == d->want[rule] && d->refused[rule] != d->now) hits++;
		}
	}
	return hits;
}

unsigned long driver_size(driver *d) {
	size_t n = 0;
	return hs_database_size(d->db, &n) == HS_SUCCESS ? n : 0;
}

void driver_free(driver *d) {
	if (!d) return;
	hs_free_scratch(d->scratch);
	hs_free_database(d->db);
	free(d->found);
	free(d->run);
	free(d->refused);
	free(d->count);
	free(d);
}
