"""The two commands without make: `python run.py run` serves the demo zone, `python run.py test` passes all tests."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MINIMUM = (3, 11)
DEMO = ROOT / "data" / "demo"
WORKSPACE = ROOT / "workspace"
DEMO_POLICIES = ("demo-five", "cn-idle-2012", "zombie-guangdong", "zombie-sichuan", "dongyang", "qianxi", "qinshui",
                 "cn-expand-2017", "demo-province", "demo-imagery")  # fmt: skip


def call(*command: str | Path) -> None:
    """Run one command from the project's folder; leave with its exit code if it fails."""
    environment = {**os.environ, "PYTHONUTF8": "1"}
    code = subprocess.run([str(part) for part in command], cwd=ROOT, check=False, env=environment).returncode  # noqa: S603
    if code:
        sys.exit(code)


def attempt(*command: str | Path) -> bool:
    """Run one command quietly and say whether it worked."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


def setup(lock: str = "requirements.lock") -> None:
    """Make .venv once and install the exact, hashed versions of the lock; do nothing when they are there."""
    stamp = VENV / f"{lock}.sha256"
    wanted = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and PYTHON.exists():
        return
    if not PYTHON.exists():
        say(f"正在建立运行环境 {VENV.name} …")
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True)
    say("正在安装依赖（首次约一至三分钟）…")
    install(lock)
    write_door()
    # The area kernel and its reader compile once per installation, here, so that no user waits for it.
    call(PYTHON, "-c", "from gis.arrays import warm_up; warm_up()")
    stamp.write_text(wanted, encoding="utf-8")


def install(lock: str) -> None:
    """Install a lock's exact versions, hashes checked: by uv (several times faster), by plain pip where uv cannot."""
    pip = (PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes")
    if attempt(*pip, "-r", "requirements-uv.lock") and attempt(
        PYTHON, "-m", "uv", "pip", "install", "-q", "--python", PYTHON, *index(), "--require-hashes", "-r", lock
    ):
        return
    call(*pip, "--no-compile", "-r", lock)


def index() -> tuple[str, ...]:
    """Return the package index that this machine's pip is told to use, for uv, which does not read pip's settings."""
    asked = (PYTHON, "-m", "pip", "config", "get", "global.index-url")
    told = subprocess.run([str(part) for part in asked], capture_output=True, text=True, check=False)  # noqa: S603
    address = os.environ.get("PIP_INDEX_URL") or told.stdout.strip()
    return ("--default-index", address) if address else ()


def write_door() -> None:
    """Put the command `mujian` into .venv: it opens cli.py of this checkout."""
    if os.name == "nt":
        (PYTHON.parent / "mujian.cmd").write_text(f'@"{PYTHON}" "{ROOT / "cli.py"}" %*\r\n', encoding="utf-8")
        return
    door = PYTHON.parent / "mujian"
    door.write_text(f'#!/bin/sh\nexec "{PYTHON}" "{ROOT / "cli.py"}" "$@"\n', encoding="utf-8")
    door.chmod(0o755)


def run() -> None:
    """Write the demo delivery once, evaluate it once, serve the map."""
    setup()
    if not (DEMO / "delivery.yaml").exists():
        say("正在生成示例数据 data/demo …")
        call(PYTHON, "cli.py", "demo", DEMO)
    out = WORKSPACE / "runs" / "demo-2025"
    if not (out / "manifest.json").exists():
        say("正在评价示例开发区 …")
        policies = [part for name in DEMO_POLICIES for part in ("--policy", name)]
        call(PYTHON, "cli.py", "evaluate", DEMO, *policies, "--year", "2025", "--out", out)
    say("打开 http://127.0.0.1:8501 ：先看“总览”，再到“一张图”点一块地，看它的判定卡。按 Ctrl+C 结束。")
    call(PYTHON, "cli.py", "serve", "--workspace", WORKSPACE)


def test() -> None:
    """Install the test tools too and run every test; what the machine cannot have is skipped by name."""
    setup("requirements-dev.lock")
    # One worker a processor; a file's tests stay together, so that what they share is made once.
    call(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "loadfile", *sys.argv[2:])


def bench() -> None:
    """Install the peers too, run the ratio benchmarks (or the parts named) and write docs/benchmarks.md."""
    setup("requirements-bench.lock")
    call(PYTHON, "-m", "benchmarks", *sys.argv[2:])


def say(line: str) -> None:
    """Tell the person at the keyboard what is going on."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


TASKS = {"setup": setup, "run": run, "test": test, "bench": bench}


def main() -> None:
    """Do the one task named on the command line."""
    if sys.version_info < MINIMUM:
        sys.exit(f"亩鉴需要 Python {MINIMUM[0]}.{MINIMUM[1]} 或更新版本，现在是 {sys.version.split()[0]}。")
    task = TASKS.get(sys.argv[1] if len(sys.argv) > 1 else "run")
    if task is None:
        sys.exit(f"用法：python run.py {'|'.join(TASKS)}")
    try:
        task()
    except KeyboardInterrupt:
        say("已停止。")


if __name__ == "__main__":
    main()
