"""The roots and issuers of the local stack."""
import os
import shutil

from ceremonies import ISSUERS_PER_ROOT, ROOTS


# The linters of the web PKI want it said; on one machine nobody answers there.
ISSUER_URL = "http://ca.cairn-local.test/%s.der"


class Issuers:
    """The roots and the issuers under them, as the ceremonies made them."""

    def __init__(self, state, ceremonies, token, root_token):
        self._state = state
        self._ceremonies = ceremonies
        self._token = token
        self._root_token = root_token

    def config(self):
        """For `issuers` of the signer's configuration: two of each kind, which share the
        work."""
        issuers = []
        for name in ROOTS:
            if self._is_old(name):
                issuers.append({"name": name + "-1", "key_file": self._old(name, "issuer.key"),
                                "certificate_file": self._old(name, "issuer.pem")})
                continue
            for number in range(1, ISSUERS_PER_ROOT + 1):
                act = "%s-issuer-%d" % (name, number)
                issuer = {"name": "%s-%d" % (name, number),
                          "certificate_file": self._ceremonies.made(act),
                          "ca_issuers_url": ISSUER_URL % act,
                          "state": "active", "weight": 1,
                          # No CCADB has them; the web PKI's rules ask for it.
                          "ccadb_disclosed": True,
                          "key": {"token": self._token.config()["name"], "label": act}}
                # A state folder of earlier versions has none.
                if os.path.exists(self._ceremonies.made(act + "-ocsp")):
                    issuer["ocsp_signer"] = {
                        "certificate_file": self._ceremonies.made(act + "-ocsp"),
                        "key": {"token": self._token.config()["name"], "label": act + "-ocsp"}}
                issuers.append(issuer)
        return issuers

    def root(self, name):
        if self._is_old(name):
            return self._old(name, "root.pem")
        return self._ceremonies.made(name + "-root")

    def _old(self, name, file):
        return self._state.path("keys", "%s-%s" % (name, file))

    def _is_old(self, name):
        # A state folder of the time before there was a token.
        return os.path.exists(self._old(name, "issuer.key"))

    def ensure(self):
        """Makes what is missing; true if anything was."""
        # Never anew once they signed something: "done" is written last of all.
        done = self._state.path("ceremony", "done")
        makes = not os.path.exists(done) and not all(map(self._is_old, ROOTS))
        if makes:
            # What an attempt left that did not come to its end has signed nothing yet.
            shutil.rmtree(self._state.path("ceremony"), ignore_errors=True)
            shutil.rmtree(self._token.folder, ignore_errors=True)
            self._token.ensure()
            self._root_token.ensure()
            self._ceremonies.run_all()
            # The keys of the roots are gone before the signer starts.
            self._root_token.destroy()
            self._state.write("ceremony/done", "")
        roots = ""
        for name in ROOTS:
            with open(self.root(name)) as file:
                roots += file.read()
        self._state.write("root.pem", roots)
        return makes
