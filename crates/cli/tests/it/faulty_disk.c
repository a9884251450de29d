// Loaded before the C library (LD_PRELOAD): the n-th call that changes or reads a file fails, once or from then on.
//
// FAULT_OF     "reads"; anything else: calls that change a file
// FAULT_AT     which call, from 1; 0 or absent: none
// FAULT_GOES   "on" for every call from there; anything else: that one alone
// FAULT_ERRNO  what it fails with, as a number
// FAULT_COUNT  a file that gets the number of such calls when the program ends
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long at;
static int goes_on;
static int of_reads;
static int reason;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *goes = getenv("FAULT_GOES");
    at = number("FAULT_AT");
    reason = (int)number("FAULT_ERRNO");
    const char *of = getenv("FAULT_OF");
    goes_on = goes && strcmp(goes, "on") == 0;
    of_reads = of && strcmp(of, "reads") == 0;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAULT_COUNT");
    long counted = atomic_load(&calls);
    at = 0;
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", counted);
        fclose(file);
    }
}

static int fails(int fd, int is_read) {
    struct stat about;
    if (is_read != of_reads) return 0;
    // Terminals, pipes and sockets are no disk.
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
    long mine = atomic_fetch_add(&calls, 1) + 1;
    if (at == 0 || mine < at || (mine > at && !goes_on)) return 0;
    errno = reason;
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) { return fails(fd, 0) ? -1 : NEXT(write)(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    return fails(fd, 0) ? -1 : NEXT(pwrite)(fd, data, size, offset);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    return fails(fd, 0) ? -1 : NEXT(pwrite64)(fd, data, size, offset);
}
int fsync(int fd) { return fails(fd, 0) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return fails(fd, 0) ? -1 : NEXT(fdatasync)(fd); }
int ftruncate(int fd, off_t size) { return fails(fd, 0) ? -1 : NEXT(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails(fd, 0) ? -1 : NEXT(ftruncate64)(fd, size); }
ssize_t read(int fd, void *data, size_t size) { return fails(fd, 1) ? -1 : NEXT(read)(fd, data, size); }
ssize_t pread(int fd, void *data, size_t size, off_t offset) {
    return fails(fd, 1) ? -1 : NEXT(pread)(fd, data, size, offset);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t offset) {
    return fails(fd, 1) ? -1 : NEXT(pread64)(fd, data, size, offset);
}
