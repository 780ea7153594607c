"""The errors of channels: each says what an edge has to do."""

from config.errors import BarazaError, RequestRefused, Unavailable


class ChannelError(RequestRefused):
    """Base of refusals by a channel. `status` is the HTTP status, `reason` a constant for the metrics."""

    status = 400
    reason = "refused"


class SignatureRefused(ChannelError):
    """The call has no valid webhook signature for this URL."""

    status = 403
    reason = "signature"


class BodyUnreadable(ChannelError):
    """The body breaks the gateway's contract. Raised only after the signature was verified."""

    status = 400
    reason = "body"


class KindUnknown(ChannelError):
    """The channel has no such kind of call."""

    status = 404
    reason = "kind"


class SendError(BarazaError):
    """An outbound message could not be sent. `retryable`: a retry can help; `is_opt_out`: the recipient opted out."""

    def __init__(self, code: str, *, retryable: bool, is_opt_out: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.is_opt_out = is_opt_out


class LogUnreadable(Unavailable):
    """A gateway's message log could not be read. `is_refused`: the gateway refuses our credentials."""

    def __init__(self, code: str, *, is_refused: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.is_refused = is_refused
