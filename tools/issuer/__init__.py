"""An OpenID Connect issuer for development: `make run AUTH_ISSUER=local`, `make token`.

It asks for no password, so it listens on loopback alone, and sends codes to loopback alone.
"""

from tools import kit

kit.on_path()  # it judges addresses as the kit does
