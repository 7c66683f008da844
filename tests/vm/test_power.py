"""tests/vm/test_power.py TEXTBACK MODEMSIM CARELESS - power cuts while calls and texts happen, of the real binary on ext4.

A guest runs for a while; QEMU keeps each write to its disk, and among them is what the modem knew at the time. From that
log come images of the disk as cuts would have left it; each is looked at, and the next start must go on from it rightly.
The same with a store that does not sync (careless.c) must be found out. Then whole guests are killed in the middle of
something, and the next one goes on at the same disk.

  --images N --careless N --kills N   how many (200, 20, 5); 0 for none
  --rounds N                          of calls and texts that are logged (16)
  --seed N                            of people and cuts (1)
  --recorded                          the log is there: only the images
"""

import argparse
import copy
import itertools
import os
import random
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import disk
import judge
import kills
import powered
from image import CACHE, Missing
from qemu import Trouble
from restart import examine
from town import Town

from tap import done, result # found through box

AT_ONCE = 4
WRONG_MAX = 5 # images; more of them tell nothing new
SHOWN = 40 # lines of what is wrong


def choose(chance, count, places):
    """Returns so many of {kind: numbers}: a third right after something was said and a third right before it, where it is
    hardest to have kept it and not to do it again; the rest anywhere."""
    chosen = set()
    for kind, share in (("after", count // 3), ("before", count // 3), ("anywhere", count)):
        left = [number for number in places[kind] if number not in chosen]
        chosen.update(chance.sample(left, min(len(left), share, count - len(chosen))))
    return chosen


def choose_cuts(args, chance):
    """Returns the entries of the log before which the power goes."""
    places = {careless: {"after": [], "before": [], "anywhere": []} for careless in (False, True)}
    said = False
    for number, ((octet, _, _), heard, careless) in enumerate(powered.history()):
        says = octet >= disk.FILES_SIZE
        if heard.calls or not careless: # that one comes after another
            for kind, there in (("after", said), ("before", says), ("anywhere", True)):
                places[careless][kind] += [number] * there
        said = says
    return choose(chance, args.images, places[False]) | choose(chance, args.careless, places[True])


class Image:
    """A cut, and what comes of it."""

    def __init__(self, number, careless, heard, folder):
        self.number, self.careless, self.folder = number, careless, folder
        self.heard = copy.deepcopy(heard)
        self.wrong, self.examined = [], None

    def settle(self):
        self.wrong = self.wrong or self.examined.result()
        if self.wrong and not self.careless:
            kept = os.path.join(CACHE, f"power.{self.number}")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self.folder, kept)
            self.wrong.insert(0, f"cut before entry {self.number}, the database is kept in {kept}:")
        shutil.rmtree(self.folder)
        return self


def images(args, programs, texts):
    """Yields each image, judged."""
    chance = random.Random(args.seed)
    cuts = choose_cuts(args, chance)
    medium = disk.Medium(powered.DISK + ".before")
    modes = itertools.cycle(disk.MODES)
    waiting = []
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(AT_ONCE) as pool:
        for number, (entry, heard, careless) in enumerate(powered.history()):
            if number in cuts:
                image = Image(number, careless, heard, tempfile.mkdtemp(dir=work))
                medium.cut(os.path.join(work, "image"), chance, next(modes))
                image.wrong = disk.rescue(os.path.join(work, "image"), image.folder, judge.FILES)
                image.examined = pool.submit(examine, programs, image.folder, image.heard, texts[careless])
                waiting.append(image)
            medium.take(*entry)
            if len(waiting) > 2 * AT_ONCE:
                yield waiting.pop(0).settle()
        for image in waiting:
            yield image.settle()


def judge_images(args, programs, texts):
    seen, right, telling = {False: 0, True: 0}, {False: 0, True: 0}, 0
    wrong, last, example = [], None, []
    for image in images(args, programs, texts):
        seen[image.careless] += 1
        right[image.careless] += not image.wrong
        if image.careless:
            example = example or image.wrong
        else:
            wrong += image.wrong
            telling += image.heard.size() > 0
            last = image.heard
        if seen[False] - right[False] == WRONG_MAX:
            break
    result(wrong[:SHOWN], f"{right[False]} of {seen[False]} images are intact, and the next start goes on rightly")
    print(f"# known at the last of them: {last}")
    result([] if telling * 2 >= args.images else ["that is too little: they prove nothing"],
           f"of {telling} images something was known that must be there")
    lost = seen[True] - right[True]
    result([] if lost * 2 >= args.careless else ["this test would not see a loss"],
           f"with a store that does not sync {lost} of {seen[True]} images are not")
    print("\n".join(f"# such as {line}" for line in example[:3]))
    sys.stdout.flush()


def judge_kills(args, programs):
    wrong, heard = kills.kill(programs, args.kills, random.Random(args.seed))
    enough = [] if heard.size() >= 4 * args.kills else ["too little was known"]
    result(wrong[:SHOWN] + enough, f"after {args.kills} guests that were killed nothing is lost, and nothing sent twice")
    print(f"# known: {heard}")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", nargs=3)
    for name, default in (("images", 200), ("careless", 20), ("kills", 5), ("rounds", 16), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--recorded", action="store_true")
    return parser.parse_args()


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside")) # and QEMU with it
    if os.path.isdir("/dev/shm"):
        tempfile.tempdir = "/dev/shm" # to sync there costs nothing
    programs = [os.path.abspath(path) for path in args.programs]
    chance = random.Random(args.seed)
    towns = {False: Town(chance), True: Town(chance)}
    print(f"# seed {args.seed}")
    try:
        if not args.recorded:
            powered.boot(programs)
        if args.images:
            scripts = powered.scripts(towns, args.rounds)
            if not args.recorded:
                powered.record(programs, *scripts)
            judge_images(args, programs, {careless: town.texts for careless, town in towns.items()})
        if args.kills and not args.recorded:
            judge_kills(args, programs)
    except Missing as missing:
        print(f"1..0 # SKIP {missing}")
        return
    except (Trouble, AssertionError) as trouble:
        result([trouble], "the guest lives")
    done()


main()
