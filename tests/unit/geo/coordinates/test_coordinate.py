"""Coordinates in a text are read in the notations that people use, and nothing else is taken for them."""

import pytest

from geo.coordinates.parse import Extent, find_pin
from geo.distance import distance_m

HAITI = (18.0, -74.5, 20.1, -71.6)
KENYA = (-4.7, 33.9, 5.5, 41.9)
RWANDA = (-2.9, 28.8, -1.0, 30.9)
NEPAL = (26.3, 80.0, 30.5, 88.3)


def find_point(text: str, extent: Extent | None = None) -> tuple[float, float] | None:
    pin = find_pin(text, extent)
    return None if pin is None else (pin.lat, pin.lon)


@pytest.mark.parametrize(
    "text",
    [
        "18.5879, -72.2691",
        "lat 18.5879 long -72.2691 near the school",
        "18.5879N 72.2691W",
        "N 18.5879 W 72.2691",
        "18°35'16.4&quot;N, 72°16'8.8&quot;W",
        "18° 35.274' N 72° 16.146' W",
        "-72.2691 18.5879",
        "18.5879, 72.2691",
        "18,5879 -72,2691",
        "18,5879; -72,2691",
        "(18.5879,-72.2691)",
        "18.5879-72.2691",
        "+18.5879-072.2691/",
        "18.5879° N, 72.2691° W",
        "18,5879° N; 72,2691° O",
        "Lat: 18.5879 Lon: -72.2691",
        "long -72.2691, lat 18.5879",
        "X -72.2691 Y 18.5879",
        "Y 18.5879 X -72.2691",
        "x=-72.2691 y=18.5879",
        '{"lat":18.5879,"lng":-72.2691}',
        '{"longitude": "-72.2691", "latitude": "18.5879"}',
        "18.5879, －72.2691",
        "18.5879, ‑72.2691",
        "N 18 35.274 W 072 16.146",
        "N 18 35 16.4 W 72 16 8.8",
        "18º35’16.4”N 72º16’8.8”W",
        "18°35′16.4″N 72°16′8.8″W",
        "18°35'16.4''N 72°16'08.8''W",
        "18?35'16.4\"N 72?16'8.8\"W",
        "18 35 16.4 N 72 16 8.8 W",
        "18 35'16.4N 72 16'8.8W",
        "N18 35 16.4 W072 16 08.8",
        "18-35-16.4N 72-16-08.8W",
        "18:35:16.4N 72:16:08.8W",
        "18d35m16.4sN 72d16m8.8sW",
        "18o35'16.4\"N 72o16'8.8\"W",
        "183516.4N 0721608.8W",
        "N 18° 35.274 W 72° 16.146",
        "18 35.274N, 72 16.146W",
        "-72°16'8.8\" 18°35'16.4\"",
        # in words of the languages
        "18.5879 degrees north, 72.2691 degrees west",
        "latitude 18.5879 north and longitude 72.2691 west",
        "18 degrees 35 minutes 16.4 seconds north 72 degrees 16 minutes 8.8 seconds west",
        "18,5879 nord, 72,2691 ouest",
        "latitude 18,5879 longitude -72,2691",
        "18 degrés 35 minutes 16,4 secondes Nord, 72 degrés 16 minutes 8,8 secondes Ouest",
        "18,5879 norte, 72,2691 oeste",
        "latitud 18.5879 sur la ruta, longitud -72.2691",
        "18.5879 nò, 72.2691 lwès",
        "latitid 18.5879 lonjitid -72.2691",
        "18.5879 kaskazini, 72.2691 magharibi",
        "latitudo 18.5879, longitudo -72.2691",
        "१८.५८७९ उत्तर, ७२.२६९१ पश्चिम",
        "अक्षांश १८.५८७९ देशान्तर -७२.२६९१",
        "18.5879 uttar 72.2691 paschim",
        "١٨٫٥٨٧٩ شمالاً، ٧٢٫٢٦٩١ غرباً",
        "خط العرض 18.5879 خط الطول -72.2691",
        "۱۸٫۵۸۷۹، -۷۲٫۲۶۹۱",
        "18,5879 norte e 72,2691 oeste",
        "18.5879n 72.2691w",
        "18,5879 n y 72,2691 o",
        "خط عرض 18.5879 خط طول -72.2691",
        # links and addresses of maps
        "geo:18.5879,-72.2691",
        "geo:18.5879,-72.2691;u=35",
        "geo:0,0?q=18.5879,-72.2691(kay la)",
        "look https://maps.google.com/?q=18.5879,-72.2691 please",
        "https://www.google.com/maps/place/18%C2%B035'16.4%22N+72%C2%B016'08.8%22W/@18.5,-72.1,17z/data=!3m1!3d18.5879!4d-72.2691",
        "https://www.google.com/maps/@18.5879,-72.2691,17z",
        "nou la: https://maps.google.com/?q=18.5879,-72.2691.",
        "geo:18.5879,-72.2691. Vini vit",
        "https://www.google.com/maps/search/18.5879,-72.2691...",
        "https://www.google.com/maps/search/?api=1&query=18.5879%2C-72.2691",
        "https://www.google.com/maps/search/18.5879,+-72.2691?entry=tts",
        "https://www.openstreetmap.org/?mlat=18.5879&mlon=-72.2691#map=15/18.6/-72.2",
        "https://www.openstreetmap.org/#map=17/18.5879/-72.2691",
        "https://maps.apple.com/?ll=18.5879,-72.2691&q=Here",
        "https://www.bing.com/maps?cp=18.5879~-72.2691&lvl=16",
        "https://bing.com/maps/default.aspx?sp=point.18.5879_-72.2691_Here",
        "https://waze.com/ul?ll=18.5879%2C-72.2691&navigate=yes",
        "https://www.waze.com/live-map/directions?to=ll.18.5879%2C-72.2691",
        "https://yandex.com/maps/?ll=-72.2691%2C18.5879&z=15",
        "https://share.here.com/l/18.5879,-72.2691,Here?z=16",
        "https://wego.here.com/?map=18.5879,-72.2691,16,normal",
        # grids and codes
        "18Q 788214 2057424",
        "UTM 18N 788214mE 2057424mN",
        "zone 18Q E 788214 N 2057424",
        "UTM Zone 18N: 788214 E, 2057424 N",
        "788214mE 2057424mN 18Q",
        "18 Q 0788214 2057424",
        "https://www.google.com/maps/dir//18.5879,-72.2691/@18.5,-72.1,14z",
        "18QYF8821457424",
        "18Q YF 88214 57424",
        "MGRS 18Q YF 882 574",
        "77C9HPQJ+59",
        "77C9HPQJ +59",
        "https://plus.codes/77C9HPQJ+59",
    ],
)  # fmt: skip
def test_every_notation_means_the_same_point(text: str) -> None:
    found = find_point(text, HAITI)
    assert found == (pytest.approx(18.5879, abs=4e-4), pytest.approx(-72.2691, abs=4e-4))


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("1.2865 S, 36.8231 E", -1.2865, 36.8231),
        ("1.2865 kusini 36.8231 mashariki", -1.2865, 36.8231),
        ("1,2865 sur, 36,8231 este", -1.2865, 36.8231),
        ("1,2865 sud 36,8231 est", -1.2865, 36.8231),
        ("1.2865 sid, 36.8231 lès", -1.2865, 36.8231),
        ("1,2865 sul; 36,8231 leste", -1.2865, 36.8231),
        ("1.2865 جنوب 36.8231 شرق", -1.2865, 36.8231),
        ("1°17'11.4\"S 36°49'23.2\"E", -1.2865, 36.8231),
        ("37M 257770 9857698", -1.2865, 36.8231),
        ("37S 257770 9857698", -1.2865, 36.8231),
        ("37MBU5777057698", -1.2865, 36.8231),
        ("२७.७१७२ उत्तर ८५.३२४० पूर्व", 27.7172, 85.3240),
        ("२७°४३'०१.९\" उत्तर ८५°१९'२६.४\" पूर्व", 27.7172, 85.3240),
        ("27.7172° N, 85.3240° E", 27.7172, 85.3240),
        ("N 18.5879 W 72.2691", 18.5879, -72.2691),
        ("N 18 35.274 W 072 16.146", 18.5879, -72.2691),
        ('{"lng":-72.2691,"lat":18.5879}', 18.5879, -72.2691),
        ("x: -72.2691; y: 18.5879", 18.5879, -72.2691),
        ("18.5879, -72.2691 sur la route", 18.5879, -72.2691),
        ("le point 18.5879, -72.2691 est inonde", 18.5879, -72.2691),
    ],
)
def test_a_notation_says_the_half_of_the_earth_without_an_area(text: str, lat: float, lon: float) -> None:
    assert find_point(text) == (pytest.approx(lat, abs=2e-4), pytest.approx(lon, abs=2e-4))


@pytest.mark.parametrize(
    "text",
    [
        "call 3724 5522 or 3724 5523",
        "Delmas 33 #198",
        "12/01/2010 16:53:10",
        "5.5 km from 12.25",
        "3.14 2.71",
        "",
        "18.58",
        "call +509 3724 5522",
        "18:35:16 72:16:08",
        "///filled.count.soap1 w3w 18 72 333",
        "https://maps.app.goo.gl/a18b72c5879",
        "BRIT 18 Q 2057 424",
        "https://maps.google.com/?q=18.5879,-72.2691.5",
    ],
)
def test_other_numbers_are_no_coordinates(text: str) -> None:
    assert find_point(text, HAITI) is None


@pytest.mark.parametrize(
    "text", ["we paid 4.50 and 36.75", "prices: 2.50, 35.00 a bag", "nimelipa 3.25 na 36.50", "12.01.2010 37.24.55.22"]
)
def test_sums_of_money_are_no_place_even_where_they_could_be_one(text: str) -> None:
    assert find_point(text, KENYA) is None
    assert find_point(text) is None


@pytest.mark.parametrize(
    ("text", "extent"),
    [
        ("i Kigali umuceri 1.500 na 30.000 frw", RWANDA),
        ("peye 18.500 ak 72.300 goud", HAITI),
        ("PAGUE 18.500 Y 72.300 PESOS", HAITI),
        ("PAGUEI 18.500 E 72.300 REAIS", HAITI),
        ("3 X 18.500 ak 72.300 goud", HAITI),
        ("pri a soti 18.500-72.300 goud", HAITI),
        ("pri a soti 18.500 - 72.300 goud", HAITI),
        ("ugali 1,500 na mchele 36,750", KENYA),
    ],
)
def test_thousands_that_are_parted_by_a_point_are_no_place(text: str, extent: Extent) -> None:
    assert find_point(text, extent) is None
    assert find_point(text) is None


@pytest.mark.parametrize(
    "text", ["18.587 72.269", "GPS 18.587, 72.269", "Lokasyon: (18.587; 72.269)", "kay la 18.587 -72.269",
             "lekol 18.587° 72.269", "lat 18.587 lon 72.269 lekol"]
)  # fmt: skip
def test_three_decimals_are_a_place_with_a_sign_a_mark_or_alone(text: str) -> None:
    assert find_point(text, HAITI) == (18.587, -72.269)


@pytest.mark.parametrize("text", ["0.0000, 0.0000", "geo:0,0", "https://maps.google.com/?q=0,0", "lat 0.00 lon 0.00"])
@pytest.mark.parametrize("extent", [None, (-1.0, -1.0, 1.0, 1.0)])
def test_what_devices_say_that_know_of_no_point_is_none(text: str, extent: Extent | None) -> None:
    assert find_point(text, extent) is None


def test_a_point_outside_the_campaign_is_not_believed() -> None:
    assert find_point("50.226029, 5.729886", HAITI) is None
    assert find_point("50.226029, 5.729886") == (50.226029, 5.729886)
    assert find_point("8FVC2222+22", HAITI) is None
    assert find_point("geo:50.226029,5.729886", HAITI) is None


@pytest.mark.parametrize(
    ("text", "least_m", "most_m"),
    [
        ("18.58791, -72.26914", 250, 250),
        ("18.59, -72.27", 1_000, 1_200),
        ("18°35'N 72°16'W", 1_800, 1_900),
        ("1835N 7216W", 1_800, 1_900),
        ("geo:18.5879,-72.2691;u=900", 900, 900),
        ("https://www.openstreetmap.org/#map=10/18.5879/-72.2691", 8_000, 12_000),
        ("77C9HPQJ+59", 10, 50),
        ("77C9HPQJ+", 150, 250),
        ("77C9HP00+", 3_000, 4_500),
        ("18QYF8857", 500, 800),
    ],
)
def test_a_point_is_as_exact_as_it_was_written(text: str, least_m: float, most_m: float) -> None:
    pin = find_pin(text, HAITI)
    assert pin is not None
    assert least_m <= pin.radius_m <= most_m
    assert distance_m(pin.lat, pin.lon, 18.5879, -72.2691) <= 1.5 * most_m
