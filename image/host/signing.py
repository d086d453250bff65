"""The key that signs profiles on this machine. An image builder replaces it: ANCHORHOLD_ALLOWED_SIGNERS names the file
that goes into the image, and the private keys stay where their owners keep them."""

import os
import subprocess
from pathlib import Path

from . import cache

KEY = cache.ROOT / "keys/profile"
NAMESPACE = "anchorhold-profile"


def private_key() -> Path:
    """The demo's own Ed25519 key, made once for this machine's cache."""
    if not KEY.exists():
        KEY.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "anchorhold demo", "-f", str(KEY)], check=True)
    return KEY


def allowed_signers() -> str:
    """The text of /usr/share/anchorhold/allowed_signers (ssh-keygen(1), ALLOWED SIGNERS)."""
    if given := os.environ.get("ANCHORHOLD_ALLOWED_SIGNERS"):
        return Path(given).read_text()
    private_key()
    kind, public = KEY.with_suffix(".pub").read_text().split()[:2]
    return f'operator namespaces="{NAMESPACE}" {kind} {public}\n'


def sign(profile: Path) -> Path:
    """profile.sig beside the profile, as `ssh-keygen -Y sign` writes it."""
    signature = profile.with_name(profile.name + ".sig")
    signature.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", str(private_key()), "-n", NAMESPACE, str(profile)], check=True)
    return signature
