//go:build linux

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"

// SQLite's own declarations, as its interface has had them since 2011. The
// driver carries SQLite inside and gives no header to others.
typedef long long sqlite3_int64;
typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_vfs sqlite3_vfs;
typedef struct {
	int iVersion;
	int (*xClose)(sqlite3_file *);
	int (*xRead)(sqlite3_file *, void *, int, sqlite3_int64);
	int (*xWrite)(sqlite3_file *, const void *, int, sqlite3_int64);
	int (*xTruncate)(sqlite3_file *, sqlite3_int64);
	int (*xSync)(sqlite3_file *, int);
	int (*xFileSize)(sqlite3_file *, sqlite3_int64 *);
	int (*xLock)(sqlite3_file *, int);
	int (*xUnlock)(sqlite3_file *, int);
	int (*xCheckReservedLock)(sqlite3_file *, int *);
	int (*xFileControl)(sqlite3_file *, int, void *);
	int (*xSectorSize)(sqlite3_file *);
	int (*xDeviceCharacteristics)(sqlite3_file *);
	int (*xShmMap)(sqlite3_file *, int, int, int, void volatile **);
	int (*xShmLock)(sqlite3_file *, int, int, int);
	void (*xShmBarrier)(sqlite3_file *);
	int (*xShmUnmap)(sqlite3_file *, int);
} io_methods;
struct sqlite3_file {
	const io_methods *pMethods;
};
struct sqlite3_vfs {
	int iVersion;
	int szOsFile;
	int mxPathname;
	sqlite3_vfs *pNext;
	const char *zName;
	void *pAppData;
	int (*xOpen)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
	int (*xDelete)(sqlite3_vfs *, const char *, int);
	void *rest[14]; // copied, never called here
};

// The driver has them; weak, since this package is also linked alone for a
// moment while it is built.
extern sqlite3_vfs *sqlite3_vfs_find(const char *) __attribute__((weak));
extern int sqlite3_vfs_register(sqlite3_vfs *, int) __attribute__((weak));

typedef struct {
	sqlite3_file base;
	char *path;
	sqlite3_file *real;
} file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *under, vfs;
static char noted[4096], failing[4096];
static int fail_write, fail_open, fail_read;
static disk_record *records;
static int count, space;

static int begins(const char *path, const char *prefix) { return prefix[0] && path && strncmp(path, prefix, strlen(prefix)) == 0; }

// note is called with the lock held.
static void note(int kind, const char *path, sqlite3_int64 offset, const void *data, int length) {
	if (count == space) {
		space = space ? space * 2 : 1024;
		records = realloc(records, space * sizeof *records);
	}
	disk_record *r = &records[count++];
	r->kind = kind;
	r->path = path ? strdup(path) : NULL;
	r->offset = offset;
	r->length = length;
	r->data = NULL;
	if (length > 0) {
		r->data = malloc(length);
		memcpy(r->data, data, length);
	}
}

#define REAL(f) (((file *)(f))->real)

// fault is the code with which an operation is to fail, 0 for none.
static int fault(sqlite3_file *f, const int *which) {
	pthread_mutex_lock(&lock);
	int code = begins(((file *)f)->path, failing) ? *which : 0;
	pthread_mutex_unlock(&lock);
	return code;
}

static int x_close(sqlite3_file *f) {
	int rc = REAL(f)->pMethods->xClose(REAL(f));
	free(((file *)f)->path);
	((file *)f)->path = NULL;
	return rc;
}

static int x_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at) {
	int code = fault(f, &fail_read);
	return code ? code : REAL(f)->pMethods->xRead(REAL(f), p, n, at);
}

// done notes what the system has done.
static int done(sqlite3_file *f, int rc, int kind, sqlite3_int64 at, const void *p, int n) {
	const char *path = ((file *)f)->path;
	pthread_mutex_lock(&lock);
	if (rc == 0 && begins(path, noted)) {
		note(kind, path, at, p, n);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

static int x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at) {
	int code = fault(f, &fail_write);
	return code ? code : done(f, REAL(f)->pMethods->xWrite(REAL(f), p, n, at), DISK_WRITE, at, p, n);
}

static int x_truncate(sqlite3_file *f, sqlite3_int64 size) {
	return done(f, REAL(f)->pMethods->xTruncate(REAL(f), size), DISK_TRUNCATE, size, NULL, 0);
}

static int x_sync(sqlite3_file *f, int flags) { return done(f, REAL(f)->pMethods->xSync(REAL(f), flags), DISK_SYNC, 0, NULL, 0); }

static int x_size(sqlite3_file *f, sqlite3_int64 *size) { return REAL(f)->pMethods->xFileSize(REAL(f), size); }
static int x_lock(sqlite3_file *f, int l) { return REAL(f)->pMethods->xLock(REAL(f), l); }
static int x_unlock(sqlite3_file *f, int l) { return REAL(f)->pMethods->xUnlock(REAL(f), l); }
static int x_check(sqlite3_file *f, int *r) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), r); }
static int x_control(sqlite3_file *f, int op, void *arg) { return REAL(f)->pMethods->xFileControl(REAL(f), op, arg); }
static int x_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int x_device(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int x_shm_map(sqlite3_file *f, int a, int b, int c, void volatile **p) {
	int code = fault(f, &fail_open); // the file of the shared memory is opened here
	return code ? code : REAL(f)->pMethods->xShmMap(REAL(f), a, b, c, p);
}
static int x_shm_lock(sqlite3_file *f, int a, int b, int c) { return REAL(f)->pMethods->xShmLock(REAL(f), a, b, c); }
static void x_shm_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int x_shm_unmap(sqlite3_file *f, int d) { return REAL(f)->pMethods->xShmUnmap(REAL(f), d); }

static const io_methods methods = {2, x_close, x_read, x_write, x_truncate, x_sync, x_size, x_lock, x_unlock, x_check, x_control, x_sector, x_device,
	x_shm_map, x_shm_lock, x_shm_barrier, x_shm_unmap};

static int x_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *out) {
	file *d = (file *)f;
	d->base.pMethods = NULL;
	d->path = path ? strdup(path) : NULL;
	d->real = (sqlite3_file *)(d + 1);
	int code = fault(f, &fail_open);
	int rc = code ? code : under->xOpen(under, path, d->real, flags, out);
	if (rc == 0) {
		d->base.pMethods = &methods;
	} else {
		free(d->path);
	}
	return rc;
}

static int x_delete(sqlite3_vfs *v, const char *path, int sync) {
	int rc = under->xDelete(under, path, sync);
	pthread_mutex_lock(&lock);
	if (rc == 0 && begins(path, noted)) {
		note(DISK_DELETE, path, 0, NULL, 0);
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

int disk_install(void) {
	pthread_mutex_lock(&lock);
	int rc = 0;
	if (!under) {
		under = sqlite3_vfs_find ? sqlite3_vfs_find(NULL) : NULL;
		if (!under) {
			rc = 1;
		} else {
			memcpy(&vfs, under, sizeof vfs);
			vfs.zName = "lectern-disk";
			vfs.pNext = NULL;
			vfs.szOsFile = sizeof(file) + under->szOsFile;
			vfs.xOpen = x_open;
			vfs.xDelete = x_delete;
			rc = sqlite3_vfs_register(&vfs, 1);
		}
	}
	pthread_mutex_unlock(&lock);
	return rc;
}

void disk_note(const char *prefix) {
	pthread_mutex_lock(&lock);
	strncpy(noted, prefix, sizeof noted - 1);
	pthread_mutex_unlock(&lock);
}

void disk_mark(long long n) {
	pthread_mutex_lock(&lock);
	note(DISK_MARK, NULL, n, NULL, 0);
	pthread_mutex_unlock(&lock);
}

int disk_count(void) { return count; }
disk_record *disk_at(int i) { return &records[i]; }

void disk_clear(void) {
	pthread_mutex_lock(&lock);
	for (int i = 0; i < count; i++) {
		free(records[i].path);
		free(records[i].data);
	}
	count = 0;
	pthread_mutex_unlock(&lock);
}

void disk_fail(const char *prefix, int write, int open, int read) {
	pthread_mutex_lock(&lock);
	strncpy(failing, prefix, sizeof failing - 1);
	fail_write = write;
	fail_open = open;
	fail_read = read;
	pthread_mutex_unlock(&lock);
}
