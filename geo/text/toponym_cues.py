"""Cue words that decide whether a toponym candidate in a text is a place, mostly English."""

# Words that often stand before a place.
BEFORE = """
    a across around at central de devastated downtown east eastern en for from hit hits hitting in into leaving near
    north northern of off on outside over ravaged reach south southern through throughout to toward towards via
    visit west western within
"""

# Words with which no name begins or ends.
CUES = """
    a across after ak an and are around as at au aux be before but by for from i in into is it its my nan near not
    of off on or our outside over sou that the their these they this those to toward towards was we were with within
    you your
"""

# Words after which a name is that of a storm.
STORMS = """
    cyclone huracan huracán hurricane hurricanes storm ts typhoon
"""

# Two capital letters that are a word at least as often as the code of a state or country.
NOT_PLACES = """
    AM AS AT BE BY DE DM DO GO HE HI ID IF IN IS IT LA MA ME MR MS MY NO OF OH OK ON OR PA PM SO TO TV UP WE
"""

# Everyday words and first names that are also the name of a town somewhere, in some language.
EVERYDAY = """
    about action additional again aid air alert all also american animals another any area army august baby back bad
    ban bank bay beach best big bill black blue board book boy breaking brown bush call camp campus can capital car
    care case cat catch center central change chat check children christian church city clean clear clinton club
    coast code cold come community cool could council county court creek crisis cross dad dam damage damages dan
    data david day days dead death debris december did disaster dog dogs donald donate donation door dorian down
    drop each early earth earthquake easter eastern eight emergency end energy enough era evacuation even evening
    event ever every everyone fact fall family far farm fast february fema find fire fires first flood flooding
    floods florence food force forest fort four free friday friends full fun fund game gas gaston george get girl
    give god gods going gold good google got government governor grand great green group guard had half hall hand
    happy harbor hard harry harvey has have head health heart heat help her here hero hill his historic hit home
    hope horse hospital hot hour house how huge hurricane ice imagine irma island islands israeli jack jan january
    jesus jim job joe john join jose july june just katrina keep kids king know lady lake land landslide last late
    latest law leave left let life light like line list little live lives local logan long look lord los lost lot
    love low lucky main major make male man many march maria mark market martin mary massive matthew may media men
    mercy mexican mid might military mill mind miss mission mobile mom monday money monster moon more morning most
    mother mountain much must name nation national natural need never new news next nice night nine northeast
    northern northwest nothing november now obama october off officials oil old once one online open orange order
    other ours out over pakistani park part party past path paul people per perfect person pet peter photo pic pick
    plan play please point police poor pope port post power pray prayer prayers president press pretty public put
    quake queen question quick radio rain rainbow reading ready real red region relief remember report rescue rest
    rich right ring rise river road rock roll roman rose round royal run safe said saint salvation sam san sand
    sandy santa saturday save school sea seat second see send september service seven share she shelter ship show
    side simple sir six small snow some son soon soul south southeast southern southwest spirit split sport spring
    square star start state states stay steve still stone stop storm street strong such sun sunday super support
    sure surprise survivor survivors take tax team tell ten texan thank thanks the them then there these they thing
    think this three thursday time today tom tomorrow top tornado total town trail trees trump tsunami tuesday turn
    two under union unit united universal unknown up update us valley van very victims video view village visit
    vista volunteers wait wall want war warm warning was watch water wave way weather wednesday week well were west
    western what when where which white who why wild wildfire wildfires will wind winds wine wish with woman women
    wood word work world wow year yes young your zone
"""

# Words that people glue to the name of a place in a hashtag, before it or behind it.
AFFIXES = """
    alert alerts bound crisis disaster discover earthquake earthquakes emergency evacuation explore fire fires flood
    flooding floods forestfire help helpfor hurricane hurricanes landslide lives love news pray pray4 prayersfor
    prayfor quake rebuild recovery relief rescue save savefor standfor standwith storm strikesback strong support
    supportfor tornado tsunami unidosby visit weather wildfire wildfires wx
"""
