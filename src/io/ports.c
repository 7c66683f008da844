#include "io/ports.h"
#include "base/octets.h"
#include "base/text.h"
#include "base/utf8.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORD_SIZE 128

/* Reads the first line of a small file, made printable. Returns false, and "", where there is none.
 */
static bool read_word(const char *directory, const char *name, char ret[WORD_SIZE])
{
    char path[PATH_MAX], line[WORD_SIZE / 4];
    struct text t;
    ssize_t len = -1;
    ret[0] = '\0';
    text_init(&t, path, sizeof(path));
    text_addf(&t, "%s/%s", directory, name);
    int fd = text_ok(&t) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    len = read(fd, line, sizeof(line) - 1);
    close(fd);
    if (len < 0)
        return false;
    line[len] = '\0';
    line[strcspn(line, "\n")] = '\0';
    (void)utf8_printable(line, strlen(line), false, ret, WORD_SIZE);
    return true;
}

/* Reads a number that sysfs writes in hex. Returns `fallback` where there is none. */
static int read_hex(const char *directory, const char *name, int fallback)
{
    char word[WORD_SIZE];
    uint8_t octets[2];
    if (!read_word(directory, name, word))
        return fallback;
    int n = octets_from_hex(word, strlen(word), octets, sizeof(octets), NULL);
    return n == 1 ? octets[0] : n == 2 ? octets[0] << 8 | octets[1] : fallback;
}

static bool has(const char *directory, const char *name)
{
    char word[WORD_SIZE];
    return read_word(directory, name, word);
}

/* Cuts the last part off a path. Returns false at its end. */
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    *slash = '\0';
    return true;
}

/* Climbs to the directory that has a file `name`. */
static bool climb(char *path, const char *name)
{
    while (!has(path, name))
        if (!go_up(path))
            return false;
    return true;
}

/* Fills in what is known of the USB device, `path` being where the port hangs below it. */
static bool read_usb(char *path, struct port_info *ret)
{
    char word[WORD_SIZE];
    if (!climb(path, "bInterfaceNumber"))
        return false;
    ret->usb.interface = (int16_t)read_hex(path, "bInterfaceNumber", -1);
    ret->usb.class = (uint8_t)read_hex(path, "bInterfaceClass", 0);
    ret->usb.subclass = (uint8_t)read_hex(path, "bInterfaceSubClass", 0);
    ret->usb.protocol = (uint8_t)read_hex(path, "bInterfaceProtocol", 0);
    if (!climb(path, "idVendor"))
        return false;
    ret->usb.vid = (uint16_t)read_hex(path, "idVendor", 0);
    ret->usb.pid = (uint16_t)read_hex(path, "idProduct", 0);
    (void)read_word(path, "serial", word);
    (void)text_copy(ret->serial, sizeof(ret->serial), word);
    const char *name = strrchr(path, '/');
    return name && text_copy(ret->device, sizeof(ret->device), name + 1) == 0;
}

/* Returns whether the kernel's own messages go to this port. */
static bool is_console(const char *root, const char *name)
{
    char path[PATH_MAX], word[WORD_SIZE];
    struct text t;
    text_init(&t, path, sizeof(path));
    text_addf(&t, "%s/sys/class/tty/console", root);
    if (!text_ok(&t) || !read_word(path, "active", word))
        return false;
    for (const char *at = word; (at = strstr(at, name)) != NULL; at += strlen(name))
        if ((at == word || at[-1] == ' ') && strchr(" ", at[strlen(name)]))
            return true;
    return false;
}

/* Reads all of one port but its order. Returns whether a modem may be behind it. */
static bool read_port(const char *root, const char *name, struct port_info *ret)
{
    char tty[PATH_MAX], link[PATH_MAX], device[PATH_MAX];
    struct text t, path;
    *ret = (struct port_info){.usb = {.interface = -1}};
    text_init(&path, ret->path, sizeof(ret->path));
    text_addf(&path, "%s/dev/%s", root, name);
    text_init(&t, tty, sizeof(tty));
    text_addf(&t, "%s/sys/class/tty/%s", root, name);
    bool fits = text_ok(&t) && text_ok(&path);
    text_init(&t, link, sizeof(link));
    text_addf(&t, "%s/sys/class/tty/%s/device", root, name);
    /* Most of the list are screens, without one: realpath() takes ten times as long to find out. */
    if (!fits || !text_ok(&t) || access(link, F_OK) != 0 || !realpath(link, device))
        return false;
    return read_usb(device, ret) && !is_console(root, name);
}

/* Counts the ports of the same device that come before, and ranks. */
static void rank(struct port_info *ports, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct port_info *p = &ports[i];
        p->usb.order = 0;
        for (size_t k = 0; k < count; k++)
            if (strcmp(ports[k].device, p->device) == 0 &&
                ports[k].usb.interface < p->usb.interface)
                p->usb.order++;
        p->rank = family_rank(&p->usb);
    }
}

/* Whom to ask first: by rank, then always in the same order. */
static int compare(const void *left, const void *right)
{
    const struct port_info *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    int order = strcmp(a->device, b->device);
    if (order == 0)
        order = (a->usb.interface > b->usb.interface) - (a->usb.interface < b->usb.interface);
    return order ? order : strcmp(a->path, b->path);
}

size_t ports_list(const char *root, struct port_info *ret, size_t cap)
{
    char path[PATH_MAX];
    struct text t;
    struct dirent *entry;
    size_t count = 0;
    text_init(&t, path, sizeof(path));
    text_addf(&t, "%s/sys/class/tty", root);
    DIR *directory = text_ok(&t) ? opendir(path) : NULL;
    while (directory && count < cap && (entry = readdir(directory)) != NULL)
        count += entry->d_name[0] != '.' && read_port(root, entry->d_name, &ret[count]);
    if (directory)
        closedir(directory);
    rank(ret, count);
    qsort(ret, count, sizeof(*ret), compare);
    return count;
}

int ports_find(const char *root, const char *path, struct port_info *ret)
{
    struct port_info ports[PORTS_MAX];
    size_t count = ports_list(root, ports, PORTS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ports[i].path, path) == 0) {
            *ret = ports[i];
            return 0;
        }
    }
    return -ENOENT;
}

bool ports_without(const char *root, char ret_what[PORTS_ODD_SIZE])
{
    char path[PATH_MAX], device[PATH_MAX];
    struct text t;
    struct dirent *entry;
    bool found = false;
    text_init(&t, path, sizeof(path));
    text_addf(&t, "%s/sys/bus/usb/devices", root);
    DIR *directory = text_ok(&t) ? opendir(path) : NULL;
    while (directory && !found && (entry = readdir(directory)) != NULL) {
        text_init(&t, device, sizeof(device));
        text_addf(&t, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || !text_ok(&t))
            continue;
        int vid = read_hex(device, "idVendor", 0), pid = read_hex(device, "idProduct", 0);
        enum family_lack lack = family_lack((uint16_t)vid, (uint16_t)pid);
        found = lack != FAMILY_LACK_NOTHING;
        if (found)
            (void)snprintf(ret_what, PORTS_ODD_SIZE, "%04x:%04x, %.100s, %s", (unsigned)vid,
                           (unsigned)pid, family_name((uint16_t)vid, (uint16_t)pid),
                           lack == FAMILY_LACK_SWITCH
                               ? "shows no port; install usb-modeswitch"
                               : "never shows a port; it needs stick firmware");
    }
    if (directory)
        closedir(directory);
    return found;
}

int ports_reauthorise(const char *root, const char *device)
{
    char path[PATH_MAX];
    struct text t;
    int err = 0;
    text_init(&t, path, sizeof(path));
    text_addf(&t, "%s/sys/bus/usb/devices/%s/authorized", root, device);
    if (!text_ok(&t) || !device[0] || strchr(device, '/') || device[0] == '.')
        return -ENOENT;
    for (const char *value = "01"; *value && !err; value++) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return -errno;
        err = write(fd, value, 1) == 1 ? 0 : -errno;
        close(fd);
    }
    return err;
}
