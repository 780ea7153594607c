"""Sign-in: what a thief of cookies or a guesser of passwords gets."""

from tests.acceptance.installation import Installation
from tests.acceptance.visitor import SIGN_IN, Visitor, sign_in

GUESSES = 12


def test_signing_out_ends_the_session_everywhere(installation: Installation) -> None:
    """M2: a copy of the cookies opens nothing after its owner has signed out."""
    with installation.serve():
        owner = sign_in(installation, "moderator")
        thief = Visitor(installation, owner.cookies)
        page = thief.get("/moderate/")
        assert page.path == "/moderate/"
        owner.submit(page, "/account/sign-out")
        assert owner.get("/moderate/").path.startswith(SIGN_IN)
        stolen = Visitor(installation, thief.cookies).get("/moderate/")
    assert stolen.path.startswith(SIGN_IN), f"{stolen.path}: {stolen.status}"


def test_a_password_cannot_be_guessed_without_end(installation: Installation) -> None:
    """M4: after some wrong passwords of one account from one network no more are looked at."""
    with installation.serve():
        sign_in(installation, "moderator")
        guesser = Visitor(installation)
        page = guesser.get(SIGN_IN)
        statuses = [
            guesser.submit(page, SIGN_IN, email="moderator@example.org", password=f"wrong {number}").status
            for number in range(GUESSES)
        ]
    assert statuses[-1] == 429, statuses
