/* Loaded into the engine by operator_parts.py: system calls on files under $FAULT_DIR are interrupted, come short, or fail
 * while a file of that name stands in $FAULT_FLAGS: `full` for ENOSPC, `sync` for one EIO of fdatasync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

static int is_ours(int descriptor) {
    char link[64], path[4096];
    const char *folder = getenv("FAULT_DIR");
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t count = readlink(link, path, sizeof path - 1);
    if (count < 0 || !folder) return 0;
    path[count] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int flag(const char *name, int is_once) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("FAULT_FLAGS"), name);
    return is_once ? unlink(path) == 0 : access(path, F_OK) == 0;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (!is_ours(descriptor)) return real(descriptor, bytes, count);
    int number = atomic_fetch_add(&calls, 1);
    if (flag("full", 0)) {
        if (count > 9 && number % 2) return real(descriptor, bytes, count / 3);
        errno = ENOSPC;
        return -1;
    }
    if (number % 3 == 0) {
        errno = EINTR;
        return -1;
    }
    return real(descriptor, bytes, count > 1 && number % 3 == 1 ? count / 2 : count);
}

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    static ssize_t (*real)(int, void *, size_t, off_t);
    if (!real) real = (ssize_t (*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");
    if (!is_ours(descriptor)) return real(descriptor, bytes, count, offset);
    int number = atomic_fetch_add(&calls, 1);
    if (number % 3 == 0) {
        errno = EINTR;
        return -1;
    }
    return real(descriptor, bytes, count > 1 && number % 3 == 1 ? count / 2 : count, offset);
}

ssize_t pread64(int descriptor, void *bytes, size_t count, off_t offset) { return pread(descriptor, bytes, count, offset); }

int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
    va_end(list);
    const char *folder = getenv("FAULT_DIR");
    if (folder && strncmp(path, folder, strlen(folder)) == 0 && !strstr(path, "LOCK") && atomic_fetch_add(&calls, 1) % 3 == 0) {
        errno = EINTR;
        return -1;
    }
    return real(path, flags, mode);
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (is_ours(descriptor) && flag("sync", 1)) {
        errno = EIO;
        return -1;
    }
    return real(descriptor);
}
