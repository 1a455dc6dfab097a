/*
 * Library to be preloaded: file operations of a program on one folder fail as the environment says.
 *
 *   FAULTS_FOLDER  the folder; what is elsewhere is untouched
 *   FAULTS_CALLS   names of operations, with commas between: open write sync truncate rename remove mkdir map stat lock read list
 *   FAULTS_AT      number of the first operation of these that fails, from 1; 0: none
 *   FAULTS_FOR     how many fail from there on; 0: all
 *   FAULTS_ERRNO   the error that they return; 0: they return as if done, and do nothing (a write takes half of its bytes)
 *   FAULTS_LOG     file that gets one line for each operation that failed
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long counted;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int is_chosen(const char *call) {
    const char *calls = getenv("FAULTS_CALLS"), *at = calls;
    size_t length = strlen(call);
    while (at && (at = strstr(at, call))) {
        if ((at == calls || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
        at += length;
    }
    return 0;
}

static void note(const char *line, int length) {
    const char *to = getenv("FAULTS_LOG");
    if (!to) return;
    int fd = syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) return;
    syscall(SYS_write, fd, line, length);
    syscall(SYS_close, fd);
}

/* Counts an operation on a path; true where it is to fail, with errno set. */
static int fails_at(const char *call, const char *path) {
    const char *folder = getenv("FAULTS_FOLDER");
    if (!folder || !path || !is_chosen(call)) return 0;
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) || (path[length] && path[length] != '/')) return 0;
    int before = errno;
    long n = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
    long at = number("FAULTS_AT"), count = number("FAULTS_FOR");
    if (at == 0 || n < at || (count && n >= at + count)) {
        errno = before;
        return 0;
    }
    char line[512];
    int wrote = snprintf(line, sizeof line, "%ld %s %s\n", n, call, path + length);
    note(line, wrote < (int)sizeof line ? wrote : (int)sizeof line - 1);
    errno = (int)number("FAULTS_ERRNO");
    return 1;
}

static int fails(const char *call, int fd) {
    if (!is_chosen(call)) return 0;
    int before = errno;
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
    errno = before;
    if (length < 0) return 0;
    path[length] = 0;
    return fails_at(call, path);
}

#define REAL(type, name, ...) type (*real)(__VA_ARGS__) = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)
#define REFUSED (errno ? -1 : 0)

#define OPENS(name, name_at)                                                                     \
    int name(const char *path, int flags, ...) {                                                 \
        va_list more;                                                                            \
        va_start(more, flags);                                                                   \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                  \
        va_end(more);                                                                            \
        REAL(int, name, const char *, int, ...);                                                 \
        return fails_at("open", path) ? -1 : real(path, flags, mode);                            \
    }                                                                                            \
    int name_at(int folder, const char *path, int flags, ...) {                                  \
        va_list more;                                                                            \
        va_start(more, flags);                                                                   \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                  \
        va_end(more);                                                                            \
        REAL(int, name_at, int, const char *, int, ...);                                         \
        return fails_at("open", path) ? -1 : real(folder, path, flags, mode);                    \
    }
OPENS(open, openat)
OPENS(open64, openat64)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!fails("write", fd)) return real(fd, bytes, count);
    return errno ? -1 : real(fd, bytes, (count + 1) / 2);
}

#define PWRITES(name)                                                                            \
    ssize_t name(int fd, const void *bytes, size_t count, off_t offset) {                        \
        REAL(ssize_t, name, int, const void *, size_t, off_t);                                   \
        if (!fails("write", fd)) return real(fd, bytes, count, offset);                          \
        return errno ? -1 : real(fd, bytes, (count + 1) / 2, offset);                            \
    }
PWRITES(pwrite)
PWRITES(pwrite64)

ssize_t read(int fd, void *bytes, size_t count) {
    REAL(ssize_t, read, int, void *, size_t);
    if (!fails("read", fd)) return real(fd, bytes, count);
    return errno ? -1 : real(fd, bytes, (count + 1) / 2);
}

#define PREADS(name)                                                                             \
    ssize_t name(int fd, void *bytes, size_t count, off_t offset) {                              \
        REAL(ssize_t, name, int, void *, size_t, off_t);                                         \
        if (!fails("read", fd)) return real(fd, bytes, count, offset);                           \
        return errno ? -1 : real(fd, bytes, (count + 1) / 2, offset);                            \
    }
PREADS(pread)
PREADS(pread64)

#define ON_FD(call, name, more, ...)                                                             \
    int name(int fd __VA_ARGS__) {                                                               \
        REAL(int, name, int fd __VA_ARGS__);                                                     \
        return fails(call, fd) ? REFUSED : real(fd more);                                        \
    }
#define COMMA ,
ON_FD("sync", fsync, )
ON_FD("sync", fdatasync, )
ON_FD("truncate", ftruncate, COMMA length, COMMA off_t length)
ON_FD("truncate", ftruncate64, COMMA length, COMMA off_t length)
ON_FD("lock", flock, COMMA how, COMMA int how)
ON_FD("stat", fstat, COMMA to, COMMA struct stat *to)
ON_FD("stat", fstat64, COMMA to, COMMA struct stat64 *to)

#define ON_PATH(call, name, more, ...)                                                           \
    int name(const char *path __VA_ARGS__) {                                                     \
        REAL(int, name, const char *path __VA_ARGS__);                                           \
        return fails_at(call, path) ? REFUSED : real(path more);                                 \
    }
ON_PATH("remove", unlink, )
ON_PATH("remove", rmdir, )
ON_PATH("mkdir", mkdir, COMMA mode, COMMA mode_t mode)
ON_PATH("rename", rename, COMMA to, COMMA const char *to)
ON_PATH("stat", stat, COMMA to, COMMA struct stat *to)
ON_PATH("stat", stat64, COMMA to, COMMA struct stat64 *to)
ON_PATH("stat", lstat, COMMA to, COMMA struct stat *to)
ON_PATH("stat", lstat64, COMMA to, COMMA struct stat64 *to)
ON_PATH("stat", access, COMMA mode, COMMA int mode)

int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict to) {
    REAL(int, statx, int, const char *, int, unsigned, struct statx *);
    int refused = *path ? fails_at("stat", path) : fails("stat", folder);
    return refused ? REFUSED : real(folder, path, flags, mask, to);
}

#define LOCKS(name)                                                                              \
    int name(int fd, int command, ...) {                                                         \
        va_list more;                                                                            \
        va_start(more, command);                                                                 \
        void *argument = va_arg(more, void *);                                                   \
        va_end(more);                                                                            \
        REAL(int, name, int, int, ...);                                                          \
        return command == F_SETLK && fails("lock", fd) ? REFUSED : real(fd, command, argument);  \
    }
LOCKS(fcntl)
LOCKS(fcntl64)

#define MAPS(name)                                                                               \
    void *name(void *to, size_t length, int protection, int flags, int fd, off_t offset) {       \
        REAL(void *, name, void *, size_t, int, int, int, off_t);                                \
        return fd >= 0 && fails("map", fd) ? MAP_FAILED : real(to, length, protection, flags, fd, offset); \
    }
MAPS(mmap)
MAPS(mmap64)

DIR *opendir(const char *path) {
    REAL(DIR *, opendir, const char *);
    return fails_at("list", path) ? NULL : real(path);
}

#define LISTS(name, entry)                                                                       \
    struct entry *name(DIR *folder) {                                                            \
        REAL(struct entry *, name, DIR *);                                                       \
        return fails("list", dirfd(folder)) ? NULL : real(folder);                               \
    }
LISTS(readdir, dirent)
LISTS(readdir64, dirent64)
