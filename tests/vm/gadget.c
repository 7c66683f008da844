/* tests/vm/gadget.c FFS PTY|-... - a USB modem that the guest's own kernel plugs into itself: the
 * bulk endpoints of its ports, behind a functionfs that is mounted at FFS (dummy_hcd makes it a
 * device of this machine, and the driver `option` makes it ttyUSB0, 1, 2). Behind a port is the
 * simulated modem on PTY, or nothing that answers (-).
 *
 * Prints `described` once the kernel has the descriptors. Takes commands from standard input, and
 * says each again when it is done: `stall` and `go` (no port is read any more: what the host writes
 * stays in its queues), `refuse N` and `accept N` (the control lines of port N). */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/usb/functionfs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PORTS_MAX 4
#define PATH_SIZE 256
#define PACKET_MAX 512 /* of a bulk endpoint at high speed */
#define PTY_PAUSE_US 20000

struct port_descriptors {
    struct usb_interface_descriptor interface;
    struct usb_endpoint_descriptor_no_audio in, out;
} __attribute__((packed));

struct port {
    int number;
    const char *pty; /* NULL: nobody answers */
    int in, out;     /* the endpoints: to the host, from it */
    bool refuses;
};

static struct {
    const char *ffs;
    int ep0;
    int count;
    struct port ports[PORTS_MAX];
    pthread_mutex_t lock;
    pthread_cond_t news;
    bool stalled;
} gadget = {.lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static struct usb_endpoint_descriptor_no_audio bulk(int address, int packet)
{
    return (struct usb_endpoint_descriptor_no_audio){
        .bLength = sizeof(struct usb_endpoint_descriptor_no_audio),
        .bDescriptorType = USB_DT_ENDPOINT,
        .bEndpointAddress = (__u8)address,
        .bmAttributes = USB_ENDPOINT_XFER_BULK,
        .wMaxPacketSize = htole16((__u16)packet),
    };
}

/* One interface a port: vendor specific, as a modem's are. */
static void describe(struct port_descriptors *d, int number, int packet)
{
    int first = 1 + 2 * number;
    d->interface = (struct usb_interface_descriptor){
        .bLength = sizeof(d->interface),
        .bDescriptorType = USB_DT_INTERFACE,
        .bInterfaceNumber = (__u8)number,
        .bNumEndpoints = 2,
        .bInterfaceClass = USB_CLASS_VENDOR_SPEC,
        .bInterfaceSubClass = USB_CLASS_VENDOR_SPEC,
        .bInterfaceProtocol = USB_CLASS_VENDOR_SPEC,
        .iInterface = 1,
    };
    d->in = bulk(first | USB_DIR_IN, packet);
    d->out = bulk(first + 1, packet);
}

/* Tells functionfs what the device is; its endpoints are files from then on. */
static void write_descriptors(void)
{
    struct {
        struct usb_functionfs_descs_head_v2 head;
        __le32 full_count, high_count;
        struct port_descriptors of[2 * PORTS_MAX];
    } __attribute__((packed)) d = {0};
    struct {
        struct usb_functionfs_strings_head head;
        __le16 language;
        char name[sizeof("modem")];
    } __attribute__((packed)) names = {.language = htole16(0x0409), .name = "modem"};
    size_t n = (size_t)gadget.count;
    size_t len = sizeof(d) - (PORTS_MAX - n) * 2 * sizeof(d.of[0]);
    d.head.magic = htole32(FUNCTIONFS_DESCRIPTORS_MAGIC_V2);
    d.head.length = htole32((__u32)len);
    d.head.flags = htole32(FUNCTIONFS_HAS_FS_DESC | FUNCTIONFS_HAS_HS_DESC);
    d.full_count = d.high_count = htole32((__u32)(3 * n));
    names.head.magic = htole32(FUNCTIONFS_STRINGS_MAGIC);
    names.head.length = htole32(sizeof(names));
    names.head.str_count = names.head.lang_count = htole32(1);
    for (size_t i = 0; i < n; i++) {
        describe(&d.of[i], (int)i, 64);
        describe(&d.of[n + i], (int)i, PACKET_MAX);
    }
    if (write(gadget.ep0, &d, len) != (ssize_t)len ||
        write(gadget.ep0, &names, sizeof(names)) != (ssize_t)sizeof(names))
        die("descriptors");
}

static int open_endpoint(int number)
{
    char path[PATH_SIZE];
    (void)snprintf(path, sizeof(path), "%s/ep%d", gadget.ffs, number);
    int fd = open(path, O_RDWR);
    if (fd < 0)
        die(path);
    return fd;
}

static void wait_while_stalled(void)
{
    pthread_mutex_lock(&gadget.lock);
    while (gadget.stalled)
        pthread_cond_wait(&gadget.news, &gadget.lock);
    pthread_mutex_unlock(&gadget.lock);
}

/* Opens the modem's pty, which is another one after each of its replugs. */
static int open_pty(const char *path)
{
    struct termios t;
    int fd;
    while ((fd = open(path, O_RDWR | O_NOCTTY)) < 0)
        usleep(PTY_PAUSE_US);
    if (tcgetattr(fd, &t) == 0) {
        cfmakeraw(&t);
        (void)tcsetattr(fd, TCSANOW, &t);
    }
    return fd;
}

static void write_all(int fd, const char *bytes, ssize_t len)
{
    for (ssize_t put; len > 0; bytes += put, len -= put)
        if ((put = write(fd, bytes, (size_t)len)) < 0)
            return; /* unplugged: lost, as on a real one */
}

/* From the host to the modem. An endpoint without a host waits in read() until it has one. */
static void *pump_out(void *argument)
{
    struct port *p = argument;
    char bytes[PACKET_MAX];
    for (;;) {
        wait_while_stalled();
        ssize_t len = read(p->out, bytes, sizeof(bytes));
        wait_while_stalled();
        if (len < 0 && errno == ENODEV)
            return NULL;
        int fd = len > 0 && p->pty ? open(p->pty, O_WRONLY | O_NOCTTY) : -1;
        if (fd >= 0) {
            write_all(fd, bytes, len);
            close(fd);
        }
    }
}

/* From the modem to the host. */
static void *pump_in(void *argument)
{
    struct port *p = argument;
    char bytes[PACKET_MAX];
    for (;;) {
        int fd = open_pty(p->pty);
        for (ssize_t len; (len = read(fd, bytes, sizeof(bytes))) > 0;)
            write_all(p->in, bytes, len);
        close(fd);
    }
    return NULL;
}

static void *serve_ep0(void *argument)
{
    struct usb_functionfs_event event;
    char ignored[PACKET_MAX];
    (void)argument;
    while (read(gadget.ep0, &event, sizeof(event)) == (ssize_t)sizeof(event)) {
        if (event.type != FUNCTIONFS_SETUP)
            continue;
        const struct usb_ctrlrequest *setup = &event.u.setup;
        size_t port = le16toh(setup->wIndex) & 0xff;
        bool refuse = port < PORTS_MAX && gadget.ports[port].refuses;
        /* Data in the wrong direction is how functionfs is told to stall. */
        if (!(setup->bRequestType & USB_DIR_IN) == refuse)
            (void)!write(gadget.ep0, ignored, 0);
        else
            (void)!read(gadget.ep0, ignored, le16toh(setup->wLength));
    }
    return NULL;
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0)
        die("thread");
    pthread_detach(thread);
}

static void obey(const char *command)
{
    int number = 0;
    pthread_mutex_lock(&gadget.lock);
    if (strcmp(command, "stall") == 0 || strcmp(command, "go") == 0)
        gadget.stalled = command[0] == 's';
    else if (sscanf(command, "refuse %d", &number) == 1 && number >= 0 && number < gadget.count)
        gadget.ports[number].refuses = true;
    else if (sscanf(command, "accept %d", &number) == 1 && number >= 0 && number < gadget.count)
        gadget.ports[number].refuses = false;
    else
        command = "what?";
    pthread_cond_broadcast(&gadget.news);
    pthread_mutex_unlock(&gadget.lock);
    puts(command);
}

int main(int argc, char **argv)
{
    char line[PATH_SIZE];
    if (argc < 3 || argc > 2 + PORTS_MAX)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    gadget.ffs = argv[1];
    gadget.count = argc - 2;
    (void)snprintf(line, sizeof(line), "%s/ep0", gadget.ffs);
    gadget.ep0 = open(line, O_RDWR);
    if (gadget.ep0 < 0)
        die(line);
    write_descriptors();
    for (int i = 0; i < gadget.count; i++) {
        struct port *p = &gadget.ports[i];
        *p = (struct port){.number = i, .pty = strcmp(argv[2 + i], "-") ? argv[2 + i] : NULL};
        p->in = open_endpoint(1 + 2 * i);
        p->out = open_endpoint(2 + 2 * i);
        start(pump_out, p);
        if (p->pty)
            start(pump_in, p);
    }
    start(serve_ep0, NULL);
    puts("described");
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        obey(line);
    }
    return 0;
}
