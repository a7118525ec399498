"""A throw-away certificate authority, and a server's certificate that it signed."""
import subprocess


def _openssl(folder, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Authority:
    """Makes NAME.pem and NAME.key in the folder."""

    def __init__(self, folder, name):
        self.folder = folder
        self.name = name
        _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem")

    @property
    def certificate(self):
        return self.folder / f"{self.name}.pem"

    def sign(self, name, host):
        """The paths of a certificate for the host name and of its key."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        _openssl(self.folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}",
                 "-keyout", f"{name}.key", "-out", f"{name}.csr")
        _openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-days", "2", "-CA", f"{self.name}.pem",
                 "-CAkey", f"{self.name}.key", "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"
