"""Bedrock's error shape and sentences.

Statuses and names come from the service model (``data/bedrock_runtime.json``), wordings from public issue threads.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.responses import JSONResponse, Response

#: Errors of AWS's front end, which no service model lists.
_FRONT_END = {
    "MissingAuthenticationTokenException": 403,
    "IncompleteSignatureException": 403,
    "UnrecognizedClientException": 403,
    "InvalidSignatureException": 403,
    "ExpiredTokenException": 403,
    "SerializationException": 400,
    "UnknownOperationException": 404,
}
_BY_STATUS = {
    400: ("ValidationException", "The provided request is not valid."),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: ("ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."),
    408: ("ModelTimeoutException", "Model has timed out in processing the request. Try your request again."),
    424: (
        "ModelErrorException",
        "The system encountered an unexpected error during processing. Try your request again.",
    ),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}


@cache
def service_model() -> dict[str, Any]:
    """The content of ``data/bedrock_runtime.json``."""
    content: dict[str, Any] = json.loads(
        files(__package__).joinpath("data/bedrock_runtime.json").read_text(encoding="utf-8")
    )
    return content


class BedrockError(Exception):
    """The service answers with an error."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name, self.message = name, message

    @property
    def status(self) -> int:
        status: int = {**_FRONT_END, **service_model()["errors"]}[self.name]
        return status

    def response(self) -> Response:
        """The HTTP answer."""
        return JSONResponse({"message": self.message}, self.status, {"x-amzn-errortype": error_type(self.name)})


def error_type(name: str) -> str:
    """The value of ``x-amzn-errortype``."""
    return f"{name}:http://internal.amazon.com/coral/com.amazon.bedrock/"


def for_status(status: int) -> tuple[str, str]:
    """The name and sentence of the usual error of an HTTP status."""
    return _BY_STATUS.get(status, ("InternalServerException", "The system encountered an unexpected error."))


def validation(message: str) -> BedrockError:
    """400 with one sentence."""
    return BedrockError("ValidationException", message)


def from_model(message: str) -> BedrockError:
    """400 of Converse for what the model itself refuses (BerriAI/litellm issue 13825)."""
    return validation(f"The model returned the following errors: {message}")


def invalid_identifier() -> BedrockError:
    """400 for an id that is unknown, or unknown in this region."""
    return validation("The provided model identifier is invalid.")


def unfit_identifier(given: str, pattern: str) -> BedrockError:
    """400 for an id of impossible form (aws-samples/amazon-bedrock-client-for-mac issue 11)."""
    return validation(
        f"1 validation error detected: Value '{given}' at 'modelId' failed to satisfy constraint: Member must satisfy "
        f"regular expression pattern: {pattern}"
    )


def on_demand(model: str) -> BedrockError:
    """400 for a bare id where an inference profile is needed (terricain/aioboto3 issue 352)."""
    return validation(
        f"Invocation of model ID {model} with on-demand throughput isn\u2019t supported. Retry your request with the "
        "ID or ARN of an inference profile that contains this model."
    )


def no_access() -> BedrockError:
    """403 for a model that the account may not use (dirkpetersen/our-chat issue 3)."""
    return BedrockError(*_BY_STATUS[403])


def end_of_life() -> BedrockError:
    """404 for a retired model (aws-solutions-library-samples, issue 708 of its document processing sample)."""
    return BedrockError(
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
    )
