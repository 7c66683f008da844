#!/usr/bin/env python3
"""The page of `textback report --html` in a browser: nothing wrong on its console, charts on a phone and on a desk, text
that can be selected, and A4 paper.

usage: test_page.py TEXTBACK FIXTURE
"""

import os
import shutil
import subprocess
import struct
import zlib

from desk import Desk, done, ok, skip

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
           "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr").split()
BAR = (0x2A, 0x6F, 0x97)
HEIGHT = 1800


def browse(desk, *options):
    command = [BROWSER, *OPTIONS, f"--user-data-dir={desk.path}/profile", *options]
    return subprocess.run(command, capture_output=True, timeout=120, env={**desk.env, "HOME": desk.path}, cwd=desk.path)


def pixels(path):
    """The rows of a PNG as lists of (red, green, blue)."""
    data = open(path, "rb").read()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert depth == 8 and kind in (2, 6), (depth, kind)
    packed, at, size = b"", 8, {2: 3, 6: 4}[kind]
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at:at + 8])
        packed += data[at + 8:at + 8 + length] if name == b"IDAT" else b""
        at += length + 12
    raw, before, rows = zlib.decompress(packed), bytearray(width * size), []
    for y in range(height):
        start = y * (width * size + 1)
        method, row = raw[start], bytearray(raw[start + 1:start + 1 + width * size])
        for i, value in enumerate(row):
            left, up, corner = row[i - size] if i >= size else 0, before[i], before[i - size] if i >= size else 0
            if method == 1:
                row[i] = value + left & 255
            elif method == 2:
                row[i] = value + up & 255
            elif method == 3:
                row[i] = value + (left + up) // 2 & 255
            elif method == 4:
                near = min((left, up, corner), key=lambda c: abs(left + up - corner - c))
                row[i] = value + near & 255
        rows.append([tuple(row[i:i + 3]) for i in range(0, width * size, size)])
        before = row
    return rows


def test_screen(desk, width):
    """A browser's window has a least width; a frame has none."""
    desk.file(f"at{width}.html", f"<body style='margin:0;background:#fff'><iframe src='page.html' width='{width}' "
                                 f"height='{HEIGHT}' frameborder='0'></iframe>")
    picture = os.path.join(desk.path, f"at{width}.png")
    run = browse(desk, f"--window-size={width + 300},{HEIGHT}", f"--screenshot={picture}", f"file://{desk.path}/at{width}.html")
    if not os.path.exists(picture):
        ok(False, f"{width} px: a picture", run.stderr.decode())
        return
    console = [line for line in run.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
    ok(not console, f"{width} px: nothing on the console", *console)
    rows = pixels(picture)
    bars = [row.count(BAR) for row in rows]
    ok(max(bars) > width // 4 or max(bars) > 250, f"{width} px: bars", max(bars))
    ok(sum(count > 0 for count in bars) > 60, f"{width} px: bars and squares", sum(count > 0 for count in bars))
    ok(all(pixel == (255, 255, 255) for row in rows for pixel in row[width - 8:width]), f"{width} px: nothing is cut off")


def test_paper(desk):
    """What can be selected is text, not a picture; the paper is A4."""
    paper = os.path.join(desk.path, "page.pdf")
    browse(desk, "--no-pdf-header-footer", f"--print-to-pdf={paper}", f"file://{desk.path}/page.html")
    if not shutil.which("pdftotext"):
        skip("on paper", "no pdftotext here (poppler-utils)")
        return
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True).stdout.decode()
    for what in "Brightwater Plumbing", "Replied in 24 h", "When calls come", "Mon", "texted recently":
        ok(what in text, f"on paper: {what}", text)
    about = subprocess.run(["pdfinfo", paper], capture_output=True).stdout.decode()
    ok("A4" in about, "the paper is A4", about)
    ok(any(line.split() in (["Pages:", "1"], ["Pages:", "2"]) for line in about.splitlines()), "a page or two", about)


if BROWSER:
    with Desk() as opened:
        opened.run("won", "1", "450")
        opened.file("page.html", opened.run("report", "--html").stdout.decode())
        for wide in 360, 1280:
            test_screen(opened, wide)
        test_paper(opened)
else:
    skip("the page in a browser", "no chromium here")
done()
