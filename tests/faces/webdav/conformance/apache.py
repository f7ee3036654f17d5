"""Run the suite against Apache's mod_dav over the same files: `make conformance-apache`.

A rule that a server of twenty years breaks is a wrong rule, or one of ours (the marker `ours`). Needs the
program `apache2`; arguments go to pytest.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faces.webdav.conformance.files import write_files

USER, PASSWORD = "user", "pass"
MODULES = Path("/usr/lib/apache2/modules")
LOADED = [
    *("mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic"),
    *("mime", "dir", "autoindex", "dav", "dav_fs"),
]
WAIT = 20.0
CONFIG = """
ServerRoot {home}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {home}/pid
DefaultRuntimeDir {home}
ErrorLog {home}/error.log
DavLockDB {home}/locks
User www-data
Group www-data
KeepAlive On
MaxKeepAliveRequests 0
ThreadsPerChild 25
MaxRequestWorkers 150
TypesConfig /etc/mime.types
DocumentRoot {files}
DirectorySlash Off
AllowEncodedSlashes NoDecode
FileETag INode MTime Size
<Directory {files}>
  Dav On
  Options +Indexes
  AllowOverride None
  AuthType Basic
  AuthName files
  AuthUserFile {home}/passwords
  <Limit GET HEAD OPTIONS PROPFIND>
    Require valid-user
  </Limit>
  <LimitExcept GET HEAD OPTIONS PROPFIND>
    Require all denied
  </LimitExcept>
</Directory>
"""


def main() -> int:
    program = shutil.which("apache2", path="/usr/sbin:/usr/bin")
    if not program:
        sys.exit("apache2 is not installed.")
    with tempfile.TemporaryDirectory(prefix="conformance-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        with running(program, Path(home)) as url:
            suite = str(Path(__file__).parent)
            return subprocess.call(
                [sys.executable, "-m", "pytest", suite, "--webdav-url", url, *sys.argv[1:]]
            )


@contextlib.contextmanager
def running(program: str, home: Path) -> Iterator[str]:
    """Apache with the files of the suite, until the end of the block."""
    port = write_config(home)
    with subprocess.Popen([program, "-D", "FOREGROUND", "-f", str(home / "apache.conf")]) as process:
        try:
            wait_until_it_listens(port, process)
            yield f"http://{USER}:{PASSWORD}@127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait(WAIT)


def write_config(home: Path) -> int:
    """Everything that Apache reads, in `home`; the port it is to use."""
    files = home / "files"
    files.mkdir()
    write_files(files)
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (home / "passwords").write_text(f"{USER}:{{SHA}}{digest}\n")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    loads = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED]
    config = CONFIG.format(home=home, port=port, files=files)
    (home / "apache.conf").write_text("\n".join([*loads, config]))
    return port


def wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + WAIT
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("Apache did not start.")


if __name__ == "__main__":
    sys.exit(main())
