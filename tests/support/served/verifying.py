"""`main` as in the cloud, but for where the certificates come from: `CERTIFICATES`, `KEYS`."""

import os

from firebase_admin import _token_gen, app_check

from app.kit import invokers

certificates = os.environ["CERTIFICATES"]
_token_gen.ID_TOKEN_CERT_URI = certificates
invokers.CERTIFICATES_URL = certificates
app_check._AppCheckService._JWKS_URL = os.environ["KEYS"]  # noqa: SLF001  # no setting leads there

from main import *  # noqa: E402, F403
