// Loaded before the C library (LD_PRELOAD): writes down, in order and with contents, every call that changes a file below
// a folder, or that says that a change is to last. A call and its record are one step: no other call comes between.
//
// TRACE_OF  the folder
// TRACE_TO  the file that gets the records: kind, number of the file, offset or size, two lengths, two texts
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static int trace = -1;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TRACE_TO");
    folder = getenv("TRACE_OF");
    if (folder && path) trace = NEXT(open)(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int is_below(const char *path) {
    size_t length = folder ? strlen(folder) : 0;
    return trace >= 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static void record(char kind, uint64_t file, int64_t place, const char *one, const void *two, size_t two_length) {
    struct __attribute__((packed)) {
        char kind;
        uint64_t file;
        int64_t place;
        uint64_t lengths[2];
    } head = {kind, file, place, {strlen(one), two_length}};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)one, strlen(one)}, {(void *)two, two_length}};
    ssize_t whole = (ssize_t)(sizeof head + strlen(one) + two_length);
    if (writev(trace, parts, 3) != whole) abort();
}

// The number of an open file below the folder, and where it is; 0 for any other.
static uint64_t number(int fd, char path[PATH_MAX], struct stat *about) {
    char link[64];
    if (trace < 0 || fstat(fd, about) != 0 || !(S_ISREG(about->st_mode) || S_ISDIR(about->st_mode))) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path) ? about->st_ino : 0;
}

// What a call wrote, when it has.
static void wrote(int fd, off_t offset, const void *data, ssize_t size) {
    char path[PATH_MAX];
    struct stat about;
    uint64_t file = size > 0 ? number(fd, path, &about) : 0;
    if (file) record('w', file, offset, "", data, (size_t)size);
}

static void changed(char kind, int fd, off_t size) {
    char path[PATH_MAX];
    struct stat about;
    uint64_t file = number(fd, path, &about);
    if (file) record(kind, file, size, path, "", 0);
}

#define IN_TURN(type, call, after)                                                                                     \
    pthread_mutex_lock(&turn);                                                                                         \
    type answer = (call);                                                                                              \
    int error = errno;                                                                                                 \
    after;                                                                                                             \
    pthread_mutex_unlock(&turn);                                                                                       \
    errno = error;                                                                                                     \
    return answer;

ssize_t write(int fd, const void *data, size_t size) {
    // Not in turn where it may wait: pipes and sockets.
    struct stat about;
    if (trace < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return NEXT(write)(fd, data, size);
    // Where it ended is where it is now, also in a file that is only added to.
    IN_TURN(ssize_t, NEXT(write)(fd, data, size), wrote(fd, lseek(fd, 0, SEEK_CUR) - answer, data, answer))
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
    IN_TURN(ssize_t, NEXT(pwrite)(fd, data, size, offset), wrote(fd, offset, data, answer))
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    IN_TURN(ssize_t, NEXT(pwrite64)(fd, data, size, offset), wrote(fd, offset, data, answer))
}
int ftruncate(int fd, off_t size) {
    IN_TURN(int, NEXT(ftruncate)(fd, size), if (answer == 0) changed('t', fd, size))
}
int ftruncate64(int fd, off64_t size) {
    IN_TURN(int, NEXT(ftruncate64)(fd, size), if (answer == 0) changed('t', fd, size))
}
int fsync(int fd) { IN_TURN(int, NEXT(fsync)(fd), if (answer == 0) changed('s', fd, 0)) }
int fdatasync(int fd) { IN_TURN(int, NEXT(fdatasync)(fd), if (answer == 0) changed('s', fd, 0)) }

// Names: made, taken away, moved, given besides.
static void opened(int fd, int was_there, int flags) {
    if (fd < 0 || trace < 0 || !(flags & (O_CREAT | O_TRUNC))) return;
    if (!was_there) changed('c', fd, 0);
    else if (flags & O_TRUNC) changed('t', fd, 0);
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                        \
        va_end(rest);                                                                                                  \
        if (!(flags & (O_CREAT | O_TRUNC))) return NEXT(name)(path, flags, mode);                                      \
        pthread_mutex_lock(&turn);                                                                                     \
        int was_there = access(path, F_OK) == 0;                                                                       \
        int answer = NEXT(name)(path, flags, mode);                                                                    \
        int error = errno;                                                                                             \
        opened(answer, was_there, flags);                                                                              \
        pthread_mutex_unlock(&turn);                                                                                   \
        errno = error;                                                                                                 \
        return answer;                                                                                                 \
    }
OPEN(open)
OPEN(open64)

static uint64_t named(const char *path) {
    struct stat about;
    return is_below(path) && stat(path, &about) == 0 && S_ISREG(about.st_mode) ? about.st_ino : 0;
}

static void renamed(char kind, uint64_t file, const char *from, const char *to) {
    if (file) record(kind, file, 0, from, to, strlen(to));
}

int unlink(const char *path) {
    uint64_t file = named(path);
    IN_TURN(int, NEXT(unlink)(path), if (answer == 0) renamed('u', file, path, ""))
}
int rename(const char *from, const char *to) {
    uint64_t file = named(from);
    IN_TURN(int, NEXT(rename)(from, to), if (answer == 0) renamed('r', file, from, to))
}
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    uint64_t file = named(from);
    IN_TURN(int, NEXT(linkat)(from_folder, from, to_folder, to, flags), if (answer == 0) renamed('l', file, from, to))
}
int link(const char *from, const char *to) {
    uint64_t file = named(from);
    IN_TURN(int, NEXT(link)(from, to), if (answer == 0) renamed('l', file, from, to))
}
