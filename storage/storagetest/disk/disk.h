// What the shim and Go say to each other.
#ifndef LECTERN_DISK_H
#define LECTERN_DISK_H

enum { DISK_WRITE = 1, DISK_TRUNCATE = 2, DISK_SYNC = 3, DISK_DELETE = 4, DISK_MARK = 5 };

typedef struct {
	int kind;
	char *path;
	long long offset; // of a write; the size of a truncation; the number of a mark
	int length;
	char *data;
} disk_record;

int disk_install(void);
void disk_note(const char *prefix); // "" stops
void disk_mark(long long n);
int disk_count(void);
disk_record *disk_at(int i);
void disk_clear(void);
void disk_fail(const char *prefix, int write, int open, int read); // SQLite's codes, 0 for none

#endif
