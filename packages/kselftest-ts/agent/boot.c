// SPDX-License-Identifier: GPL-2.0-only
/* As PID 1 of a guest whose initramfs holds nothing but us. */
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/poll.h>
#include <linux/time_types.h>
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include "agent.h"

/* include/linux/socket.h, linux/net.h: not exported */
#define AF_NETLINK 16
#define SOCK_DGRAM 2

#define PORTS "/sys/class/virtio-ports/"
#define PORT_NAME "agent"
#define TRANSPORT "kseries.transport="

static int open_file(const char *path, int flags)
{
	return sys4(__NR_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0);
}

static void mount_at(const char *type, const char *at)
{
	sys3(__NR_mkdirat, AT_FDCWD, at, 0755);
	sys5(__NR_mount, type, at, type, 0, 0);
}

static int read_file(const char *path, char *to, u32 size)
{
	int fd = open_file(path, O_RDONLY);
	long n;

	if (fd < 0)
		return fd;
	n = sys3(__NR_read, fd, to, size - 1);
	sys1(__NR_close, fd);
	to[n > 0 ? n : 0] = 0;
	return n;
}

static void write_file(const char *path, const char *text, u32 length)
{
	int fd = open_file(path, O_WRONLY);

	sys3(__NR_write, fd, text, length);
	sys1(__NR_close, fd);
}

static char *append(char *to, const char *text)
{
	while ((*to = *text++))
		to++;
	return to;
}

static int starts_with(const char *text, const char *with)
{
	while (*with)
		if (*text++ != *with++)
			return 0;
	return 1;
}

/* The port named "agent", if it is there yet: udev's /dev/virtio-ports/ needs udev. */
static int find_port(char *device)
{
	u8 __attribute__((aligned(8))) entries[1024];
	int dir = open_file(PORTS, O_RDONLY | O_DIRECTORY);
	int found = 0;
	long n;

	while (!found && (n = sys3(__NR_getdents64, dir, entries, sizeof(entries))) > 0) {
		for (long at = 0; !found && at < n; at += get_u16(entries + at + 16)) {
			const char *name = (char *)entries + at + 19;	/* struct linux_dirent64 */
			char path[320], value[64];

			if (name[0] == '.')
				continue;
			append(append(append(path, PORTS), name), "/name");
			found = read_file(path, value, sizeof(value)) > 0 && starts_with(value, PORT_NAME "\n");
			if (found)
				append(append(device, "/dev/"), name);
		}
	}
	sys1(__NR_close, dir);
	return found;
}

/*
 * Ports are made by a work queue, after their driver's probe: they may come
 * after us. Each makes an event, and one more when its name is known.
 */
static int wait_for_port(char *device)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	struct pollfd events = { .events = POLLIN };
	char discard[2048];

	if (find_port(device))
		return 1;
	events.fd = sys3(__NR_socket, AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT);
	if (events.fd >= 0)
		sys3(__NR_bind, events.fd, &address, sizeof(address));
	/* A minute of waiting; without events (no CONFIG_NET) by looking again. */
	for (int i = 0; i < 6000 && !find_port(device); i++) {
		struct __kernel_timespec until = { .tv_nsec = 10000000 };

		if (sys5(NR_ppoll, &events, events.fd >= 0, &until, NULL, 0) > 0)
			sys3(__NR_read, events.fd, discard, sizeof(discard));
	}
	if (events.fd >= 0)
		sys1(__NR_close, events.fd);
	return find_port(device);
}

static int open_tty(struct port *port, const char *path)
{
	struct termios mode;

	port->in = port->out = open_file(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	port->printable = 1;
	if (port->in < 0 || is_error(sys3(__NR_ioctl, port->in, TCGETS, &mode)))
		return port->in;
	mode.c_iflag = mode.c_oflag = mode.c_lflag = 0;
	mode.c_cflag = (mode.c_cflag & ~(CSIZE | PARENB | CSTOPB)) | CS8 | CREAD | CLOCAL;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	sys3(__NR_ioctl, port->in, TCSETS, &mode);
	return port->in;
}

int boot(struct port *port)
{
	char cmdline[4096], device[128];
	char *transport = NULL;

	mount_at("proc", "/proc");
	mount_at("sysfs", "/sys");
	mount_at("devtmpfs", "/dev");
	read_file("/proc/cmdline", cmdline, sizeof(cmdline));
	for (char *at = cmdline; *at; at++)
		if ((at == cmdline || at[-1] == ' ') && starts_with(at, TRANSPORT))
			transport = at + sizeof(TRANSPORT) - 1;
	if (transport) {
		for (char *at = transport; *at; at++)
			if (*at == ' ' || *at == '\n')
				*at = 0;
		if (starts_with(transport, "console"))
			return open_tty(port, "/dev/console");
		if (starts_with(transport, "/dev/"))
			return open_tty(port, transport);
	}
	if (!wait_for_port(device)) {
		static const char text[] = "kseries agent: no virtio port is named '" PORT_NAME "'\n";

		write_file("/dev/kmsg", text, sizeof(text) - 1);
		return -1;
	}
	port->vport = 1;
	port->in = port->out = open_file(device, O_RDWR | O_NONBLOCK);
	return port->in;
}

void boot_rest(void)
{
	mount_at("debugfs", "/sys/kernel/debug");
	mount_at("tracefs", "/sys/kernel/tracing");
	mount_at("tmpfs", "/tmp");
	sys3(__NR_mkdirat, AT_FDCWD, "/dev/shm", 01777);
	mount_at("tmpfs", "/dev/shm");
	mount_at("devpts", "/dev/pts");
	/* Else markers are dropped after ten in five seconds: kernel/printk/printk.c, devkmsg_write() */
	write_file("/proc/sys/kernel/printk_devkmsg", "on", 2);
}
