/* tests/unit/test_io_ports.c - the ports of a machine whose sysfs the test has made. */
#include "io/ports.h"
#include "tap.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/textback-sysfs-XXXXXX";

static const char *in_root(const char *path, char ret[PORT_PATH_SIZE])
{
    snprintf(ret, PORT_PATH_SIZE, "%s%s", root, path);
    return ret;
}

/* Makes the directories that `path` lies in, and the file, below the root. */
static void put(const char *path, const char *content)
{
    char whole[PATH_MAX];
    snprintf(whole, sizeof(whole), "%s/sys/%s", root, path);
    for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        mkdir(whole, 0755);
    }
    int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, content, strlen(content)) < 0)
        tap_diag("%s cannot be written", whole);
    close(fd);
}

static void put_in(const char *directory, const char *name, const char *content)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    put(path, content);
}

static void link_to(const char *path, const char *target)
{
    char whole[PATH_MAX];
    put_in(path, "made", "");
    snprintf(whole, sizeof(whole), "%s/sys/%s/device", root, path);
    if (symlink(target, whole))
        tap_diag("%s cannot be made", whole);
}

static void usb_device(const char *device, const char *vid, const char *pid, const char *serial)
{
    char path[256];
    snprintf(path, sizeof(path), "devices/usb1/%s", device);
    put_in(path, "idVendor", vid);
    put_in(path, "idProduct", pid);
    if (serial)
        put_in(path, "serial", serial);
    snprintf(path, sizeof(path), "bus/usb/devices/%s", device);
    put_in(path, "idVendor", vid);
    put_in(path, "idProduct", pid);
    put_in(path, "authorized", "1\n");
}

/* A port as usb-serial drivers make it; those of cdc_acm hang at the interface itself. */
static void usb_port(const char *device, int interface, const char *classes, const char *tty,
                     bool acm)
{
    char path[256], target[512], number[8];
    snprintf(path, sizeof(path), "devices/usb1/%.20s/%.20s:1.%d", device, device, interface);
    snprintf(number, sizeof(number), "%02x\n", (unsigned)interface);
    put_in(path, "bInterfaceNumber", number);
    snprintf(target, sizeof(target), "%.2s\n", classes);
    put_in(path, "bInterfaceClass", target);
    snprintf(target, sizeof(target), "%.2s\n", classes + 2);
    put_in(path, "bInterfaceSubClass", target);
    snprintf(target, sizeof(target), "%.2s\n", classes + 4);
    put_in(path, "bInterfaceProtocol", target);
    snprintf(target, sizeof(target), "../../../%s%s%s", path, acm ? "" : "/", acm ? "" : tty);
    if (!acm) {
        snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%.30s", tty);
        put_in(path, "port_number", "0\n");
    }
    snprintf(path, sizeof(path), "class/tty/%s", tty);
    link_to(path, target);
}

static void plug_in(void)
{
    put("class/tty/tty0/dev", "4:0\n"); /* a screen: no device */
    put("class/tty/console/active", "tty0 ttyUSB8 ttyUSB33\n");
    put("devices/pnp0/id", "x");
    link_to("class/tty/ttyS0", "../../../devices/pnp0");
    put("class/tty/ttyS0/type", "4\n");
    link_to("class/tty/ttyAMA0", "../../../devices/pnp0");
    link_to("class/tty/ttyprintk", "../../../devices/pnp0");
    link_to("class/tty/ttyUSB7", "../../../devices/gone"); /* leaves this moment */

    usb_device("1-1", "1e0e\n", "9001\n", "0123\n");
    usb_port("1-1", 0, "ffffff", "ttyUSB2", false);
    usb_port("1-1", 2, "ff0000", "ttyUSB0", false);
    usb_port("1-1", 3, "ff0000", "ttyUSB1", false);
    usb_device("1-2", "0403\n", "6001\n", "TB\x1b\x01\n");
    usb_port("1-2", 0, "ffffff", "ttyUSB3", false);
    usb_device("1-3", "12d1\n", "1506\n", NULL);
    usb_port("1-3", 0, "ff0201", "ttyUSB4", false);
    usb_port("1-3", 1, "ff0202", "ttyUSB5", false);
    usb_device("1-6", "0403\n", "6001\n", "TB8\n");
    usb_port("1-6", 0, "ffffff", "ttyUSB8", false);
    usb_device("1-4", "1546\n", "1102\n", NULL);
    usb_port("1-4", 0, "020201", "ttyACM0", true);
}

static void test_list(void)
{
    static const struct row {
        const char *path, *device;
        enum family_rank rank;
        int interface, order;
    } rows[] = {
        {"/dev/ttyUSB0", "1-1", FAMILY_FIRST, 2, 1},
        {"/dev/ttyUSB5", "1-3", FAMILY_FIRST, 1, 1},
        {"/dev/ttyACM0", "1-4", FAMILY_FIRST, 0, 0},
        {"/dev/ttyUSB1", "1-1", FAMILY_SECOND, 3, 2},
        {"/dev/ttyUSB3", "1-2", FAMILY_POSSIBLE, 0, 0},
        {"/dev/ttyUSB2", "1-1", FAMILY_LAST, 0, 0},
        {"/dev/ttyUSB4", "1-3", FAMILY_LAST, 0, 0},
    };
    struct port_info ports[PORTS_MAX], one;
    char path[PORT_PATH_SIZE];
    size_t count = ports_list(root, ports, PORTS_MAX), n = sizeof(rows) / sizeof(rows[0]);
    tap_ok(count == n, "%zu ports", count);
    for (size_t i = 0; i < n && i < count; i++) {
        const struct port_info *p = &ports[i];
        bool good = strcmp(p->path + strlen(root), rows[i].path) == 0 &&
                    strcmp(p->device, rows[i].device) == 0 && p->rank == rows[i].rank &&
                    p->usb.interface == rows[i].interface && p->usb.order == rows[i].order;
        if (!tap_ok(good, "%zu: %s", i, rows[i].path))
            tap_diag("%s of \"%s\", rank %d, interface %d, order %d", p->path, p->device, p->rank,
                     p->usb.interface, p->usb.order);
    }
    tap_ok(ports_list(root, ports, 3) == 3, "no more than fit");
    tap_ok(ports_find(root, in_root("/dev/ttyUSB9", path), &one) == -ENOENT,
           "a port that is not there");
    tap_ok(ports_find(root, "/dev/pts/3", &one) == -ENOENT, "a pty");
    tap_ok(ports_find(root, in_root("/dev/ttyS0", path), &one) == -ENOENT, "a built-in port");
    tap_ok(ports_find(root, in_root("/dev/ttyUSB8", path), &one) == -ENOENT, "a console");
    tap_ok(ports_find(root, in_root("/dev/ttyUSB1", path), &one) == 0 && one.usb.vid == 0x1e0e &&
               one.usb.pid == 0x9001 && strcmp(one.serial, "0123") == 0,
           "one port");
    tap_ok(ports_find(root, in_root("/dev/ttyUSB3", path), &one) == 0 &&
               !strchr(one.serial, '\x1b'),
           "a serial that is made harmless");
    tap_ok(ports_find(root, in_root("/dev/ttyUSB5", path), &one) == 0 && one.usb.class == 0xff &&
               one.usb.subclass == 2 && one.usb.protocol == 2 && strcmp(one.serial, "") == 0,
           "classes, and no serial");
}

static void test_odd(void)
{
    char what[PORTS_ODD_SIZE];
    tap_ok(!ports_without("/nowhere", what) && !ports_without(root, what), "all have ports");
    usb_device("1-5", "12d1\n", "1446\n", NULL);
    tap_ok(ports_without(root, what) &&
               strcmp(what, "12d1:1446, Huawei before mode switch, shows no "
                            "port; install usb-modeswitch") == 0,
           "a stick that is a disk");
}

static void test_reauthorise(void)
{
    char path[PATH_MAX], value[8] = "";
    tap_ok(ports_reauthorise(root, "") == -ENOENT, "no device");
    tap_ok(ports_reauthorise(root, "../1-1") == -ENOENT, "a path for a device");
    tap_ok(ports_reauthorise(root, "1-9") == -ENOENT, "a device that is gone");
    snprintf(path, sizeof(path), "%s/sys/bus/usb/devices/1-1/authorized", root);
    if (geteuid() == 0)
        tap_skip("without permission", "root has it");
    else
        tap_ok(chmod(path, 0444) == 0 && ports_reauthorise(root, "1-1") == -EACCES &&
                   chmod(path, 0644) == 0,
               "without permission");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    tap_ok(ports_reauthorise(root, "1-1") == 0 && read(fd, value, sizeof(value) - 1) > 0 &&
               value[0] == '1',
           "taken again");
    close(fd);
}

int main(void)
{
    char command[PATH_MAX];
    struct port_info ports[1];
    tap_ok(ports_list("/nowhere", ports, 1) == 0, "no sysfs");
    if (!mkdtemp(root))
        return 1;
    plug_in();
    test_list();
    test_odd();
    test_reauthorise();
    snprintf(command, sizeof(command), "rm -r %s", root);
    return system(command) != 0 || tap_done() != 0;
}
