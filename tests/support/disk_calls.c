/* Stands before the calls by which a program changes the disk: counts them, and lets one of them go wrong.

Preloaded (LD_PRELOAD) into a program and all its children. They share one small file, mapped into memory, which says
where to count (paths that begin with DISK_CALLS_UNDER) and what happens at the n-th call: see `struct plan` and, for
who writes it, disk_calls.py. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum action { NOTHING, KILL, KILL_AFTER, FAIL, FAIL_FROM_HERE, STOP, CLOCK_BACK };

struct plan {
    _Atomic int64_t calls; /* so far */
    int64_t at;            /* which one, from 1 */
    int32_t action;
    int32_t error;             /* errno of FAIL and FAIL_FROM_HERE */
    _Atomic int32_t stopped;   /* process that STOP stopped */
    _Atomic int32_t has_fired; /* whether the call came */
    int64_t clock_s;           /* how far CLOCK_BACK sets it back */
    char what[64];             /* name of the call */
};

static struct plan* plan;
static const char* under;

__attribute__((constructor)) static void begin(void) {
    const char* path = getenv("DISK_CALLS_PLAN");
    under = getenv("DISK_CALLS_UNDER");
    int handle = path && under ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (handle < 0) return;
    void* place = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, handle, 0);
    close(handle);
    if (place != MAP_FAILED) plan = place;
}

static int is_under(const char* path) { return strncmp(path, under, strlen(under)) == 0; }

static int counts_path(int folder, const char* path) {
    char whole[PATH_MAX], name[64];
    if (!plan) return 0;
    if (path[0] == '/') return is_under(path);
    if (folder == AT_FDCWD) return getcwd(whole, sizeof whole) && is_under(whole);
    snprintf(name, sizeof name, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(name, whole, sizeof whole - 1);
    whole[length < 0 ? 0 : length] = 0;
    return is_under(whole);
}

static int counts_handle(int handle) {
    char name[64], path[PATH_MAX];
    if (!plan) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(name, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return is_under(path);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts a call; returns the errno with which it is to fail, -1 if the process is to be killed after it, else 0. */
static int due(const char* what) {
    int64_t number = atomic_fetch_add(&plan->calls, 1) + 1;
    int is_here = number == plan->at;
    if (is_here && plan->action) {
        strncpy(plan->what, what, sizeof plan->what - 1);
        atomic_store(&plan->has_fired, 1);
    }
    switch (plan->action) {
        case KILL:
            if (is_here) die();
            return 0;
        case KILL_AFTER:
            return is_here ? -1 : 0;
        case FAIL:
            return is_here ? plan->error : 0;
        case FAIL_FROM_HERE:
            return number >= plan->at ? plan->error : 0;
        case STOP:
            if (is_here) {
                atomic_store(&plan->stopped, getpid());
                kill(getpid(), SIGSTOP);
            }
            return 0;
        default:
            return 0;
    }
}

#define REAL(name) \
    static typeof(&name) real; \
    if (!real) real = (typeof(&name))dlsym(RTLD_NEXT, #name)

/* The common course: ask, fail or do it, and die after it if that was asked for. */
#define COURSE(counts, label, real_call) \
    int at_errno = errno, wrong = (counts) ? due(label) : 0; \
    errno = at_errno; \
    if (wrong > 0) { \
        errno = wrong; \
        return -1; \
    } \
    typeof(real_call) done = real_call; \
    if (wrong < 0) die(); \
    return done

/* A write that kills after it has written half only: what a power cut leaves. */
#define HALF(size) (wrong < 0 ? (size) / 2 : (size))

ssize_t write(int handle, const void* bytes, size_t size) {
    REAL(write);
    COURSE(counts_handle(handle), "write", real(handle, bytes, HALF(size)));
}

ssize_t pwrite(int handle, const void* bytes, size_t size, off_t at) {
    REAL(pwrite);
    COURSE(counts_handle(handle), "write", real(handle, bytes, HALF(size), at));
}

ssize_t pwrite64(int handle, const void* bytes, size_t size, off64_t at) {
    REAL(pwrite64);
    COURSE(counts_handle(handle), "write", real(handle, bytes, HALF(size), at));
}

int fsync(int handle) {
    REAL(fsync);
    COURSE(counts_handle(handle), "fsync", real(handle));
}

int fdatasync(int handle) {
    REAL(fdatasync);
    COURSE(counts_handle(handle), "fsync", real(handle));
}

int ftruncate(int handle, off_t size) {
    REAL(ftruncate);
    COURSE(counts_handle(handle), "truncate", real(handle, size));
}

int ftruncate64(int handle, off64_t size) {
    REAL(ftruncate64);
    COURSE(counts_handle(handle), "truncate", real(handle, size));
}

int rename(const char* from, const char* to) {
    REAL(rename);
    COURSE(counts_path(AT_FDCWD, to) || counts_path(AT_FDCWD, from), "rename", real(from, to));
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    REAL(renameat);
    COURSE(counts_path(to_folder, to), "rename", real(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
    REAL(renameat2);
    COURSE(counts_path(to_folder, to), "rename", real(from_folder, from, to_folder, to, flags));
}

int unlink(const char* path) {
    REAL(unlink);
    COURSE(counts_path(AT_FDCWD, path), "unlink", real(path));
}

int unlinkat(int folder, const char* path, int flags) {
    REAL(unlinkat);
    COURSE(counts_path(folder, path), "unlink", real(folder, path, flags));
}

int rmdir(const char* path) {
    REAL(rmdir);
    COURSE(counts_path(AT_FDCWD, path), "unlink", real(path));
}

int mkdir(const char* path, mode_t mode) {
    REAL(mkdir);
    COURSE(counts_path(AT_FDCWD, path), "mkdir", real(path, mode));
}

int chmod(const char* path, mode_t mode) {
    REAL(chmod);
    COURSE(counts_path(AT_FDCWD, path), "chmod", real(path, mode));
}

#define OPENING(label, folder, real_call) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    } \
    COURSE((flags & O_CREAT) && counts_path(folder, path), label, real_call)

int open(const char* path, int flags, ...) {
    REAL(open);
    OPENING("create", AT_FDCWD, real(path, flags, mode));
}

int open64(const char* path, int flags, ...) {
    REAL(open64);
    OPENING("create", AT_FDCWD, real(path, flags, mode));
}

int openat(int folder, const char* path, int flags, ...) {
    REAL(openat);
    OPENING("create", folder, real(folder, path, flags, mode));
}

int openat64(int folder, const char* path, int flags, ...) {
    REAL(openat64);
    OPENING("create", folder, real(folder, path, flags, mode));
}

int clock_gettime(clockid_t clock, struct timespec* time) {
    REAL(clock_gettime);
    int done = real(clock, time);
    if (!done && plan && clock == CLOCK_REALTIME && plan->action == CLOCK_BACK && plan->calls >= plan->at) {
        time->tv_sec -= plan->clock_s;
    }
    return done;
}
