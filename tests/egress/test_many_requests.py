"""Requests that take a credential along and wait long for their answers: they take no locked memory while they wait."""

import asyncio
import ssl
import threading

from tests.egress.harness import PATIENCE

HOST, ADDRESS = "puppet.demo.test", "198.51.100.24"
MANY = 300  # with heads of 4 KiB: more than a locked MiB

CLIENT = f"""
import asyncio, ssl, sys
context = ssl.create_default_context()
async def ask(i):
    reader, writer = await asyncio.open_connection({HOST!r}, 443, ssl=context, ssl_handshake_timeout={PATIENCE})
    writer.write(b"GET /" + str(i).encode() + b" HTTP/1.1\\r\\nHost: {HOST}\\r\\nX-Long: " + b"x" * 4000 + b"\\r\\nConnection: close\\r\\n\\r\\n")
    said = (await reader.readline()).split()[1:2] + [await reader.read()]
    writer.close()
    if said[0] != b"200":
        sys.exit(said)
async def all():
    await asyncio.gather(*(ask(i) for i in range({MANY})))
asyncio.run(all())
"""


class Slow:
    """Answers nobody before all have asked."""

    def __init__(self, context: ssl.SSLContext):
        self.heads: list[bytes] = []
        self.ready, self.loop = threading.Event(), asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run, args=(context,), daemon=True)
        self.thread.start()
        assert self.ready.wait(PATIENCE)

    def _run(self, context: ssl.SSLContext) -> None:
        async def serve() -> None:
            self.everybody, self.over = asyncio.Event(), asyncio.Event()
            server = await asyncio.start_server(self._answer, ADDRESS, 443, ssl=context, backlog=1024, ssl_handshake_timeout=PATIENCE)
            async with server:
                self.ready.set()
                await self.over.wait()

        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(serve())

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append(await reader.readuntil(b"\r\n\r\n"))
        if len(self.heads) == MANY:
            self.everybody.set()
        await self.everybody.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join(PATIENCE)


def test_many_requests_with_a_credential_wait_at_once(world):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    base = world.internet.directory / HOST
    context.load_cert_chain(f"{base}.pem", f"{base}.key")
    slow = Slow(context)
    placed = world.profile.replace('hosts = ["api.demo.test"', f'hosts = ["{HOST}", "api.demo.test"', 1)
    placed = placed.replace('id = "puppet"\n', 'id = "puppet"\ncredential = "token"\n')
    try:
        world.gate.change(placed)
        world.until_all_is_well()
        end = world.inside("python3", "-c", CLIENT, timeout=4 * PATIENCE)
        assert end.returncode == 0, (len(slow.heads), end.stderr[-500:])
        assert len(slow.heads) == MANY and all(b"\r\nAuthorization: Bearer " in head for head in slow.heads)
    finally:
        slow.stop()
        world.gate.change(world.profile)
        world.until_all_is_well()
