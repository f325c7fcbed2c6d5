"""A certificate authority for tests, with a certificate for this machine."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """Files of a throw-away authority: its own and one server's."""

    ca_file: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """TLS for a Python server."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificates(folder: Path, *names: str) -> Certificates:
    """Write ca.pem, server.pem and server.key; names default to this machine's."""
    authority = trustme.CA()
    server = authority.issue_cert(*(names or ("127.0.0.1", "localhost")))
    paths = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority.cert_pem.write_to_path(paths.ca_file)
    server.private_key_pem.write_to_path(paths.key)
    chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
    paths.certificate.write_bytes(chain)
    return paths
