"""Certificates for the lab, made with the openssl command."""

import dataclasses
import pathlib
import ssl
import subprocess


@dataclasses.dataclass
class Certificate:
    certificate: pathlib.Path
    key: pathlib.Path

    def server_context(self):
        """For servers of Python's that show it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def bundle(self, path):
        """Writes both into one file; returns its path as text."""
        path.write_bytes(self.certificate.read_bytes() + self.key.read_bytes())
        path.chmod(0o600)
        return str(path)


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                          text=True).stdout


class Authority:
    """Signs what clients trust by `self.path`."""

    def __init__(self, directory):
        self._directory = directory
        directory.mkdir(exist_ok=True)
        self.path = directory / "ca.pem"
        self._key = directory / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self._key, "-out", self.path, "-days", "30", "-subj", "/CN=lab CA",
                "-addext", "basicConstraints=critical,CA:TRUE")

    def issue(self, name, *further, rsa=False, days=10):
        """A certificate for these DNS names."""
        stem = self._directory / f"{name.replace('*', 'any')}{'-rsa' if rsa else ''}-{days}"
        key, request, certificate = (stem.with_suffix(end) for end in (".key", ".csr", ".crt"))
        kind = ["rsa:2048"] if rsa else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        openssl("req", "-newkey", *kind, "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        names = ",".join(f"DNS:{each}" for each in (name, *further))
        extensions = stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self._key,
                "-CAcreateserial", "-out", certificate, "-days", days, "-extfile", extensions)
        key.chmod(0o600)
        return Certificate(certificate, key)

    def respond(self, certificate, minutes=60, revoked=False):
        """The path of an OCSP response (DER) about a certificate, good for so long."""
        shown = openssl("x509", "-in", certificate.certificate, "-noout", "-serial", "-subject",
                        "-nameopt", "compat")
        serial = shown.split("serial=")[1].split()[0]
        state = "R\t491231235959Z\t260101000000Z" if revoked else "V\t491231235959Z\t"
        index, response = self._directory / "index.txt", self._directory / "response.der"
        index.write_text(f"{state}\t{serial}\tunknown\t/CN=any\n")
        openssl("ocsp", "-index", index, "-CA", self.path, "-rsigner", self.path, "-rkey",
                self._key, "-issuer", self.path, "-cert", certificate.certificate, "-nmin", minutes,
                "-respout", response)
        return response
