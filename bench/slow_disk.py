"""The service on a slower disk than this machine has: `python -m bench.slow_disk <ms> [--hver-for-seg] …`.

SQLite gets a file system of ours that is the usual one, but sleeps after each sync. With --hver-for-seg nobody shares a
COMMIT, as in a server where each request has its own transaction. The rest of the arguments are notifikasjon.py's.

Such a file system cannot map the file into memory, so reading costs more here than it does else, for both alike.
"""

import sys
import time

import apsw

import notifikasjon
from server import database, fordeler


class _Fil(apsw.VFSFile):
    sekunder: float

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        time.sleep(self.sekunder)


class _Disk(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("slow", "unix", makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _Fil("unix", name, flags)


def main() -> None:
    ms, *arguments = sys.argv[1:]
    _Fil.sekunder = int(ms) / 1000
    if arguments[0] == "--hver-for-seg":
        del arguments[0]
        database.BATCH_MEMBERS = 1
        fordeler.MAKS_SAMMEN = 1
    database.SHARED["mmap_size"] = 0
    disk = _Disk()
    notifikasjon.main(arguments)
    disk.unregister()


if __name__ == "__main__":
    main()
