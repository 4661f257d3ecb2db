// SPDX-License-Identifier: MIT OR Apache-2.0
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *path) {
    char *names[64];
    int count = 0;
    DIR *directory = opendir(path);
    if (!directory) {
        printf("opendir %s: %s\n", path, strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(directory)) && count < 64;)
        names[count++] = strdup(entry->d_name);
    closedir(directory);
    qsort(names, count, sizeof *names, compare);
    for (int i = 0; i < count; i++) printf("%s ", names[i]);
    printf("\n");
}

static void describe(const char *path) {
    struct stat s;
    if (lstat(path, &s)) {
        printf("%s: %s\n", path, strerror(errno));
        return;
    }
    printf("%s: mode %o links %ld size %ld\n", path, s.st_mode, S_ISDIR(s.st_mode) ? 0L : (long)s.st_nlink,
           S_ISDIR(s.st_mode) ? 0L : (long)s.st_size);
}

int main(void) {
    char directory[] = "/tmp/filesXXXXXX", buffer[8192];
    umask(022);
    HOLDS(mkdtemp(directory) != NULL);
    SHOW(chdir(directory));
    SHOW(open("nothing", O_RDONLY));
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0666);
    HOLDS(fd >= 0);
    SHOW(open("file", O_RDWR | O_CREAT | O_EXCL, 0666));
    SHOW(write(fd, "hello world", 11));
    SHOW(lseek(fd, -5, SEEK_END));
    SHOW(read(fd, buffer, 100));
    SHOW(memcmp(buffer, "world", 5));
    SHOW(pwrite(fd, "HOLE", 4, 10000));
    SHOW(lseek(fd, 0, SEEK_CUR));
    SHOW(pread(fd, buffer, 16, 5000));
    SHOW(buffer[3]);
    SHOW(ftruncate(fd, 6));
    describe("file");
    SHOW(lseek(fd, 0, 99));
    SHOW(lseek(fd, -1, SEEK_SET));
    struct iovec parts[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
    SHOW(lseek(fd, 0, SEEK_SET));
    SHOW(writev(fd, parts, 3));
    SHOW(pread(fd, buffer, 13, 0));
    printf("%.13s\n", buffer);
    SHOW(read(fd, (void *)8, 1));
    SHOW(write(fd, (void *)8, 1));
    SHOW(read(99, buffer, 1));
    SHOW(mkdir("sub", 0777));
    SHOW(mkdir("sub", 0777));
    SHOW(link("file", "sub/hard"));
    SHOW(symlink("../file", "sub/soft"));
    SHOW(symlink("loop", "loop"));
    SHOW(open("loop", O_RDONLY));
    describe("file");
    describe("sub");
    describe("sub/soft");
    SHOW(readlink("sub/soft", buffer, sizeof buffer));
    SHOW(readlink("file", buffer, sizeof buffer));
    list("sub");
    SHOW(rmdir("sub"));
    SHOW(unlink("sub"));
    SHOW(rename("file", "sub"));
    SHOW(rename("sub", "sub/inside"));
    SHOW(rename("file", "sub/moved"));
    list("sub");
    SHOW(access("sub/moved", R_OK | W_OK));
    SHOW(access("sub/moved", X_OK));
    SHOW(chmod("sub/moved", 04711));
    describe("sub/moved");
    SHOW(open("sub/moved/x", O_RDONLY));
    SHOW(open("sub", O_WRONLY));
    SHOW(open("sub/moved", O_RDONLY | O_DIRECTORY));
    SHOW(open("sub/soft", O_RDONLY | O_NOFOLLOW));
    SHOW(unlink("sub/hard"));
    SHOW(unlink("sub/moved"));
    struct stat s;
    SHOW(fstat(fd, &s));
    SHOW(s.st_nlink);
    SHOW(pread(fd, buffer, 100, 0));
    SHOW(close(fd));
    SHOW(close(fd));
    list("sub");
    SHOW(unlink("sub/soft"));
    SHOW(rmdir("sub"));
    SHOW(unlink("loop"));
    int append = open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    SHOW(write(append, "a", 1));
    SHOW(lseek(append, 0, SEEK_SET));
    SHOW(write(append, "b", 1));
    describe("log");
    SHOW(fcntl(append, F_GETFL) & (O_APPEND | O_ACCMODE));
    SHOW(fcntl(append, F_GETFD));
    SHOW(fcntl(append, F_SETFD, FD_CLOEXEC));
    SHOW(fcntl(append, F_GETFD));
    int copy = dup(append);
    SHOW(fcntl(copy, F_GETFD));
    SHOW(dup2(append, 77));
    SHOW(dup2(append, -1));
    SHOW(dup3(append, append, 0));
    SHOW(fcntl(append, F_DUPFD, 50));
    SHOW(truncate("log", 4096 * 3 + 1));
    describe("log");
    int map = open("log", O_RDWR);
    char *shared = mmap(0, 4096 * 4, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    HOLDS(shared != MAP_FAILED);
    memcpy(shared + 5000, "mapped", 6);
    SHOW(pread(map, buffer, 6, 5000));
    printf("%.6s\n", buffer);
    char *private = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, map, 4096);
    memcpy(private + 5000 - 4096, "PRIVAT", 6);
    SHOW(pread(map, buffer, 6, 5000));
    printf("%.6s %.6s\n", buffer, private + 5000 - 4096);
    SHOW(unlink("log"));
    SHOW(chdir("/"));
    SHOW(rmdir(directory));
    SHOW(open(directory, O_RDONLY));
    HOLDS(getcwd(buffer, 2) && !strcmp(buffer, "/"));
    SHOW(getcwd(buffer, 1) == NULL);
    char deep[5000];
    memset(deep, 'x', sizeof deep);
    deep[300] = 0;
    SHOW(open(deep, O_RDONLY));
    memset(deep, '/', sizeof deep);
    deep[4999] = 0;
    SHOW(open(deep, O_RDONLY));
    SHOW(open("", O_RDONLY));
    return 0;
}
