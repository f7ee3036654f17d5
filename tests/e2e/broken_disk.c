/* LD_PRELOAD: while the file $BROKEN_DISK/read exists, reads of the cache's files fail with EIO;
   with write, sync and punch it is the same. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int broken(const char *what, int fd)
{
    char name[64], path[4096], sign[4096];
    const char *folder = getenv("BROKEN_DISK");
    ssize_t size;

    if (!folder)
        return 0;
    snprintf(sign, sizeof sign, "%s/%s", folder, what);
    if (access(sign, F_OK))
        return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    size = readlink(name, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return strstr(path, "/cache/") != NULL;
}

#define MAY_FAIL(what, fd, failure, type, name, parameters, arguments) \
    type name parameters                                               \
    {                                                                  \
        static type(*real) parameters;                                 \
        if (!real)                                                     \
            real = dlsym(RTLD_NEXT, #name);                            \
        if (broken(what, fd)) {                                        \
            errno = EIO;                                               \
            return failure;                                            \
        }                                                              \
        return real arguments;                                         \
    }

#define PLAIN(what, name, buffer) \
    MAY_FAIL(what, fd, -1, ssize_t, name, (int fd, buffer at, size_t size, off_t offset), (fd, at, size, offset))
#define VECTOR(what, name) \
    MAY_FAIL(what, fd, -1, ssize_t, name, (int fd, const struct iovec *at, int count, off_t offset), \
             (fd, at, count, offset))
#define FLAGGED(what, name)                                                                              \
    MAY_FAIL(what, fd, -1, ssize_t, name, (int fd, const struct iovec *at, int count, off_t offset, int flags), \
             (fd, at, count, offset, flags))
#define STREAM(what, name, buffer)                                                               \
    MAY_FAIL(what, fileno(file), 0, size_t, name, (buffer at, size_t size, size_t count, FILE *file), \
             (at, size, count, file))
#define WHOLE(what, name) MAY_FAIL(what, fd, -1, int, name, (int fd), (fd))
#define SPACE(what, name) \
    MAY_FAIL(what, fd, -1, int, name, (int fd, int mode, off_t offset, off_t size), (fd, mode, offset, size))

PLAIN("read", pread, void *)
PLAIN("read", pread64, void *)
VECTOR("read", preadv)
VECTOR("read", preadv64)
FLAGGED("read", preadv2)
FLAGGED("read", preadv64v2)
STREAM("read", fread, void *)
PLAIN("write", pwrite, const void *)
PLAIN("write", pwrite64, const void *)
VECTOR("write", pwritev)
VECTOR("write", pwritev64)
STREAM("write", fwrite, const void *)
MAY_FAIL("write", fd, -1, ssize_t, write, (int fd, const void *at, size_t size), (fd, at, size))
WHOLE("sync", fdatasync)
WHOLE("sync", fsync)
SPACE("punch", fallocate)
SPACE("punch", fallocate64)
