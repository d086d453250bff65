"""EG0: an attack by the agent alone, against stock nginx. It stores a file whose bytes before each border of the server's pieces are
a guess of the credential, and reads it back: where the border moved by the guess's length, its last byte was right.

For tests/egress and tests/guest alike."""

# Arguments: the part of the credential that is known, and the byte that is right behind it.
PROGRAM = r"""
import json, socket, ssl, string, sys
HOST, SIZE = "api.demo.test", 3 << 20
trust = ssl.create_default_context()
def call(head, body=b""):
    with trust.wrap_socket(socket.create_connection((HOST, 443)), server_hostname=HOST) as s:
        s.sendall(head + body)
        records = []
        while said := s.recv(1 << 17):
            records.append(said)
    return records
def put(data):
    said = call(b"PUT /store/file HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (HOST.encode(), len(data)), data)
    assert b" 20" in said[0][:13], said[0][:200]
def ends():
    records = call(b"GET /store/file HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % HOST.encode())
    at = -(b"".join(records).index(b"\r\n\r\n") + 4)
    found = set()
    for record in records:
        at += len(record)
        found.add(at)
    return found
put(b"\n" * SIZE)
same = ends() & ends() & ends()
borders = sorted(e for e in same if 100 < e < SIZE - 100)
known, right = sys.argv[1].encode(), sys.argv[2].encode()
# The right byte and wrong ones, at as many borders each: what moves must move for all or none.
moved = {}
# The last one is of another kind, and nothing need be hidden of that: it shows that this program sees a border move.
for byte in (right, b"~", b"Q", b"\n"):
    guess = known + byte
    data = bytearray(b"\n" * SIZE)
    for border in borders:
        data[border - len(guess):border] = guess
    put(bytes(data))
    now = ends()
    moved[byte.decode()] = sum(border not in now and border - len(guess) in now for border in borders)
print(json.dumps({"borders": len(borders), "moved": moved}))
"""


def judge(seen: dict, right: str) -> None:
    """What a guess moves it moves whether it is right or not; and the program would have seen it."""
    assert seen["borders"] >= 3, seen
    counts = seen["moved"]
    wrong = [count for byte, count in counts.items() if byte not in (right, "\n")]
    # A border that the network moved is one of many; a guess that is told apart moves nearly all.
    assert all(abs(counts[right] - count) <= seen["borders"] // 2 for count in wrong), seen
    assert counts[right] - counts["\n"] > seen["borders"] // 2, f"a byte of another kind moves nothing, so this shows nothing: {seen}"
