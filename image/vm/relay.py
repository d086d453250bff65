"""Loopback ports of the host, carried to the guest: the listening socket stays in the network namespace it was made in."""

import contextlib
import selectors
import socket
import threading


class Relay:
    """Open it before entering the closed internet to serve the host, after it to serve programs inside."""

    def __init__(self, port: int, target: tuple[str, int]):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]

    def start(self) -> None:
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError), socket.create_connection(self.target, timeout=20) as guest:
            guest.settimeout(None)
            other = {client: guest, guest: client}
            with selectors.DefaultSelector() as ready:
                for side in other:
                    ready.register(side, selectors.EVENT_READ, data=side)
                while ready.get_map():
                    for key, _ in ready.select():
                        side = key.data
                        if data := side.recv(65536):
                            other[side].sendall(data)
                        else:
                            ready.unregister(side)
                            with contextlib.suppress(OSError):
                                other[side].shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.listener.close()
