"""Certificates of an authority of one's own, for servers on this machine."""

import ssl
import subprocess

from . import install


def authority(folder, name):
    """Makes an authority and a certificate of it for `localhost` and 127.0.0.1; gives the authority's file and a context to serve with."""
    install.apt("openssl", commands=("openssl",))
    folder.mkdir(parents=True, exist_ok=True)
    ca, key, request, cert = (folder / f"{name}{end}" for end in ("-ca.pem", ".key", ".csr", ".pem"))
    names = folder / f"{name}.cnf"
    names.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    for command in (
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name} authority", "-keyout", f"{ca}.key", "-out", ca],
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", request],
        ["x509", "-req", "-in", request, "-CA", ca, "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "2", "-extfile", names, "-out", cert],
    ):
        subprocess.run(["openssl", *map(str, command)], check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return ca, context
