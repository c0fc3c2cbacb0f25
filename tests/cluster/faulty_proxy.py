"""A proxy in front of the API server, with a certificate of its own, that can be told to spoil what the API server says.

Without a fault it hands on bytes in both directions.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
import threading

ADDRESS = ("192.0.2.2", 6443)
VOID = "void"  # an interface that nothing comes back from
MOST = 1 << 16  # bytes at a time
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no goodbye


class FaultyProxy:
    """`fault`, where it isn't None, turns each piece of what the API server says into what is said instead, and then the
    connection ends."""

    def __init__(self, control_plane):
        self.control_plane = control_plane
        self.fault = None
        self.connections = {}  # writers to clients by tasks; of the loop's thread
        self.server = None
        self.loop = asyncio.new_event_loop()
        self.served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.served.load_cert_chain(*control_plane.certify("proxy", "/CN=proxy", f"subjectAltName=IP:{ADDRESS[0]}"))
        self.called = ssl.create_default_context(cafile=control_plane.directory / "ca.crt")
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True)

    def start(self):
        _ip("address", "add", f"{ADDRESS[0]}/32", "dev", "lo")
        self.thread.start()
        self.server = self._do(asyncio.start_server(self._serve, *ADDRESS, ssl=self.served))

    def stop(self):
        self._do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        _ip("address", "delete", f"{ADDRESS[0]}/32", "dev", "lo")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @contextlib.contextmanager
    def spoiling(self, fault, cut=True):
        """With `cut` also connections that are silent end at once."""
        self.fault = fault
        if cut:
            self.cut()
        try:
            yield
        finally:
            self.fault = None

    @contextlib.contextmanager
    def unreachable(self):
        """No packet comes through, and all connections end meanwhile without the other side's hearing of it."""
        _ip("link", "add", VOID, "arp", "off", "type", "veth", "peer", "name", f"{VOID}-end")
        _ip("link", "set", VOID, "up")
        _ip("link", "set", f"{VOID}-end", "up")
        _ip("address", "delete", f"{ADDRESS[0]}/32", "dev", "lo")
        _ip("route", "add", f"{ADDRESS[0]}/32", "dev", VOID)
        try:
            self.cut()
            yield
        finally:
            _ip("link", "delete", VOID)
            _ip("address", "add", f"{ADDRESS[0]}/32", "dev", "lo")

    def cut(self):
        """Resets all connections."""
        self._do(self._cut())

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _cut(self):
        for writer in self.connections.values():
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _end(self):
        self.server.close()
        await self._cut()
        if self.connections:
            await asyncio.wait(self.connections)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self.connections[task] = writer
        with contextlib.suppress(OSError):  # the API server is away
            said, upstream = await asyncio.open_connection(*self.control_plane.api.address, ssl=self.called)
            ways = [asyncio.ensure_future(self._hand_on(reader, upstream)),
                    asyncio.ensure_future(self._hand_on(said, writer, self._spoil))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            upstream.close()
        writer.close()
        del self.connections[task]

    async def _hand_on(self, reader, writer, change=lambda data: (data, True)):
        with contextlib.suppress(OSError):
            going = True
            while going and (data := await reader.read(MOST)) and not writer.is_closing():
                data, going = change(data)
                writer.write(data)
                await writer.drain()

    def _spoil(self, data):
        """(what is said instead, whether the connection goes on)."""
        return (self.fault(data), False) if self.fault else (data, True)


def _ip(*words):
    subprocess.run(["ip", *words], check=True)
