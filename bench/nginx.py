"""nginx as the yardstick: sendfile for bytes, dav-ext for listings."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.client import Site
from momoshtrem.spawn import find_free_ports

MODULE = Path("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so")
MISSING = "No nginx to compare with; apt-get install nginx-light libnginx-mod-http-dav-ext"
START_LIMIT = 10.0

CONFIGURATION = """
load_module {module};
daemon off;
master_process off;
pid {work}/nginx.pid;
error_log {work}/nginx-errors.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {work}/bodies;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location / {{ dav_ext_methods PROPFIND OPTIONS; }}
    }}
}}
"""


@asynccontextmanager
async def run_nginx(root: Path, work: Path) -> AsyncIterator[Site | None]:
    """Serve `root`, or give None and say what to install."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None or not MODULE.exists():
        print(MISSING)
        yield None
        return
    (port,) = find_free_ports(1)
    (work / "nginx.conf").write_text(CONFIGURATION.format(module=MODULE, work=work, port=port, root=root))
    process = await asyncio.create_subprocess_exec(
        *(program, "-p", str(work), "-c", str(work / "nginx.conf")), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _wait_until_open(port, process)
        yield Site(f"127.0.0.1:{port}")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _wait_until_open(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_LIMIT):
        while process.returncode is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.02)
    raise RuntimeError("nginx does not start; does `nginx -t` pass?")
