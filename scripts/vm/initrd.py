#!/usr/bin/env python3
"""initrd.py OUT MODULE_FOLDER NAME=FILE...: an initramfs (newc cpio) with files, /dev/console and the vfio modules."""
import glob
import lzma
import sys

MODULES = ["irqbypass", "vfio", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"]
FOLDERS = ["dev", "proc", "sys", "modules", "tmp"]


def entry(out, number, name, mode, data=b"", device=(0, 0)):
    name = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(name), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name
    out.write(head + b"\0" * (-len(head) % 4))
    out.write(data + b"\0" * (-len(data) % 4))


def entries(modules, files):
    folders = dict.fromkeys(FOLDERS)
    for name, _ in files:
        parts = name.split("/")[:-1]
        folders.update(dict.fromkeys("/".join(parts[: i + 1]) for i in range(len(parts))))
    for folder in folders:
        yield folder, 0o41777 if folder == "tmp" else 0o40755, b"", (0, 0)
    yield "dev/console", 0o20600, b"", (5, 1)
    for name, path in files:
        with open(path, "rb") as file:
            yield name, 0o100755, file.read(), (0, 0)
    for i, module in enumerate(MODULES):
        found = glob.glob(f"{modules}/**/{module}.ko*", recursive=True)
        if not found:
            print(f"module {module} is not there: taken as built in")
            continue
        with open(found[0], "rb") as file:
            data = file.read()
        if found[0].endswith(".xz"):
            data = lzma.decompress(data)
        yield f"modules/{i}-{module}.ko", 0o100644, data, (0, 0)
    yield "TRAILER!!!", 0, b"", (0, 0)


def main():
    target, modules, *rest = sys.argv[1:]
    with open(target, "wb") as out:
        files = [item.split("=", 1) for item in rest]
        for number, (name, mode, data, device) in enumerate(entries(modules, files), 1):
            entry(out, number, name, mode, data, device)


main()
