"""The words of a language, by which messages in it are read; these classes are the schema of its file `<code>.yaml`.

Every field is a key that each file has. A list stands in one text, parted by commas; only `Maybe...` may be
empty. Words are written as people write them, with their accents: each reader normalises them in its own way.
"""

from dataclasses import dataclass

from config.languages.kinds import (
    Beside,
    Between,
    ByNumber,
    Footers,
    MaybeByNumber,
    MaybeByWord,
    MaybeWords,
    Patterns,
    Script,
    Side,
    Words,
)
from config.languages.leaving_words import LeavingWords, RequestWords
from config.languages.sensitive_words import SensitiveWords


@dataclass(frozen=True, slots=True)
class CommandWords:
    """Bare words that are a command when a message is nothing else."""

    stop: Words
    start: Words
    help: Words
    about: MaybeWords  # HELP as well, from somebody who asks what this number is and needs no help
    skip: Words
    back: Words
    forget: Words
    language: Words
    status: Words
    yes: Words
    no: Words


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """Answers to questions: `around` may stand around a number or an ordinal.

    Three of the others tell a sex, four who is affected.
    """

    around: Words
    female: Words
    male: Words
    other: Words
    myself: Words
    person: Words  # another one
    household: Words
    community: Words


@dataclass(frozen=True, slots=True)
class GreetingWords:
    """Phrases of which a message may consist that is no report."""

    hello: Words
    thanks: Words


@dataclass(frozen=True, slots=True)
class DetectionWords:
    """What tells the language of a short text: its script, and everyday words that no other of the languages has."""

    script: Script
    also_in_latin: bool  # texted in Latin letters too
    words: MaybeWords


@dataclass(frozen=True, slots=True)
class TimeWords:
    """Temporal expressions: when it happened that is reported. A word that mostly means something else is left out."""

    today: Words
    yesterday: Words
    before_yesterday: Words
    morning: Words
    noon: MaybeWords
    afternoon: MaybeWords
    evening: MaybeWords
    night: Words
    this_morning: MaybeWords  # these may be made of words that alone mean something else
    this_afternoon: MaybeWords
    this_evening: MaybeWords
    yesterday_morning: MaybeWords
    yesterday_evening: MaybeWords
    last_night: MaybeWords
    last_week: MaybeWords
    last_month: MaybeWords
    minute: Words
    hour: Words
    day: Words
    week: Words
    month: Words
    unit_first: MaybeWords  # units before their number: "siku tatu"
    numbers: MaybeByNumber  # further words for numbers, only before a unit: "a day"
    ago_before: MaybeWords  # without one of these two, a number of units is no time: "since 3 days"
    ago_behind: MaybeWords  # "3 days ago"
    lasting: MaybeWords  # "for 3 days" is past only behind a word of `lacking`: "no water for 3 days"
    lacking: MaybeWords
    coming: MaybeWords  # beside a weekday that is still to come: "next Monday"
    weekdays: ByNumber  # Monday is 1
    months: ByNumber
    month_first: MaybeWords  # names of months that stand before the day as well: "March 3"
    on_date: MaybeWords  # "on 3/12"
    of_month: MaybeWords  # "3 of March"
    day_endings: MaybeWords  # "3rd"
    at: MaybeWords  # "at 8h"
    oclock: MaybeWords  # "8 o'clock"
    endings: MaybeWords  # that are written at the end of such words, in Latin letters
    accented: MaybeWords  # words that are another word without their accent


@dataclass(frozen=True, slots=True)
class DirectionWords:
    """The eight directions, and what stands around them: "5 km (towards) north (of) X"."""

    north: Words
    north_east: MaybeWords
    east: Words
    south_east: MaybeWords
    south: Words
    south_west: MaybeWords
    west: Words
    north_west: MaybeWords
    doubtful: MaybeWords  # of these, words that also mean something else: beside a number they may be no direction
    endings: MaybeWords  # "north(ern)"
    behind: MaybeWords  # small words behind a direction
    towards: MaybeWords
    of: MaybeWords
    of_behind: MaybeWords  # where they stand behind the place: "X (of) 5 km north"


@dataclass(frozen=True, slots=True)
class DistanceWords:
    """Units of length, and what stands between a distance and a place: "5 km (from) X"."""

    metre: Words
    kilometre: Words
    mile: MaybeWords
    unit_first: MaybeWords  # units before their number: "kilomita 5"
    away_from: MaybeWords
    from_behind: MaybeWords  # where it stands behind the place: "X (from) 5 km"
    purpose: MaybeWords  # "20 km of pipes (for) X" is no distance from X


@dataclass(frozen=True, slots=True)
class RelationWords:
    """Patterns of words around places X, or A and B. DIRECTION is a word of `directions`, AND one of `joined`."""

    joined: Words  # "and", between two places or two numbers
    side: Side  # "north of X"
    between: Between  # "between A and B", also along a road that is named by its ends
    beside: Beside  # "near X"


@dataclass(frozen=True, slots=True)
class CoordinateWords:
    """Words around numbers that are coordinates."""

    latitude: Words
    longitude: Words
    degrees: Words
    minutes: Words
    seconds: Words
    announced: MaybeWords  # "coordinates: ..."; `*` for any ending


@dataclass(frozen=True, slots=True)
class FacilityWords:
    """Words for kinds of places in lists of facilities, found anywhere in a cell; `=camp` at the end of a word only."""

    pharmacy: MaybeWords
    hospital: MaybeWords
    clinic: MaybeWords
    university: MaybeWords
    college: MaybeWords
    school: MaybeWords
    mosque: MaybeWords
    church: MaybeWords
    temple: MaybeWords
    place_of_worship: MaybeWords
    market: MaybeWords
    bus_station: MaybeWords
    police: MaybeWords
    camp: MaybeWords


@dataclass(frozen=True, slots=True)
class MentionWords:
    """Words by which every toponym of a text is marked, in any country: mostly English so far."""

    before: MaybeWords  # often stand before a place
    edges: MaybeWords  # no name begins or ends with one
    storms: MaybeWords  # the name behind one is a storm's: "hurricane Florence"
    no_codes: MaybeWords  # two letters that are a word as often as a code of a state
    everyday: MaybeWords  # everyday words that are also a town somewhere
    hashtags: MaybeWords  # glued to a place in a hashtag: "prayfor"


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """Words around and inside of toponyms."""

    stop_words: MaybeWords  # everyday words that are no toponyms, the most frequent ones of short messages
    links: MaybeWords  # join the words of a name; people leave them out, swap or glue them
    articles: MaybeWords  # of these, articles that people glue to the name or drop
    cues: MaybeWords  # the word behind one is more likely a place
    cues_behind: MaybeWords  # the word before one
    kinds: MaybeWords  # feature classes: alone they name no place, with another word they do
    spellings: MaybeByWord  # other words and spellings by the common form of all languages: `rue: street`
    endings: MaybeWords  # that stand for "in", "from" at the end of a name, in Latin letters
    suffixes: MaybeWords  # the same in a script of India
    elided: MaybeWords  # letters before an apostrophe that are no part of a name
    elided_articles: MaybeWords  # of these, articles that people glue to the name
    initials: MaybeWords  # little words between the initials of a name: "P-au-P"
    facilities: FacilityWords
    mentions: MentionWords


@dataclass(frozen=True, slots=True)
class MailWords:
    """What programs write into messages: phones, mail programs, answering machines. Patterns of small letters."""

    reply_marks: MaybeWords  # before the subject, with a colon: "Re:"
    footers: Footers  # patterns that begin a footer; DEVICE is whatever stands before them
    closings: MaybeWords  # a whole line above a name
    sent: MaybeWords  # begin a line that names a brand of phones or programs: "Sent with my Nokia"
    headers: MaybeWords  # of a quoted message, with a colon: "From:"
    wrote: MaybeWords  # end the line above a quotation: "On Monday Abc wrote:"
    wrote_begins: MaybeWords  # begin it
    automatic: Patterns  # patterns that begin the subject of an absence note or a bounce
    no_html: Patterns  # patterns in a text that says only that there is HTML


@dataclass(frozen=True, slots=True)
class FormWords:
    """What a form says where XLSForm has it in English only."""

    other: str
    which_other: str


@dataclass(frozen=True, slots=True)
class PersonalWords:
    """What stands before something personal, which is hidden from who need not see it."""

    my_name: Words  # "my name is": a name follows
    papers: Words  # of a person or a vehicle: "passport", "licence plate"; a number follows


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """A language: how it is called, and its words by what reads them."""

    code: str  # the name of its file: ISO 639
    name: str  # in itself
    sms_name: str  # in itself, for an SMS: letters outside of GSM-7 make one expensive
    order: int  # among the languages, in lists of them and where several have a word: the lowest first
    other_names: Words  # by which people ask for it, besides those of CLDR
    commands: CommandWords
    numbers: ByNumber
    ordinals: ByNumber
    answers: AnswerWords
    greetings: GreetingWords
    negation: Words  # "not", "none", "again": a text with one is another than that without
    detection: DetectionWords
    time: TimeWords
    directions: DirectionWords
    distances: DistanceWords
    relations: RelationWords
    coordinates: CoordinateWords
    places: PlaceWords
    mail: MailWords
    forms: FormWords
    personal: PersonalWords
    requests: RequestWords
    leaving: LeavingWords
    sensitive: SensitiveWords
