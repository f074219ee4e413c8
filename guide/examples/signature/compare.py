"""Why a signature is invalid: where the base strings of consumer and provider differ.

RFC 5849 §3.4.1 defines the signature base string.
"""

from typing import ClassVar
from urllib.parse import unquote

from oauthlib import oauth1

from shared_validator.http import FORM, Request
from shared_validator.validators.oauth1_signature import SignedRequest, origin


class Consumer(oauth1.Client):
    """oauthlib's client, which keeps what it signs."""

    def keep(self, base_string):
        self.base_string = base_string
        return "the-signature"

    SIGNATURE_METHODS: ClassVar = {"HMAC-SHA256": lambda text, self: self.keep(text)}


def signed(method, url, body=None):
    """Return the base string of the consumer, and the headers that it sends."""
    known = {
        "resource_owner_key": "the-token",
        "nonce": "8-or-more",
        "timestamp": "1700000000",
    }
    consumer = Consumer("the-consumer", signature_method="HMAC-SHA256", **known)
    _, headers, _ = consumer.sign(
        url, method, body, {"Content-Type": FORM} if body else {}
    )
    return consumer.base_string, headers


def checked(issuer, method, url, headers, body=""):
    """Return the base string of the provider for a request as it arrives there."""
    arrived = Request(
        method,
        url,
        {name.lower(): value for name, value in headers.items()},
        body.encode(),
    )
    return SignedRequest(arrived).base_string(origin(issuer)).decode()


def parts(base_string):
    """Return the method, the URL and each parameter of a base string, decoded once."""
    method, url, parameters = base_string.split("&")
    return [method, unquote(url), *unquote(parameters).split("&")]


def compare(consumer, provider):
    """Print both base strings, and what stands in only one of them."""
    print(f"consumer: {consumer}\nprovider: {provider}\n")
    for part in parts(consumer):
        if part not in parts(provider):
            print(f"only the consumer has {part}")
    for part in parts(provider):
        if part not in parts(consumer):
            print(f"only the provider has {part}")


def the_issuer_is_not_the_public_address():
    """The provider believes that it is called http://127.0.0.1:8000."""
    consumer, headers = signed("GET", "https://api.example/api/notes")
    compare(
        consumer,
        checked(
            "http://127.0.0.1:8000", "GET", "http://127.0.0.1:8000/api/notes", headers
        ),
    )


def a_proxy_has_shortened_the_path():
    """The proxy serves the provider under /v1, and takes that away."""
    consumer, headers = signed("GET", "https://api.example/v1/api/notes")
    compare(
        consumer,
        checked(
            "https://api.example", "GET", "http://127.0.0.1:8000/api/notes", headers
        ),
    )


def the_content_type_is_lost():
    """The consumer signs a form, but sends another type: the provider sees no form."""
    consumer, headers = signed("POST", "https://api.example/api/notes", "text=Buy+milk")
    headers["Content-Type"] = "text/plain"
    compare(
        consumer,
        checked(
            "https://api.example",
            "POST",
            "http://127.0.0.1:8000/api/notes",
            headers,
            "text=Buy+milk",
        ),
    )


if __name__ == "__main__":
    for cause in (
        the_issuer_is_not_the_public_address,
        a_proxy_has_shortened_the_path,
        the_content_type_is_lost,
    ):
        print(f"# {cause.__name__.replace('_', ' ').capitalize()}\n")
        cause()
        print()
