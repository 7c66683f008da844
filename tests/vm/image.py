"""tests/vm/image.py - what a guest boots: Debian's kernel with the drivers a modem needs, busybox, and our programs.

The packages are downloaded and unpacked, never installed, and stay in .build/vm for the next time.
"""

import fcntl
import glob
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile

from qemu import AMD64, ARM64, unpack_kernel

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(os.path.dirname(os.path.dirname(HERE)), ".build", "vm")
MODULES = { # what `load NAME` loads in the guest
    "usb": ["virtio_pci", "virtio_console", "xhci_pci", "ftdi_sio", "option", "dummy_hcd num=2", "configfs", "usb_f_fs"],
    "disk": ["virtio_blk", "crc32c_generic", "ext4"],
}
SIGNATURE_END = b"~Module signature appended~\n"
MODULE_FOLDERS = ["arch", "crypto", "lib", "drivers/block", "drivers/char", "drivers/usb", "drivers/virtio", "fs/configfs",
                  "fs/ext4", "fs/jbd2", "fs/mbcache.ko"]
ETC = {
    "passwd": "root:x:0:0::/:/bin/sh\ntextback:x:100:100::/tmp:/bin/sh\nstranger:x:101:101::/tmp:/bin/sh\n",
    "group": "root:x:0:\ndialout:x:20:textback\ntextback:x:100:\nstranger:x:101:\n",
    "mdev.conf": "ttyUSB[0-9]+ 0:20 660\nttyS[0-9]+ 0:20 660\n",
}


class Missing(Exception):
    """A guest cannot be had on this machine; the message says why."""


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip() or "failed").splitlines()[-1]
        raise Missing(f"{' '.join(command[:3])}: {why}")
    return done.stdout


def machine_of(program):
    """Returns the machine that runs a program, by e_machine in its ELF header."""
    machines = {62: AMD64, 183: ARM64}
    with open(program, "rb") as file:
        header = file.read(20)
    kind = int.from_bytes(header[18:20], "little")
    if header[:4] != b"\x7fELF" or kind not in machines:
        raise Missing(f"there is no guest for {os.path.basename(program)}: x86_64 and aarch64 only")
    return machines[kind]


def apt_of(architecture):
    """Returns the options with which apt knows the packages of another machine, and nothing of this one."""
    if architecture == run("dpkg", "--print-architecture").strip():
        return []
    state = os.path.join(CACHE, "apt-" + architecture)
    options = []
    for name, value in (("Dir::State::lists", state + "/lists"), ("Dir::State::status", state + "/status"),
                        ("Dir::Cache", state + "/cache"), ("APT::Architecture", architecture),
                        ("APT::Architectures", architecture), ("APT::Sandbox::User", "root")):
        options += ["-o", f"{name}={value}"]
    if not os.path.exists(state):
        os.makedirs(state + "/lists/partial")
        os.makedirs(state + "/cache/archives/partial")
        with open(state + "/status", "w", encoding="ascii"):
            run("apt-get", *options, "update")
    return options


def kernel_package(machine):
    """The name has the number of an ABI, and changes from update to update."""
    name = "linux-image-" + machine.architecture
    for line in run("apt-cache", *apt_of(machine.architecture), "depends", name).splitlines():
        if line.strip().startswith("Depends: linux-image-"):
            return line.split()[1]
    raise Missing(f"apt knows no kernel of the name {name}")


def unpack(machine, package, folder, *patterns):
    """Unpacks those files of a Debian package into `folder`."""
    deb = os.path.join(CACHE, "deb")
    os.makedirs(deb, exist_ok=True)
    run("apt-get", *apt_of(machine.architecture), "download", package, cwd=deb)
    path = max(glob.glob(os.path.join(deb, package + "_*.deb")), key=os.path.getmtime)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", path], stdout=subprocess.PIPE) as contents:
        done = subprocess.run(["tar", "x", "-C", folder, "--wildcards", *patterns], stdin=contents.stdout,
                              capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{package}: {done.stderr.strip()}")
    os.remove(path)


def depends(module):
    """The package has no modules.dep: each module tells by itself."""
    with open(module, "rb") as file:
        found = re.search(rb"\0depends=([^\0]*)\0", file.read())
    return [name for name in found[1].decode().replace("-", "_").split(",") if name] if found else []


def order_modules(files, wanted, lines):
    """Adds the lines `NAME OPTIONS` by name, in the order in which they can be loaded."""

    def add(name, options=""):
        if name in lines or name not in files:
            return # what is built into the kernel has no file
        for other in depends(files[name]):
            add(other)
        lines[name] = f"{name} {options}".strip()

    for module in wanted:
        add(*module.split(" ", 1))


def unsigned(module):
    """The module without its signature, which the emulated processor would take seconds to check."""
    if not module.endswith(SIGNATURE_END):
        return module
    trailer = len(SIGNATURE_END) + 12
    length = int.from_bytes(module[-len(SIGNATURE_END) - 4:-len(SIGNATURE_END)], "big")
    return module[:-trailer - length]


def make_base(machine, folder):
    """Fills `folder` with a kernel, busybox and modules."""
    part = folder + ".part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    unpack(machine, "busybox-static", part, "./bin/busybox")
    package = kernel_package(machine)
    unpack(machine, package, part, "./boot/vmlinuz*", *(f"./lib/modules/*/kernel/{where}" for where in MODULE_FOLDERS))
    kernel = glob.glob(part + "/boot/vmlinuz*")[0]
    if machine == AMD64:
        unpack_kernel(kernel, part + "/kernel")
    else:
        os.rename(kernel, part + "/kernel") # is not packed
    files = {os.path.basename(path)[:-3].replace("-", "_"): path
             for path in glob.glob(part + "/lib/modules/**/*.ko", recursive=True)}
    os.makedirs(part + "/modules")
    lines = {}
    for name, wanted in MODULES.items():
        before = len(lines)
        order_modules(files, wanted, lines)
        with open(f"{part}/modules/{name}", "w", encoding="utf-8") as file:
            file.write("\n".join([*lines.values()][before:]) + "\n")
    for name in lines:
        with open(files[name], "rb") as module, open(f"{part}/modules/{name}.ko", "wb") as copy:
            copy.write(unsigned(module.read()))
    for what in ("/lib", "/boot"):
        shutil.rmtree(part + what)
    os.rename(part, folder)


def base(machine):
    """Returns the folder with kernel, busybox and modules; makes it where there is none."""
    for tool, package in ((machine.program, machine.package), ("apt-get", "apt"), ("dpkg-deb", "dpkg")):
        if not shutil.which(tool):
            raise Missing(f"{tool} is missing (package {package})")
    os.makedirs(CACHE, exist_ok=True)
    with open(__file__, "rb") as file:
        version = hashlib.sha256(file.read()).hexdigest()[:8]
    folder = os.path.join(CACHE, f"base-{machine.architecture}-{version}")
    with open(os.path.join(CACHE, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX) # of several tests the first one does it
        if not os.path.isdir(folder):
            for old in glob.glob(os.path.join(CACHE, f"base-{machine.architecture}-*")):
                shutil.rmtree(old)
            make_base(machine, folder)
    return folder


def libraries(program):
    """Returns the paths of the shared libraries a program needs, its loader too, which knows them."""
    with open(program, "rb") as file:
        loader = re.search(rb"\0(/[^\0]*/ld-linux[^\0/]*)\0", file.read())
    return re.findall(r"(/\S+) \(0x", run(loader[1].decode(), "--list", program)) if loader else []


def archive(files):
    """Returns the cpio archive (newc) of {path: (mode, bytes)}, folders added."""
    entries = {}
    for path, (mode, content) in files.items():
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts)):
            entries.setdefault("/".join(parts[:depth]), (stat.S_IFDIR | 0o755, b""))
        entries["/".join(parts)] = (stat.S_IFREG | mode, content)
    out = bytearray()
    for number, (name, (mode, content)) in enumerate([*entries.items(), ("TRAILER!!!", (0, b""))], 1):
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        out += b"\0" * (-len(out) % 4) + content
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def read(path):
    """The bytes of a file; of a program without what only a debugger wants, where binutils are here."""
    if os.access(path, os.X_OK) and shutil.which("strip"):
        with tempfile.TemporaryDirectory() as folder:
            lean = os.path.join(folder, "lean")
            if subprocess.run(["strip", "-o", lean, path], capture_output=True, check=False).returncode == 0:
                path = lean
            with open(path, "rb") as file:
                return file.read()
    with open(path, "rb") as file:
        return file.read()


def make_initrd(path, programs, machine):
    """Writes the guest's files: `programs` go to /bin with their libraries. Returns the kernel."""
    folder = base(machine)
    files = {"init": (0o755, os.path.join(HERE, "init.sh")), "bin/busybox": (0o755, folder + "/bin/busybox")}
    for name in os.listdir(folder + "/modules"):
        files["modules/" + name] = (0o644, f"{folder}/modules/{name}")
    for program in programs:
        files["bin/" + os.path.basename(program).removesuffix(".sh")] = (0o755, program)
        for library in libraries(program):
            files[library] = (0o755, library)
    contents = {name: (mode, read(source)) for name, (mode, source) in files.items()}
    for name, text in ETC.items():
        contents["etc/" + name] = (0o644, text.encode())
    with open(path, "wb") as file:
        file.write(archive(contents))
    return folder + "/kernel"
