import os
import socket
import ssl
import tempfile
import time
from pathlib import Path

import pytest


from tests.egress.harness import PATIENCE, EgressHarness

PUPPET, PUPPET_ADDRESS = "puppet.demo.test", "198.51.100.24"


def profile(roots: str) -> str:
    """What the tests' operator signed; `roots` is the closed internet's authority."""
    host = f'ports = [443, 80]\nprivate = true\nroots = """{roots}"""\n'
    return f"""
name = "demo"
version = 1
expires = 2099-01-01T00:00:00Z
[[host]]
name = "git.demo.test"
{host}
[[host]]
name = "api.demo.test"
{host}
[[host]]
name = "inner.demo.test"
[[host]]
name = "shut.demo.test"
private = true
[[host]]
name = "puppet.demo.test"
underscore_fields = true
{host}
[[credential]]
name = "git-demo"
kind = "basic"
user = "agent-bot"
hosts = ["git.demo.test"]
[[host]]
name = "echo.demo.test"
{host}
[[credential]]
name = "token"
kind = "bearer"
hosts = ["api.demo.test", "echo.demo.test"]
[[credential]]
name = "second"
kind = "basic"
user = "agent-bot"
hosts = ["echo.demo.test"]
on_echo = "cut"
[[rule]]
id = "app-fetch"
host = "git.demo.test"
git = "fetch"
repository = "acme/*"
credential = "git-demo"
verdict = "allow"
[[rule]]
id = "app-free"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/free/**"]
credential = "git-demo"
verdict = "allow"
[[rule]]
id = "app-never"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/never"]
verdict = "deny"
[[rule]]
id = "app-push"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/*"]
updates = ["create", "update"]
credential = "git-demo"
verdict = "ask"
[[rule]]
id = "echo"
host = "api.demo.test"
methods = ["GET", "POST", "HEAD"]
path = "/echo/**"
credential = "token"
verdict = "allow"
[[rule]]
id = "store"
host = "api.demo.test"
path = "/store/**"
credential = "token"
verdict = "allow"
[[rule]]
id = "open"
host = "api.demo.test"
path = "/open/**"
verdict = "allow"
[[rule]]
id = "ask-no-delete"
host = "api.demo.test"
methods = ["DELETE"]
path = "/ask/**"
verdict = "deny"
[[rule]]
id = "ask"
host = "api.demo.test"
path = "/ask/**"
credential = "token"
verdict = "ask"
[[rule]]
id = "no-git"
host = "api.demo.test"
git = "push"
repository = "no/git"
verdict = "allow"
[[rule]]
id = "shut"
host = "shut.demo.test"
verdict = "allow"
[[rule]]
id = "puppet-push-free"
host = "puppet.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/free/**"]
verdict = "allow"
[[rule]]
id = "puppet-push"
host = "puppet.demo.test"
git = "push"
repository = "acme/*"
verdict = "ask"
[[rule]]
id = "puppet-ask"
host = "puppet.demo.test"
path = "/ask/**"
verdict = "ask"
[[rule]]
id = "puppet"
host = "puppet.demo.test"
verdict = "allow"
[[rule]]
id = "placed"
host = "echo.demo.test"
path = "/placed/**"
credential = "token"
verdict = "allow"
[[rule]]
id = "bare"
host = "echo.demo.test"
path = "/bare/**"
verdict = "allow"
[[rule]]
id = "inner"
host = "inner.demo.test"
verdict = "allow"
"""


@pytest.fixture(scope="session")
def harness():
    program = Path(os.environ["ANCHORHOLD_EGRESS"])
    made = EgressHarness(program, Path(tempfile.mkdtemp(prefix="egress-", dir="/tmp")), profile)
    yield made
    made.stop()


@pytest.fixture
def upstream(harness):
    """puppet.demo.test: a listener whose connections the test reads and answers by hand."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    base = harness.internet.directory / PUPPET
    context.load_cert_chain(f"{base}.pem", f"{base}.key")
    with socket.create_server((PUPPET_ADDRESS, 443)) as listener, context.wrap_socket(listener, server_side=True) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.fixture
def world(harness):
    """The harness as each test finds it: everybody there, nobody asked yet."""
    gate, audit, fence = harness.gate, harness.audit, harness.fence
    gate.person, gate.lease_reply, gate.approvers = "wait", {}, 1
    gate.asks.clear(), gate.consumed.clear(), gate.cancelled.clear(), gate.outcomes.clear()
    time.sleep(0.05)  # the last test's records
    audit.events.clear()
    audit.failing, audit.silent, fence.refuse = "", False, 0
    yield harness
    assert harness.egress.alive(), harness.egress.log.read_text()
