"""Orders as combinations of concepts, in whatever language: what `leaving:` in the files of the languages is read by.

A line is the concepts that make an order; those after ! must be missing. No word of a language stands here, so that a
language is added in its own file alone; `EVERYWHERE` has what phones and networks say everywhere.
"""

from collections.abc import Mapping
from typing import Final

# Who speaks of themselves (`self`) orders only with one of these; who speaks of `others` ("they deleted") never does.
VOICE: Final = frozenset({"want", "how", "enough", "uninterested", "unsubscribe", "asked", "exit"})

# No other sentence says it, so that it counts beside a report as well.
SURE: Final = """\
unsubscribe
end write me ! data
end send me message ! data
end get message
not write me ! data
not send me message ! data
not want get message
not want message you
remove me list
remove number list
"""

STOP: Final = """\
uninterested
end message
end write ! data
end call me
end send me ! data
end get
end service please
end service me
end service this
end service want
not more message
not message please
not write ! data
not call me
not send me ! data number
not send me everything ! data
not send message ! data
not want message
not want service
not want write ! data
not want call
not want send me ! data number
not want get more
not want get you
not want get everything
not want everything you
not want data you
not want join more
not want join you
not want join list
not want join service
bother message you
bother you me
enough message
enough write
enough send me
enough call
remove number
remove me service
remove me system
remove me message
exit list
exit service
asked end
asked remove
asked this ! send write call want
asked service ! send write call want
origin end
origin remove
origin enough
origin not send
origin not write
origin not call
elsewhere end
elsewhere not send
elsewhere not write
elsewhere not call
not want more this
end this please
enough this you
bother message me
bother message enough
"""

FORGET: Final = """\
erase data me ! not
erase message me ! not list
erase number me ! not list
erase everything me ! not
erase everything data you ! not
erase me system ! not
erase told ! not
forget me ! not us
forget number ! not list
forget everything ! not
forget data ! not
forget told ! not
remove data me ! not
erased want data me ! not
erased want message me ! not
erased want number me ! not
erased want everything ! not
erased want me ! not us
erase everything want ! not
not keep everything
not keep data
not keep number
not keep message
"""

EVERYWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "message": (
        "sms",
        "smss",
        "msg",
        "msgs",
        "message",
        "messages",
        "mail",
        "mails",
        "email",
        "emails",
        "spam",
        "whatsapp",
        "notification",
        "notifications",
    ),
    "end": ("stop", "stopp", "stob"),
    "unsubscribe": ("unsubscribe", "unsub", "optout"),
    "please": ("please", "pls", "plz", "plse", "plis", "pliz"),
    "": ("ok", "okay", "thanks", "thank you", "thx", "hello", "hi", "hey", "bye", "baraza"),
}
