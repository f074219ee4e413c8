"""What a person reads when a call of the provider's API has failed."""

import httpx2
import pytest

from shared_validator.consumer import api_failure
from shared_validator.consumer.errors import ACCESS_ENDED, SCOPE_REFUSED, UNAVAILABLE

REQUEST = httpx2.Request("GET", "https://api.example/notes")


@pytest.mark.parametrize(("status", "expected"), [(401, ACCESS_ENDED), (403, SCOPE_REFUSED), (404, UNAVAILABLE), (503, UNAVAILABLE)])
def test_a_refusal_of_the_api_is_put_into_words(status, expected):
    """A 401 is the end of the access, a 403 a scope that was not granted (RFC 6750 §3.1); the rest is the provider's trouble."""
    error = api_failure(httpx2.HTTPStatusError("<script>", request=REQUEST, response=httpx2.Response(status, request=REQUEST)))
    assert (expected, f"HTTPStatusError, status {status}") == (str(error), error.reason)


def test_an_api_that_does_not_answer_is_put_into_words():
    """A connection that fails says the same as an API that does not work."""
    assert UNAVAILABLE == str(api_failure(httpx2.ConnectError("refused", request=REQUEST)))
